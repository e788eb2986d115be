//! ROL004: a column gets another name while the running release uses the old one.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::{ModelState, OperationStep, ProjectState};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Expr;

/// ROL004 rename-column.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL004",
        name: "rename-column",
        family: "rolling-deploy",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/rename-column.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let renames = |step: &&OperationStep<'_>| {
        matches!(step.operation.kind, OperationKind::RenameField | OperationKind::AlterField)
    };
    for step in change.operations.iter().filter(renames) {
        let Some((key, old)) = change.old_table(step) else { continue };
        let Some(new) = step.after.model(&key) else { continue };
        let name = |parameter: &str| step.operation.arg(parameter).and_then(Expr::as_str);
        let (from, to) = match step.operation.kind {
            OperationKind::RenameField => (name("old_name"), name("new_name")),
            _ => (name("name"), name("name")),
        };
        let column = |model: &ModelState, field: Option<&str>| {
            let field = model.fields.get(field?)?;
            field.column().ok().flatten().filter(|_| field.uncertain.is_none() && !field.open_arguments)
        };
        let (Some(from), Some(to)) = (column(old, from), column(new, to)) else { continue };
        let has = |state: &ProjectState, column: &str| {
            let model = state.model(&key);
            model.is_some_and(|model| {
                model.fields.iter().any(|field| field.column().ok().flatten().as_deref() == Some(column))
            })
        };
        // A name that only this migration knows, or that is back at its end.
        if from == to || !has(change.before, &from) || has(change.after, &from) {
            continue;
        }
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("column `{from}` of `{key}` becomes `{to}` while the release that is running still asks for `{from}`: its queries fail with 1054"),
                format!("`{key}` 的列 `{from}` 改名为 `{to}`，而仍在运行的旧版本还在使用 `{from}`：其查询会报 1054"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            format!("Keep the column: `db_column=\"{from}\"` on the field renames it in the code alone."),
            format!("保留列名：在字段上设置 `db_column=\"{from}\"`，只在代码中改名。"),
        );
    }
}
