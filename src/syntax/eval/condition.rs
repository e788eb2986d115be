//! Conditions, and the operators that choose between values.

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::operator::{is_exact, is_scalar, operands};
use super::{Evaluator, unknown};

impl<'t> Evaluator<'t> {
    /// Whether a condition holds; `None` when only running the code tells.
    pub(super) fn truth(&mut self, node: Node<'t>) -> Option<bool> {
        if let Some(decided) = self.serving(node) {
            return Some(decided);
        }
        match kind(node) {
            Kind::NotOperator => {
                let argument = node.child_by_field_name("argument")?;
                if self.depth >= super::MAX_DEPTH {
                    return None;
                }
                self.depth += 1;
                let truth = self.truth(argument).map(|truth| !truth);
                self.depth -= 1;
                truth
            }
            Kind::ComparisonOperator => self.comparison(node),
            _ => {
                let value = self.expression(node);
                truth_of(&value.value)
            }
        }
    }

    /// One comparison; chains of several are unknown.
    fn comparison(&mut self, node: Node<'t>) -> Option<bool> {
        let [left, right] = self.children(node)[..] else {
            return None;
        };
        let left_value = self.expression(left).value;
        let right_value = self.expression(right).value;
        let operator = self.text.get(left.end_byte()..right.start_byte())?;
        let operator: Vec<&str> = operator.split_ascii_whitespace().collect();
        let equal = || equal(&left_value, &right_value);
        match operator.as_slice() {
            ["=="] => equal(),
            ["!="] => equal().map(|equal| !equal),
            ["is"] if (is_constant(&left_value) || is_constant(&right_value)) => equal(),
            ["is", "not"] if (is_constant(&left_value) || is_constant(&right_value)) => {
                equal().map(|equal| !equal)
            }
            ["in"] => contains(&right_value, &left_value),
            ["not", "in"] => contains(&right_value, &left_value).map(|contains| !contains),
            ["<"] => order(&left_value, &right_value).map(std::cmp::Ordering::is_lt),
            [">"] => order(&left_value, &right_value).map(std::cmp::Ordering::is_gt),
            ["<="] => order(&left_value, &right_value).map(std::cmp::Ordering::is_le),
            [">="] => order(&left_value, &right_value).map(std::cmp::Ordering::is_ge),
            _ => None,
        }
    }

    /// `a and b`, `a or b`
    pub(super) fn boolean(&mut self, node: Node<'t>) -> Expr {
        let mut chain = Vec::new();
        let mut left = node;
        while kind(left) == Kind::BooleanOperator {
            let Some((first, operator, second)) = operands(left) else {
                return unknown(span(node), Reason::Syntax);
            };
            chain.push((operator, second));
            left = first;
        }
        let mut value = self.expression(left);
        while let Some((operator, right)) = chain.pop() {
            let stops_at = self.source(operator) == "or";
            let right = self.expression(right);
            value = self.each(value, &mut |this, left| match truth_of(&left.value) {
                Some(truth) if truth == stops_at => left,
                Some(_) => right.clone(),
                None => {
                    let at = left.span;
                    this.either(vec![left, right.clone()]).unwrap_or_else(|| unknown(at, Reason::Syntax))
                }
            });
        }
        value
    }

    /// `a if condition else b`
    pub(super) fn conditional(&mut self, node: Node<'t>) -> Expr {
        let [first, condition, second] = self.children(node)[..] else {
            return unknown(span(node), Reason::Syntax);
        };
        match self.truth(condition) {
            Some(true) => self.expression(first),
            Some(false) => self.expression(second),
            None => {
                let values = vec![self.expression(first), self.expression(second)];
                self.either(values).unwrap_or_else(|| self.computed(node))
            }
        }
    }
}

/// Whether a value counts as true; `None` when that is not known.
pub(super) fn truth_of(value: &Value) -> Option<bool> {
    Some(match value {
        Value::None => false,
        Value::Bool(value) => *value,
        Value::Int(number) => *number != 0,
        Value::Str(text) => !text.is_empty(),
        Value::Bytes(bytes) => !bytes.is_empty(),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
            if items.is_empty() {
                false
            } else if items.iter().any(|item| !matches!(item.value, Value::Unknown(_) | Value::Maybe(_))) {
                true
            } else {
                return None;
            }
        }
        Value::Dict(entries) => {
            if entries.is_empty() {
                false
            } else if entries.iter().any(|(key, _)| key.unknown().is_none()) {
                true
            } else {
                return None;
            }
        }
        Value::Function(_) | Value::Class(_) => true,
        _ => return None,
    })
}

/// A value that `is` compares as `==` does.
fn is_constant(value: &Value) -> bool {
    matches!(value, Value::None | Value::Bool(_))
}

/// `a == b`; `None` when it is not known.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        // True == 1 in Python; nobody means it, and nothing here depends on it.
        (Value::Bool(_), Value::Int(_)) | (Value::Int(_), Value::Bool(_)) => None,
        (Value::Tuple(a), Value::Tuple(b)) | (Value::List(a), Value::List(b)) => {
            if !is_exact(a) || !is_exact(b) || a.len().min(b.len()) > 16 {
                return None;
            }
            if a.len() != b.len() {
                return Some(false);
            }
            let pairs: Option<Vec<bool>> = a
                .iter()
                .zip(b.iter())
                .map(|(a, b)| {
                    if is_scalar(&a.value) && is_scalar(&b.value) { equal(&a.value, &b.value) } else { None }
                })
                .collect();
            pairs.map(|pairs| pairs.into_iter().all(|same| same))
        }
        (a, b) if is_scalar(a) && is_scalar(b) => Some(a == b),
        (Value::None, Value::List(_) | Value::Tuple(_) | Value::Dict(_))
        | (Value::List(_) | Value::Tuple(_) | Value::Dict(_), Value::None) => Some(false),
        _ => None,
    }
}

/// `item in collection`; `None` when it is not known.
fn contains(collection: &Value, item: &Value) -> Option<bool> {
    if !is_scalar(item) {
        return None;
    }
    let among = |keys: &mut dyn Iterator<Item = &Expr>| {
        let mut certain = true;
        for key in keys {
            match equal(&key.value, item) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => certain = false,
            }
        }
        certain.then_some(false)
    };
    match collection {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => among(&mut items.iter()),
        Value::Dict(entries) => among(&mut entries.iter().map(|(key, _)| key)),
        Value::Str(text) => match item {
            Value::Str(part) => Some(text.contains(part.as_ref())),
            _ => None,
        },
        _ => None,
    }
}

fn order(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
