//! Rules on migrations that fail half way: MySQL commits every schema change by itself.

pub mod schema_and_data;
pub mod several_schema_operations;

use std::collections::BTreeSet;

use crate::django::{Migration, Operation, OperationKind};
use crate::syntax::{Expr, Value};

/// The operations that reach the database, in order: those of `SeparateDatabaseAndState` by its database side.
fn database_operations(migration: &Migration) -> Vec<&Operation> {
    let mut out = Vec::new();
    let mut stack: Vec<&Operation> = migration.file.operations.iter().rev().collect();
    while let Some(next) = stack.pop() {
        if next.kind == OperationKind::SeparateDatabaseAndState {
            stack.extend(next.database_operations.iter().rev());
        } else {
            out.push(next);
        }
    }
    out
}

/// Names of the models that the migration itself creates, in lower case.
fn created_models(migration: &Migration) -> BTreeSet<String> {
    let created =
        database_operations(migration).into_iter().filter(|one| one.kind == OperationKind::CreateModel);
    created.filter_map(|one| one.arg("name").and_then(Expr::as_str).map(str::to_lowercase)).collect()
}

/// Whether the operation certainly changes a table that was there before the migration. A change of a field is left
/// out: whether it reaches the database, only the field before tells.
fn changes_existing_table(operation: &Operation, created: &BTreeSet<String>) -> bool {
    use OperationKind as Kind;
    let parameter = match operation.kind {
        Kind::AddField if is_many_to_many(operation) => return false,
        Kind::AddField
        | Kind::RemoveField
        | Kind::RenameField
        | Kind::AddIndex
        | Kind::RemoveIndex
        | Kind::RenameIndex
        | Kind::AddConstraint
        | Kind::RemoveConstraint => "model_name",
        Kind::DeleteModel | Kind::AlterModelTable | Kind::AlterUniqueTogether | Kind::AlterIndexTogether => {
            "name"
        }
        Kind::RenameModel => "old_name",
        _ => return false,
    };
    let model = operation.arg(parameter).and_then(Expr::as_str);
    model.is_some_and(|model| !created.contains(&model.to_lowercase()))
}

/// A field that is a table of its own, not a column.
fn is_many_to_many(operation: &Operation) -> bool {
    let Some(field) = operation.arg("field") else { return false };
    let Value::Call(call) = &field.value else { return false };
    matches!(&call.callee.value, Value::Imported(path) if path.ends_with(".ManyToManyField"))
}
