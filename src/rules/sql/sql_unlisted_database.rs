//! SQL013: databases that the backup may not know.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::objects::{Act, object_statement};
use crate::mysql::words::Name;
use crate::project::{Project, Workspace};
use crate::rules::settings::{Database, entry, mysql_databases};
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Expr;

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
    let list = &config.database.names;
    for file in scripts(workspace) {
        let settings = workspace.project_of(&file.text.path).map(named_by_django).unwrap_or_default();
        let mut seen = BTreeSet::new();
        for (_, words) in file.statements() {
            let Some(object) = object_statement(words).filter(|found| found.object == "DATABASE") else {
                continue;
            };
            let Some(Name { name, span, .. }) = object.names.first() else { continue };
            let mut known = if list.is_empty() { settings.names.iter() } else { list.iter() };
            let is_known = known.any(|known| known.eq_ignore_ascii_case(name));
            // Without a list, a database is of interest where it is created; the others are those of somebody else's file.
            let matters = !list.is_empty() || object.act == Act::Create;
            if is_known || !matters || !seen.insert(name.to_lowercase()) {
                continue;
            }
            let message = if list.is_empty() {
                emit.graded(Severity::Info);
                let (en, zh) = match settings.is_complete {
                    true => (", which DATABASES does not name", "，而 DATABASES 中没有它"),
                    false => ("", ""),
                };
                Bilingual::new(
                    format!(
                        "this file creates the database `{name}`{en}: does the backup before the upgrade cover it?"
                    ),
                    format!("本文件创建数据库 `{name}`{zh}：升级前的备份是否包含它？"),
                )
            } else {
                Bilingual::new(
                    format!(
                        "the database `{name}` is not in `[database] names` ({}): a backup by this list misses it",
                        list.join(", ")
                    ),
                    format!(
                        "数据库 `{name}` 不在 `[database] names`（{}）中：按此清单备份会遗漏它",
                        list.join("、")
                    ),
                )
            };
            let finding = emit.at(&file.text, *span, message);
            finding.help = Bilingual::new(
                "List the databases of the product under `[database] names` in bklog-lint.toml, and back up all of them.",
                "请在 bklog-lint.toml 的 `[database] names` 中列出产品的所有数据库，并全部备份。",
            );
            describe(finding, workspace, file, name.to_lowercase());
        }
    }
}

/// The databases that the settings of a project name.
#[derive(Default)]
struct Named {
    names: Vec<String>,
    /// Every environment names every database; nothing comes from a variable.
    is_complete: bool,
}

fn named_by_django(project: &Project) -> Named {
    let environments = &project.configuration.environments;
    let mut out = Named { names: Vec::new(), is_complete: !environments.is_empty() };
    for environment in environments {
        let databases = mysql_databases(environment);
        out.is_complete &= !databases.is_empty();
        for Database { entries, .. } in databases {
            match entry(entries, "NAME").and_then(Expr::as_str) {
                Some(name) => out.names.push(name.to_owned()),
                None => out.is_complete = false,
            }
        }
    }
    out
}
