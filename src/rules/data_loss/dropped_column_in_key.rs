//! LOS004: a column is dropped that a key of several columns still names.

use crate::config::Config;
use std::sync::Arc;

use crate::django::OperationKind;
use crate::django::state::ConstraintKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Expr;

/// LOS004 dropped-column-in-key.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LOS004",
        name: "dropped-column-in-key",
        family: "data-loss",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-loss/dropped-column-in-key.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|one| one.operation.kind == OperationKind::RemoveField) {
        let Some((key, model)) = change.old_table(step) else { continue };
        let Some(name) = step.operation.arg("name").and_then(Expr::as_str) else { continue };
        let Some(field) = model.fields.get(name) else { continue };
        if !matches!(field.column(), Ok(Some(_))) {
            continue;
        }
        let options = &model.options;
        let names = |set: &[Arc<str>]| set.iter().any(|one| one.eq_ignore_ascii_case(name));
        let together = [&options.unique_together, &options.index_together];
        let in_together = together.into_iter().flatten().flatten().any(|set| names(set));
        let in_constraint = options.constraints.iter().any(
            |one| matches!(&one.kind, ConstraintKind::Unique { fields: Ok(fields), .. } if names(fields)),
        );
        let in_index = options.indexes.iter().any(|index| {
            index
                .fields
                .as_ref()
                .is_ok_and(|fields| fields.iter().any(|(one, _)| one.eq_ignore_ascii_case(name)))
        });
        if !(in_together || in_constraint || in_index) {
            continue;
        }
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("`{name}` of `{key}` is dropped while an index or unique key still names it: MySQL silently shrinks the key to its other columns, MariaDB refuses with 1072"),
                format!("`{key}` 的 `{name}` 被删除，但索引或唯一键仍包含它：MySQL 会悄悄把键缩减为其余列，MariaDB 则报 1072"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Take it out of the key first: AlterUniqueTogether, RemoveConstraint or RemoveIndex before the RemoveField.",
            "请先把它从键中移除：在 RemoveField 之前执行 AlterUniqueTogether、RemoveConstraint 或 RemoveIndex。",
        );
    }
}
