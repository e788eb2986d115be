//! SQL011: statements that destroy data.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::effects::effects;
use crate::mysql::objects::{Act, object_statement};
use crate::mysql::words::parts;
use crate::mysql::{SqlFile, Statement, Verb, Words};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{describe, scripts};

/// SQL011 sql-destructive.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL011",
        name: "sql-destructive",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-destructive.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for file in scripts(workspace) {
        let mut created = BTreeSet::new();
        for (statement, words) in file.statements() {
            for (span, name, message) in losses(file, statement, words, &mut created) {
                let finding = emit.at(&file.text, span, message);
                finding.help = Bilingual::new(
                    "Nothing brings it back but a backup from before this file: say so in the upgrade plan, take it, and keep the old release away from what is gone. \
                     Where the loss is meant, accept the finding with its reason.",
                    "除非有执行本文件之前的备份，否则无法找回：请写入升级方案、先做备份，并确认旧版本不再使用被删内容。确属有意时，可注明理由接受本条。",
                );
                describe(finding, workspace, file, name);
            }
        }
    }
}

/// What a statement destroys: place, what tells it apart, message.
type Loss = (Span, String, Bilingual);

fn losses(
    file: &SqlFile,
    statement: &Statement,
    words: Words<'_>,
    created: &mut BTreeSet<String>,
) -> Vec<Loss> {
    let mut out = Vec::new();
    if let Some(object) = object_statement(words) {
        let names = || object.names.iter().map(|name| name.name.to_lowercase());
        if object.act == Act::Create && matches!(object.object, "TABLE" | "VIEW") {
            created.extend(names());
        }
        if object.act == Act::Drop && object.object == "DATABASE" {
            let name = names().next().unwrap_or_default();
            let message = Bilingual::new(
                format!("this drops the database `{name}` with all its tables"),
                format!("此语句删除数据库 `{name}` 及其全部表"),
            );
            out.push((object.span, format!("database {name}"), message));
        }
        if object.temporary {
            return out;
        }
    }
    for part in parts(words) {
        let tokens = words.tokens.get(part).unwrap_or_default().to_vec();
        let inner = Statement { tokens, ..statement.clone() };
        for effect in effects(&file.text.text, &inner) {
            let table = effect.table.clone().unwrap_or_default();
            if created.contains(&table.to_lowercase()) {
                continue;
            }
            let column = effect.name.clone().unwrap_or_default();
            let (en, zh) = match effect.verb {
                Verb::DropTable => (
                    format!("this drops the table `{table}` with its rows"),
                    format!("此语句删除表 `{table}` 及其数据"),
                ),
                Verb::TruncateTable => {
                    (format!("this empties the table `{table}`"), format!("此语句清空表 `{table}`"))
                }
                Verb::DropColumn => (
                    format!("this drops the column `{column}` of `{table}` with its values"),
                    format!("此语句删除 `{table}` 的列 `{column}` 及其数据"),
                ),
                Verb::DeleteAll => (
                    format!("this deletes every row of `{table}`: it has no WHERE"),
                    format!("此语句删除 `{table}` 的所有行：没有 WHERE"),
                ),
                Verb::UpdateAll => (
                    format!("this overwrites every row of `{table}`: it has no WHERE"),
                    format!("此语句改写 `{table}` 的所有行：没有 WHERE"),
                ),
                _ => continue,
            };
            out.push((effect.span, format!("{:?} {table} {column}", effect.verb), Bilingual::new(en, zh)));
        }
    }
    out
}
