//! Several names for one collection: a change through one is seen through the others.
//!
//! A collection is itself (not one that equals it) as long as its `Arc` is: evaluating a display, a copy or a sum makes a
//! new one, and everything else hands on the old.

use std::sync::Arc;

use super::super::value::Value;
use super::Evaluator;

/// How deep other places of a collection are looked for.
const MAX_NESTING: usize = 6;

impl Evaluator<'_> {
    /// Puts `after` wherever the collection `before` itself (not one that equals it) stands.
    pub(super) fn replace_everywhere(&mut self, before: &Value, after: &Value) {
        for slot in 0..self.environment.len() {
            let weight = super::join::size(self.environment.get(slot));
            if !self.spend(1 + weight) {
                return;
            }
            if holds(&self.environment.get(slot).value, before, 0) {
                let mut value = self.environment.get(slot).value.clone();
                replace(&mut value, before, after, 0);
                self.environment.get_mut(slot).value = value;
            }
        }
    }
}

/// The collection itself, when other names may stand for it too.
pub(super) fn shared_collection(value: &Value) -> Option<Value> {
    let shared = match value {
        Value::List(items) | Value::Set(items) => Arc::strong_count(items) > 1,
        Value::Dict(entries) => Arc::strong_count(entries) > 1,
        _ => false,
    };
    shared.then(|| value.clone())
}

/// True when two values are one and the same collection.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) | (Value::Set(a), Value::Set(b)) => Arc::ptr_eq(a, b),
        (Value::Dict(a), Value::Dict(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

/// True when `value` is the collection `wanted` or holds it.
fn holds(value: &Value, wanted: &Value, depth: usize) -> bool {
    if is_same(value, wanted) {
        return true;
    }
    if depth > MAX_NESTING {
        return false;
    }
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
            items.iter().any(|item| holds(&item.value, wanted, depth + 1))
        }
        Value::Dict(entries) => entries.iter().any(|(_, item)| holds(&item.value, wanted, depth + 1)),
        _ => false,
    }
}

fn replace(value: &mut Value, before: &Value, after: &Value, depth: usize) {
    if is_same(value, before) {
        *value = after.clone();
        return;
    }
    if depth > MAX_NESTING || !holds(value, before, depth) {
        return;
    }
    match value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
            for item in Arc::make_mut(items) {
                replace(&mut item.value, before, after, depth + 1);
            }
        }
        Value::Dict(entries) => {
            for (_, item) in Arc::make_mut(entries) {
                replace(&mut item.value, before, after, depth + 1);
            }
        }
        _ => {}
    }
}
