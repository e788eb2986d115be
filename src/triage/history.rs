//! Merged migrations that the change at hand edits, renames or deletes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::Judge;
use crate::config_files::IamModel;
use crate::config_files::iam::{Registered, Role, What};
use crate::django::essence::Essence;
use crate::django::migration::{Migration, Target};
use crate::findings::Finding;
use crate::project::{Project, Workspace};
use crate::rules::history::{deleted_after_merge, edited_after_merge, iam_removed};

/// What the change does to migrations of the base, as findings without fingerprints.
pub fn compare(judge: &Judge<'_>, base: &Workspace, head: &Workspace) -> Vec<Finding> {
    let mut out = Vec::new();
    for old in &base.projects {
        match head.projects.iter().find(|project| project.root == old.root) {
            Some(new) => compare_projects(judge, old, new, base, head, &mut out),
            None => {
                let gone: Vec<&Migration> = old.migrations.iter().collect();
                report_gone(judge, old, None, &gone, &mut out);
            }
        }
    }
    compare_iam(judge, base, head, &mut out);
    out
}

/// What the base registered with the access centre and the same folder registers no more. A folder that is gone as a
/// whole has moved; what a file deletes by an operation is meant.
fn compare_iam(judge: &Judge<'_>, base: &Workspace, head: &Workspace, out: &mut Vec<Finding>) {
    let (old, new) = (forward_models(base), forward_models(head));
    for (folder, was) in &old {
        let Some(is) = new.get(folder) else { continue };
        // Of a file that cannot be read nothing is known, and another rule says so.
        let all_read = is.iter().all(|model| model.document.fault.is_none());
        let Some(place) = is.first().filter(|_| all_read) else { continue };
        let registered: Vec<(&IamModel, &Registered)> =
            is.iter().flat_map(|model| model.registered.iter().map(|one| (*model, one))).collect();
        let deleted: HashSet<(What, &str)> =
            is.iter().flat_map(|model| &model.deleted).map(|(what, id)| (*what, id.as_ref())).collect();
        let had: HashSet<(What, &str)> =
            was.iter().flat_map(|model| &model.registered).map(|one| (one.what, one.id.as_ref())).collect();
        let mut said = HashSet::new();
        for gone in was.iter().flat_map(|model| &model.registered) {
            let key = (gone.what, gone.id.as_ref());
            let stays = registered.iter().any(|(_, one)| (one.what, one.id.as_ref()) == key);
            if stays || deleted.contains(&key) || !said.insert(key) {
                continue;
            }
            let became = registered.iter().find(|(_, one)| {
                let is_new = !had.contains(&(one.what, one.id.as_ref()));
                one.what == gone.what && is_new && one.name == gone.name && !one.name.is_empty()
            });
            let text = &became.map_or(*place, |(model, _)| *model).document.text;
            judge.emit(&iam_removed::RULE, out, |emit| {
                iam_removed::report(emit, head, text, gone, became.map(|(_, one)| *one));
            });
        }
    }
}

/// The models that a release registers, by folder.
fn forward_models(workspace: &Workspace) -> BTreeMap<&str, Vec<&IamModel>> {
    let mut folders: BTreeMap<&str, Vec<&IamModel>> = BTreeMap::new();
    for model in workspace.deployment.iam.iter().filter(|model| model.role == Role::Forward) {
        folders.entry(model.folder()).or_default().push(model);
    }
    folders
}

fn compare_projects(
    judge: &Judge<'_>,
    old: &Project,
    new: &Project,
    base: &Workspace,
    head: &Workspace,
    out: &mut Vec<Finding>,
) {
    let squashed = replaced_by_old_squashes(old, new);
    let mut gone: BTreeMap<&str, Vec<&Migration>> = BTreeMap::new();
    for before in &old.migrations {
        let key = (before.app.clone(), before.name.clone());
        match new.migration(&before.app, &before.name) {
            Some(after) => compare_files(judge, new, before, after, base, head, out),
            None if squashed.contains(&key) || is_broken(new, before) => {}
            None => gone.entry(&before.app).or_default().push(before),
        }
    }
    for migrations in gone.values() {
        report_gone(judge, old, Some(new), migrations, out);
    }
}

fn compare_files(
    judge: &Judge<'_>,
    project: &Project,
    before: &Migration,
    after: &Migration,
    base: &Workspace,
    head: &Workspace,
    out: &mut Vec<Finding>,
) {
    let id =
        |workspace: &Workspace, migration: &Migration| workspace.ids.get(&migration.file.text.path).copied();
    if Arc::ptr_eq(&before.file, &after.file) || id(base, before) == id(head, after) {
        return;
    }
    let (was, is) = (Essence::of(&before.file), Essence::of(&after.file));
    if was != is {
        judge.emit(&edited_after_merge::RULE, out, |emit| {
            edited_after_merge::report(emit, project, after, &was, &is);
        });
    }
}

/// Migrations that a squash replaces which the base had as well: to delete them is how squashing ends.
fn replaced_by_old_squashes(old: &Project, new: &Project) -> HashSet<(Arc<str>, Arc<str>)> {
    let squashes = new.migrations.iter().filter(|it| old.migration(&it.app, &it.name).is_some());
    let replaced = squashes.flat_map(|squash| &squash.file.replaces);
    let in_base = old.migrations.iter().flat_map(|squash| &squash.file.replaces);
    let mut keys: HashSet<(Arc<str>, Arc<str>)> = replaced.chain(in_base).filter_map(key).collect();
    keys.retain(|(app, name)| old.migration(app, name).is_some());
    keys
}

fn key(dependency: &crate::django::Dependency) -> Option<(Arc<str>, Arc<str>)> {
    match &dependency.target {
        Target::Migration { app, name } => Some((app.clone(), name.clone())),
        _ => None,
    }
}

/// Whether the file is still there, and another rule says what is wrong with it now.
fn is_broken(project: &Project, migration: &Migration) -> bool {
    project.other_files.iter().any(|other| other.app == migration.app && other.name == migration.name)
}

/// Reports migrations of one app that are gone, each with the file that it became where there is one.
fn report_gone(
    judge: &Judge<'_>,
    old: &Project,
    new: Option<&Project>,
    gone: &[&Migration],
    out: &mut Vec<Finding>,
) {
    let Some(first) = gone.first() else { return };
    let app_is_gone = new.is_none_or(|new| new.migrations.iter().all(|it| it.app != first.app));
    if app_is_gone {
        judge.emit(&deleted_after_merge::RULE, out, |emit| deleted_after_merge::app(emit, old, gone));
        return;
    }
    let newcomers: Vec<&Migration> = new
        .into_iter()
        .flat_map(|new| &new.migrations)
        .filter(|it| it.app == first.app && old.migration(&it.app, &it.name).is_none())
        .collect();
    let mut essences: HashMap<&str, Essence> = HashMap::new();
    for migration in gone {
        let was = Essence::of(&migration.file);
        let became = newcomers.iter().find(|it| {
            let is = essences.entry(&it.name).or_insert_with(|| Essence::of(&it.file));
            is.operations == was.operations && is.code == was.code && !was.operations.is_empty()
        });
        judge.emit(&deleted_after_merge::RULE, out, |emit| match became {
            Some(became) => deleted_after_merge::renamed(emit, old, migration, became),
            None => deleted_after_merge::deleted(emit, old, migration),
        });
    }
}
