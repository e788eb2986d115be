//! SQL010: a file that cannot be run twice.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::effects::effects;
use crate::mysql::objects::{Act, ObjectStatement, object_statement};
use crate::mysql::{SqlFile, Statement, Verb, Words};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{describe, scripts};

/// SQL010 sql-not-idempotent.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL010",
        name: "sql-not-idempotent",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-not-idempotent.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for file in scripts(workspace) {
        let faults = faults(file);
        let Some(first) = faults.iter().find(|fault| !fault.is_insert).or(faults.first()) else { continue };
        if first.is_insert {
            emit.graded(Severity::Info);
        }
        let (more_en, more_zh) = match faults.len() - 1 {
            0 => (String::new(), String::new()),
            1 => (
                "; another statement of the file is alike".to_owned(),
                "；本文件另有 1 条类似语句".to_owned(),
            ),
            more => (
                format!("; {more} more statements of the file are alike"),
                format!("；本文件另有 {more} 条类似语句"),
            ),
        };
        let finding = emit.at(
            &file.text,
            first.span,
            Bilingual::new(
                format!("run a second time, this statement {}{more_en}", first.why.en),
                format!("再次执行时，{}{more_zh}", first.why.zh),
            ),
        );
        finding.help = Bilingual::new(
            "MySQL commits every statement of a schema by itself: where a file stops half way, it has to be run again. Write IF [NOT] EXISTS, \
             ask information_schema before an ALTER TABLE, insert with INSERT IGNORE or ON DUPLICATE KEY UPDATE.",
            "MySQL 逐条提交结构变更：文件中途失败后只能重新执行。请使用 IF [NOT] EXISTS，ALTER TABLE 前先查询 information_schema，\
             插入用 INSERT IGNORE 或 ON DUPLICATE KEY UPDATE。",
        );
        describe(finding, workspace, file, "");
    }
}

/// A statement that does not do the same when it is run again.
struct Fault {
    span: Span,
    why: Bilingual,
    /// It only adds rows again, where a unique key does not stop it.
    is_insert: bool,
}

/// What a file has done so far that lets a later statement of it run again.
#[derive(Default)]
struct Done {
    /// Dropped, by kind of object and name.
    dropped: BTreeSet<(&'static str, String)>,
    /// Tables whose rows are gone.
    emptied: BTreeSet<String>,
}

fn faults(file: &SqlFile) -> Vec<Fault> {
    let (mut done, mut out) = (Done::default(), Vec::new());
    for (statement, words) in file.statements() {
        if let Some(object) = object_statement(words) {
            out.extend(of_object(&object, &mut done));
        }
        out.extend(of_effects(file, statement, words, &mut done));
    }
    out
}

fn of_object(object: &ObjectStatement, done: &mut Done) -> Option<Fault> {
    let fault = |en: String, zh: String| {
        Some(Fault { span: object.span, why: Bilingual::new(en, zh), is_insert: false })
    };
    let kind = object.object;
    match object.act {
        Act::Drop if object.guarded => {
            done.dropped.extend(object.names.iter().map(|name| (kind, name.name.to_lowercase())));
            None
        }
        Act::Drop if !object.temporary && kind != "INDEX" => fault(
            format!("fails, since the {} is gone (write IF EXISTS)", kind.to_lowercase()),
            "该语句会失败，因为对象已不存在（应写 IF EXISTS）".to_owned(),
        ),
        Act::Create if !object.guarded && !object.temporary && kind != "INDEX" => {
            let name = object.names.first().map(|name| name.name.to_lowercase()).unwrap_or_default();
            if done.dropped.contains(&(kind, name)) {
                return None;
            }
            fault(
                format!(
                    "fails, since the {} is there (write IF NOT EXISTS, or drop it first)",
                    kind.to_lowercase()
                ),
                "该语句会失败，因为对象已存在（应写 IF NOT EXISTS，或先删除）".to_owned(),
            )
        }
        _ => None,
    }
}

fn of_effects(file: &SqlFile, statement: &Statement, words: Words<'_>, done: &mut Done) -> Option<Fault> {
    let text = &file.text.text;
    for effect in effects(text, statement) {
        let table = effect.table.clone().unwrap_or_default().to_lowercase();
        let is_emptied = done.emptied.contains(&table);
        let is_dropped = done.dropped.contains(&("TABLE", table.clone()));
        let (en, zh) = match effect.verb {
            Verb::TruncateTable | Verb::DeleteAll => {
                done.emptied.insert(table);
                continue;
            }
            _ if effect.guarded || is_dropped => continue,
            Verb::AddColumn => ("fails with 1060, Duplicate column name", "该语句报 1060（列已存在）失败"),
            Verb::AddIndex => ("fails with 1061, Duplicate key name", "该语句报 1061（索引已存在）失败"),
            Verb::AddConstraint => ("fails, since the constraint is there", "该语句会失败，因为约束已存在"),
            Verb::DropColumn | Verb::DropIndex | Verb::DropConstraint => (
                "fails with 1091, since what it drops is gone",
                "该语句报 1091 失败，因为要删除的内容已不存在",
            ),
            Verb::ChangeColumn | Verb::RenameColumn if effect.name != effect.to => {
                ("fails with 1054, since the column has its new name", "该语句报 1054 失败，因为列已改名")
            }
            Verb::RenameTable => {
                ("fails with 1146, since the table has its new name", "该语句报 1146 失败，因为表已改名")
            }
            Verb::Insert if !is_emptied && !is_repeatable_insert(words) => {
                let why = Bilingual::new(
                    "adds its rows again, or fails with 1062",
                    "该语句会重复插入数据，或报 1062 失败",
                );
                return Some(Fault { span: effect.span, why, is_insert: true });
            }
            _ => continue,
        };
        return Some(Fault { span: effect.span, why: Bilingual::new(en, zh), is_insert: false });
    }
    None
}

fn is_repeatable_insert(words: Words<'_>) -> bool {
    words.is(0, "REPLACE")
        || (1..4).any(|at| words.is(at, "IGNORE"))
        || words.find("ON DUPLICATE KEY").is_some()
        || words.find("NOT EXISTS").is_some()
        || words.find("IS NULL").is_some()
}
