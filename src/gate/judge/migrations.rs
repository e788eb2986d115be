//! `django_migrations` and the tables that pending statements touch.

use std::collections::BTreeMap;

use crate::django::editor::Run;
use crate::django::state::States;
use crate::plan::Plan;
use crate::plan::half::Half;
use crate::plan::history::History;

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::database;
use super::super::facts::MysqlFacts;
use super::{Checks, list, size};

/// Tables from which on a rebuild or a lock is felt: rows and bytes.
const LARGE_ROWS: u64 = 100_000;
const LARGE_BYTES: u64 = 256 << 20;

/// Judges the history of a server against the revision; `plan` is the upgrade from what the server has applied.
pub fn judge(id: &str, facts: &MysqlFacts, context: &Context<'_>, plan: Option<&Plan>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Migrations);
    let rows = match &facts.migrations {
        None => return Vec::new(),
        Some(Err(trouble)) => {
            return vec![Check::error(format!("{id}.history"), Section::Migrations, trouble)];
        }
        Some(Ok(rows)) => rows,
    };
    let Some(rows) = rows else {
        let check = checks
            .check(
                "history",
                Status::Warn,
                "there is no table django_migrations: this database was never migrated",
                "没有 django_migrations 表：该数据库从未执行过迁移",
            )
            .advise(say(
                "if the product ran before, this is the wrong database",
                "如果产品此前已运行，则数据库不对",
            ));
        checks.add(check);
        return checks.done();
    };
    let applied = rows.iter().map(|(app, name)| (app.as_str().into(), name.as_str().into())).collect();
    let found = History::of_database(context.project, &applied);
    history(&mut checks, &found, rows.len());
    halves(&mut checks, facts, plan);
    tables(&mut checks, facts, &found, context);
    checks.done()
}

fn names<'k>(keys: impl IntoIterator<Item = &'k crate::django::Key>) -> Vec<String> {
    keys.into_iter().map(|(app, name)| format!("{app}.{name}")).collect()
}

fn history(checks: &mut Checks, found: &History, applied: usize) {
    let pairs: Vec<String> = found
        .inconsistent
        .iter()
        .map(|((app, name), (papp, pname))| format!("{app}.{name} before {papp}.{pname}"))
        .collect();
    let check = match pairs.is_empty() {
        true => checks
            .check("history", Status::Pass, "consistent with the graph", "与迁移图一致")
            .saw(format!("{applied} applied")),
        false => checks
            .check(
                "history",
                Status::Fail,
                "migrate refuses to start: InconsistentMigrationHistory",
                "migrate 将拒绝执行：InconsistentMigrationHistory",
            )
            .saw(list(&pairs, 5))
            .advise(say(
                "restore the missing migration, or correct django_migrations by hand and know why",
                "恢复缺失的迁移，或在弄清原因后手工更正 django_migrations",
            )),
    };
    checks.add(check);
    let gone = names(&found.gone);
    let check = match gone.is_empty() {
        true => checks.check("gone", Status::Pass, "every applied migration is in the revision", "已应用的迁移都在本版本中"),
        false => checks
            .check("gone", Status::Fail, "applied migrations are not in the revision: it is older than the database, or files were deleted", "已应用的迁移不在本版本中：版本比数据库旧，或文件被删除")
            .saw(list(&gone, 5))
            .advise(say("deploy a revision that holds them, or prune django_migrations on purpose", "部署包含它们的版本，或有意清理 django_migrations")),
    };
    checks.add(check);
    if !found.partial.is_empty() {
        let check = checks
            .check("squashes", Status::Warn, "of these squashes only a part is applied; Django runs the rest of what they replace, as long as its files are there", "这些合并迁移只应用了一部分；只要文件还在，Django 会执行其余被替换的迁移")
            .saw(list(&names(&found.partial), 5));
        checks.add(check);
    }
    if !found.skipped.is_empty() {
        let check = checks
            .check("skipped", Status::Fail, "these are not applied, and Django does not run them, since what comes after them is recorded as applied", "以下迁移未执行，但其后的迁移已记录为已执行，Django 不会再运行它们")
            .saw(list(&names(&found.skipped), 5))
            .advise(say("correct django_migrations by hand and know why", "在弄清原因后手工更正 django_migrations"));
        checks.add(check);
    }
    let pending = names(&found.pending());
    let check = match pending.is_empty() {
        true => checks.check("pending", Status::Pass, "nothing is pending", "没有待执行的迁移"),
        false => checks.check(
            "pending",
            Status::Pass,
            match pending.len() {
                1 => "1 migration will run".to_owned(),
                more => format!("{more} migrations will run"),
            },
            format!("将执行 {} 个迁移", pending.len()),
        ),
    };
    checks.add(check.saw(list(&pending, 10)));
}

/// Migrations that the server has run in part, or that are recorded and not there.
fn halves(checks: &mut Checks, facts: &MysqlFacts, plan: Option<&Plan>) {
    let Some(plan) = plan else { return };
    let halves: Vec<&Half> = plan.projects.iter().flat_map(|project| &project.halves).collect();
    if !halves.is_empty() {
        let names = names(halves.iter().map(|half| &half.migration));
        let (en, zh): (Vec<String>, Vec<String>) =
            halves.iter().map(|half| half.text()).map(|text| (text.en, text.zh)).unzip();
        let check = checks
            .check(
                "half-applied",
                Status::Fail,
                "migrations have run in part, or are recorded and not there",
                "有迁移只执行了一部分，或已记录但数据库中没有",
            )
            .saw(list(&names, 5))
            .advise(say(en.join("; "), zh.join("；")));
        return checks.add(check);
    }
    for names in [&facts.columns, &facts.indexes] {
        if let Some(Err(trouble)) = names {
            let check = checks
                .check(
                    "half-applied",
                    Status::Warn,
                    "whether a migration has run in part is seen from tables alone",
                    "仅能根据表判断迁移是否只执行了一部分",
                )
                .saw(&trouble.said);
            return checks.add(check);
        }
    }
    let mut check = checks.check(
        "half-applied",
        Status::Pass,
        "no migration has run in part",
        "没有只执行了一部分的迁移",
    );
    if let Some(why) = plan.projects.iter().find_map(|project| project.not_compared.as_ref()) {
        check = check.saw(format!("what is recorded was not compared with the tables: {}", why.en));
    }
    checks.add(check);
}

fn tables(checks: &mut Checks, facts: &MysqlFacts, found: &History, context: &Context<'_>) {
    let Some(Ok(live)) = &facts.tables else { return };
    let pending = found.pending();
    if pending.is_empty() {
        return;
    }
    let (Some(django), Some(server)) = (context.project.versions.django.to, database::server(facts)) else {
        let check = checks.check("tables", Status::Warn, "which tables the pending migrations touch is not known: Django's release or the server's version is not", "无法得知待执行迁移涉及哪些表：Django 或服务器版本未知");
        return checks.add(check);
    };
    let classes = context.project.field_classes(&context.workspace.snapshot);
    let states_context = context.project.state_context(&classes);
    let states = States::new(&context.project.migrations, &found.graph, &states_context);
    let run = Run::new(&states, &states_context, django, &server);
    let mut touched: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    let mut unknown = Vec::new();
    for entry in &run.entries {
        if !found.is_pending(&(entry.app.clone(), entry.migration.clone())) {
            continue;
        }
        match &entry.sql {
            Err(_) => unknown.push(format!("{}.{}", entry.app, entry.migration)),
            Ok(statements) => {
                for statement in statements.iter().filter(|one| !one.table.is_empty()) {
                    let place = touched.entry(&statement.table).or_default();
                    place.0 |= statement.class.rebuild != Some(false);
                    place.1 |= statement.class.blocks_writes != Some(false);
                }
            }
        }
    }
    unknown.dedup();
    let large: Vec<String> = touched
        .iter()
        .filter_map(|(name, (rebuild, blocks))| Some((name, rebuild, blocks, live.get(*name)?)))
        .filter(|(_, rebuild, blocks, table)| {
            (**rebuild || **blocks) && (table.rows >= LARGE_ROWS || table.bytes >= LARGE_BYTES)
        })
        .map(|(name, _, blocks, table)| {
            let how = if *blocks { "writes wait" } else { "rebuilt" };
            format!("{name} ({} rows, {}, {how})", table.rows, size(table.bytes))
        })
        .collect();
    let seen = format!(
        "{} tables touched{}",
        touched.len(),
        if unknown.is_empty() {
            String::new()
        } else {
            format!(", statements not known: {}", list(&unknown, 3))
        }
    );
    let check = match large.is_empty() {
        true => checks
            .check("tables", Status::Pass, "no large table is rebuilt or blocked", "没有大表被重建或阻塞")
            .saw(seen),
        false => checks
            .check(
                "tables",
                Status::Warn,
                "large tables are rebuilt or block writes while the migrations run",
                "迁移期间会重建大表或阻塞写入",
            )
            .saw(format!("{}; {seen}", list(&large, 5)))
            .advise(say(
                "see `bklog-lint plan` for the time it takes, and choose the window by it",
                "用 `bklog-lint plan` 查看耗时，并据此选择窗口",
            )),
    };
    checks.add(check);
}
