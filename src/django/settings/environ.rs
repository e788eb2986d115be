//! Settings that the process's environment variables decide.

use std::sync::Arc;

use crate::syntax::{Call, Expr, Value};

/// A read of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvRead {
    /// Name of the variable; `None` when it is computed.
    pub name: Option<Arc<str>>,
    /// What the read gives where the variable is not set.
    pub missing: Missing,
}

/// What a read gives where the variable is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// `KeyError`: the process does not start.
    Raises,
    /// `None`.
    None,
    /// This default.
    Default(Expr),
}

/// The read that a value is, converted or not: `os.environ.get("X", "1")`, `int(os.getenv("X"))`.
pub fn read(expr: &Expr) -> Option<EnvRead> {
    let Value::Call(call) = &expr.value else { return None };
    let Value::Imported(path) = &call.callee.value else { return None };
    match path.as_ref() {
        "os.environ.get" | "os.getenv" => {
            let missing = match call.argument("default", Some(1)) {
                None => Missing::None,
                Some(default) if default.value == Value::None => Missing::None,
                Some(default) => Missing::Default(default.clone()),
            };
            Some(EnvRead { name: name_of(call), missing })
        }
        "os.environ.__getitem__" => Some(EnvRead { name: name_of(call), missing: Missing::Raises }),
        "builtins.int" | "builtins.bool" | "builtins.str" | "builtins.float" => {
            let inner = call.args.first()?;
            matches!(inner.value.value, Value::Call(_)).then(|| read(&inner.value)).flatten()
        }
        _ => None,
    }
}

fn name_of(call: &Call) -> Option<Arc<str>> {
    call.args.first().and_then(|arg| arg.value.as_str()).map(Arc::from)
}

/// What a value can be, as far as the source tells: its alternatives, and for reads of the environment the default.
/// Empty when nothing is known of it.
pub fn possible(expr: &Expr) -> Vec<Expr> {
    expr.alternatives()
        .into_iter()
        .filter_map(|each| match read(each) {
            Some(EnvRead { missing: Missing::Default(default), .. }) => Some(default),
            Some(EnvRead { missing: Missing::None, .. }) => {
                Some(Expr { span: each.span, value: Value::None })
            }
            Some(EnvRead { missing: Missing::Raises, .. }) => None,
            None => Some(each.clone()),
        })
        .collect()
}

/// True when nothing of a value depends on running the code.
pub fn is_known(expr: &Expr) -> bool {
    match &expr.value {
        Value::None | Value::Bool(_) | Value::Int(_) | Value::Number(_) | Value::Str(_) | Value::Bytes(_) => {
            true
        }
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => items.iter().all(is_known),
        Value::Dict(entries) => entries.iter().all(|(key, value)| is_known(key) && is_known(value)),
        _ => false,
    }
}
