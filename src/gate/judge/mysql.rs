//! Database servers.

use crate::config::gate::MysqlTarget;
use crate::findings::Severity;

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::{MysqlFacts, Replica, Transaction};
use super::super::flavour;
use super::super::trouble::Kind;
use super::{Checks, dotted, list, size};

/// Seconds after which a metadata lock that is waited for makes a migration look hung.
const LOCK_WAIT: u64 = 3600;
/// Smallest `max_allowed_packet` that does not get in the way of dumps and data migrations.
const PACKET: u64 = 16 << 20;
/// Seconds a transaction may be open, and a replica may lag, unless the configuration says otherwise.
const TRANSACTION: u32 = 60;
const LAG: u32 = 30;
/// Share of the largest table that must be free for a rebuild of it.
const HEADROOM: u64 = 2;

/// Judges a server.
pub fn judge(
    id: &str,
    facts: &MysqlFacts,
    target: &MysqlTarget,
    django: bool,
    context: &Context<'_>,
) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Environment);
    version(&mut checks, facts, context);
    if let Some(Ok(None)) = &facts.charset {
        let name = &facts.database;
        let check = checks
            .check(
                "database",
                Status::Fail,
                format!("there is no database {name}, or this user may not see it"),
                format!("没有数据库 {name}，或该用户看不到它"),
            )
            .advise(say("create the database, or name the right one", "创建该数据库，或改正名称"));
        checks.add(check);
    } else {
        checks.on("charset", &facts.charset, |checks, value| match value {
            Some((charset, collation)) => charset_check(checks, charset, collation),
            None => checks.check("charset", Status::Skip, "there is no database", "没有数据库"),
        });
    }
    sql_mode(&mut checks, facts);
    timeouts(&mut checks, facts);
    writable(&mut checks, facts, target);
    if django && !target.observer {
        checks.on("grants", &facts.privileges, |checks, rights| grants(checks, facts, rights));
    }
    if django {
        checks.on("time-zones", &facts.time_zones, |checks, loaded| match loaded {
            true => checks.check("time-zones", Status::Pass, "time zones are loaded", "时区表已加载"),
            false => checks
                .check("time-zones", Status::Warn, "time zones are not loaded: with USE_TZ, truncating a date in the database raises ValueError", "未加载时区表：USE_TZ 开启时，在数据库中截断日期会抛出 ValueError")
                .advise(say("mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql", "执行 mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql")),
        });
    }
    replication(&mut checks, facts, target);
    let most = u64::from(target.max_transaction.unwrap_or(TRANSACTION));
    checks.on("transactions", &facts.transactions, |checks, open| transactions(checks, open, most));
    locks(&mut checks, facts);
    space(&mut checks, facts, target);
    checks.done()
}

fn version(checks: &mut Checks, facts: &MysqlFacts, context: &Context<'_>) {
    let Some(flavour) = flavour::flavour(&facts.version, &facts.comment) else { return };
    let status = match flavour.severity {
        Some(Severity::Error) => Status::Fail,
        Some(Severity::Warning) => Status::Warn,
        _ => Status::Pass,
    };
    let what = flavour.what().unwrap_or_else(|| say(flavour.name.clone(), flavour.name.clone()));
    let check = Check::new(format!("{}.flavour", checks.id), checks.section, status, what);
    checks.add(check.saw(format!("{} ({})", flavour.name, facts.version)));
    let table = flavour::table();
    let mariadb = flavour.family() == crate::mysql::Flavour::MariaDb;
    let recommended = if mariadb { &table.recommended_mariadb } else { &table.recommended_mysql };
    let Some(numbers) = flavour::numbers(&facts.version) else {
        let check = checks
            .check("version", Status::Error, "the version cannot be read", "版本号无法识别")
            .saw(&facts.version);
        return checks.add(check);
    };
    let better: Vec<u64> = recommended.split('.').filter_map(|part| part.parse().ok()).collect();
    let floor = context.floor(flavour.family());
    let expected = match &floor {
        Some(floor) => {
            format!(">={} ({}), {recommended} recommended", dotted(&floor.version), floor.whence.en)
        }
        None => format!("{recommended} recommended"),
    };
    let check = match &floor {
        Some(floor) if numbers < floor.version => checks
            .check(
                "version",
                Status::Fail,
                format!(
                    "Django refuses to connect: {} is the oldest server that this revision takes, {}",
                    dotted(&floor.version),
                    floor.whence.en
                ),
                format!("Django 将拒绝连接：本版本最低要求 {}，{}", dotted(&floor.version), floor.whence.zh),
            )
            .advise(say(
                format!("upgrade the server to {recommended} first"),
                format!("请先把服务器升级到 {recommended}"),
            )),
        _ if numbers < better => checks
            .check(
                "version",
                Status::Warn,
                format!("it works, and {recommended} is recommended"),
                format!("可以使用，建议升级到 {recommended}"),
            )
            .advise(say(
                format!("plan the upgrade of the server to {recommended}"),
                format!("规划把服务器升级到 {recommended}"),
            )),
        None => checks.check(
            "version",
            Status::Warn,
            "no floor is known: Django's release is not known, or its check is switched off",
            "无法得知最低版本：Django 版本未知，或其检查已被关闭",
        ),
        Some(_) => checks.check("version", Status::Pass, "fit for this revision", "满足本版本要求"),
    };
    checks.add(check.saw(&facts.version).wants(expected));
}

fn charset_check(checks: &Checks, charset: &str, collation: &str) -> Check {
    let check = match charset {
        "utf8mb4" => checks.check("charset", Status::Pass, "takes every character", "可存储所有字符"),
        "utf8" | "utf8mb3" => checks.check(
            "charset",
            Status::Pass,
            "takes every character of the basic plane; four-byte characters (emoji) are refused",
            "可存储基本多文种平面的字符；四字节字符（表情）会被拒绝",
        ),
        _ => checks
            .check(
                "charset",
                Status::Fail,
                "cannot hold Chinese text: rows with it are refused or garbled",
                "无法存储中文：写入会被拒绝或变成乱码",
            )
            .advise(say(
                "ALTER DATABASE … CHARACTER SET utf8mb4, then convert its tables",
                "执行 ALTER DATABASE … CHARACTER SET utf8mb4，并转换其中的表",
            )),
    };
    check.saw(format!("{charset}, {collation}")).wants("utf8mb4 or utf8")
}

fn sql_mode(checks: &mut Checks, facts: &MysqlFacts) {
    let Some(mode) = facts.variables.get("sql_mode") else { return };
    let strict =
        mode.split(',').any(|one| matches!(one, "STRICT_TRANS_TABLES" | "STRICT_ALL_TABLES" | "TRADITIONAL"));
    let check = match strict {
        true => checks.check(
            "sql-mode",
            Status::Pass,
            "strict: data that does not fit is refused",
            "严格模式：不合规的数据会被拒绝",
        ),
        false => checks
            .check(
                "sql-mode",
                Status::Warn,
                "not strict: data that does not fit is cut without an error (Django's mysql.W002)",
                "非严格模式：不合规的数据会被静默截断（Django 的 mysql.W002）",
            )
            .advise(say(
                "set sql_mode to STRICT_TRANS_TABLES, for the connections of Django at least",
                "将 sql_mode 设为 STRICT_TRANS_TABLES，至少对 Django 的连接",
            )),
    };
    checks.add(check.saw(mode).wants("STRICT_TRANS_TABLES"));
}

fn timeouts(checks: &mut Checks, facts: &MysqlFacts) {
    let number = |name: &str| facts.variables.get(name).and_then(|value| value.parse::<u64>().ok());
    let (Some(wait), Some(packet)) = (number("lock_wait_timeout"), number("max_allowed_packet")) else {
        return;
    };
    let seen = format!("lock_wait_timeout={wait}, max_allowed_packet={packet}");
    let check = if packet < PACKET {
        checks
            .check(
                "timeouts",
                Status::Warn,
                "max_allowed_packet is small: rows of dumps and of data migrations may not pass",
                "max_allowed_packet 偏小：备份和数据迁移的行可能无法通过",
            )
            .advise(say("raise max_allowed_packet to 64 MiB", "将 max_allowed_packet 调大到 64 MiB"))
    } else if wait > LOCK_WAIT {
        checks
            .check("timeouts", Status::Warn, "a migration that waits for a metadata lock hangs for that long instead of failing, and everything queues behind it", "迁移等待元数据锁时会一直挂起而不是失败，后续查询都会排队")
            .advise(say("let the migrating connection SET SESSION lock_wait_timeout=60", "让执行迁移的连接先 SET SESSION lock_wait_timeout=60"))
    } else {
        checks.check("timeouts", Status::Pass, "waits end in a reasonable time", "等待会在合理时间内结束")
    };
    checks
        .add(check.saw(seen).wants(format!("lock_wait_timeout<={LOCK_WAIT}, max_allowed_packet>={PACKET}")));
}

fn writable(checks: &mut Checks, facts: &MysqlFacts, target: &MysqlTarget) {
    let on: Vec<&str> = ["read_only", "super_read_only", "innodb_read_only"]
        .into_iter()
        .filter(|name| facts.variables.get(*name).is_some_and(|value| !matches!(value.as_str(), "OFF" | "0")))
        .collect();
    if !facts.variables.contains_key("read_only") {
        let check = checks.check(
            "read-only",
            Status::Error,
            "the server does not say whether it takes writes",
            "服务器未说明是否可写",
        );
        return checks.add(check);
    }
    let check = match (on.is_empty(), target.replica) {
        (true, _) => checks.check("read-only", Status::Pass, "takes writes", "可写").saw("read_only=OFF"),
        (false, true) => checks
            .check(
                "read-only",
                Status::Pass,
                "a replica, and read-only as it should be",
                "只读副本，符合预期",
            )
            .saw(on.join(", ")),
        (false, false) => checks
            .check(
                "read-only",
                Status::Fail,
                "the server is read-only: migrations cannot run",
                "服务器只读：迁移无法执行",
            )
            .saw(on.join(", "))
            .advise(say(
                "name the primary in the configuration, or end the read-only state",
                "在配置中改为主库，或解除只读状态",
            )),
    };
    checks.add(check);
}

fn grants(checks: &Checks, facts: &MysqlFacts, rights: &[(String, String)]) -> Check {
    let database = &facts.database;
    let has = |right: &str| {
        rights.iter().any(|(scope, have)| {
            (have.eq_ignore_ascii_case(right) || have.eq_ignore_ascii_case("ALL PRIVILEGES"))
                && like(scope, database)
        })
    };
    let wanted = &flavour::table().migration_rights;
    let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|right| !has(right)).collect();
    let check = if missing.is_empty() {
        checks.check("grants", Status::Pass, "has every right that migrations use", "具备迁移所需的全部权限")
    } else if facts.has_role {
        checks.check(
            "grants",
            Status::Error,
            "the user acts through a role, whose rights this user cannot list",
            "该用户通过角色获得权限，无法列出",
        )
    } else {
        let names = missing.join(", ");
        checks
            .check(
                "grants",
                Status::Fail,
                format!("migrations will be refused: {names} missing on {database}"),
                format!("迁移会被拒绝：在 {database} 上缺少 {names}"),
            )
            .advise(say(
                format!("GRANT {names} ON `{database}`.* TO the user that migrates"),
                format!("为执行迁移的用户授权：GRANT {names} ON `{database}`.*"),
            ))
    };
    check.saw(facts.user.clone()).wants(wanted.join(", "))
}

/// Whether `name` fits a pattern of grants: `%` any text, `_` any character, `\` takes the next as it is.
fn like(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Positions of `name` that the pattern so far may have come to.
    let mut at: Vec<bool> = vec![false; name.len() + 1];
    at[0] = true;
    let mut escaped = false;
    for &c in &pattern {
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        let mut next = vec![false; name.len() + 1];
        for place in 0..=name.len() {
            if !at[place] {
                continue;
            }
            if c == '%' && !escaped {
                next[place..].fill(true);
                break;
            }
            if place < name.len() && ((c == '_' && !escaped) || name[place].eq_ignore_ascii_case(&c)) {
                next[place + 1] = true;
            }
        }
        (at, escaped) = (next, false);
    }
    at[name.len()]
}

fn replication(checks: &mut Checks, facts: &MysqlFacts, target: &MysqlTarget) {
    let most = u64::from(target.max_lag.unwrap_or(LAG));
    match &facts.replica {
        Some(Err(trouble)) if trouble.kind == Kind::Denied && !target.replica => {
            // Whether it is a replica is what nobody could tell; that it takes writes is known from elsewhere.
            let check = Check::error(format!("{}.replication", checks.id), checks.section, trouble);
            checks.add(check.advise(say(
                "GRANT REPLICATION CLIENT ON *.* (MySQL) or SLAVE MONITOR ON *.* (MariaDB) TO the user of the gate",
                "为检查用户授予 REPLICATION CLIENT（MySQL）或 SLAVE MONITOR（MariaDB）",
            )));
        }
        asked => {
            checks.on("replication", asked, |checks, state| replica(checks, state.as_ref(), target, most))
        }
    }
}

fn replica(checks: &Checks, state: Option<&Replica>, target: &MysqlTarget, most: u64) -> Check {
    let Some(state) = state else {
        return match target.replica {
            true => checks.check(
                "replication",
                Status::Fail,
                "the configuration calls it a replica, and it follows nobody",
                "配置称其为副本，但它没有跟随任何主库",
            ),
            false => checks.check("replication", Status::Pass, "a primary", "主库"),
        };
    };
    let seen = match state.lag {
        Some(lag) => format!("{lag} s behind, IO {}, SQL {}", state.io_running, state.sql_running),
        None => format!("not running, IO {}, SQL {}", state.io_running, state.sql_running),
    };
    let check = match state.lag {
        None => {
            checks.check("replication", Status::Fail, "replication does not run", "复制未运行").advise(say(
                "mend replication before the upgrade; a lag of NULL is not zero",
                "升级前修复复制；延迟为 NULL 并不等于 0",
            ))
        }
        Some(_) if !target.replica => checks
            .check(
                "replication",
                Status::Fail,
                "this is a replica: migrations belong on the primary",
                "这是副本：迁移应在主库执行",
            )
            .advise(say(
                "name the primary in the configuration, or set `replica = true`",
                "在配置中改为主库，或设置 `replica = true`",
            )),
        Some(lag) if lag > most => checks
            .check("replication", Status::Fail, format!("{lag} s behind"), format!("落后 {lag} 秒"))
            .advise(say("wait until the replica has caught up", "等待副本追上主库")),
        Some(_) => checks.check("replication", Status::Pass, "follows closely", "复制延迟正常"),
    };
    check.saw(seen).wants(format!("<={most} s"))
}

fn transactions(checks: &Checks, open: &[Transaction], most: u64) -> Check {
    let old: Vec<String> = open
        .iter()
        .filter(|one| one.age > most)
        .map(|one| format!("connection {} ({} s, {} rows changed)", one.thread, one.age, one.modified))
        .collect();
    let check = match old.is_empty() {
        true => checks.check("transactions", Status::Pass, "none is open for long", "没有长事务"),
        false => checks
            .check(
                "transactions",
                Status::Fail,
                "an ALTER TABLE waits for any of them that touched its table, and everything else waits behind it",
                "ALTER TABLE 会等待访问过该表的事务，后续查询都会排队",
            )
            .advise(say("end them: let the application finish, or KILL the connections", "结束这些事务：等待应用完成，或 KILL 连接")),
    };
    check
        .saw(if old.is_empty() { format!("{} open", open.len()) } else { list(&old, 5) })
        .wants(format!("none older than {most} s"))
}

fn locks(checks: &mut Checks, facts: &MysqlFacts) {
    match &facts.metadata_locks {
        Some(Err(trouble)) if trouble.kind == Kind::Unknown => {
            // The open transactions, which every server tells, are the second best.
            let check = checks
                .check("metadata-locks", Status::Warn, "the server does not note who holds metadata locks; open transactions are all that is known", "服务器未记录元数据锁的持有者；只能依据未结束的事务判断")
                .saw(&trouble.said)
                .advise(say("switch performance_schema on, with the instrument wait/lock/metadata/sql/mdl", "开启 performance_schema 及 wait/lock/metadata/sql/mdl"));
            checks.add(check);
        }
        asked => checks.on("metadata-locks", asked, |checks, all| {
            let waiting: Vec<String> = all
                .iter()
                .filter(|lock| lock.status == "PENDING")
                .map(|lock| format!("{} waits for {} on {}", lock.thread, lock.lock, lock.table))
                .collect();
            let exclusive: Vec<String> = all
                .iter()
                .filter(|lock| lock.status == "GRANTED" && lock.lock.contains("EXCLUSIVE"))
                .map(|lock| format!("{} holds {} on {}", lock.thread, lock.lock, lock.table))
                .collect();
            let both: Vec<String> = waiting.into_iter().chain(exclusive).collect();
            match both.is_empty() {
                true => checks
                    .check(
                        "metadata-locks",
                        Status::Pass,
                        "nobody waits for a metadata lock",
                        "没有等待中的元数据锁",
                    )
                    .saw(format!("{} shared", all.len())),
                false => checks
                    .check(
                        "metadata-locks",
                        Status::Fail,
                        "statements already wait for metadata locks; a migration would queue behind them",
                        "已有语句在等待元数据锁；迁移会排在其后",
                    )
                    .saw(list(&both, 5))
                    .advise(say(
                        "find who holds the lock in performance_schema.metadata_locks, and end it",
                        "在 performance_schema.metadata_locks 中找到持有者并结束它",
                    )),
            }
        }),
    }
}

fn space(checks: &mut Checks, facts: &MysqlFacts, target: &MysqlTarget) {
    let Some(Ok(tables)) = &facts.tables else {
        if let Some(Err(trouble)) = &facts.tables {
            let check = Check::error(format!("{}.space", checks.id), checks.section, trouble);
            checks.add(check);
        }
        return;
    };
    let largest = tables.iter().max_by_key(|(_, table)| table.bytes);
    let total: u64 = tables.values().map(|table| table.bytes).sum();
    let seen = match largest {
        Some((name, table)) => {
            format!("{} tables, {}; largest {name}, {}", tables.len(), size(total), size(table.bytes))
        }
        None => "no tables".to_owned(),
    };
    let need = largest.map_or(0, |(_, table)| table.bytes).saturating_mul(HEADROOM);
    let said: Option<u64> = target.free_gib.0.parse::<u64>().ok().map(|gib| gib << 30);
    let free = match (&facts.free_bytes, said) {
        (Some(Ok(free)), _) => Some(*free),
        (_, said) => said,
    };
    let check = match free {
        None => checks
            .check(
                "space",
                Status::Warn,
                "how much space is free is not known: a rebuild of a table needs room for a copy of it",
                "剩余空间未知：重建表需要容纳其副本",
            )
            .advise(say(
                "look at the disk of the server, and set `free-gib`",
                "查看服务器磁盘，并设置 `free-gib`",
            )),
        Some(free) if free < need => checks
            .check(
                "space",
                Status::Fail,
                format!("{} free: not enough to rebuild the largest table", size(free)),
                format!("剩余 {}：不足以重建最大的表", size(free)),
            )
            .advise(say("free space before the upgrade", "升级前清理空间")),
        Some(free) => checks.check(
            "space",
            Status::Pass,
            format!("{} free", size(free)),
            format!("剩余 {}", size(free)),
        ),
    };
    checks.add(check.saw(seen).wants(format!(">={} free", size(need))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_grants_are_those_of_like() {
        for (pattern, name, fits) in [
            ("%", "bklog", true),
            ("bk%", "bklog", true),
            ("bk\\_log", "bk_log", true),
            ("bk\\_log", "bkxlog", false),
            ("bk_log", "bkxlog", true),
            ("bklog", "bklog2", false),
            ("%log%2", "bklog_12", true),
            ("", "bklog", false),
        ] {
            assert_eq!(like(pattern, name), fits, "{pattern} {name}");
        }
    }
}
