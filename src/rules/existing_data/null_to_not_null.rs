//! EXD001: NOT NULL on a column that may hold NULL.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::{Default, Field};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// EXD001 null-to-not-null.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD001",
        name: "null-to-not-null",
        family: "existing-data",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/null-to-not-null.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for (at, step) in change.operations.iter().enumerate() {
        if step.operation.kind != OperationKind::AlterField || change.old_table(step).is_none() {
            continue;
        }
        let (Some(old), Some(new)) = (change.old_field(step), change.new_field(step)) else { continue };
        if old.null() != Ok(true)
            || new.null() != Ok(false)
            || fills_nulls(new, &change.default_of(step, new))
        {
            continue;
        }
        let Ok(Some(column)) = new.column() else { continue };
        let earlier = change.operations.get(..at).unwrap_or_default();
        let has_data_step = earlier
            .iter()
            .any(|one| matches!(one.operation.kind, OperationKind::RunPython | OperationKind::RunSql));
        let message = if has_data_step {
            emit.graded(Severity::Warning);
            Bilingual::new(
                format!(
                    "column `{column}` becomes NOT NULL: a row with NULL that the data step before it has missed, or that the running release writes meanwhile, stops the migration with 1138 or 1265"
                ),
                format!(
                    "列 `{column}` 改为 NOT NULL：之前的数据步骤遗漏的、或旧版本此间写入的 NULL 行会使迁移以 1138 或 1265 失败"
                ),
            )
        } else {
            Bilingual::new(
                format!(
                    "column `{column}` becomes NOT NULL and nothing fills its NULLs first: the first row with NULL stops the migration with 1138 or 1265"
                ),
                format!(
                    "列 `{column}` 改为 NOT NULL，但没有先填充 NULL：只要有一行为 NULL，迁移就会以 1138 或 1265 失败"
                ),
            )
        };
        let help = Bilingual::new(
            "Let the code write values first, fill the rest in a migration of its own, then change the column; or give the field a `default`, with which Django fills NULLs by itself.",
            "先让代码写入值，用单独的迁移补齐其余行，再修改列；或为字段设置 `default`，Django 会用它填充 NULL。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}

/// Whether Django itself sets NULLs to a default before it changes the column (`_effective_default` and the four-way
/// default alteration of `BaseDatabaseSchemaEditor`), or may do so.
fn fills_nulls(field: &Field, default: &Default) -> bool {
    let empty =
        field.class.django().is_ok_and(|class| class.empty_strings_allowed()) && field.blank() != Ok(false);
    let dates = field.auto_now() != Ok(false) || field.auto_now_add() != Ok(false);
    *default != Default::NotProvided || field.db_default().is_some() || empty || dates
}
