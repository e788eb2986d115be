//! ANA005: a part of a migration that the source does not determine.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::naming::{unknown_field_name, unknown_names};
use crate::rules::raw_sql::{computed_sql, sql_from_file, unknown_sql};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// ANA005 not-determined.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ANA005",
        name: "not-determined",
        family: "analysis",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/analysis/not-determined.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, config: &Config, emit: &mut Emit<'_>) {
    if migration.file.unknown.is_empty() {
        return;
    }
    // A field name or a statement is said to be unknown once, by the rule that would have judged it.
    let mut told = if unknown_field_name::RULE.is_enabled(config) {
        unknown_names(migration)
    } else {
        Default::default()
    };
    if computed_sql::RULE.is_enabled(config) && sql_from_file::RULE.is_enabled(config) {
        told.extend(unknown_sql(migration));
    }
    for part in migration.file.unknown.iter().filter(|part| !told.contains(&part.span)) {
        let why = part.reason.describe();
        let message = Bilingual::new(
            format!("`{}` is not determined by the source here: {}", part.what, why.en),
            format!("此处源码不能确定 `{}` 的内容：{}", part.what, why.zh),
        );
        let finding = emit.at(&migration.file.text, part.span, message);
        finding.help = Bilingual::new(
            "What stands here was not checked. Write it out, as `makemigrations` does, or review it by hand.",
            "此处内容未经检查。请像 `makemigrations` 那样直接写出，或人工审阅。",
        );
        finding.subject = migration_subject(project, migration);
        finding.discriminator = part.what.to_owned();
    }
}
