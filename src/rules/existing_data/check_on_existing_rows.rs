//! EXD006: a CHECK over rows that are there already.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::ConstraintKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// EXD006 check-on-existing-rows.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD006",
        name: "check-on-existing-rows",
        family: "existing-data",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/check-on-existing-rows.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AddConstraint) {
        let Some((key, old)) = change.old_table(step) else { continue };
        let Some(new) = step.after.model(&key) else { continue };
        let mut added = new.options.constraints.iter().filter(|one| {
            matches!(one.kind, ConstraintKind::Check(_))
                && !old.options.constraints.iter().any(|had| had.name == one.name)
        });
        if added.next().is_none() {
            continue;
        }
        let message = Bilingual::new(
            format!(
                "the rows of `{key}` were written without this CHECK: the first that breaks it stops the migration with 3819 (MySQL) or 4025 (MariaDB)"
            ),
            format!(
                "`{key}` 的已有数据不受此 CHECK 约束：遇到第一条不满足的，迁移就会以 3819（MySQL）或 4025（MariaDB）失败"
            ),
        );
        let help = Bilingual::new(
            "Count the rows that break it on production first, and settle them in a migration before this one.",
            "请先在生产库统计不满足条件的行，并在此之前的迁移中处理。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}
