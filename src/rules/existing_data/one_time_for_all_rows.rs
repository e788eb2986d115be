//! EXD007: every old row gets the time of the migration.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::Default;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// EXD007 one-time-for-all-rows.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD007",
        name: "one-time-for-all-rows",
        family: "existing-data",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/one-time-for-all-rows.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AddField) {
        if change.old_table(step).is_none() {
            continue;
        }
        let Some(field) = change.new_field(step) else { continue };
        let is_now = match change.default_of(step, field) {
            Default::Callable(path) => {
                path.ends_with("timezone.now") || path.ends_with(".now") || path.ends_with(".today")
            }
            Default::NotProvided => field.auto_now_add() == Ok(true) && field.null() == Ok(false),
            _ => false,
        };
        if !is_now || !field.class.is(|class| class.is_temporal()) {
            continue;
        }
        let name = &field.name;
        let message = Bilingual::new(
            format!(
                "every row that is there gets the time of the migration as its `{name}`, as if it had been written just now"
            ),
            format!("所有已有的行的 `{name}` 都会变成执行迁移的时间，仿佛刚刚写入"),
        );
        let help = Bilingual::new(
            "Add it with null=True and leave the past empty, or fill it from a column that knows.",
            "请以 null=True 添加并让历史数据保持为空，或用知道真实时间的列来填充。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}
