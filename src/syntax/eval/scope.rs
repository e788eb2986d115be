//! What names are bound to, and how branches of conditional code are tried and put back.
//!
//! Names lead to slots, so that two names for one list see each other's changes. Every change inside a branch is kept
//! in a journal: a branch is run, its changes are taken out, and the state before it is restored.

use std::hash::BuildHasherDefault;
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHasher};

use super::super::value::Expr;

/// The scope of the module.
pub(super) const MODULE: usize = 0;

/// Index of a slot.
pub(super) type Slot = usize;

type Names = IndexMap<Arc<str>, Slot, FxBuildHasher>;
type FxIndexMap<K, V> = IndexMap<K, V, BuildHasherDefault<FxHasher>>;

/// Nesting and size of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub(super) depth: u32,
    pub(super) weight: usize,
}

struct Cell {
    expr: Expr,
    /// Cached by the evaluator; forgotten when the value changes.
    measure: Option<Measure>,
}

/// What a branch changed: names to slots (`None` for an unbound name) and slots to values.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) names: FxIndexMap<(usize, Arc<str>), Option<Slot>>,
    pub(super) slots: FxIndexMap<Slot, Expr>,
}

pub(super) struct Environment {
    scopes: Vec<Names>,
    /// Scopes from the module to the innermost.
    stack: Vec<usize>,
    cells: Vec<Cell>,
    /// For every branch that is being run, what was there before.
    journal: Vec<Changes>,
}

impl Environment {
    pub(super) fn new() -> Self {
        Self { scopes: vec![Names::default()], stack: vec![MODULE], cells: Vec::new(), journal: Vec::new() }
    }

    /// Opens a scope inside the current one and gives its index.
    pub(super) fn enter(&mut self) -> usize {
        self.scopes.push(Names::default());
        self.stack.push(self.scopes.len() - 1);
        self.scopes.len() - 1
    }

    pub(super) fn leave(&mut self) {
        if self.stack.len() > 1 {
            self.stack.pop();
        }
    }

    /// The innermost scope.
    pub(super) fn current(&self) -> usize {
        self.stack.last().copied().unwrap_or(MODULE)
    }

    /// True in the body of the module itself.
    pub(super) fn slot(&self, name: &str) -> Option<Slot> {
        self.stack.iter().rev().find_map(|scope| self.slot_in(*scope, name))
    }

    pub(super) fn slot_in(&self, scope: usize, name: &str) -> Option<Slot> {
        self.scopes.get(scope)?.get(name).copied()
    }

    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn get(&self, slot: Slot) -> &Expr {
        &self.cells[slot].expr
    }

    pub(super) fn measure(&self, slot: Slot) -> Option<Measure> {
        self.cells[slot].measure
    }

    pub(super) fn set_measure(&mut self, slot: Slot, measure: Measure) {
        self.cells[slot].measure = Some(measure);
    }

    /// A value for changing in place.
    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut Expr {
        if let Some(frame) = self.journal.last_mut()
            && !frame.slots.contains_key(&slot)
        {
            frame.slots.insert(slot, self.cells[slot].expr.clone());
        }
        let cell = &mut self.cells[slot];
        cell.measure = None;
        &mut cell.expr
    }

    /// A new slot.
    pub(super) fn store(&mut self, expr: Expr) -> Slot {
        self.cells.push(Cell { expr, measure: None });
        self.cells.len() - 1
    }

    /// Binds `name` in `scope` to a slot, or unbinds it.
    pub(super) fn bind(&mut self, scope: usize, name: Arc<str>, slot: Option<Slot>) {
        let before = self.slot_in(scope, &name);
        if let Some(frame) = self.journal.last_mut() {
            frame.names.entry((scope, name.clone())).or_insert(before);
        }
        let Some(names) = self.scopes.get_mut(scope) else {
            return;
        };
        match slot {
            Some(slot) => {
                names.insert(name, slot);
            }
            None => {
                names.shift_remove(&name);
            }
        }
    }

    /// The names of a scope with their values.
    pub(super) fn values(&self, scope: usize) -> IndexMap<Arc<str>, Expr> {
        let Some(names) = self.scopes.get(scope) else {
            return IndexMap::new();
        };
        names.iter().map(|(name, slot)| (name.clone(), self.get(*slot).clone())).collect()
    }

    /// Starts a branch.
    pub(super) fn begin(&mut self) {
        self.journal.push(Changes::default());
    }

    /// Ends the branch that was begun last: gives what it changed, and restores what was there before.
    pub(super) fn end(&mut self) -> Changes {
        let before = self.journal.pop().unwrap_or_default();
        let mut after = Changes::default();
        for ((scope, name), old) in before.names {
            after.names.insert((scope, name.clone()), self.slot_in(scope, &name));
            if let Some(names) = self.scopes.get_mut(scope) {
                match old {
                    Some(slot) => {
                        names.insert(name, slot);
                    }
                    None => {
                        names.shift_remove(&name);
                    }
                }
            }
        }
        for (slot, old) in before.slots {
            let cell = &mut self.cells[slot];
            cell.measure = None;
            after.slots.insert(slot, std::mem::replace(&mut cell.expr, old));
        }
        after
    }
}
