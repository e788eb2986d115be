//! SQL013: databases that the backup may not know.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::objects::{Act, object_statement};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::{describe, scripts};

/// SQL013 sql-unlisted-database.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL013",
        name: "sql-unlisted-database",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-unlisted-database.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    let known = &config.database.names;
    for file in scripts(workspace) {
        let mut seen = BTreeSet::new();
        for (_, words) in file.statements() {
            let Some(object) = object_statement(words).filter(|found| found.object == "DATABASE") else {
                continue;
            };
            let Some(name) = object.names.first() else { continue };
            let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(&name.name));
            let is_new = seen.insert(name.name.to_lowercase());
            // Without a list, a database is of interest where it is created; the others are those of somebody else's file.
            if is_known || !is_new || (known.is_empty() && object.act != Act::Create) {
                continue;
            }
            let name_text = &name.name;
            let message = if known.is_empty() {
                emit.graded(Severity::Info);
                Bilingual::new(
                    format!(
                        "this file creates the database `{name_text}`: does the backup before the upgrade cover it?"
                    ),
                    format!("本文件创建数据库 `{name_text}`：升级前的备份是否包含它？"),
                )
            } else {
                Bilingual::new(
                    format!(
                        "the database `{name_text}` is not in `[database] names` ({}): a backup by this list misses it",
                        known.join(", ")
                    ),
                    format!(
                        "数据库 `{name_text}` 不在 `[database] names`（{}）中：按此清单备份会遗漏它",
                        known.join("、")
                    ),
                )
            };
            let finding = emit.at(&file.text, name.span, message);
            finding.help = Bilingual::new(
                "List the databases of the product under `[database] names` in bklog-lint.toml, and back up all of them.",
                "请在 bklog-lint.toml 的 `[database] names` 中列出产品的所有数据库，并全部备份。",
            );
            describe(finding, workspace, file, name_text.to_lowercase());
        }
    }
}
