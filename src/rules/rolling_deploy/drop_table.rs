//! ROL003: a table is dropped that the running release still reads.

use crate::config::Config;
use crate::django::{Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::rules::{Change, Check, Emit, Rule, operation_subject, raw_sql};
use crate::source::Span;

/// ROL003 drop-table.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL003",
        name: "drop-table",
        family: "rolling-deploy",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/drop-table.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::DeleteModel) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let table = step.before.table(&key).map_or_else(|_| key.to_string(), |table| table.to_string());
        report(change, step.operation.callee, &table, step.operation, emit);
    }
    for sql in raw_sql::written(change.migration).into_iter().filter(|sql| !sql.reverse) {
        for effect in sql.effects().into_iter().filter(|effect| effect.verb == Verb::DropTable) {
            let Some(table) = &effect.table else { continue };
            let is_models = change.before.models().any(|(key, model)| {
                change.before.table(key).is_ok_and(|name| name.eq_ignore_ascii_case(table))
                    && change.has_old_table(key, model, change.before)
            });
            if is_models {
                report(change, sql.place(effect.span), table, sql.operation, emit);
            }
        }
    }
}

fn report(change: &Change<'_>, span: Span, table: &str, operation: &Operation, emit: &mut Emit<'_>) {
    let finding = emit.at(
        &change.migration.file.text,
        span,
        Bilingual::new(
            format!("table `{table}` is dropped while the release that is running still queries it: it fails with 1146, and the data is gone"),
            format!("表 `{table}` 被删除，而仍在运行的旧版本还在查询它：会报 1146，且数据无法恢复"),
        ),
    );
    finding.subject = operation_subject(change.project, change.migration, operation);
    finding.discriminator = table.to_owned();
    finding.help = Bilingual::new(
        "Two releases: first take the model out of the code and the state (SeparateDatabaseAndState with state_operations), then drop the table with RunSQL. Keep a copy until then.",
        "分两个版本：先从代码和状态中去掉模型（SeparateDatabaseAndState 的 state_operations），再用 RunSQL 删除表；在此之前保留备份。",
    );
}
