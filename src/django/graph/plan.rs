//! The order in which Django runs migrations on an empty database.

use std::collections::BTreeSet;

use super::{Graph, Key};

impl Graph {
    /// Every node, parents first, in the order of `migrate` on an empty database (`_generate_plan` over all leaves).
    ///
    /// Nodes of a cycle, which Django refuses, come where their first visitor meets them.
    pub fn full_plan(&self) -> Vec<Key> {
        let leaves = self
            .leaves
            .iter()
            .flat_map(|(app, names)| names.iter().map(move |name| (app.clone(), name.clone())));
        let leaves: Vec<Key> = leaves.collect();
        // Nodes that no leaf reaches stand in cycles.
        self.plan(leaves.iter().chain(self.parents.keys()))
    }

    /// `key` and everything that it depends on, parents first (`forwards_plan`); empty when it is no node.
    pub fn forwards_plan(&self, key: &Key) -> Vec<Key> {
        self.plan(std::iter::once(key))
    }

    fn plan<'k>(&'k self, starts: impl Iterator<Item = &'k Key>) -> Vec<Key> {
        let mut plan = Vec::new();
        let mut entered: BTreeSet<&Key> = BTreeSet::new();
        for start in starts {
            let Some((start, _)) = self.parents.get_key_value(start) else { continue };
            let mut stack = vec![(start, false)];
            while let Some((node, done)) = stack.pop() {
                if done {
                    plan.push(node.clone());
                } else if entered.insert(node) {
                    stack.push((node, true));
                    let parents = self.parents.get(node).into_iter().flatten();
                    stack.extend(parents.map(|parent| (parent, false)));
                }
            }
        }
        plan
    }
}
