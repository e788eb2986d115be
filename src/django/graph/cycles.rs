//! Cycles of a graph of numbered nodes, without recursion.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

/// How many steps the search for tangled cycles may take in all; plain cycles never come near it.
const STEPS: usize = 4_000_000;

/// How many nodes all cycles together may have; a longer single cycle is kept whole.
const NODES: usize = 200_000;

/// The cycles that were found.
pub(super) struct Found {
    /// Each as node numbers, every one with an edge to the next, starting at the smallest.
    pub(super) cycles: Vec<Vec<u32>>,
    /// True when the search was cut short.
    pub(super) cut: bool,
}

/// For every edge that lies on a cycle a shortest cycle through it, every cycle once.
pub(super) fn find(edges: &[Vec<u32>]) -> Found {
    let component = components(edges);
    let mut covered: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut cycles = Vec::new();
    let mut nodes = 0;
    let mut search = Search { edges, component: &component, came_from: vec![None; edges.len()], steps: 0 };
    for from in 0..edges.len() as u32 {
        for to in &edges[from as usize] {
            if component[from as usize] != component[*to as usize] || covered.contains(&(from, *to)) {
                continue;
            }
            let path = if nodes > NODES { None } else { search.path(*to, from) };
            let Some(mut cycle) = path else {
                return Found { cycles: sorted(cycles), cut: true };
            };
            nodes += cycle.len();
            for (at, node) in cycle.iter().enumerate() {
                covered.insert((*node, cycle[(at + 1) % cycle.len()]));
            }
            let smallest = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
            cycle.rotate_left(smallest);
            cycles.push(cycle);
        }
    }
    Found { cycles: sorted(cycles), cut: false }
}

fn sorted(mut cycles: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
    cycles.sort();
    cycles.dedup();
    cycles
}

/// Breadth-first search inside one component.
struct Search<'a> {
    edges: &'a [Vec<u32>],
    component: &'a [u32],
    came_from: Vec<Option<u32>>,
    steps: usize,
}

impl Search<'_> {
    /// A shortest path from `start` to `end`, both included; `None` when the steps are used up.
    fn path(&mut self, start: u32, end: u32) -> Option<Vec<u32>> {
        let mut touched = vec![start];
        let mut queue = VecDeque::from([start]);
        self.came_from[start as usize] = Some(start);
        let mut found = start == end;
        while let Some(node) = queue.pop_front()
            && !found
        {
            for next in &self.edges[node as usize] {
                self.steps += 1;
                if self.component[*next as usize] == self.component[start as usize]
                    && self.came_from[*next as usize].is_none()
                {
                    self.came_from[*next as usize] = Some(node);
                    touched.push(*next);
                    queue.push_back(*next);
                    found |= *next == end;
                }
            }
            if self.steps > STEPS {
                break;
            }
        }
        let mut path = Vec::new();
        if found {
            let mut at = end;
            path.push(at);
            while at != start {
                at = self.came_from[at as usize]?;
                path.push(at);
            }
            path.reverse();
        }
        for node in touched {
            self.came_from[node as usize] = None;
        }
        found.then_some(path)
    }
}

/// The strongly connected component of every node (Tarjan's algorithm, with a stack of its own).
fn components(edges: &[Vec<u32>]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let count = edges.len();
    let mut index = vec![NEW; count];
    let mut low = vec![0u32; count];
    let mut component = vec![NEW; count];
    let (mut next_index, mut next_component) = (0u32, 0u32);
    let mut open: Vec<u32> = Vec::new();
    for start in 0..count as u32 {
        if index[start as usize] != NEW {
            continue;
        }
        let mut calls: Vec<(u32, usize)> = vec![(start, 0)];
        while let Some((node, at)) = calls.last_mut() {
            let here = *node as usize;
            if *at == 0 {
                index[here] = next_index;
                low[here] = next_index;
                next_index += 1;
                open.push(here as u32);
            }
            if let Some(next) = edges[here].get(*at).map(|next| *next as usize) {
                *at += 1;
                if index[next] == NEW {
                    calls.push((next as u32, 0));
                } else if component[next] == NEW {
                    low[here] = low[here].min(index[next]);
                }
                continue;
            }
            calls.pop();
            if let Some((caller, _)) = calls.last() {
                let caller = *caller as usize;
                low[caller] = low[caller].min(low[here]);
            }
            if low[here] == index[here] {
                while let Some(member) = open.pop() {
                    component[member as usize] = next_component;
                    if member as usize == here {
                        break;
                    }
                }
                next_component += 1;
            }
        }
    }
    component
}
