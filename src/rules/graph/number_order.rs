//! GRA013: a migration with a lower number than the one it comes after.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::{named, number};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA013",
        name: "number-order",
        family: "graph",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/graph/number-order.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    // A squash carries the number of the first migration that it replaces.
    if !migration.file.replaces.is_empty() {
        return;
    }
    let Some(own) = number(&migration.name) else { return };
    let higher = migration
        .file
        .dependencies
        .iter()
        .filter_map(|entry| Some((entry.span, named(entry)?)))
        .filter(|(_, key)| key.0 == migration.app)
        .filter_map(|(span, key)| Some((number(&key.1)?, span, key.1)))
        .filter(|(number, ..)| *number > own)
        .max();
    let Some((_, span, parent)) = higher else { return };
    let finding = emit.at(
        &migration.file.text,
        span,
        Bilingual::new(
            format!("`{}` runs after `{parent}`, though its number says the opposite", migration.name),
            format!("`{}` 在 `{parent}` 之后执行，但编号的顺序正好相反", migration.name),
        ),
    );
    finding.subject = migration_subject(project, migration);
    finding.discriminator = parent.to_string();
    finding.help = Bilingual::new(
        "Django goes by dependencies alone, so nothing breaks. As long as the migration is applied nowhere, give it the next number.",
        "Django 只看依赖，不会因此出错。如果该迁移还没有在任何环境执行过，建议改用下一个编号。",
    );
}
