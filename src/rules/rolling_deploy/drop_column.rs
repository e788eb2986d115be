//! ROL002: a column is dropped that the running release still reads.

use crate::config::Config;
use crate::django::state::ProjectState;
use crate::django::{Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{Effect, Verb};
use crate::rules::{Change, Check, Emit, Rule, operation_subject, raw_sql};
use crate::source::Span;

/// ROL002 drop-column.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL002",
        name: "drop-column",
        family: "rolling-deploy",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/drop-column.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::RemoveField) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let Some(field) = change.old_field(step) else { continue };
        if field.origin.as_ref().is_some_and(|origin| change.is_new(&origin.migration)) {
            continue;
        }
        let (what, what_zh) = match (field.column(), field.is_many_to_many()) {
            (Ok(Some(column)), _) => (format!("column `{column}`"), format!("列 `{column}`")),
            (_, true) => (format!("the table of `{}`", field.name), format!("`{}` 的关联表", field.name)),
            _ => continue,
        };
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("{what} of `{key}` goes away while the release that is running still selects it: its queries fail with 1054 or 1146, and the data is gone"),
                format!("`{key}` 的{what_zh}被删除，而仍在运行的旧版本还在查询它：其查询会报 1054 或 1146，且数据无法恢复"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Two releases: first take the field out of the code and the state (SeparateDatabaseAndState with state_operations), then drop the column with RunSQL when nothing runs that knows it.",
            "分两个版本：先从代码和状态中去掉字段（SeparateDatabaseAndState 的 state_operations），待没有旧版本运行后再用 RunSQL 删除列。",
        );
    }
    for (span, effect, operation) in dropped_by_sql(change) {
        let (Some(table), Some(column)) = (&effect.table, &effect.name) else { continue };
        let known = known_before(change, table, column);
        let (en, zh) = match known {
            Known::Now => (
                "is dropped while the release that is running still selects it: its queries fail with 1054, and the data is gone",
                "被删除，而仍在运行的旧版本还在查询它：其查询会报 1054，且数据无法恢复",
            ),
            Known::UntilThisChange => {
                emit.graded(Severity::Warning);
                (
                    "is dropped in the same change that takes the field out of the state: the release that is running may still select it",
                    "的删除与从状态中移除字段在同一次变更中：仍在运行的旧版本可能还在查询它",
                )
            }
            Known::NoMore => continue,
        };
        let finding = emit.at(
            &change.migration.file.text,
            span,
            Bilingual::new(
                format!("column `{column}` of `{table}` {en}"),
                format!("`{table}` 的列 `{column}` {zh}"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, operation);
        finding.discriminator = format!("{table}.{column}");
        finding.help = Bilingual::new(
            "Drop it one release after the field has left the code and the state.",
            "请在字段从代码和状态中移除后的下一个版本再删除该列。",
        );
    }
}

/// Whether the code that runs before this change knows a column.
enum Known {
    /// The state before this migration has it.
    Now,
    /// The state lost it in this very change.
    UntilThisChange,
    /// It left the state earlier: this is the second half of a drop in two steps; or it never was a model's.
    NoMore,
}

fn known_before(change: &Change<'_>, table: &str, column: &str) -> Known {
    let has = |state: &ProjectState| {
        state.models().any(|(key, model)| {
            state.table(key).is_ok_and(|name| name.eq_ignore_ascii_case(table))
                && model.fields.iter().any(|field| {
                    field.column().ok().flatten().is_some_and(|name| name.eq_ignore_ascii_case(column))
                })
        })
    };
    if has(change.before) {
        Known::Now
    } else if change.state_before_the_change.is_some_and(has) {
        Known::UntilThisChange
    } else {
        Known::NoMore
    }
}

/// `DROP COLUMN` in forward SQL.
fn dropped_by_sql<'c>(change: &'c Change<'_>) -> Vec<(Span, Effect, &'c Operation)> {
    let all = raw_sql::written(change.migration).into_iter().filter(|sql| !sql.reverse);
    all.flat_map(|sql| {
        let drops = sql.effects().into_iter().filter(|effect| effect.verb == Verb::DropColumn);
        drops.map(|effect| (sql.place(effect.span), effect, sql.operation)).collect::<Vec<_>>()
    })
    .collect()
}
