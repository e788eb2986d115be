//! Putting the branches of conditional code together.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Span;

use super::super::value::{Expr, Reason, Value};
use super::scope::Changes;
use super::{Evaluator, MAX_ALTERNATIVES, unknown};

impl Evaluator<'_> {
    /// Runs `run` as one branch, and takes its changes out again.
    pub(super) fn branch<R>(&mut self, run: impl FnOnce(&mut Self) -> R) -> (Changes, R) {
        self.environment.begin();
        let result = run(self);
        (self.environment.end(), result)
    }

    /// Makes the state be what any of `branches` left behind; exactly one of them runs in fact.
    pub(super) fn join(&mut self, branches: Vec<Changes>) {
        if let [_] = branches.as_slice() {
            for branch in branches {
                for (slot, expr) in branch.slots {
                    *self.environment.get_mut(slot) = expr;
                }
                for ((scope, name), slot) in branch.names {
                    self.environment.bind(scope, name, slot);
                }
            }
            return;
        }
        let mut seen = FxHashSet::default();
        let mut names = Vec::new();
        for key in branches.iter().flat_map(|branch| branch.names.keys()) {
            if seen.insert(key) {
                names.push(key.clone());
            }
        }
        let mut joined_names = Vec::new();
        for (scope, name) in names {
            let key = (scope, name);
            let before = self.environment.slot_in(key.0, &key.1);
            let slots: Vec<_> =
                branches.iter().map(|branch| branch.names.get(&key).copied().unwrap_or(before)).collect();
            if slots.iter().all(|slot| *slot == slots[0]) {
                joined_names.push((key, slots[0], None));
                continue;
            }
            // A name that one branch leaves unbound would be an error there; what matters is its value elsewhere.
            let values = slots
                .iter()
                .zip(&branches)
                .filter_map(|(slot, branch)| slot.map(|slot| (slot, branch)))
                .map(|(slot, branch)| {
                    branch.slots.get(&slot).unwrap_or_else(|| self.environment.get(slot)).clone()
                })
                .collect();
            joined_names.push((key, None, self.either(values)));
        }
        let mut slots: Vec<_> = branches.iter().flat_map(|branch| branch.slots.keys().copied()).collect();
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let values = branches
                .iter()
                .map(|branch| branch.slots.get(&slot).unwrap_or_else(|| self.environment.get(slot)).clone())
                .collect();
            if let Some(joined) = self.either(values) {
                *self.environment.get_mut(slot) = joined;
            }
        }
        for ((scope, name), slot, value) in joined_names {
            let slot = match value {
                Some(value) => Some(self.environment.store(value)),
                None => slot,
            };
            self.environment.bind(scope, name, slot);
        }
    }

    /// One value for several that are possible; `None` for no value at all.
    pub(super) fn either(&mut self, values: Vec<Expr>) -> Option<Expr> {
        let mut all: Vec<Expr> = Vec::new();
        for value in values {
            let parts = match value.value {
                Value::Either(parts) => Arc::unwrap_or_clone(parts),
                _ => vec![value],
            };
            for part in parts {
                let size = size(&part);
                if !self.spend(1 + size) {
                    return Some(unknown(part.span, Reason::TooLarge("work")));
                }
                if !all.iter().any(|seen| same_value(seen, &part)) {
                    all.push(part);
                }
            }
        }
        if all.len() <= 1 {
            return all.pop();
        }
        let span = all[0].span;
        if all.len() <= MAX_ALTERNATIVES {
            return Some(Expr { span, value: Value::Either(Arc::new(all)) });
        }
        if all.iter().all(|each| matches!(each.value, Value::List(_))) {
            return Some(Expr { span, value: Value::List(Arc::new(union(&all))) });
        }
        Some(unknown(span, Reason::TooLarge("alternatives")))
    }

    /// Applies `map` to a value, or to each of its alternatives.
    pub(super) fn each(&mut self, value: Expr, map: &mut dyn FnMut(&mut Self, Expr) -> Expr) -> Expr {
        match value.value {
            Value::Either(parts) => {
                let at = value.span;
                let mapped = Arc::unwrap_or_clone(parts).into_iter().map(|part| map(self, part)).collect();
                self.either(mapped).unwrap_or_else(|| unknown(at, Reason::TooLarge("alternatives")))
            }
            _ => map(self, value),
        }
    }
}

/// Number of direct parts.
pub(super) fn size(expr: &Expr) -> usize {
    match &expr.value {
        Value::Dict(entries) => entries.len(),
        _ => expr.elements().map_or(0, <[Expr]>::len),
    }
}

/// True when two values cannot be told apart by the code. Collections and calls must also stand at the same place,
/// since the parts of the one are not those of the other.
pub(super) fn same_value(a: &Expr, b: &Expr) -> bool {
    match (&a.value, &b.value) {
        (Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::Dict(_) | Value::Call(_), _) => {
            if size(a) == 0 && size(b) == 0 && !matches!(a.value, Value::Call(_)) {
                a.value == b.value
            } else {
                a == b
            }
        }
        _ => a.value == b.value,
    }
}

/// The elements of several lists that exclude one another, each element once; one that is not in all lists is a
/// [`Value::Maybe`]. The order within each list is kept.
pub fn union(lists: &[Expr]) -> Vec<Expr> {
    let mut union = Union::default();
    for (number, list) in lists.iter().enumerate() {
        // From the end: an element that is new stands before what follows it in its list.
        let mut following = None;
        for element in list.elements().unwrap_or_default().iter().rev() {
            following = Some(union.add(number, following, element));
        }
    }
    union.in_order(lists.len())
}

/// How many nodes of one place (they come from a loop) are compared with an element.
const CANDIDATES: usize = 32;

/// A linked list of elements with an index by place.
#[derive(Default)]
struct Union {
    nodes: Vec<Node>,
    first: Option<usize>,
    last: Option<usize>,
    at: FxHashMap<Span, Vec<usize>>,
}

struct Node {
    element: Expr,
    /// In how many lists it certainly is.
    certain: usize,
    /// The list that it was last found in.
    list: usize,
    previous: Option<usize>,
    next: Option<usize>,
}

impl Union {
    fn add(&mut self, list: usize, following: Option<usize>, element: &Expr) -> usize {
        let (element, certain) = match &element.value {
            Value::Maybe(inner) => (inner.as_ref(), 0),
            _ => (element, 1),
        };
        let known = self.at.entry(element.span).or_default();
        let free = known.iter().filter(|index| self.nodes[**index].list != list).take(CANDIDATES);
        let found = free.copied().find(|index| self.nodes[*index].element == *element);
        if let Some(index) = found {
            self.nodes[index].list = list;
            self.nodes[index].certain += certain;
            return index;
        }
        let index = self.nodes.len();
        known.push(index);
        let previous = match following {
            Some(following) => self.nodes[following].previous.replace(index),
            None => self.last.replace(index),
        };
        match previous {
            Some(previous) => self.nodes[previous].next = Some(index),
            None => self.first = Some(index),
        }
        self.nodes.push(Node { element: element.clone(), certain, list, previous, next: following });
        index
    }

    fn in_order(self, lists: usize) -> Vec<Expr> {
        let mut out = Vec::with_capacity(self.nodes.len());
        let mut next = self.first;
        while let Some(node) = next.and_then(|index| self.nodes.get(index)) {
            let element = node.element.clone();
            out.push(if node.certain >= lists {
                element
            } else {
                Expr { span: element.span, value: Value::Maybe(Arc::new(element)) }
            });
            next = node.next;
        }
        out
    }
}
