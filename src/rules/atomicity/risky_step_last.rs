//! ATO003: an operation that rows may stop, behind one that is committed by then.

use crate::config::Config;
use crate::django::OperationKind;
use crate::findings::{Bilingual, Finding, Place, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, existing_data, operation_subject};

use super::changes_table;

/// ATO003 risky-step-last.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ATO003",
        name: "risky-step-last",
        family: "atomicity",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/atomicity/risky-step-last.md"),
    check: Check::Change(check),
};

/// The rules that say that rows may stop an operation.
const RISKS: [&Rule; 6] = [
    &existing_data::null_to_not_null::RULE,
    &existing_data::unique_on_existing_rows::RULE,
    &existing_data::unique_with_one_default::RULE,
    &existing_data::narrowed_column::RULE,
    &existing_data::foreign_key_on_existing_rows::RULE,
    &existing_data::check_on_existing_rows::RULE,
];

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let commits = change
        .operations
        .iter()
        .find(|step| step.operation.kind == OperationKind::CreateModel || changes_table(change, step));
    let Some(first) = commits.map(|step| step.operation) else { return };
    let mut risks: Vec<Finding> = Vec::new();
    for rule in RISKS {
        if let Check::Change(judge) = rule.check {
            judge(change, config, &mut Emit::new(rule, config, &mut risks));
        }
    }
    let mut risky = change.operations.iter().map(|step| step.operation).filter(|operation| {
        operation.span.start > first.span.start
            && risks.iter().any(|risk| risk.place.span == operation.callee)
    });
    let text = &change.migration.file.text;
    // One word for each migration: the help is the same for all of them.
    if let Some(operation) = risky.next() {
        let (class, before) = (&operation.class, &first.class);
        let finding = emit.at(
            text,
            operation.callee,
            Bilingual::new(
                format!("rows may stop this {class}, and MySQL has committed {before} by then: the table stays half changed, and the next `migrate` fails at {before}"),
                format!("已有数据可能使此 {class} 失败，而 {before} 此时已在 MySQL 中提交：表结构只改了一半，再次 `migrate` 会在 {before} 处失败"),
            ),
        );
        finding.related =
            vec![(Place::new(text, first.callee), Bilingual::new("committed first", "先提交的操作"))];
        finding.subject = operation_subject(change.project, change.migration, operation);
        finding.help = Bilingual::new(
            "Give it a migration of its own, so that it can be repeated once the rows are mended.",
            "请放到单独的迁移中，清理数据后即可重试。",
        );
    }
}
