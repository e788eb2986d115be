//! `django_migrations` against the migrations of the revision.

use std::collections::{BTreeMap, BTreeSet};

use crate::django::Key;
use crate::project::Project;

/// How the two differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// What `migrate` would run, in order.
    pub pending: Vec<Key>,
    /// Applied, and not in the revision.
    pub gone: Vec<(String, String)>,
    /// Applied before what it depends on: Django refuses to start (`InconsistentMigrationHistory`). Child and parent.
    pub inconsistent: Vec<(Key, Key)>,
    /// Squashes of which only a part is applied.
    pub partial: Vec<Key>,
}

impl Drift {
    /// Compares the rows of `django_migrations` with a project.
    pub fn of(project: &Project, rows: &[(String, String)]) -> Self {
        let rows: BTreeSet<(&str, &str)> =
            rows.iter().map(|(app, name)| (app.as_str(), name.as_str())).collect();
        let has = |key: &Key| rows.contains(&(key.0.as_ref(), key.1.as_ref()));
        let mut replaced: BTreeMap<&Key, Vec<&Key>> = BTreeMap::new();
        for (old, squash) in &project.graph.replaced {
            replaced.entry(squash).or_default().push(old);
        }
        let mut partial = Vec::new();
        let mut applied: BTreeSet<&Key> = BTreeSet::new();
        for node in project.graph.parents.keys() {
            let olds = replaced.get(node).map(Vec::as_slice).unwrap_or_default();
            let done = olds.iter().filter(|old| has(old)).count();
            // Django takes a squash as applied when all that it replaces is.
            if has(node) || (!olds.is_empty() && done == olds.len()) {
                applied.insert(node);
            } else if done > 0 {
                partial.push(node.clone());
            }
        }
        let pending = project.graph.full_plan().into_iter().filter(|node| !applied.contains(node)).collect();
        let mut inconsistent = Vec::new();
        for child in &applied {
            let parents = project.graph.parents.get(*child).into_iter().flatten();
            inconsistent.extend(
                parents
                    .filter(|parent| !applied.contains(parent))
                    .map(|parent| ((*child).clone(), parent.clone())),
            );
        }
        let known = |app: &str, name: &str| {
            project.migration(app, name).is_some()
                || project.graph.replaced.contains_key(&(app.into(), name.into()))
        };
        let gone = rows
            .iter()
            // Apps that the revision does not hold are installed packages'.
            .filter(|(app, name)| project.apps.contains_key(*app) && !known(app, name))
            .map(|(app, name)| ((*app).to_owned(), (*name).to_owned()))
            .collect();
        Self { pending, gone, inconsistent, partial }
    }
}
