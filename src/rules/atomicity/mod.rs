//! Rules on migrations that fail half way: MySQL commits every schema change by itself.

pub mod risky_step_last;
pub mod schema_and_data;
pub mod several_schema_operations;

use crate::django::OperationKind;
use crate::django::state::{Field, OperationStep, same_value};
use crate::rules::Change;

/// Whether an operation changes a table that was there before the change at hand. A change of a field that is known to
/// reach no table (its choices, its help text) does not.
fn changes_table(change: &Change<'_>, step: &OperationStep<'_>) -> bool {
    use OperationKind as Kind;
    let is_schema = matches!(
        step.operation.kind,
        Kind::AddField
            | Kind::RemoveField
            | Kind::AlterField
            | Kind::RenameField
            | Kind::AddIndex
            | Kind::RemoveIndex
            | Kind::RenameIndex
            | Kind::AddConstraint
            | Kind::RemoveConstraint
            | Kind::DeleteModel
            | Kind::RenameModel
            | Kind::AlterModelTable
            | Kind::AlterUniqueTogether
            | Kind::AlterIndexTogether
    );
    if !is_schema || change.old_table(step).is_none() {
        return false;
    }
    match step.operation.kind {
        // A table of its own.
        Kind::AddField => !change.new_field(step).is_some_and(|field| field.is_many_to_many()),
        Kind::AlterField => match (change.old_field(step), change.new_field(step)) {
            (Some(old), Some(new)) => !is_same_column(old, new),
            _ => false,
        },
        _ => true,
    }
}

/// Whether two states of a field stand for the same column, as far as that is known.
fn is_same_column(old: &Field, new: &Field) -> bool {
    old.class == new.class
        && old.column() == new.column()
        && old.null() == new.null()
        && old.unique() == new.unique()
        && old.db_index() == new.db_index()
        && old.max_length() == new.max_length()
        && old.max_digits() == new.max_digits()
        && old.decimal_places() == new.decimal_places()
        && old.db_collation() == new.db_collation()
        && old.db_constraint() == new.db_constraint()
        && old.relation == new.relation
        && ["db_comment", "db_default"].into_iter().all(|name| match (old.arg(name), new.arg(name)) {
            (Some(old), Some(new)) => same_value(old, new),
            (None, None) => true,
            _ => false,
        })
}
