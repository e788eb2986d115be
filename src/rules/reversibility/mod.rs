//! Rules on what a rollback meets.

pub mod noop_reverse;
pub mod run_python_without_reverse;
pub mod run_sql_without_reverse;
pub mod wrong_reverse_sql;

use crate::django::{Migration, Operation, OperationKind};
use crate::findings::Bilingual;
use crate::project::Project;
use crate::rules::{Emit, operation_subject};

/// The operations of a kind that reach the database, in order: those of `SeparateDatabaseAndState` by its database
/// side.
fn of_kind(migration: &Migration, kind: OperationKind) -> Vec<&Operation> {
    let mut out = Vec::new();
    let mut stack: Vec<&Operation> = migration.file.operations.iter().rev().collect();
    while let Some(next) = stack.pop() {
        if next.kind == kind {
            out.push(next);
        }
        stack.extend(next.database_operations.iter().rev());
    }
    out
}

/// Reports the operations of a kind that cannot be run backwards.
fn report_irreversible(
    project: &Project,
    migration: &Migration,
    kind: OperationKind,
    (message, help): (Bilingual, Bilingual),
    emit: &mut Emit<'_>,
) {
    let all = of_kind(migration, kind).into_iter();
    for operation in all.filter(|operation| operation.reversible() == Some(false)) {
        let finding = emit.at(&migration.file.text, operation.callee, message.clone());
        finding.help = help.clone();
        finding.subject = operation_subject(project, migration, operation);
    }
}
