//! GRA004: a module of a migrations package without a class `Migration`.

use std::sync::Arc;

use crate::config::Config;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::number;
use crate::rules::{Check, Emit, Rule, other_file_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA004",
        name: "no-migration-class",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/no-migration-class.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for other in &project.other_files {
        if other.ignored_name || other.file.outcome != Outcome::NoMigrationClass {
            continue;
        }
        if !is_django_package(project, &other.app) && number(&other.name).is_none() {
            continue;
        }
        let finding = emit.on_file(
            &other.file.text,
            Bilingual::new(
                format!(
                    "`{}` binds no name `Migration`: Django raises BadMigrationError in every command that loads migrations",
                    other.name
                ),
                format!("`{}` 中没有名为 `Migration` 的类：所有需要加载迁移的 Django 命令都会抛出 BadMigrationError", other.name),
            ),
        );
        finding.subject = other_file_subject(project, other);
        finding.help = Bilingual::new(
            "Call the class `Migration`. Where the file is no migration, move it out of the package or let its name start with `_`.",
            "把类命名为 `Migration`。如果该文件不是迁移，请移出该包，或让文件名以 `_` 开头。",
        );
    }
}

/// Whether the package of this app holds any migration of Django; other tools have folders named `migrations` too.
fn is_django_package(project: &Project, app: &Arc<str>) -> bool {
    project.migrations.iter().any(|migration| migration.app == *app)
}
