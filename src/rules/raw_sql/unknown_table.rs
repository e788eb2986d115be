//! RSQ010: SQL on a table that no migration knows.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::tables::Tables;
use super::{describe, run_sql, written};

/// RSQ010 unknown-table.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ010",
        name: "unknown-table",
        family: "raw-sql",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/unknown-table.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut tables = None;
    for migration in project.migrations.iter().filter(|migration| run_sql(migration).next().is_some()) {
        let tables = tables.get_or_insert_with(|| Tables::of(project));
        for sql in written(migration) {
            for effect in sql.effects() {
                let Some(table) = effect.table else { continue };
                let creates = matches!(
                    effect.verb,
                    Verb::CreateTable | Verb::CreateView | Verb::CreateRoutine | Verb::Other
                );
                // Only a name in Django's own form is surely meant for a model of the app.
                let app = project.apps.keys().filter(|app| {
                    table
                        .to_lowercase()
                        .strip_prefix(&app.to_lowercase())
                        .is_some_and(|rest| rest.starts_with('_'))
                });
                let Some(app) = app.max_by_key(|app| app.len()) else { continue };
                if creates || effect.guarded || !tables.is_complete(app) || tables.knows(&table) {
                    continue;
                }
                let finding = emit.at(
                    &migration.file.text,
                    sql.place(effect.span),
                    Bilingual::new(
                        format!("no migration of `{app}` has a model with the table `{table}`, and no RunSQL creates it: 1146 where it does not exist"),
                        format!("`{app}` 的迁移中没有任何模型使用表 `{table}`，也没有 RunSQL 创建它：表不存在时会报 1146"),
                    ),
                );
                finding.help = Bilingual::new(
                    "Check the name against `inspect state`; for a table from elsewhere add IF EXISTS, or accept the finding with a reason.",
                    "请用 `inspect state` 核对表名；若表来自别处，请加 IF EXISTS，或写明理由后忽略。",
                );
                describe(finding, project, migration, sql.operation, &table);
            }
        }
    }
}
