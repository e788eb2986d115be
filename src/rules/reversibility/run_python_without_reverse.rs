//! REV001: RunPython that a rollback cannot pass.

use crate::config::Config;
use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report_irreversible;

/// REV001 run-python-without-reverse.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "REV001",
        name: "run-python-without-reverse",
        family: "reversibility",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/reversibility/run-python-without-reverse.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let message = Bilingual::new(
        "this RunPython has no `reverse_code`: a rollback that has to pass this migration stops here with IrreversibleError",
        "此 RunPython 没有 `reverse_code`：需要回退到本迁移之前时，会在此处以 IrreversibleError 中止",
    );
    let help = Bilingual::new(
        "Write the reverse; where nothing has to be undone, say so with `reverse_code=migrations.RunPython.noop`.",
        "请写出反向操作；若无需撤销，请写明 `reverse_code=migrations.RunPython.noop`。",
    );
    report_irreversible(project, migration, OperationKind::RunPython, (message, help), emit);
}
