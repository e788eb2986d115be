//! The migration graph, equal to the one that Django's `MigrationLoader.build_graph` builds without a database.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source::Span;

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
    /// Dependencies that lead to no migration of an app that the project holds.
    pub unresolved: Vec<Unresolved>,
    /// Replaced nodes that are no longer in the graph, with the squash that stands for them.
    pub replaced: BTreeMap<Key, Key>,
    /// Cycles, each as its nodes in dependency order, starting at the smallest; every cycle once.
    pub cycles: Vec<Vec<Key>>,
}

/// A dependency that leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The migration that names it.
    pub child: Key,
    /// App label that it names.
    pub app: Arc<str>,
    /// Migration that it names.
    pub name: Arc<str>,
    /// Where, in the child's file.
    pub span: Span,
    /// `dependencies`, `run_before` or `replaces`.
    pub attribute: &'static str,
}
