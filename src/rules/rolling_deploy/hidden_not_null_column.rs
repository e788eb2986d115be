//! ROL006: a NOT NULL column leaves the state and stays in the table without a default.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::OperationStep;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Expr;

/// ROL006 hidden-not-null-column.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL006",
        name: "hidden-not-null-column",
        family: "rolling-deploy",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/hidden-not-null-column.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let hides = |step: &&OperationStep<'_>| step.operation.kind == OperationKind::SeparateDatabaseAndState;
    for step in change.listed.iter().filter(hides) {
        for operation in &step.operation.state_operations {
            if operation.kind != OperationKind::RemoveField || operation.conditional {
                continue;
            }
            let Some((key, model)) = change.model(operation, &step.before) else { continue };
            let Some(name) = operation.arg("name").and_then(Expr::as_str) else { continue };
            let Some(field) = model.fields.get(name).filter(|field| field.uncertain.is_none()) else {
                continue;
            };
            let (Ok(Some(column)), Ok(table)) = (field.column(), step.before.table(&key)) else { continue };
            let is_kept = [Verb::AlterColumn, Verb::ModifyColumn, Verb::DropColumn, Verb::ChangeColumn]
                .into_iter()
                .any(|verb| change.sql_does(verb, &table, &column));
            let in_database =
                step.operation.database_operations.iter().any(|one| one.kind != OperationKind::RunSql);
            if is_kept
                || in_database
                || field.null() != Ok(false)
                || field.db_default().is_some()
                || !change.has_old_table(&key, model, &step.before)
            {
                continue;
            }
            let finding = emit.at(
                &change.migration.file.text,
                operation.callee,
                Bilingual::new(
                    format!("column `{column}` stays in `{table}` as NOT NULL without a default: the new release no longer fills it, and each of its INSERTs fails with 1364"),
                    format!("列 `{column}` 仍以 NOT NULL 且无默认值留在 `{table}` 中：新版本不再填写它，其每条 INSERT 都会报 1364"),
                ),
            );
            finding.subject = operation_subject(change.project, change.migration, operation);
            finding.help = Bilingual::new(
                format!(
                    "Give it a default in the same step: database_operations=[RunSQL(\"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …\")], or make it NULL."
                ),
                format!(
                    "请在同一步为其设置默认值：database_operations=[RunSQL(\"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT …\")]，或改为允许 NULL。"
                ),
            );
        }
    }
}
