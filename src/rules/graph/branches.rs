//! The branches that a merge migration joins.

use std::collections::{BTreeMap, BinaryHeap, HashMap};

use crate::django::{Graph, Key};

/// The lines of history inside apps, ready to be asked about merges.
pub(super) struct Branches<'a> {
    graph: &'a Graph,
    /// Longest way from a root of the app, by node. A parent's is always smaller.
    height: HashMap<&'a Key, u32>,
}

/// A branch: the parent that the merge names, and the migrations that only this branch has.
pub(super) struct Branch<'a> {
    /// Nodes of this branch that at least one other branch lacks, with the set of branches that have it, one bit each.
    pub(super) nodes: Vec<(&'a Key, u64)>,
}

/// More parents than this are not told apart.
const MOST: usize = 64;

impl<'a> Branches<'a> {
    /// `None` when the graph has cycles: then there is no order.
    pub(super) fn new(graph: &'a Graph) -> Option<Self> {
        if !graph.cycles.is_empty() {
            return None;
        }
        let inside = |key: &Key, others: &'a [Key]| {
            let app = key.0.clone();
            others.iter().filter(move |other| other.0 == app)
        };
        let mut waiting: BTreeMap<&Key, usize> =
            graph.parents.iter().map(|(key, parents)| (key, inside(key, parents).count())).collect();
        let mut ready: Vec<&Key> =
            waiting.iter().filter(|(_, left)| **left == 0).map(|(key, _)| *key).collect();
        let mut height: HashMap<&Key, u32> = ready.iter().map(|key| (*key, 0)).collect();
        while let Some(key) = ready.pop() {
            let own = height.get(key).copied().unwrap_or(0);
            for child in graph.children.get(key).into_iter().flat_map(|children| inside(key, children)) {
                let known = height.entry(child).or_insert(0);
                *known = (*known).max(own + 1);
                if let Some(left) = waiting.get_mut(child) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(child);
                    }
                }
            }
        }
        Some(Self { graph, height })
    }

    /// The branches that `merge` joins, each with what is not common to all; empty when it joins none: fewer than two
    /// parents in its app, or one of them behind the other.
    pub(super) fn joined_by(&self, merge: &Key) -> Vec<Branch<'a>> {
        let own = |keys: &'a [Key]| keys.iter().filter(|key| key.0 == merge.0);
        let Some(parents) = self.graph.parents.get(merge) else { return Vec::new() };
        let parents: Vec<&'a Key> = own(parents).collect();
        if parents.len() < 2 || parents.len() > MOST {
            return Vec::new();
        }
        let all = u64::MAX >> (MOST - parents.len());
        let mut bits: HashMap<&Key, u64> = HashMap::new();
        let mut queue: BinaryHeap<(u32, &'a Key)> = BinaryHeap::new();
        // Nodes in the queue that not all branches have.
        let mut open = 0usize;
        let mut visit = |key: &'a Key, add: u64, queue: &mut BinaryHeap<(u32, &'a Key)>, open: &mut usize| {
            let queued = bits.contains_key(key);
            let known = bits.entry(key).or_insert(0);
            let was_open = queued && *known != all;
            *known |= add;
            if !queued {
                queue.push((self.height.get(key).copied().unwrap_or(0), key));
            }
            match (was_open, *known != all) {
                (false, true) => *open += 1,
                (true, false) => *open -= 1,
                _ => {}
            }
            *known
        };
        for (at, parent) in parents.iter().enumerate() {
            visit(parent, 1 << at, &mut queue, &mut open);
        }
        let mut branches: Vec<Branch<'a>> = parents.iter().map(|_| Branch { nodes: Vec::new() }).collect();
        while open > 0
            && let Some((_, key)) = queue.pop()
        {
            // The highest node first: everything that leads to this one was seen, its bits are final.
            let has = visit(key, 0, &mut queue, &mut open);
            if has != all {
                open -= 1;
                for (at, branch) in branches.iter_mut().enumerate() {
                    if has & (1 << at) != 0 {
                        branch.nodes.push((key, has));
                    }
                }
            }
            for parent in self.graph.parents.get(key).into_iter().flatten().filter(|p| p.0 == merge.0) {
                visit(parent, has, &mut queue, &mut open);
            }
        }
        let alone = |at: usize, branch: &Branch<'_>| branch.nodes.iter().any(|(_, has)| *has == 1 << at);
        let joins = branches.iter().enumerate().filter(|(at, branch)| alone(*at, branch)).count();
        if joins < 2 { Vec::new() } else { branches }
    }
}
