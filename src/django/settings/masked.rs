//! Values with their secrets taken out.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::secrets::{is_secret_name, secrets_in};
use crate::source::Span;
use crate::syntax::{Arg, Call, Expr, Value};

/// What stands in the place of a secret.
const MASK: &str = "***";

/// The value of the setting `name` as it may be shown.
pub fn masked(name: &str, value: &Expr) -> Expr {
    let secrets: FxHashSet<Span> = secrets_in(name, value).into_iter().map(|secret| secret.span).collect();
    mask(value, &secrets, is_secret_name(name), 0)
}

fn mask(expr: &Expr, secrets: &FxHashSet<Span>, named: bool, depth: u32) -> Expr {
    // Deeper values are not shown at all.
    if depth > 32 {
        return Expr { span: expr.span, value: Value::Str(MASK.into()) };
    }
    let all = |items: &[Expr]| -> Arc<Vec<Expr>> {
        Arc::new(items.iter().map(|item| mask(item, secrets, named, depth + 1)).collect())
    };
    let value = match &expr.value {
        Value::Str(text) if secrets.contains(&expr.span) || named && !text.is_empty() => {
            Value::Str(MASK.into())
        }
        Value::Bytes(_) if named => Value::Str(MASK.into()),
        Value::List(items) => Value::List(all(items)),
        Value::Tuple(items) => Value::Tuple(all(items)),
        Value::Set(items) => Value::Set(all(items)),
        Value::Either(items) => Value::Either(all(items)),
        Value::Maybe(item) => Value::Maybe(Arc::new(mask(item, secrets, named, depth + 1))),
        Value::Dict(entries) => Value::Dict(Arc::new(
            entries
                .iter()
                .map(|(key, value)| {
                    let secret = key.as_str().is_some_and(is_secret_name);
                    (key.clone(), mask(value, secrets, secret, depth + 1))
                })
                .collect(),
        )),
        Value::Call(call) => Value::Call(Arc::new(Call {
            callee: call.callee.clone(),
            args: call
                .args
                .iter()
                .map(|arg| Arg { kind: arg.kind.clone(), value: mask(&arg.value, secrets, named, depth + 1) })
                .collect(),
        })),
        other => other.clone(),
    };
    Expr { span: expr.span, value }
}
