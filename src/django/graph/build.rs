//! Nodes, edges and replacements, step by step as `MigrationLoader.build_graph` takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::migration::{Dependency, Target};
use super::{Declaration, DeclaredEdge, Graph, Key, Unresolved, cycles};
use crate::source::Span;

const FIRST: &str = "__first__";
const LATEST: &str = "__latest__";

/// An edge between node numbers, with the place that declares it.
struct RawEdge {
    child: u32,
    parent: u32,
    declared_in: u32,
    span: Span,
    attribute: &'static str,
}

impl RawEdge {
    /// What a migration's `dependencies` say.
    fn needs(child: u32, parent: u32, span: Span) -> Self {
        Self { child, parent, declared_in: child, span, attribute: "dependencies" }
    }
}

/// The graph while it is built. Numbers below `files` are migrations; the rest are names without a file, Django's
/// `DummyNode`.
struct Builder<'a> {
    labels: &'a BTreeSet<Arc<str>>,
    swappable: &'a BTreeMap<Arc<str>, Arc<str>>,
    keys: Vec<Key>,
    numbers: FxHashMap<Key, u32>,
    files: u32,
    edges: Vec<RawEdge>,
    external: BTreeSet<Arc<str>>,
    unresolved: Vec<Unresolved>,
    /// First root and first leaf of every app, as Django finds them once the edges inside apps are known.
    ends: FxHashMap<Arc<str>, (u32, u32)>,
}

pub(super) fn build(
    declarations: &[Declaration<'_>],
    labels: &BTreeSet<Arc<str>>,
    swappable: &BTreeMap<Arc<str>, Arc<str>>,
    left_out: &BTreeSet<Key>,
) -> Graph {
    let mut builder = Builder {
        labels,
        swappable,
        keys: Vec::with_capacity(declarations.len()),
        numbers: FxHashMap::default(),
        files: 0,
        edges: Vec::new(),
        external: BTreeSet::new(),
        unresolved: Vec::new(),
        ends: FxHashMap::default(),
    };
    let mut nodes: Vec<&Declaration<'_>> =
        declarations.iter().filter(|declaration| labels.contains(&declaration.key.0)).collect();
    nodes.sort_by(|a, b| a.key.cmp(&b.key));
    nodes.dedup_by(|later, first| later.key == first.key);
    for node in &nodes {
        builder.number(&node.key);
    }
    builder.files = builder.keys.len() as u32;
    for (at, node) in nodes.iter().enumerate() {
        builder.add_internal(at as u32, node);
    }
    builder.find_ends();
    for (at, node) in nodes.iter().enumerate() {
        builder.add_external(at as u32, node);
    }
    let left_out: BTreeSet<u32> =
        left_out.iter().filter_map(|key| builder.numbers.get(key).copied()).collect();
    for squash in &left_out {
        builder.leave_out(*squash, nodes.get(*squash as usize).map_or(&[][..], |node| node.replaces));
    }
    let standing = builder.replace(&nodes, &left_out);
    builder.finish(&standing, &left_out)
}

/// Which node stands for each node after the squashes took the places of what they replace.
struct Standing {
    /// By node number; itself where nothing replaced it.
    node: Vec<u32>,
    /// Keys that were replaced, with the squash that is left.
    replaced: BTreeMap<Key, Key>,
}

impl Builder<'_> {
    /// The number of `key`, a new one where it has none.
    fn number(&mut self, key: &Key) -> u32 {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let number = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.numbers.insert(key.clone(), number);
        number
    }

    /// What a dependency names; `None` when it is not known or its setting is not.
    fn target(&self, dependency: &Dependency) -> Option<Key> {
        let first = |model: &str| {
            let (app, _) = model.split_once('.')?;
            Some((Arc::from(app), Arc::from(FIRST)))
        };
        match &dependency.target {
            Target::Migration { app, name } => Some((app.clone(), name.clone())),
            Target::SwappableSetting(setting) => first(self.swappable.get(setting)?),
            Target::SwappableModel(model) => first(model),
            Target::Unknown(_) => None,
        }
    }

    /// `add_internal_dependencies`: every dependency on the own app except `__first__`.
    fn add_internal(&mut self, at: u32, node: &Declaration<'_>) {
        for dependency in node.dependencies {
            let Some(target) = self.target(dependency) else { continue };
            if target.0 == node.key.0 && target.1.as_ref() != FIRST {
                let parent = self.number(&target);
                self.edges.push(RawEdge::needs(at, parent, dependency.span));
            }
        }
    }

    /// `root_nodes(app)[0]` and `leaf_nodes(app)[0]` of every app, names without a file included as Django does.
    fn find_ends(&mut self) {
        let mut has_parent = vec![false; self.keys.len()];
        let mut has_child = vec![false; self.keys.len()];
        for edge in &self.edges {
            has_parent[edge.child as usize] = true;
            has_child[edge.parent as usize] = true;
        }
        let mut ends: FxHashMap<Arc<str>, (Option<u32>, Option<u32>)> = FxHashMap::default();
        for (at, key) in self.keys.iter().enumerate() {
            let (first, latest) = ends.entry(key.0.clone()).or_default();
            let better = |known: &Option<u32>| known.is_none_or(|known| key.1 < self.keys[known as usize].1);
            if !has_parent[at] && better(first) {
                *first = Some(at as u32);
            }
            if !has_child[at] && better(latest) {
                *latest = Some(at as u32);
            }
        }
        self.ends =
            ends.into_iter().filter_map(|(app, (first, latest))| Some((app, (first?, latest?)))).collect();
    }

    /// `add_external_dependencies`: dependencies on other apps, and all of `run_before`.
    fn add_external(&mut self, at: u32, node: &Declaration<'_>) {
        for dependency in node.dependencies {
            let Some(target) = self.target(dependency) else { continue };
            if target.0 != node.key.0
                && let Some(parent) = self.check_key(target, node, dependency.span, "dependencies")
            {
                self.edges.push(RawEdge::needs(at, parent, dependency.span));
            }
        }
        for dependency in node.run_before {
            let Some(target) = self.target(dependency) else { continue };
            if let Some(child) = self.check_key(target, node, dependency.span, "run_before") {
                self.edges.push(RawEdge {
                    child,
                    parent: at,
                    declared_in: at,
                    span: dependency.span,
                    attribute: "run_before",
                });
            }
        }
    }

    /// `check_key`: the node that a name of `node` stands for; `None` when Django ignores it or nothing is known.
    fn check_key(
        &mut self,
        target: Key,
        node: &Declaration<'_>,
        span: Span,
        attribute: &'static str,
    ) -> Option<u32> {
        let (app, name) = &target;
        if !self.labels.contains(app) {
            self.external.insert(app.clone());
            return None;
        }
        let symbolic = matches!(name.as_ref(), FIRST | LATEST);
        if !symbolic || self.numbers.contains_key(&target) {
            return Some(self.number(&target));
        }
        if *app == node.key.0 {
            return None;
        }
        let Some((first, latest)) = self.ends.get(app).copied() else {
            // "Dependency on app with no migrations"
            self.unresolved.push(Unresolved {
                child: node.key.clone(),
                span,
                app: app.clone(),
                name: name.clone(),
                attribute,
            });
            return None;
        };
        Some(if name.as_ref() == FIRST { first } else { latest })
    }

    /// `remove_replacement_node`: what depends on the squash depends on the last ones of what it replaces.
    fn leave_out(&mut self, squash: u32, replaces: &[Dependency]) {
        let targets: Vec<Key> = replaces.iter().filter_map(|entry| self.target(entry)).collect();
        let replaced: BTreeSet<u32> = targets
            .iter()
            .filter_map(|key| self.numbers.get(key).copied())
            .filter(|at| *at < self.files && *at != squash)
            .collect();
        let inner = self.edges.iter().filter(|edge| replaced.contains(&edge.child));
        let earlier: BTreeSet<u32> = inner.map(|edge| edge.parent).collect();
        let last: Vec<u32> = replaced.difference(&earlier).copied().collect();
        let mut edges = Vec::with_capacity(self.edges.len());
        for edge in std::mem::take(&mut self.edges) {
            if edge.parent == squash {
                edges.extend(last.iter().map(|parent| RawEdge { parent: *parent, ..edge }));
            } else if edge.child != squash {
                edges.push(edge);
            }
        }
        self.edges = edges;
    }

    /// `remove_replaced_nodes` for every squash that is used.
    fn replace(&mut self, nodes: &[&Declaration<'_>], left_out: &BTreeSet<u32>) -> Standing {
        let of_node = |(at, node): (usize, &&Declaration<'_>)| match left_out.contains(&(at as u32)) {
            true => Vec::new(),
            false => node.replaces.iter().filter_map(|entry| self.target(entry)).collect(),
        };
        let targets: Vec<Vec<Key>> = nodes.iter().enumerate().map(of_node).collect();
        let mut replaced_by: FxHashMap<Key, u32> = FxHashMap::default();
        for squash in inner_first(&targets, &self.numbers) {
            let own = &self.keys[squash as usize];
            if replaced_by.contains_key(own) {
                continue;
            }
            for target in &targets[squash as usize] {
                if target != own {
                    replaced_by.entry(target.clone()).or_insert(squash);
                }
            }
        }
        // A squash that was itself replaced hands on what it stood for. A replaced squash replaces nothing (see above),
        // so this never goes round in a circle.
        let mut node: Vec<u32> = (0..self.keys.len() as u32).collect();
        for at in 0..node.len() {
            let mut path = vec![at];
            let mut end = at;
            while node[end] as usize == end
                && let Some(next) = replaced_by.get(&self.keys[end])
            {
                end = *next as usize;
                path.push(end);
            }
            let end = node[end];
            for step in path {
                node[step] = end;
            }
        }
        let replaced = replaced_by
            .into_iter()
            .map(|(key, squash)| (key, self.keys[node[squash as usize] as usize].clone()))
            .collect();
        Standing { node, replaced }
    }

    /// The finished graph, with names without a file left out and told apart as unresolved.
    fn finish(mut self, standing: &Standing, left_out: &BTreeSet<u32>) -> Graph {
        let files = self.files;
        let mut edges: Vec<RawEdge> = Vec::with_capacity(self.edges.len());
        for edge in std::mem::take(&mut self.edges) {
            let (child, parent) = (standing.node[edge.child as usize], standing.node[edge.parent as usize]);
            // Inside one squash edges vanish, unless they lead from the squash itself to what it replaces: then
            // Django leaves an edge from the squash to itself.
            if child == parent && edge.child != child && edge.parent != parent {
                continue;
            }
            if child >= files || parent >= files {
                let missing = if child >= files { child } else { parent };
                let (app, name) = self.keys[missing as usize].clone();
                let declared_in = self.keys[edge.declared_in as usize].clone();
                let (span, attribute) = (edge.span, edge.attribute);
                self.unresolved.push(Unresolved { child: declared_in, span, app, name, attribute });
                continue;
            }
            edges.push(RawEdge { child, parent, ..edge });
        }
        self.unresolved.sort();
        self.unresolved.dedup();

        let alive: Vec<bool> =
            (0..files).map(|at| standing.node[at as usize] == at && !left_out.contains(&at)).collect();
        let mut parents: Vec<Vec<u32>> = vec![Vec::new(); files as usize];
        let mut children = parents.clone();
        for edge in &edges {
            parents[edge.child as usize].push(edge.parent);
            children[edge.parent as usize].push(edge.child);
        }
        // Numbers below `files` are in the order of their keys, so sorting numbers sorts keys.
        for list in parents.iter_mut().chain(&mut children) {
            list.sort_unstable();
            list.dedup();
        }
        let found = cycles::find(&parents);
        let key = |at: &u32| self.keys[*at as usize].clone();
        let mut places: FxHashMap<(u32, u32), &RawEdge> = FxHashMap::default();
        if !found.cycles.is_empty() {
            for edge in &edges {
                places.entry((edge.child, edge.parent)).or_insert(edge);
            }
        }
        let declared = |child: u32, parent: u32| {
            places.get(&(child, parent)).map(|edge| DeclaredEdge {
                child: key(&child),
                parent: key(&parent),
                declared_in: key(&edge.declared_in),
                span: edge.span,
                attribute: edge.attribute,
            })
        };
        let cycle_edges = found
            .cycles
            .iter()
            .map(|cycle| {
                let next = cycle.iter().cycle().skip(1);
                cycle.iter().zip(next).filter_map(|(child, parent)| declared(*child, *parent)).collect()
            })
            .collect();

        let mut graph = Graph {
            external: self.external.iter().cloned().collect(),
            replaced: standing.replaced.clone(),
            cycles: found.cycles.iter().map(|cycle| cycle.iter().map(key).collect()).collect(),
            cycle_edges,
            cycles_cut: found.cut,
            ..Graph::default()
        };
        for at in (0..files).filter(|at| alive[*at as usize]) {
            let (app, name) = key(&at);
            let foreign = |list: &[u32]| list.iter().all(|other| self.keys[*other as usize].0 != app);
            if foreign(&parents[at as usize]) {
                graph.roots.entry(app.clone()).or_default().push(name.clone());
            }
            if foreign(&children[at as usize]) {
                graph.leaves.entry(app.clone()).or_default().push(name.clone());
            }
            graph.parents.insert((app.clone(), name.clone()), parents[at as usize].iter().map(key).collect());
            graph.children.insert((app, name), children[at as usize].iter().map(key).collect());
        }
        graph.unresolved = self.unresolved;
        graph
    }
}

/// The squashes in the order of Django 6.0: by key, but what a squash replaces before the squash itself.
fn inner_first(targets: &[Vec<Key>], numbers: &FxHashMap<Key, u32>) -> Vec<u32> {
    let is_squash = |at: u32| targets.get(at as usize).is_some_and(|list| !list.is_empty());
    let mut order = Vec::new();
    let mut seen = vec![false; targets.len()];
    for start in 0..targets.len() as u32 {
        // (squash, how many of its targets were looked at)
        let mut stack = vec![(start, 0usize)];
        if !is_squash(start) || std::mem::replace(&mut seen[start as usize], true) {
            continue;
        }
        while let Some((squash, at)) = stack.last_mut() {
            let Some(target) = targets[*squash as usize].get(*at) else {
                order.push(*squash);
                stack.pop();
                continue;
            };
            *at += 1;
            if let Some(inner) = numbers.get(target).copied()
                && is_squash(inner)
                && !std::mem::replace(&mut seen[inner as usize], true)
            {
                stack.push((inner, 0));
            }
        }
    }
    order
}
