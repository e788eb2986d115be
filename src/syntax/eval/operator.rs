//! Operators and subscripts.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::{Evaluator, format, too_large, unknown};

/// Longest string that operators may build, in bytes.
const MAX_BUILT: usize = 8 << 20;

/// Left operand, operator and right operand of a node that has two; `None` where the text does not parse.
pub(super) fn operands(node: Node<'_>) -> Option<(Node<'_>, Node<'_>, Node<'_>)> {
    let part = |name: &str| node.child_by_field_name(name);
    Some((part("left")?, part("operator")?, part("right")?))
}

impl<'t> Evaluator<'t> {
    /// `a + b + c …`: the left operands are followed in a loop, since a chain can be as long as the file.
    pub(super) fn binary(&mut self, node: Node<'t>) -> Expr {
        let mut chain = Vec::new();
        let mut left = node;
        while kind(left) == Kind::BinaryOperator {
            let Some((first, operator, second)) = operands(left) else {
                return unknown(span(node), Reason::Syntax);
            };
            chain.push((left, operator, second));
            left = first;
        }
        let mut value = self.expression(left);
        // Strings are put together in one buffer: a chain of ten thousand must not copy each prefix anew.
        let mut buffer = String::new();
        while let Some((whole, operator, right)) = chain.pop() {
            let operator = self.source(operator);
            let right_value = self.expression(right);
            match (&value.value, operator, &right_value.value) {
                (Value::Str(text), "+", Value::Str(more))
                    if text.len() + buffer.len() + more.len() <= MAX_BUILT =>
                {
                    if buffer.is_empty() {
                        buffer.push_str(text);
                    }
                    buffer.push_str(more);
                    let goes_on = chain.last().is_some_and(|(_, next, _)| self.source(*next) == "+");
                    if !goes_on {
                        value =
                            Expr { span: span(whole), value: Value::Str(std::mem::take(&mut buffer).into()) };
                    }
                    continue;
                }
                (Value::Str(_), _, _) if !buffer.is_empty() => {
                    value = Expr { span: value.span, value: Value::Str(std::mem::take(&mut buffer).into()) };
                }
                _ => {}
            }
            value = self.operate(value, operator, right_value, whole);
        }
        value
    }

    /// `left operator right`, for every pair of their alternatives.
    pub(super) fn operate(&mut self, left: Expr, operator: &str, right: Expr, node: Node<'t>) -> Expr {
        let mut value = self.each(left, &mut |this, left| {
            this.each(right.clone(), &mut |this, right| {
                this.operate_known(left.clone(), operator, right, node)
            })
        });
        value.span = span(node);
        value
    }

    fn operate_known(&mut self, left: Expr, operator: &str, right: Expr, node: Node<'t>) -> Expr {
        let at = span(node);
        let value = match (operator, left.value, right.value) {
            ("+", Value::List(a), Value::List(b)) => self.concatenate(a, &b).map(Value::List),
            ("+", Value::Tuple(a), Value::Tuple(b)) => self.concatenate(a, &b).map(Value::Tuple),
            ("+", Value::List(a), other) => {
                let rest = self.opaque(Expr { span: right.span, value: other }, node);
                self.concatenate(a, &[rest]).map(Value::List)
            }
            ("+", Value::Tuple(a), other) => {
                let rest = self.opaque(Expr { span: right.span, value: other }, node);
                self.concatenate(a, &[rest]).map(Value::Tuple)
            }
            ("+", other, Value::List(b)) => {
                let first = self.opaque(Expr { span: left.span, value: other }, node);
                self.concatenate(Arc::new(vec![first]), &b).map(Value::List)
            }
            ("+", other, Value::Tuple(b)) => {
                let first = self.opaque(Expr { span: left.span, value: other }, node);
                self.concatenate(Arc::new(vec![first]), &b).map(Value::Tuple)
            }
            ("+", Value::Str(a), Value::Str(b)) => {
                let length = a.len() + b.len();
                if length <= MAX_BUILT && self.spend(length / 64) {
                    Ok(Value::Str(format!("{a}{b}").into()))
                } else {
                    Err(Reason::TooLarge("string"))
                }
            }
            ("*", Value::List(items), Value::Int(times)) | ("*", Value::Int(times), Value::List(items)) => {
                self.repeat(&items, times).map(|items| Value::List(items.into()))
            }
            ("*", Value::Tuple(items), Value::Int(times)) | ("*", Value::Int(times), Value::Tuple(items)) => {
                self.repeat(&items, times).map(|items| Value::Tuple(items.into()))
            }
            ("*", Value::Str(text), Value::Int(times)) | ("*", Value::Int(times), Value::Str(text)) => {
                let times = usize::try_from(times).unwrap_or(0);
                match text.len().checked_mul(times) {
                    Some(length) if length <= MAX_BUILT && self.spend(length / 64) => {
                        Ok(Value::Str(text.repeat(times).into()))
                    }
                    _ => Err(Reason::TooLarge("string")),
                }
            }
            ("%", Value::Str(text), value) => match format::percent(&text, &value, format::to_text) {
                Some(text) => Ok(Value::Str(text.into())),
                None => Err(match format::percent(&text, &value, format::to_pattern) {
                    Some(pattern) if self.world.is_some() => self.text_reason(pattern, node),
                    _ => Reason::Computed(self.shown(node)),
                }),
            },
            ("+", left @ Value::Str(_), right) | ("+", left, right @ Value::Str(_))
                if self.world.is_some() =>
            {
                let parts = [&left, &right].map(|part| format::to_pattern(part).unwrap_or_default());
                Err(self.text_reason(parts.concat(), node))
            }
            ("|", Value::Dict(a), Value::Dict(b)) => {
                if self.spend(a.len() + b.len()) {
                    Ok(Value::Dict(Arc::new(a.iter().chain(b.iter()).cloned().collect())))
                } else {
                    Err(Reason::TooLarge("work"))
                }
            }
            (_, Value::Int(a), Value::Int(b)) => {
                arithmetic(a, operator, b).map(Value::Int).ok_or_else(|| Reason::Computed(self.shown(node)))
            }
            _ => Err(Reason::Computed(self.shown(node))),
        };
        match value {
            Ok(value) => Expr { span: at, value },
            Err(reason) => unknown(at, reason),
        }
    }

    /// A text of which only `pattern` is known.
    pub(super) fn text_reason(&self, pattern: String, node: Node<'t>) -> Reason {
        Reason::Text { pattern: pattern.into(), shown: self.shown(node) }
    }

    fn concatenate(&mut self, mut a: Arc<Vec<Expr>>, b: &[Expr]) -> Result<Arc<Vec<Expr>>, Reason> {
        let copied = if Arc::get_mut(&mut a).is_some() { 0 } else { a.len() };
        if !self.spend(copied + b.len()) {
            return Err(Reason::TooLarge("work"));
        }
        Arc::make_mut(&mut a).extend_from_slice(b);
        Ok(a)
    }

    fn repeat(&mut self, items: &[Expr], times: i64) -> Result<Vec<Expr>, Reason> {
        let times = usize::try_from(times).unwrap_or(0);
        match items.len().checked_mul(times) {
            // What does not fit must not use up the budget: the rest of the module is still to be read.
            Some(length) if length as u64 <= self.work && self.spend(length) => {
                Ok(items.iter().cycle().take(length).cloned().collect())
            }
            _ => Err(Reason::TooLarge("elements")),
        }
    }

    /// `-x`, `+x`, `~x`
    pub(super) fn unary(&mut self, node: Node<'t>) -> Expr {
        let (Some(operator), Some(argument)) =
            (node.child_by_field_name("operator"), node.child_by_field_name("argument"))
        else {
            return unknown(span(node), Reason::Syntax);
        };
        let operator = self.source(operator);
        let value = match (operator, self.expression(argument).value) {
            ("-", Value::Int(number)) => number.checked_neg().map(Value::Int),
            ("+", value @ (Value::Int(_) | Value::Number(_))) => Some(value),
            ("~", Value::Int(number)) => Some(Value::Int(!number)),
            ("-", Value::Number(text)) => Some(Value::Number(match text.strip_prefix('-') {
                Some(positive) => Arc::from(positive),
                None => format!("-{text}").into(),
            })),
            _ => None,
        };
        match value {
            Some(value) => Expr { span: span(node), value },
            None => self.computed(node),
        }
    }

    /// `value[subscript]`
    pub(super) fn subscript(&mut self, node: Node<'t>) -> Expr {
        let [object, subscript] = self.children(node)[..] else {
            return self.computed(node);
        };
        let object = self.expression(object);
        if kind(subscript) == Kind::Slice {
            return self.slice(object, subscript, node);
        }
        let key = self.expression(subscript);
        if let Some(read) = self.environ_item(&object.value, &key, node) {
            return read;
        }
        let mut value = self.each(object, &mut |this, object| {
            this.each(key.clone(), &mut |this, key| match part(&object.value, &key.value) {
                Some(value) => value.clone(),
                None => this.computed(node),
            })
        });
        value.span = span(node);
        value
    }

    /// `value[a:b]` with literal bounds, of a collection whose length is known.
    fn slice(&mut self, object: Expr, slice: Node<'t>, node: Node<'t>) -> Expr {
        let source = self.source(slice);
        let mut bounds = source.split(':').map(|bound| match bound.trim() {
            "" => Some(None),
            bound => bound.parse::<i64>().ok().map(Some),
        });
        let (Some(Some(from)), Some(Some(to)), None) = (bounds.next(), bounds.next(), bounds.next()) else {
            return self.computed(node);
        };
        let cut = |items: &[Expr]| {
            let length = items.len() as i64;
            let index =
                |bound: i64| (if bound < 0 { bound + length } else { bound }).clamp(0, length) as usize;
            let (from, to) = (index(from.unwrap_or(0)), index(to.unwrap_or(length)));
            if from < to { items[from..to].to_vec() } else { Vec::new() }
        };
        let value = match &object.value {
            Value::List(items) if is_exact(items) => Value::List(cut(items).into()),
            Value::Tuple(items) if is_exact(items) => Value::Tuple(cut(items).into()),
            _ => return self.computed(node),
        };
        if self.spend(super::join::size(&object)) {
            Expr { span: span(node), value }
        } else {
            too_large(span(node), "work")
        }
    }
}

/// True when every element stands for exactly one.
pub(super) fn is_exact(items: &[Expr]) -> bool {
    !items.iter().any(|item| matches!(item.value, Value::Unknown(_) | Value::Maybe(_)))
}

/// `object[key]`; `None` when it is not known.
pub(super) fn part<'v>(object: &'v Value, key: &Value) -> Option<&'v Expr> {
    match (object, key) {
        (Value::List(items) | Value::Tuple(items), Value::Int(index)) => {
            if *index >= 0 {
                let index = usize::try_from(*index).ok()?;
                is_exact(items.get(..index)?).then(|| items.get(index)).flatten()
            } else {
                let from_end = usize::try_from(index.unsigned_abs()).ok()?;
                let index = items.len().checked_sub(from_end)?;
                is_exact(items.get(index..)?).then(|| items.get(index)).flatten()
            }
        }
        (Value::Dict(entries), Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::None) => {
            let (found, value) =
                entries.iter().rev().find(|(entry, _)| !is_scalar(&entry.value) || entry.value == *key)?;
            (found.value == *key).then_some(value)
        }
        _ => None,
    }
}

/// A value that equals another exactly when the two are the same text, number or constant.
pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Int(_) | Value::Bool(_) | Value::None | Value::Bytes(_))
}

fn arithmetic(a: i64, operator: &str, b: i64) -> Option<i64> {
    match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "//" if b > 0 => a.checked_div_euclid(b),
        "%" if b > 0 => a.checked_rem_euclid(b),
        "**" if (0..=64).contains(&b) => a.checked_pow(u32::try_from(b).ok()?),
        "<<" if (0..=62).contains(&b) => a.checked_mul(1_i64.checked_shl(u32::try_from(b).ok()?)?),
        "|" => Some(a | b),
        "&" => Some(a & b),
        _ => None,
    }
}
