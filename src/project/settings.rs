//! The settings of a project, found in a snapshot.

use std::sync::Arc;

use crate::django::middleware::{MiddlewareClass, fault_of};
use crate::django::settings::{Files, Found, Settings, entry};
use crate::source::{Snapshot, SourceText};

/// Stack of the thread that follows settings from module to module, in bytes: each module that is followed runs the
/// evaluator inside that of the module that imports it.
const STACK: usize = 64 << 20;

/// Files that say which module the settings are, those whose word counts most last.
const ENTRIES: [&str; 3] = ["manage.py", "asgi.py", "wsgi.py"];

/// Reads the settings of the project whose `manage.py` stands in the folder `root`.
pub fn read_settings(snapshot: &Snapshot, root: &str) -> Settings {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let work = thread.spawn_scoped(scope, || read_here(snapshot, root));
        match work.map(|thread| thread.join()) {
            Ok(Ok(settings)) => settings,
            // A panic is a bug, and must not look like a project without settings.
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => read_here(snapshot, root),
        }
    })
}

fn read_here(snapshot: &Snapshot, root: &str) -> Settings {
    let entries = entry_files(snapshot, root);
    let mut named: Vec<Arc<str>> = Vec::new();
    let mut folders: Vec<Arc<str>> = Vec::new();
    for text in &entries {
        named.extend(entry::named_in(text).into_iter().map(|named| named.module));
        folders.extend(path_folders(snapshot, root, text));
    }
    let files = Files::new(snapshot, root, &folders);
    let settings = Settings::read(&files, &named);
    // The settings themselves may add folders to `sys.path`; what they name is found with these.
    let more: Vec<Arc<str>> =
        settings.map.files().flat_map(|text| path_folders(snapshot, root, text)).collect();
    if more.iter().all(|folder| folders.contains(folder)) {
        return settings;
    }
    folders.extend(more);
    folders.sort();
    folders.dedup();
    Settings::read(&Files::new(snapshot, root, &folders), &named)
}

/// `manage.py`, `asgi.py` and `wsgi.py` of the project: in its folder or one below.
fn entry_files(snapshot: &Snapshot, root: &str) -> Vec<SourceText> {
    let prefix = if root.is_empty() { String::new() } else { format!("{root}/") };
    let mut found: Vec<(usize, Arc<str>)> = Vec::new();
    let at = snapshot.files.partition_point(|file| file.path.as_ref() < prefix.as_str());
    for file in snapshot.files.iter().skip(at) {
        let Some(rest) = file.path.strip_prefix(prefix.as_str()) else { break };
        let name = rest.rsplit('/').next().unwrap_or_default();
        let depth = rest.matches('/').count();
        if let Some(rank) = ENTRIES.iter().position(|entry| *entry == name)
            && (depth == 0 || (depth == 1 && rank > 0))
        {
            found.push((rank, file.path.clone()));
        }
    }
    found.sort();
    found
        .into_iter()
        .filter_map(|(_, path)| {
            let bytes = snapshot.read(snapshot.get(&path)?).ok()?;
            SourceText::decode(path, &bytes).ok()
        })
        .collect()
}

/// Folders of the project that a file adds to `sys.path`: `sys.path.append(os.path.join(BASE_DIR, "packages"))`.
fn path_folders(snapshot: &Snapshot, root: &str, text: &SourceText) -> Vec<Arc<str>> {
    let source = text.text.as_str();
    let mut out = Vec::new();
    for (at, _) in source.match_indices("sys.path.") {
        let rest = &source[at..];
        if !(rest.starts_with("sys.path.append(") || rest.starts_with("sys.path.insert(")) {
            continue;
        }
        let line = rest.lines().next().unwrap_or_default();
        let parts: Vec<&str> = line.split(['"', '\'']).skip(1).step_by(2).collect();
        let below = parts.join("/");
        let below = below.trim_matches(['.', '/']);
        if below.is_empty() {
            continue;
        }
        let folder = if root.is_empty() { below.to_owned() } else { format!("{root}/{below}") };
        let inside = format!("{folder}/");
        let first = snapshot.files.partition_point(|file| file.path.as_ref() < inside.as_str());
        if snapshot.files.get(first).is_some_and(|file| file.path.starts_with(&inside)) {
            out.push(Arc::from(folder));
        }
    }
    out
}

/// The middlewares of the project that Django cannot call.
pub(super) fn middleware_faults(snapshot: &Snapshot, settings: &Settings) -> Vec<MiddlewareClass> {
    let references = settings.environments.iter().flat_map(|environment| &environment.references);
    let mut out: Vec<MiddlewareClass> = Vec::new();
    for reference in references.filter(|reference| reference.setting.as_ref() == "MIDDLEWARE") {
        let Found::Here { path, name: Some(name) } = &reference.found else { continue };
        if out.iter().any(|known| known.dotted == reference.dotted) {
            continue;
        }
        let text = snapshot.get(path).and_then(|entry| {
            let bytes = snapshot.read(entry).ok()?;
            SourceText::decode(path.clone(), &bytes).ok().map(Arc::new)
        });
        if let Some(text) = text
            && let Some((span, fault)) = fault_of(&text, name)
        {
            out.push(MiddlewareClass { dotted: reference.dotted.clone(), text, span, fault });
        }
    }
    out
}
