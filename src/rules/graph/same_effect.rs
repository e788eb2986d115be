//! Whether two operations leave the same in the database.

use std::sync::Arc;

use crate::django::editor::NOT_DATABASE;
use crate::django::state::same_value;
use crate::django::{Operation, OperationKind};
use crate::syntax::{Arg, ArgKind, Call, Value};

/// Whether both operations set something to the same in the database, so that it does not matter which ran last there; the
/// model state follows the graph, the same everywhere.
pub(super) fn do_the_same(left: &Operation, right: &Operation) -> bool {
    use OperationKind as Kind;
    let argument = match left.kind {
        Kind::AlterField => "field",
        Kind::AlterModelTable => "table",
        Kind::AlterUniqueTogether => "unique_together",
        Kind::AlterIndexTogether => "index_together",
        Kind::AlterOrderWithRespectTo => "order_with_respect_to",
        _ => return false,
    };
    let (Some(one), Some(other)) = (left.arg(argument), right.arg(argument)) else { return false };
    let same = match (&one.value, &other.value) {
        (Value::Call(one), Value::Call(other)) => same_column(one, other),
        _ => same_value(one, other),
    };
    let kept = |operation: &Operation| operation.arg("preserve_default").map(|expr| expr.value.clone());
    same && left.kind == right.kind && kept(left) == kept(right)
}

/// Whether two definitions of a field differ in labels, choices and the like alone.
fn same_column(left: &Call, right: &Call) -> bool {
    let known = |call: &Call| call.args.iter().all(|arg| matches!(arg.kind, ArgKind::Keyword(_)));
    let name = |arg: &Arg| match &arg.kind {
        ArgKind::Keyword(name) if name.as_ref() != "choices" && !NOT_DATABASE.contains(&name.as_ref()) => {
            Some(name.clone())
        }
        _ => None,
    };
    let columns: Vec<Arc<str>> = left.args.iter().chain(&right.args).filter_map(name).collect();
    known(left)
        && known(right)
        && same_value(&left.callee, &right.callee)
        && columns.iter().all(|name| match (left.argument(name, None), right.argument(name, None)) {
            (Some(left), Some(right)) => same_value(left, right),
            _ => false,
        })
        && left.argument("db_column", None).is_none()
        && right.argument("db_column", None).is_none()
}
