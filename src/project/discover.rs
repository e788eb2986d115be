//! Finding projects and their apps in a list of paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::source::{FileEntry, FileKind, Snapshot};

use super::GraphSettings;

/// Whether a `manage.py` is Django's.
pub fn is_manage_py_of_django(bytes: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
    has("django")
        && ["execute_from_command_line", "DJANGO_SETTINGS_MODULE", "call_command"].into_iter().any(has)
}

/// A folder of migrations: of an app, or of what has nothing to do with Django.
#[derive(Debug, Clone)]
pub(super) struct Package {
    /// The folder, relative to the scanned root.
    pub(super) path: Arc<str>,
    /// The folder of the app.
    pub(super) app: Arc<str>,
    /// Whether it has an `__init__.py`.
    pub(super) has_init: bool,
    /// Indexes of its modules in the snapshot, `__init__.py` left out, sorted by path.
    pub(super) modules: Vec<usize>,
}

/// Every folder named `migrations`, those nearest to the scanned root first.
pub(super) fn packages(snapshot: &Snapshot) -> Vec<Package> {
    let mut found: BTreeMap<&str, Package> = BTreeMap::new();
    for (at, entry) in snapshot.files.iter().enumerate() {
        let folder = parent(&entry.path);
        if last(folder) != "migrations" || !matches!(entry.kind, FileKind::Migration | FileKind::Init) {
            continue;
        }
        let package = found.entry(folder).or_insert_with(|| Package {
            path: folder.into(),
            app: parent(folder).into(),
            has_init: false,
            modules: Vec::new(),
        });
        match entry.kind {
            FileKind::Init => package.has_init = true,
            _ => package.modules.push(at),
        }
    }
    let mut packages: Vec<Package> = found.into_values().collect();
    packages.sort_by_key(|package| package.path.matches('/').count());
    packages
}

/// The package at `folder` wherever it lies, for `MIGRATION_MODULES`; `None` when there is no Python file in it.
pub(super) fn package_at(snapshot: &Snapshot, folder: &str, app: &Arc<str>) -> Option<Package> {
    let prefix = format!("{folder}/");
    let first = snapshot.files.partition_point(|entry| entry.path.as_ref() < prefix.as_str());
    let below = snapshot
        .files
        .iter()
        .enumerate()
        .skip(first)
        .take_while(|(_, entry)| entry.path.starts_with(&prefix));
    let mut package = Package { path: folder.into(), app: app.clone(), has_init: false, modules: Vec::new() };
    for (at, entry) in below.filter(|(_, entry)| entry.kind.is_python() && parent(&entry.path) == folder) {
        if last(&entry.path) == "__init__.py" {
            package.has_init = true;
        } else {
            package.modules.push(at);
        }
    }
    (package.has_init || !package.modules.is_empty()).then_some(package)
}

/// The innermost of `roots` that holds `path`.
pub(super) fn owner<'r>(path: &str, roots: &'r BTreeSet<Arc<str>>) -> Option<&'r Arc<str>> {
    roots.iter().filter(|root| holds(root, path)).max_by_key(|root| root.len())
}

/// Whether `path` is the folder `root` or lies below it.
pub(super) fn holds(root: &str, path: &str) -> bool {
    root.is_empty() || path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

/// Where Django looks for the migrations of the app in `package`, as `MIGRATION_MODULES` says.
pub(super) enum Moved {
    /// Beside the app.
    No,
    /// In this folder, relative to the scanned root.
    To(String),
    /// Nowhere.
    Off,
}

/// What the settings of the project at `root` say of the app `label`.
pub(super) fn moved(settings: &GraphSettings, root: &str, label: &str) -> Moved {
    match settings.migration_modules.get(label) {
        None => Moved::No,
        Some(None) => Moved::Off,
        Some(Some(module)) => Moved::To(join(root, &module.replace('.', "/"))),
    }
}

/// `a/b` below `root`.
pub(super) fn join(root: &str, path: &str) -> String {
    if root.is_empty() { path.to_owned() } else { format!("{root}/{path}") }
}

/// Names of the modules at `root`: of its Python files, and of its folders that hold any.
pub(super) fn modules_at(root: &str, snapshot: &Snapshot) -> BTreeSet<Arc<str>> {
    let mut names = BTreeSet::new();
    let mut before = "";
    for entry in snapshot.files.iter().filter(|entry| entry.path.ends_with(".py") && holds(root, &entry.path))
    {
        let below = entry.path.get(root.len()..).unwrap_or_default().trim_start_matches('/');
        let first = below.split('/').next().unwrap_or_default();
        // Files are sorted by path: those of one folder follow each other.
        if first != before {
            before = first;
            names.insert(Arc::from(first.strip_suffix(".py").unwrap_or(first)));
        }
    }
    names
}

/// The folder of a path; empty for a file of the scanned root.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last part of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The module name of a migrations file, and whether Django's loader sees it: `pkgutil.iter_modules` passes over names
/// with a dot, the loader over those that begin with `_` or `~` (`MigrationLoader.load_disk` of Django 1.11 to 6.0).
pub(super) fn module_name(entry: &FileEntry) -> (&str, bool) {
    let name = last(&entry.path);
    let stem = name.strip_suffix(".py").unwrap_or(name);
    (stem, !stem.contains('.') && !stem.starts_with(['_', '~']))
}
