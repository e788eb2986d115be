//! What backups mean: whether a restore would bring back what is there.

mod physical;
mod redis;

use std::collections::BTreeMap;

use crate::config::gate::BackupTarget;

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::{Facts, MysqlFacts};
use super::super::flavour;
use super::super::judge::{Checks, list, size};
use super::super::trouble::{Kind, Trouble};
use super::dump::{DumpFacts, Sandbox};
use super::files::ConfigurationFacts;
use super::{BackupFacts, Content, Integrity};
use physical::physical_checks;
use redis::redis_checks;

/// Hours that a backup may be old.
const AGE: u32 = 24;
/// Share of the last backup's size, in percent, below which something is missing.
const SHRUNK: u64 = 60;
/// Rows by the statistics of the server from which on a table without rows in the backup is a fault; the statistics of
/// smaller ones may be older than their last row.
const ROWS: u64 = 100;

/// Judges a backup against what the servers said.
pub fn judge(
    id: &str,
    facts: &BackupFacts,
    target: &BackupTarget,
    all: &Facts,
    context: &Context<'_>,
) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Backup);
    integrity(&mut checks, facts);
    fresh(&mut checks, facts, target, all.collected_at);
    sizes(&mut checks, facts);
    if let Some(asked) = &facts.archive {
        let check = match asked {
            Ok(true) => checks.check(
                "archive",
                Status::Pass,
                "a copy of the same size is in the archive",
                "归档中有相同大小的副本",
            ),
            Ok(false) => checks.check(
                "archive",
                Status::Fail,
                "the archive holds no copy, or one of another size",
                "归档中没有副本，或大小不同",
            ),
            Err(trouble) => Check::error(format!("{id}.archive"), Section::Backup, trouble),
        };
        checks.add(check);
    }
    match &facts.content {
        None => {}
        Some(Content::Dump(dump)) => dump_checks(&mut checks, dump, target, all),
        Some(Content::Physical(physical)) => physical_checks(&mut checks, physical, target, all),
        Some(Content::Rdb(rdb)) => {
            let version = format!("{}{}", if rdb.valkey { "valkey " } else { "" }, rdb.server_version);
            redis_checks(&mut checks, &version, rdb.keys, target, all);
        }
        Some(Content::Aof(aof)) => {
            let keys = match (aof.commands, aof.base.as_ref().and_then(|base| base.keys)) {
                (0, keys) => keys,
                (commands, _) => Some(commands),
            };
            let version = aof.base.as_ref().map(|base| base.server_version.clone()).unwrap_or_default();
            redis_checks(&mut checks, &version, keys, target, all);
        }
        Some(Content::Configuration(files)) => configuration(&mut checks, files, target, context),
        Some(Content::Export(export)) => {
            let least = u64::from(target.min_entries.unwrap_or(1));
            let check = match export.entries >= least {
                true => checks.check("content", Status::Pass, "entries are there", "导出内容存在"),
                false => checks
                    .check("content", Status::Fail, "the export holds too little", "导出内容过少")
                    .advise(say(
                        "export again, as a user who may see everything",
                        "用具备完整权限的用户重新导出",
                    )),
            };
            checks.add(
                check
                    .saw(format!("{} entries in {} files", export.entries, export.files))
                    .wants(format!(">={least}")),
            );
        }
    }
    checks.done()
}

/// A backup that is not there, or cannot be read: a fault of the preparation, not of the question.
pub fn absent(id: &str, trouble: &Trouble) -> Check {
    let status = if trouble.kind == Kind::File { Status::Fail } else { Status::Error };
    Check::new(
        format!("{id}.file"),
        Section::Backup,
        status,
        say("there is no backup that can be read", "没有可读取的备份"),
    )
    .saw(trouble.said.clone())
    .advise(say("make the backup, or correct `path`", "先做备份，或改正 `path`"))
}

fn again() -> crate::findings::Bilingual {
    say(
        "make the backup again, and look at the exit status of every program of the pipe",
        "重新备份，并检查管道中每个程序的退出状态",
    )
}

fn integrity(checks: &mut Checks, facts: &BackupFacts) {
    let check = match (&facts.integrity, &facts.checksum) {
        (Err(trouble), _) => match trouble.kind {
            Kind::Protocol => checks
                .check(
                    "integrity",
                    Status::Fail,
                    "damaged, or not what it should be",
                    "已损坏，或不是预期的内容",
                )
                .saw(&trouble.said)
                .advise(again()),
            _ => absent(&checks.id.clone(), trouble),
        },
        (_, Some(Ok(false))) => checks
            .check("integrity", Status::Fail, "not what the checksums say", "与校验和不符")
            .advise(again()),
        (_, Some(Err(trouble))) => Check::error(format!("{}.integrity", checks.id), Section::Backup, trouble),
        (_, Some(Ok(true))) => {
            checks.check("integrity", Status::Pass, "as the checksums say", "与校验和一致")
        }
        (Ok(Integrity::Proven), None) => {
            checks.check("integrity", Status::Pass, "its own checksums hold", "自带的校验和正确")
        }
        (Ok(Integrity::Unproven), None) => checks
            .check(
                "integrity",
                Status::Warn,
                "it carries no checksum: a changed byte would not be seen",
                "没有校验和：字节被改动也无法发现",
            )
            .advise(say(
                "compress it with gzip or zstd, or write a list with sha256sum and name it under `checksums`",
                "用 gzip 或 zstd 压缩，或用 sha256sum 生成列表并写入 `checksums`",
            )),
    };
    let seen = if check.observed.is_empty() {
        format!("{}, {}", facts.path, size(facts.bytes))
    } else {
        check.observed.clone()
    };
    checks.add(check.saw(seen));
}

fn fresh(checks: &mut Checks, facts: &BackupFacts, target: &BackupTarget, now: jiff::Timestamp) {
    let most = i64::from(target.max_age_hours.unwrap_or(AGE));
    // What the backup says of itself counts before the time of its file, which a copy changes.
    let own = match &facts.content {
        Some(Content::Dump(dump)) => dump.finished_at.as_deref().and_then(local_time),
        Some(Content::Physical(physical)) => {
            physical.parts.last().and_then(|part| local_time(&part.end_time))
        }
        Some(Content::Rdb(rdb)) => rdb.created_at.and_then(|at| jiff::Timestamp::from_second(at).ok()),
        _ => None,
    };
    let made = own.unwrap_or(facts.modified_at);
    let hours = now.duration_since(made).as_secs().div_euclid(3600);
    let check = if hours < -26 {
        // Up to a day and a bit is the zone of another machine.
        checks
            .check("fresh", Status::Fail, "it says that it was made in the future", "备份时间在未来")
            .advise(again())
    } else if hours >= most {
        checks
            .check("fresh", Status::Fail, format!("{hours} hours old"), format!("已有 {hours} 小时"))
            .advise(say("make a new backup before the upgrade", "升级前重新备份"))
    } else {
        checks.check(
            "fresh",
            Status::Pass,
            format!("{} hours old", hours.max(0)),
            format!("{} 小时前", hours.max(0)),
        )
    };
    checks.add(check.saw(made.to_string()).wants(format!("<{most} h")));
}

/// `2026-11-22 10:26:37` in the zone of this machine: dumps write the time of theirs without naming it.
fn local_time(text: &str) -> Option<jiff::Timestamp> {
    let text = text.get(..19)?;
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    let zone = jiff::tz::TimeZone::system();
    civil.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
}

fn sizes(checks: &mut Checks, facts: &BackupFacts) {
    let Some(asked) = &facts.previous else { return };
    let check = match asked {
        Err(trouble) => Check::error(format!("{}.size", checks.id), Section::Backup, trouble),
        Ok(sizes) => match sizes.first() {
            None => checks.check(
                "size",
                Status::Skip,
                "there is no earlier backup to compare with",
                "没有可比较的历史备份",
            ),
            Some(last) if facts.bytes.saturating_mul(100) < last.saturating_mul(SHRUNK) => checks
                .check("size", Status::Fail, "much smaller than the last one", "比上一次小得多")
                .saw(format!("{}, last {}", size(facts.bytes), size(*last)))
                .advise(say("find out what is missing", "查明缺少了什么")),
            Some(last) => checks
                .check("size", Status::Pass, "about as large as the last one", "与上一次大小相近")
                .saw(format!("{}, last {}", size(facts.bytes), size(*last))),
        },
    };
    checks.add(check.wants(format!(">={SHRUNK} % of the last")));
}

fn live<'f>(target: &BackupTarget, all: &'f Facts) -> Option<Result<&'f MysqlFacts, String>> {
    let name = target.mysql.as_ref()?;
    Some(all.mysql(name).ok_or_else(|| name.clone()))
}

fn unknown_server(checks: &Checks, name: &str, wanted: &str) -> Check {
    checks
        .check(
            name,
            Status::Error,
            format!("the server `{wanted}` gave no answer, so there is nothing to compare with"),
            format!("服务器 `{wanted}` 没有答复，无从比较"),
        )
        .advise(say("see the checks of that server", "见该服务器的检查结果"))
}

fn no_server(checks: &Checks, name: &str) -> Check {
    checks
        .check(
            name,
            Status::Warn,
            "no server is named that it was taken from, so its content is not compared",
            "未指明来源服务器，未比较内容",
        )
        .advise(say("set `mysql` to the entry of [gate.mysql]", "将 `mysql` 设为 [gate.mysql] 中的条目"))
}

fn dump_checks(checks: &mut Checks, dump: &DumpFacts, target: &BackupTarget, all: &Facts) {
    let check = match (dump.complete, &dump.fault, dump.after_trailer) {
        (_, Some(fault), _) => checks
            .check("complete", Status::Fail, "the text is broken", "文本已损坏")
            .saw(fault)
            .advise(again()),
        (Some(false), ..) => checks
            .check(
                "complete",
                Status::Fail,
                "the trailer is missing: the dump was cut or did not end",
                "缺少结尾标记：备份被截断或未完成",
            )
            .advise(again()),
        (Some(true), None, true) => checks.check(
            "complete",
            Status::Warn,
            "something stands behind the trailer that belongs to no dump",
            "结尾标记之后有多余内容",
        ),
        (Some(true), None, false) => checks
            .check("complete", Status::Pass, "the trailer is there", "结尾标记存在")
            .saw(dump.finished_at.clone().unwrap_or_default()),
        (None, None, _) => checks
            .check(
                "complete",
                Status::Warn,
                "made without comments: nobody can tell whether it is whole",
                "备份不含注释：无法判断是否完整",
            )
            .advise(say("leave out --skip-comments and --compact", "不要使用 --skip-comments 和 --compact")),
    };
    checks.add(check);
    if dump.has_accounts {
        let check = checks
            .check(
                "accounts",
                Status::Warn,
                "it holds accounts with their password hashes: the file is a secret",
                "其中含有账号及密码哈希：该文件需保密",
            )
            .advise(say("keep it where only the operators read it", "仅限运维人员可读"));
        checks.add(check);
    }
    match live(target, all) {
        None => {
            let check = no_server(checks, "content");
            checks.add(check);
        }
        Some(Err(name)) => {
            for part in ["content", "restorable"] {
                let check = unknown_server(checks, part, &name);
                checks.add(check);
            }
        }
        Some(Ok(server)) => {
            let dumped = dump
                .databases
                .get(&server.database)
                .or_else(|| dump.databases.get("").filter(|_| dump.databases.len() == 1));
            let dumped = dumped.map(|tables| {
                let flags = |table: &super::dump::DumpedTable| (table.created, table.rows);
                tables.iter().map(|(name, table)| (name.as_str(), flags(table))).collect::<BTreeMap<_, _>>()
            });
            content(checks, dumped.as_ref(), server, &dump.databases.keys().cloned().collect::<Vec<_>>());
            restorable(checks, dump, server);
        }
    }
}

/// Whether databases and tables are those of the server, and tables with rows have rows.
fn content(
    checks: &mut Checks,
    dumped: Option<&BTreeMap<&str, (bool, bool)>>,
    server: &MysqlFacts,
    databases: &[String],
) {
    let database = &server.database;
    let Some(dumped) = dumped else {
        let check = checks
            .check(
                "content",
                Status::Fail,
                format!("the database {database} is not in it"),
                format!("其中没有数据库 {database}"),
            )
            .saw(list(databases, 5))
            .wants(database)
            .advise(say("dump the right database", "备份正确的数据库"));
        return checks.add(check);
    };
    let tables = match &server.tables {
        Some(Ok(tables)) => tables,
        Some(Err(trouble)) => {
            let check = Check::error(format!("{}.content", checks.id), Section::Backup, trouble);
            return checks.add(check);
        }
        None => {
            let check = unknown_server(checks, "content", database);
            return checks.add(check);
        }
    };
    let missing: Vec<&str> = tables
        .keys()
        .map(String::as_str)
        .filter(|name| !dumped.get(name).is_some_and(|(created, _)| *created))
        .collect();
    let others: Vec<&str> = dumped.keys().copied().filter(|name| !tables.contains_key(*name)).collect();
    let seen = format!("{} tables, {} on the server", dumped.len(), tables.len());
    let check = if !missing.is_empty() {
        checks
            .check(
                "content",
                Status::Fail,
                format!("{} tables of {database} are not in it", missing.len()),
                format!("缺少 {database} 的 {} 张表", missing.len()),
            )
            .saw(format!("{seen}; missing {}", list(&missing, 5)))
            .advise(say("dump the whole database", "备份整个数据库"))
    } else if !others.is_empty() {
        checks
            .check(
                "content",
                Status::Warn,
                "it holds tables that the server has no more",
                "其中有服务器上已不存在的表",
            )
            .saw(format!("{seen}; only in it {}", list(&others, 5)))
    } else {
        checks
            .check(
                "content",
                Status::Pass,
                format!("every table of {database}"),
                format!("包含 {database} 的全部表"),
            )
            .saw(seen)
    };
    checks.add(check.wants(format!("{} tables of {database}", tables.len())));
    let empty = |least: u64, most: u64| -> Vec<&str> {
        tables
            .iter()
            .filter(|(name, table)| {
                (least..=most).contains(&table.rows)
                    && dumped.get(name.as_str()).is_some_and(|(created, rows)| *created && !rows)
            })
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let (large, small) = (empty(ROWS, u64::MAX), empty(1, ROWS - 1));
    let check = if !large.is_empty() {
        checks
            .check(
                "rows",
                Status::Fail,
                "tables that have rows on the server have none in it",
                "服务器上有数据的表在备份中没有数据",
            )
            .saw(list(&large, 5))
            .advise(say(
                "dump with rows (no --no-data), as a user who may read every table",
                "备份数据（不要 --no-data），并使用可读取全部表的用户",
            ))
    } else if !small.is_empty() {
        checks
            .check(
                "rows",
                Status::Warn,
                "small tables without rows in it; the server's statistics may be old",
                "部分小表在备份中没有数据；也可能是统计信息过旧",
            )
            .saw(list(&small, 5))
    } else {
        checks.check("rows", Status::Pass, "tables with rows have rows", "有数据的表均有数据")
    };
    checks.add(check);
}

/// Whether it can be restored into this server.
fn restorable(checks: &mut Checks, dump: &DumpFacts, server: &MysqlFacts) {
    let mariadb = flavour::flavour(&server.version, &server.comment)
        .is_some_and(|flavour| flavour.family() == crate::mysql::Flavour::MariaDb);
    let mut fails: Vec<(&str, &str)> = Vec::new();
    let mut warns: Vec<(&str, &str)> = Vec::new();
    if dump.gtid_purged {
        match (mariadb, server.variables.get("gtid_mode").map(String::as_str)) {
            (true, _) => fails.push((
                "it sets GTID_PURGED, which MariaDB does not know",
                "设置了 GTID_PURGED，MariaDB 不支持",
            )),
            (false, Some("ON" | "ON_PERMISSIVE")) => fails.push((
                "it sets GTID_PURGED: on this server the restore ends with error 3546 before its first table",
                "设置了 GTID_PURGED：在该服务器上恢复会在首张表之前以错误 3546 终止",
            )),
            _ => warns.push(("it sets GTID_PURGED", "设置了 GTID_PURGED")),
        }
    }
    if dump.sandbox == Some(Sandbox::Refused) && !mariadb {
        fails.push((
            "its first line is refused by MySQL's client (Unknown command '\\-')",
            "首行会被 MySQL 客户端拒绝（Unknown command '\\-'）",
        ));
    }
    if dump.mysql8_collations && mariadb {
        fails.push((
            "its tables use collations of MySQL 8 (utf8mb4_0900_*), which this server may not know",
            "表使用 MySQL 8 的排序规则（utf8mb4_0900_*），该服务器可能不支持",
        ));
    }
    if dump.mariadb_collations && !mariadb {
        fails
            .push(("its tables use collations of MariaDB (uca1400)", "表使用 MariaDB 的排序规则（uca1400）"));
    }
    if !dump.tool.is_empty() && dump.tool != "mydumper" && dump.mariadb != mariadb {
        warns.push(("it was made by the client of the other family", "由另一系列的客户端生成"));
    }
    let no_drop = dump.databases.values().flatten().any(|(_, table)| table.created && !table.dropped);
    if no_drop && dump.tool != "mydumper" {
        warns.push((
            "it creates tables without dropping them: the databases must be dropped before a restore",
            "只建表不删表：恢复前必须先删除数据库",
        ));
    }
    let said = |list: &[(&str, &str)]| {
        let (en, zh): (Vec<&str>, Vec<&str>) = list.iter().copied().unzip();
        say(en.join("; "), zh.join("；"))
    };
    let (status, what) = match (fails.is_empty(), warns.is_empty()) {
        (false, _) => (Status::Fail, said(&fails)),
        (true, false) => (Status::Warn, said(&warns)),
        (true, true) => (Status::Pass, say("fits this server", "可恢复到该服务器")),
    };
    let mut check =
        Check::new(format!("{}.restorable", checks.id), Section::Backup, status, what).saw(format!(
            "{} for {}",
            if dump.server_version.is_empty() { &dump.tool } else { &dump.server_version },
            server.version
        ));
    if !fails.is_empty() {
        check = check.advise(say(
            "dump again with --set-gtid-purged=OFF and the client of this server's family",
            "用该服务器系列的客户端重新备份，并使用 --set-gtid-purged=OFF",
        ));
    } else if no_drop {
        check = check.advise(say(
            "write into the rollback plan that the schemas are dropped and created first",
            "在回滚方案中写明先删除并重建数据库",
        ));
    }
    checks.add(check);
}

fn configuration(
    checks: &mut Checks,
    facts: &ConfigurationFacts,
    target: &BackupTarget,
    context: &Context<'_>,
) {
    let wanted = if target.files.is_empty() { context.settings_files() } else { target.files.clone() };
    // A backup may hold the files below a folder of its own.
    let find = |name: &String| {
        facts
            .files
            .iter()
            .find(|(path, _)| *path == name || path.ends_with(&format!("/{name}")))
            .map(|(_, file)| file)
    };
    let missing: Vec<&str> = wanted.iter().filter(|name| find(name).is_none()).map(String::as_str).collect();
    // An `__init__.py` is empty for good.
    let empty: Vec<&str> = wanted
        .iter()
        .filter(|name| find(name).is_some_and(|file| file.bytes == 0) && !name.ends_with("__init__.py"))
        .map(String::as_str)
        .collect();
    let faults: Vec<String> =
        wanted.iter().filter_map(|name| Some(format!("{name}: {}", find(name)?.fault.as_ref()?))).collect();
    let check = if wanted.is_empty() {
        checks.check("content", Status::Warn, "no settings file is known to look for", "没有可核对的配置文件")
    } else if !missing.is_empty() {
        checks
            .check("content", Status::Fail, "configuration files are missing", "缺少配置文件")
            .saw(list(&missing, 5))
            .advise(say("back them up too", "一并备份"))
    } else if !empty.is_empty() {
        checks
            .check("content", Status::Fail, "configuration files are empty", "配置文件为空")
            .saw(list(&empty, 5))
            .advise(again())
    } else if !faults.is_empty() {
        checks
            .check("content", Status::Fail, "configuration files cannot be read", "配置文件无法解析")
            .saw(list(&faults, 3))
            .advise(again())
    } else {
        checks
            .check("content", Status::Pass, "every settings file is there", "配置文件齐全")
            .saw(format!("{} files", facts.files.len()))
    };
    checks.add(check.wants(list(&wanted, 6)));
}
