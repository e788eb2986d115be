//! The migration graph, equal to the one that Django's `MigrationLoader.build_graph` builds without a database.
//!
//! Source of the rules: `django/db/migrations/loader.py` and `graph.py` of Django 4.2, 5.2 and 6.0. Where Django's
//! result depends on the order of a Python set (squashes of squashes before 6.0), the order that Django 6.0 fixes
//! (the inner squash first) is taken.

mod build;
mod cycles;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::Span;

use super::migration::{Dependency, Migration};

/// A node: app label and migration name.
pub type Key = (Arc<str>, Arc<str>);

/// The graph after `replaces`, `run_before`, `__first__`, `__latest__` and swappable dependencies are resolved.
///
/// Nodes are the migrations that Django would keep: of a squash and what it replaces, the squash (nothing is applied as
/// far as the source tells).
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// Every node with its parents (what it depends on), sorted.
    pub parents: BTreeMap<Key, Vec<Key>>,
    /// Every node with its children, sorted.
    pub children: BTreeMap<Key, Vec<Key>>,
    /// Per app, the nodes without a parent in the same app, sorted.
    pub roots: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Per app, the nodes without a child in the same app, sorted.
    pub leaves: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    /// Labels of apps that dependencies name and the project does not hold, sorted.
    pub external: Vec<Arc<str>>,
    /// Dependencies that lead to no migration of an app that the project holds; sorted by child and place.
    pub unresolved: Vec<Unresolved>,
    /// Keys that a squash stands for, with the squash that is left in the end; also those without a file.
    pub replaced: BTreeMap<Key, Key>,
    /// Cycles, each as its nodes, every one depending on the next and the last on the first, starting at the
    /// smallest; every cycle once. See [`Graph::cycle_edges`] for where they are written.
    ///
    /// Cycles that are tangled with one another can be more than anybody could read: then every edge that lies on a
    /// cycle is in at least one of those listed.
    pub cycles: Vec<Vec<Key>>,
    /// For each of `cycles`, where its edges are written, in the same order.
    pub cycle_edges: Vec<Vec<DeclaredEdge>>,
    /// True when there were more tangled cycles than are looked for; `cycles` then holds the first ones.
    pub cycles_cut: bool,
}

/// A dependency that leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The migration that names it.
    pub child: Key,
    /// Where, in the child's file.
    pub span: Span,
    /// App label that it names.
    pub app: Arc<str>,
    /// Migration that it names.
    pub name: Arc<str>,
    /// `dependencies` or `run_before`.
    pub attribute: &'static str,
}

/// An edge with the place that declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredEdge {
    /// The node that depends on `parent`.
    pub child: Key,
    /// The node that must run first.
    pub parent: Key,
    /// The migration whose file says so: the child, what it replaces, or (for `run_before`) the parent.
    pub declared_in: Key,
    /// Where in that file.
    pub span: Span,
    /// `dependencies` or `run_before`.
    pub attribute: &'static str,
}

/// What a migration says about its place in the graph.
#[derive(Debug, Clone)]
pub struct Declaration<'a> {
    /// App label and name.
    pub key: Key,
    /// `dependencies`.
    pub dependencies: &'a [Dependency],
    /// `run_before`.
    pub run_before: &'a [Dependency],
    /// `replaces`.
    pub replaces: &'a [Dependency],
}

impl Graph {
    /// Builds the graph of one project.
    ///
    /// `labels` are the apps that Django takes as migrated: those of the project with a migrations package that has an
    /// `__init__.py` and is not switched off by `MIGRATION_MODULES`. Migrations of other apps are left out as Django
    /// does, and a dependency on another app is [`Graph::external`], since nothing is known of what is installed.
    /// `swappable` maps a setting's name to its value (`AUTH_USER_MODEL` to `accounts.User`); a swappable dependency
    /// whose setting is not known is left out. So is an entry that could not be evaluated, see
    /// [`MigrationFile::unknown`](super::MigrationFile::unknown).
    pub fn build(
        migrations: &[Migration],
        labels: &BTreeSet<Arc<str>>,
        swappable: &BTreeMap<Arc<str>, Arc<str>>,
    ) -> Self {
        Self::without_squashes(migrations, labels, swappable, &BTreeSet::new())
    }

    /// Like [`Graph::build`], for a database that has applied a part of what the squashes in `left_out` replace: Django
    /// takes what they replace in their place.
    pub fn without_squashes(
        migrations: &[Migration],
        labels: &BTreeSet<Arc<str>>,
        swappable: &BTreeMap<Arc<str>, Arc<str>>,
        left_out: &BTreeSet<Key>,
    ) -> Self {
        let declarations: Vec<Declaration<'_>> = migrations
            .iter()
            .map(|migration| Declaration {
                key: (migration.app.clone(), migration.name.clone()),
                dependencies: &migration.file.dependencies,
                run_before: &migration.file.run_before,
                replaces: &migration.file.replaces,
            })
            .collect();
        build::build(&declarations, labels, swappable, left_out)
    }

    /// Like [`Graph::build`], from the declarations alone.
    pub fn from_declarations(
        declarations: &[Declaration<'_>],
        labels: &BTreeSet<Arc<str>>,
        swappable: &BTreeMap<Arc<str>, Arc<str>>,
    ) -> Self {
        build::build(declarations, labels, swappable, &BTreeSet::new())
    }

    /// The node that stands for `key` in the graph: itself, the squash that replaced it, or nothing.
    pub fn node(&self, key: &Key) -> Option<&Key> {
        if let Some((key, _)) = self.parents.get_key_value(key) {
            return Some(key);
        }
        self.replaced.get(key).filter(|squash| self.parents.contains_key(*squash))
    }

    /// Number of edges.
    pub fn edge_count(&self) -> usize {
        self.parents.values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests;
