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
    /// The graph of what Django takes: of a squash and what it replaces, those that fit what is applied.
    pub graph: Graph,
    /// What Django would run.
    pending: BTreeSet<Key>,
    /// Squashes of which only a part is applied: Django runs the rest of what they replace.
    pub partial: Vec<Key>,
    /// Not applied, and Django runs it never: everything that leads to it from the end is recorded as applied.
    pub skipped: Vec<Key>,
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
        let mut edited = match (start.revision(), old) {
            (Some(from), Some(old)) => edited(from, old, to, project),
            _ => Vec::new(),
        };
        edited.retain(|key| applied.contains(key));
        Self { edited, ..Self::of_database(project, applied) }
    }

    /// Compares `project` with what a database has recorded as applied. Rows of apps that the project does not hold are those
    /// of installed packages, and left alone.
    pub fn of_database(project: &Project, applied: &BTreeSet<Key>) -> Self {
        let recorded: BTreeSet<Key> =
            applied.iter().filter(|(app, _)| project.apps.contains_key(app)).cloned().collect();
        let mut applied = recorded.clone();
        let left_out = settle_squashes(project, &mut applied);
        let labels = project.apps.values().filter(|app| app.has_init).map(|app| app.label.clone()).collect();
        let swappable = &project.settings.swappable;
        let graph = Graph::without_squashes(&project.migrations, &labels, swappable, &left_out);
        let replaced: BTreeSet<Key> =
            project.migrations.iter().flat_map(|it| &it.file.replaces).filter_map(key_of).collect();
        let broken =
            |key: &Key| project.other_files.iter().any(|other| other.app == key.0 && other.name == key.1);
        let gone = applied.iter().filter(|key| {
            project.migration(&key.0, &key.1).is_none() && !replaced.contains(*key) && !broken(key)
        });
        let gone = gone.cloned().collect();
        // As `check_consistent_history` does, from what is recorded.
        let inconsistent = graph
            .parents
            .iter()
            .filter(|(child, _)| recorded.contains(*child))
            .flat_map(|(child, parents)| parents.iter().map(move |parent| (child.clone(), parent.clone())))
            .filter(|(_, parent)| !recorded.contains(parent) && !stands_for(project, parent, &recorded))
            .collect();
        let pending = pending(&graph, &applied);
        let open = graph.parents.keys().filter(|key| !applied.contains(*key) && !pending.contains(*key));
        let skipped = open.cloned().collect();
        let partial = left_out.into_iter().collect();
        Self { graph, pending, partial, skipped, gone, edited: Vec::new(), inconsistent }
    }

    /// What Django would run, in its order.
    pub fn pending(&self) -> Vec<Key> {
        self.graph.full_plan().into_iter().filter(|key| self.is_pending(key)).collect()
    }

    /// Whether Django would run this migration.
    pub fn is_pending(&self, key: &Key) -> bool {
        self.pending.contains(key)
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
        for (app, name) in &self.skipped {
            out.push(Bilingual::new(
                format!("{app}.{name} is not applied, and Django does not run it, since what comes after it is recorded as applied"),
                format!("{app}.{name} 未执行，但其后的迁移已记录为已执行，Django 不会再运行它"),
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

/// The squashes that Django leaves out, as `MigrationLoader.build_graph` decides with what is applied: a squash counts as
/// applied when all that it replaces is; it is left out when some of it is and some is not; else it replaces the originals.
///
/// Squashes of squashes are settled from the inside out, as Django 6.0 does.
fn settle_squashes(project: &Project, applied: &mut BTreeSet<Key>) -> BTreeSet<Key> {
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
                continue;
            }
            // A row of the squash itself does not count: Django takes it for what it replaces.
            applied.remove(&key);
            if done > 0 {
                left_out.insert(key);
            }
        }
    }
    left_out
}

/// Whether `key` is a squash whose every original is recorded.
fn stands_for(project: &Project, key: &Key, recorded: &BTreeSet<Key>) -> bool {
    let replaces = project.migration(&key.0, &key.1).map_or(&[][..], |it| &it.file.replaces);
    !replaces.is_empty() && replaces.iter().filter_map(key_of).all(|one| recorded.contains(&one))
}

/// What leads to a leaf that is not applied, as `MigrationExecutor.migration_plan` decides.
fn pending(graph: &Graph, applied: &BTreeSet<Key>) -> BTreeSet<Key> {
    let mut out = BTreeSet::new();
    for (app, leaves) in &graph.leaves {
        for leaf in leaves {
            let key: Key = (app.clone(), leaf.clone());
            if !applied.contains(&key) {
                out.extend(graph.forwards_plan(&key).into_iter().filter(|one| !applied.contains(one)));
            }
        }
    }
    out
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
