//! `inspect sql`: the statements that Django would run on MySQL or MariaDB, and what the server does with each.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::django::editor::{Entry, Run, Statement};
use crate::django::version::DjangoVersion;
use crate::findings::{Bilingual, Lang};
use crate::mysql::Server;
use crate::mysql::online_ddl::{Algorithm, Lock};
use crate::project::Project;
use crate::source::Snapshot;

use super::Only;

/// What `inspect sql` is asked to show.
#[derive(Clone)]
pub struct Asked<'a> {
    /// The files of the projects, for the classes of their fields.
    pub snapshot: &'a Snapshot,
    /// The server.
    pub server: Server,
    /// The release of Django that runs the migrations.
    pub django: DjangoVersion,
    /// `--only APP[.MIGRATION]`; what ran before is followed all the same.
    pub only: Only,
}

/// The statements of one project, those that were asked for.
fn entries(project: &Project, asked: &Asked<'_>) -> Vec<Entry> {
    let classes = project.field_classes(asked.snapshot);
    let context = project.state_context(&classes);
    let states = project.states(&context);
    let mut run = Run::new(&states, &context, asked.django, &asked.server);
    run.entries.retain(|entry| asked.only.takes(&entry.app, &entry.migration));
    run.entries
}

/// `inspect sql --format json`.
///
/// Beside the keys of the contract a statement has `holes` (parts of its text that stand for a value which is computed
/// when the migration runs) and `looked_up` (names that Django looks up in the database, here made by the rules by which
/// Django and the server make them), each only where there are any, and `error`: the number with which the server refuses
/// it. Statements at the end of a migration are those that are known; `unknown` says why there may be more. `rebuilds_table` and `blocks_writes` are null where a statement of the project's own is not understood. An
/// operation has `doubt` where an earlier operation of its app is not understood, so that its statements may differ.
pub fn sql_json(projects: &[Project], asked: &Asked<'_>) -> Json {
    let projects: Vec<Json> = projects
        .iter()
        .map(|project| {
            let migrations: Vec<Json> = entries(project, asked).iter().map(entry_json).collect();
            json!({ "root": project.name, "migrations": migrations })
        })
        .collect();
    json!({
        "schema_version": 1,
        "server": asked.server.to_string(),
        "django": asked.django.to_string(),
        "projects": projects,
    })
}

fn entry_json(entry: &Entry) -> Json {
    let (sql, unknown) = match &entry.sql {
        Ok(statements) => {
            let why = entry.incomplete.as_ref().map(|why| &why.describe().en);
            (statements.iter().map(statement_json).collect(), why)
        }
        Err(why) => (Vec::new(), Some(&why.describe().en)),
    };
    let mut out = Map::new();
    out.insert("app".into(), json!(entry.app));
    out.insert("migration".into(), json!(entry.migration));
    out.insert("op_index".into(), json!(entry.op_index));
    out.insert("op".into(), json!(entry.op));
    out.insert("sql".into(), Json::Array(sql));
    out.insert("unknown".into(), json!(unknown));
    if let Some(doubt) = &entry.doubt {
        out.insert("doubt".into(), json!(doubt.describe().en));
    }
    Json::Object(out)
}

pub(in crate::report) fn statement_json(statement: &Statement) -> Json {
    let class = &statement.class;
    let mut out = Map::new();
    out.insert("sql".into(), json!(statement.sql));
    out.insert("algorithm".into(), json!(class.algorithm));
    out.insert("lock".into(), json!(class.lock));
    out.insert("rebuilds_table".into(), json!(class.rebuild));
    out.insert("blocks_writes".into(), json!(class.blocks_writes));
    if let Some(error) = class.error {
        out.insert("error".into(), json!(error));
    }
    if !statement.holes.is_empty() {
        out.insert("holes".into(), json!(statement.holes));
    }
    if !statement.looked_up.is_empty() {
        out.insert("looked_up".into(), json!(statement.looked_up));
    }
    Json::Object(out)
}

/// `inspect sql` for people: a script as `sqlmigrate` prints it, with what the server does behind every statement.
pub fn sql_text(projects: &[Project], asked: &Asked<'_>, lang: Lang) -> String {
    let mut out = String::new();
    for project in projects {
        let entries = entries(project, asked);
        let title = Bilingual::new(
            format!("-- {}, Django {} on {}", project.name, asked.django, asked.server),
            format!("-- {}，Django {}，{}", project.name, asked.django, asked.server),
        );
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", title.get(lang));
        let mut last = None;
        for entry in &entries {
            if last != Some((&entry.app, &entry.migration)) {
                let _ = writeln!(out, "\n-- {}.{}", entry.app, entry.migration);
                last = Some((&entry.app, &entry.migration));
            }
            let _ = entry_text(&mut out, entry, lang);
        }
        out.push('\n');
    }
    out
}

fn entry_text(out: &mut String, entry: &Entry, lang: Lang) -> std::fmt::Result {
    match entry.op_index {
        Some(index) => write!(out, "--   {index} {}", entry.op)?,
        None => {
            let title = Bilingual::new("at the end of the migration", "迁移结束时");
            write!(out, "--   {}", title.get(lang))?;
        }
    }
    match &entry.sql {
        Ok(statements) if statements.is_empty() => {
            writeln!(out, ": {}", Bilingual::new("no SQL", "没有 SQL").get(lang))?;
        }
        Ok(_) => writeln!(out)?,
        Err(why) => {
            let unknown = Bilingual::new("not known", "未知");
            writeln!(out, ": {}: {}", unknown.get(lang), why.describe().get(lang))?;
        }
    }
    if let Some(why) = &entry.incomplete {
        let says = Bilingual::new("there may be more", "可能还有其他语句");
        writeln!(out, "--     {}: {}", says.get(lang), why.describe().get(lang))?;
    }
    if let Some(doubt) = &entry.doubt {
        let says = Bilingual::new("may differ", "可能有出入");
        writeln!(out, "--     {}: {}", says.get(lang), doubt.describe().get(lang))?;
    }
    for statement in entry.sql.iter().flatten() {
        let sql =
            if statement.sql.ends_with(';') { &statement.sql[..] } else { &format!("{};", statement.sql) };
        writeln!(out, "{}", format!("{sql}  {}", remark(statement, lang)).trim_end())?;
    }
    Ok(())
}

/// What stands behind a statement.
pub(in crate::report) fn remark(statement: &Statement, lang: Lang) -> String {
    let class = &statement.class;
    let mut parts: Vec<String> = Vec::new();
    if let Some(error) = class.error {
        let text = Bilingual::new(format!("refused: error {error}"), format!("会被拒绝：错误 {error}"));
        parts.push(text.get(lang).to_owned());
    }
    if let (Some(algorithm), Some(lock)) = (class.algorithm, class.lock) {
        parts.push(format!("ALGORITHM={}, LOCK={}", algorithm_word(algorithm), lock_word(lock)));
    }
    if class.rebuild == Some(true) {
        parts.push(Bilingual::new("rebuilds the table", "重建整表").get(lang).to_owned());
    }
    if class.blocks_writes == Some(true) {
        parts.push(Bilingual::new("writes wait", "写入等待").get(lang).to_owned());
    }
    if class.rebuild.is_none() && class.error.is_none() {
        parts.push(Bilingual::new("algorithm not known", "算法未知").get(lang).to_owned());
    }
    if !statement.looked_up.is_empty() {
        parts.push(Bilingual::new("name by the naming rule", "名称按命名规则推得").get(lang).to_owned());
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("-- {}", parts.join(Bilingual::new("; ", "；").get(lang)))
    }
}

fn algorithm_word(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::Inplace => "INPLACE",
        Algorithm::Copy => "COPY",
    }
}

fn lock_word(lock: Lock) -> &'static str {
    match lock {
        Lock::None => "NONE",
        Lock::Shared => "SHARED",
        Lock::Exclusive => "EXCLUSIVE",
    }
}
