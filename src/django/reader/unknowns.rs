//! What of an operation's arguments is not known.

use crate::syntax::{Call, Expr, Value};

use super::super::migration::UnknownPart;
use super::super::operation::{Operation, OperationKind};

/// Notes every argument of an operation that is unknown, and the unknown parts of `fields`. Operations that hold other
/// operations note those when they are read.
pub(super) fn note(operation: &Operation, unknown: &mut Vec<UnknownPart>) {
    for (name, value) in &operation.args {
        match (operation.kind, name.as_ref()) {
            (
                OperationKind::SeparateDatabaseAndState | OperationKind::RunSql,
                "database_operations" | "state_operations",
            ) => {}
            (OperationKind::CreateModel, "fields") => fields(value, unknown),
            _ => argument(value, unknown),
        }
    }
}

fn push(at: &Expr, unknown: &mut Vec<UnknownPart>) {
    if let Some(reason) = at.unknown() {
        unknown.push(UnknownPart { span: at.span, what: "operations", reason: reason.clone() });
    }
}

/// An argument: itself, and the arguments of a field, an index or a constraint.
fn argument(value: &Expr, unknown: &mut Vec<UnknownPart>) {
    for each in value.alternatives() {
        push(each, unknown);
        if let Value::Call(call) = &each.value {
            parts(call, unknown);
        }
    }
}

fn parts(call: &Call, unknown: &mut Vec<UnknownPart>) {
    push(&call.callee, unknown);
    for arg in &call.args {
        for each in arg.value.alternatives() {
            push(each, unknown);
        }
    }
}

/// `CreateModel(fields=[("name", field), …])`
fn fields(value: &Expr, unknown: &mut Vec<UnknownPart>) {
    for list in value.alternatives() {
        push(list, unknown);
        for field in list.elements().unwrap_or_default().iter().flat_map(Expr::alternatives) {
            push(field, unknown);
            for part in field.elements().unwrap_or_default() {
                argument(part, unknown);
            }
        }
    }
}
