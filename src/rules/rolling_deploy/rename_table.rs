//! ROL005: a table gets another name while the running release uses the old one.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::{ModelKey, OperationStep};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Expr;

/// ROL005 rename-table.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL005",
        name: "rename-table",
        family: "rolling-deploy",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/rename-table.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let renames = |step: &&OperationStep<'_>| {
        matches!(step.operation.kind, OperationKind::RenameModel | OperationKind::AlterModelTable)
    };
    for step in change.operations.iter().filter(renames) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let after = match step.operation.kind {
            OperationKind::RenameModel => {
                let Some(name) = step.operation.arg("new_name").and_then(Expr::as_str) else { continue };
                ModelKey::new(key.app.clone(), name)
            }
            _ => key.clone(),
        };
        let (Ok(from), Ok(to)) = (step.before.table(&key), step.after.table(&after)) else { continue };
        if from == to {
            continue;
        }
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("table `{from}` becomes `{to}` while the release that is running still queries `{from}`: it fails with 1146"),
                format!("表 `{from}` 改名为 `{to}`，而仍在运行的旧版本还在查询 `{from}`：会报 1146"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            format!(
                "Keep the table: `db_table = \"{from}\"` in the model's Meta (AlterModelTable before the rename)."
            ),
            format!("保留表名：在模型 Meta 中设置 `db_table = \"{from}\"`（改名前先 AlterModelTable）。"),
        );
    }
}
