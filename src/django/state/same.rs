//! Whether two values of the source are the same, wherever they stand.

use crate::syntax::{ArgKind, Expr, Value};

/// True when both are the same value; places in the source do not count. Two unknown values are never the same: nobody
/// knows what they are.
pub fn same_value(left: &Expr, right: &Expr) -> bool {
    let mut stack = vec![(left, right)];
    while let Some((left, right)) = stack.pop() {
        match (&left.value, &right.value) {
            (Value::List(a), Value::List(b))
            | (Value::Tuple(a), Value::Tuple(b))
            | (Value::Set(a), Value::Set(b))
            | (Value::Either(a), Value::Either(b)) => {
                if a.len() != b.len() {
                    return false;
                }
                stack.extend(a.iter().zip(b.iter()));
            }
            (Value::Dict(a), Value::Dict(b)) => {
                if a.len() != b.len() {
                    return false;
                }
                for ((key, value), (other_key, other)) in a.iter().zip(b.iter()) {
                    stack.push((key, other_key));
                    stack.push((value, other));
                }
            }
            (Value::Call(a), Value::Call(b)) => {
                let same_shape = a.args.len() == b.args.len()
                    && a.args.iter().zip(&b.args).all(|(a, b)| {
                        a.kind == b.kind && !matches!(a.kind, ArgKind::Splat | ArgKind::DoubleSplat)
                    });
                if !same_shape {
                    return false;
                }
                stack.push((&a.callee, &b.callee));
                stack.extend(a.args.iter().zip(&b.args).map(|(a, b)| (&a.value, &b.value)));
            }
            (Value::Function(a), Value::Function(b)) => {
                if a.name != b.name {
                    return false;
                }
            }
            (Value::Class(a), Value::Class(b)) => {
                if a.name != b.name {
                    return false;
                }
            }
            (Value::Maybe(a), Value::Maybe(b)) => stack.push((a, b)),
            (Value::Unknown(_), _) | (_, Value::Unknown(_)) => return false,
            (a, b) => {
                if a != b {
                    return false;
                }
            }
        }
    }
    true
}
