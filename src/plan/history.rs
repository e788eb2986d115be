//! Which migrations are pending, and what became of those that are applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::django::essence::Essence;
use crate::django::migration::Target;
use crate::django::{Dependency, Graph, Key, Migration};
use crate::findings::Bilingual;
use crate::project::{Project, Workspace};

use super::Start;

/// The migrations of the target against those that are applied.
#[derive(Debug, Default)]
pub struct History {
    /// The migrations that Django takes: of a squash and what it replaces, those that fit what is applied.
    pub(super) migrations: Vec<Migration>,
    /// Their graph.
    pub(super) graph: Graph,
    /// What counts as applied, squashes included whose every original is.
    applied: BTreeSet<Key>,
    /// Applied, and the target has no such migration: Django ignores them, and the way back is closed.
    pub gone: Vec<Key>,
    /// Applied, and something else in the target: databases that ran them differ from new ones.
    pub edited: Vec<Key>,
    /// An applied migration with a dependency that is not: Django refuses to run (`InconsistentMigrationHistory`).
    pub inconsistent: Vec<(Key, Key)>,
}

impl History {
    /// Compares `project` with what is `applied`; `old` is the project at the start, where that is a revision.
    pub(super) fn new(
        project: &Project,
        old: Option<&Project>,
        applied: &BTreeSet<Key>,
        to: &Workspace,
        start: &Start<'_>,
    ) -> Self {
        let mut applied: BTreeSet<Key> =
            applied.iter().filter(|(app, _)| project.apps.contains_key(app)).cloned().collect();
        let migrations = settle_squashes(project, &mut applied);
        let labels = project.apps.values().filter(|app| app.has_init).map(|app| app.label.clone()).collect();
        let graph = Graph::build(&migrations, &labels, &project.settings.swappable);
        let replaced: BTreeSet<Key> =
            project.migrations.iter().flat_map(|it| &it.file.replaces).filter_map(key_of).collect();
        let broken =
            |key: &Key| project.other_files.iter().any(|other| other.app == key.0 && other.name == key.1);
        let gone = applied.iter().filter(|key| {
            project.migration(&key.0, &key.1).is_none() && !replaced.contains(*key) && !broken(key)
        });
        let gone = gone.cloned().collect();
        let inconsistent = graph
            .parents
            .iter()
            .filter(|(child, _)| applied.contains(*child))
            .flat_map(|(child, parents)| parents.iter().map(move |parent| (child.clone(), parent.clone())))
            .filter(|(_, parent)| !applied.contains(parent))
            .collect();
        let edited = match (start, old) {
            (Start::Revision(from), Some(old)) => edited(from, old, to, project),
            _ => Vec::new(),
        };
        Self { migrations, graph, applied, gone, edited, inconsistent }
    }

    /// Whether Django would run this migration.
    pub(super) fn is_pending(&self, key: &Key) -> bool {
        !self.applied.contains(key)
    }

    /// What stands in the way.
    pub(super) fn blockers(&self) -> Vec<Bilingual> {
        let mut out = Vec::new();
        for (child, parent) in &self.inconsistent {
            let ((app, name), (parent_app, parent_name)) = (child, parent);
            out.push(Bilingual::new(
                format!("{app}.{name} is applied before its dependency {parent_app}.{parent_name}: Django stops with InconsistentMigrationHistory"),
                format!("{app}.{name} 已执行，但其依赖 {parent_app}.{parent_name} 未执行：Django 会报 InconsistentMigrationHistory 并停止"),
            ));
        }
        for (app, name) in &self.gone {
            out.push(Bilingual::new(
                format!("{app}.{name} is applied and the target has no such migration"),
                format!("{app}.{name} 已执行，但目标版本中没有这个迁移"),
            ));
        }
        for (app, name) in &self.edited {
            out.push(Bilingual::new(
                format!("{app}.{name} is applied and does something else in the target"),
                format!("{app}.{name} 已执行，但在目标版本中内容不同"),
            ));
        }
        out
    }
}

/// The migrations that Django takes, as `MigrationLoader.build_graph` decides with what is applied: a squash counts as
/// applied when all that it replaces is; it is left out when some of it is and some is not; else it replaces the originals.
///
/// Squashes of squashes are settled from the inside out, as Django 6.0 does.
fn settle_squashes(project: &Project, applied: &mut BTreeSet<Key>) -> Vec<Migration> {
    let mut squashes: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for migration in project.migrations.iter().filter(|it| !it.file.replaces.is_empty()) {
        let replaces = migration.file.replaces.iter().filter_map(key_of).collect();
        squashes.insert((migration.app.clone(), migration.name.clone()), replaces);
    }
    let mut left_out: BTreeSet<Key> = BTreeSet::new();
    let mut open: BTreeSet<Key> = squashes.keys().cloned().collect();
    while !open.is_empty() {
        let ready: Vec<Key> = open
            .iter()
            .filter(|key| {
                squashes.get(*key).is_none_or(|replaces| !replaces.iter().any(|it| open.contains(it)))
            })
            .cloned()
            .collect();
        // Squashes that replace one another have no inside.
        let ready = if ready.is_empty() { open.iter().cloned().collect() } else { ready };
        for key in ready {
            open.remove(&key);
            let replaces = squashes.get(&key).map(Vec::as_slice).unwrap_or_default();
            let done = replaces.iter().filter(|it| applied.contains(*it)).count();
            if done == replaces.len() {
                applied.insert(key);
            } else if done > 0 && !applied.contains(&key) {
                left_out.insert(key);
            }
        }
    }
    let kept = project.migrations.iter().filter(|it| !left_out.contains(&(it.app.clone(), it.name.clone())));
    kept.cloned().collect()
}

fn key_of(dependency: &Dependency) -> Option<Key> {
    match &dependency.target {
        Target::Migration { app, name } => Some((app.clone(), name.clone())),
        _ => None,
    }
}

/// Migrations of both states that do not do the same.
fn edited(from: &Workspace, old: &Project, to: &Workspace, new: &Project) -> Vec<Key> {
    let id =
        |workspace: &Workspace, migration: &Migration| workspace.ids.get(&migration.file.text.path).copied();
    let pairs = old.migrations.iter().filter_map(|was| Some((was, new.migration(&was.app, &was.name)?)));
    pairs
        .filter(|(was, is)| id(from, was).is_none() || id(from, was) != id(to, is))
        .filter(|(was, is)| Essence::of(&was.file) != Essence::of(&is.file))
        .map(|(was, _)| (was.app.clone(), was.name.clone()))
        .collect()
}
