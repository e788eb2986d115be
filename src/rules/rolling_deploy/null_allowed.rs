//! ROL007: NULL in a column in which the running release never saw one.

use crate::config::Config;
use crate::django::OperationKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// ROL007 null-allowed.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL007",
        name: "null-allowed",
        family: "rolling-deploy",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/null-allowed.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AlterField) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let (Some(old), Some(new)) = (change.old_field(step), change.new_field(step)) else { continue };
        if old.null() != Ok(false) || new.null() != Ok(true) {
            continue;
        }
        let name = &new.name;
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("`{name}` of `{key}` may be NULL from here on: the release that is running reads None where it never had to, and a rollback fails on the first NULL"),
                format!("`{key}` 的 `{name}` 从此允许为 NULL：仍在运行的旧版本会读到从未出现过的 None，回滚时遇到第一个 NULL 就会失败"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Let the new release write values until no old process is left; then let it write NULL.",
            "在旧进程全部退出之前，新版本先继续写入具体值，之后再写 NULL。",
        );
    }
}
