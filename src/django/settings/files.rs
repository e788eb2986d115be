//! Where the modules of a project are: dotted names to files of the snapshot.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{Snapshot, SourceText};

/// The modules that a process started in the project's folder can import from the repository.
pub struct Files<'a> {
    snapshot: &'a Snapshot,
    /// Folders of `sys.path`, relative to the scanned root, the project's own first.
    roots: Vec<Arc<str>>,
    texts: RefCell<FxHashMap<Arc<str>, Option<Arc<SourceText>>>>,
}

/// A module that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// Path of its file.
    pub(super) path: Arc<str>,
    /// Dotted name of the package that its relative imports start from.
    pub(super) package: Arc<str>,
}

impl<'a> Files<'a> {
    /// The modules below `root`, the folder of `manage.py`, and below the folders in `more`.
    pub fn new(snapshot: &'a Snapshot, root: &str, more: &[Arc<str>]) -> Self {
        let mut roots: Vec<Arc<str>> = vec![Arc::from(root)];
        roots.extend(more.iter().cloned());
        Self { snapshot, roots, texts: RefCell::default() }
    }

    /// The file of `module`.
    pub(super) fn locate(&self, module: &str) -> Option<Located> {
        if module.is_empty() || module.split('.').any(str::is_empty) {
            return None;
        }
        let below = module.replace('.', "/");
        for root in &self.roots {
            let stem = join(root, &below);
            let file = format!("{stem}.py");
            if let Some(entry) = self.snapshot.get(&file) {
                let package = module.rsplit_once('.').map_or("", |(package, _)| package);
                return Some(Located { path: entry.path.clone(), package: package.into() });
            }
            let init = format!("{stem}/__init__.py");
            if let Some(entry) = self.snapshot.get(&init) {
                return Some(Located { path: entry.path.clone(), package: module.into() });
            }
        }
        None
    }

    /// True when the repository holds a file or folder of this dotted name.
    pub fn holds(&self, module: &str) -> bool {
        self.locate(module).is_some() || self.is_folder(module)
    }

    fn is_folder(&self, module: &str) -> bool {
        let below = module.replace('.', "/");
        self.roots.iter().any(|root| {
            let folder = format!("{}/", join(root, &below));
            let at = self.snapshot.files.partition_point(|entry| entry.path.as_ref() < folder.as_str());
            self.snapshot.files.get(at).is_some_and(|entry| entry.path.starts_with(&folder))
        })
    }

    /// True when the first part of the dotted name is of the repository.
    pub fn is_own(&self, module: &str) -> bool {
        self.holds(module.split('.').next().unwrap_or_default())
    }

    /// The text of a file; `None` when it cannot be read, which is reported elsewhere.
    pub(super) fn text(&self, path: &Arc<str>) -> Option<Arc<SourceText>> {
        if let Some(known) = self.texts.borrow().get(path) {
            return known.clone();
        }
        let text = self.snapshot.get(path).and_then(|entry| {
            let bytes = self.snapshot.read(entry).ok()?;
            SourceText::decode(path.clone(), &bytes).ok().map(Arc::new)
        });
        self.texts.borrow_mut().insert(path.clone(), text.clone());
        text
    }

    /// Names that stand between `before` and `after` in the dotted names of modules: `prod` for `config.` and an empty
    /// text when there is `config/prod.py`. Sorted, each once.
    pub(super) fn between(&self, before: &str, after: &str) -> Vec<Arc<str>> {
        let (package, start) = before.rsplit_once('.').unwrap_or(("", before));
        let mut out: Vec<Arc<str>> = Vec::new();
        for root in &self.roots {
            let folder = join(root, &package.replace('.', "/"));
            let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let at = self.snapshot.files.partition_point(|entry| entry.path.as_ref() < prefix.as_str());
            for entry in self.snapshot.files.iter().skip(at) {
                let Some(rest) = entry.path.strip_prefix(prefix.as_str()) else { break };
                let first = rest.split('/').next().unwrap_or_default();
                let stem = first.strip_suffix(".py").unwrap_or(first);
                let Some(middle) = stem.strip_prefix(start) else { continue };
                let end = after.split('.').next().unwrap_or_default();
                let Some(name) = middle.strip_suffix(end) else { continue };
                let known = out.last().is_some_and(|last| last.as_ref() == name);
                if !name.is_empty() && !known && self.locate(&format!("{before}{name}{after}")).is_some() {
                    out.push(name.into());
                }
            }
        }
        out.sort();
        out.dedup();
        out
    }
}

/// `folder/name`, where the folder may be empty.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}
