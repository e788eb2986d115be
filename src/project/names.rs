//! A look at all Python files of the projects: uses of names that Django and Python took away, URL configurations, and
//! the settings that code reads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use gix::ObjectId;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::django::names::{Horizon, Interest, NameUse, first_look, name_hash, uses_in};
use crate::django::urlconf::{self, UrlConf};
use crate::source::git::Repository;
use crate::source::{FileEntry, FileKind, Snapshot, SourceText};
use crate::syntax::python;

use super::{NotAnalysed, NotAnalysedReason};
use super::{discover, own_methods};

/// The uses in one file.
#[derive(Debug, Clone)]
pub struct FileUses {
    /// The file.
    pub text: Arc<SourceText>,
    /// False when nothing in the repository imports the file or names it, so that it never runs.
    pub is_reached: bool,
    /// The uses, in order of their places.
    pub uses: Vec<NameUse>,
}

/// What the Python files of a project hold.
#[derive(Debug, Clone, Default)]
pub struct Code {
    /// Uses of names that Django and Python took away, by file.
    pub uses: Vec<FileUses>,
    /// URL configurations.
    pub urlconfs: Vec<UrlConf>,
    /// Settings that code reads as `settings.NAME`, each with the first file that does.
    pub settings_read: BTreeMap<Arc<str>, Arc<str>>,
}

impl Code {
    /// The texts that findings may point at.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<SourceText>> {
        self.uses.iter().map(|file| &file.text).chain(self.urlconfs.iter().map(|conf| &conf.text))
    }
}

/// What looking at all Python files brings.
#[derive(Default)]
pub(super) struct Found {
    /// By the root of their project.
    pub(super) by_root: FxHashMap<Arc<str>, Code>,
    /// Files that could not be read or decoded.
    pub(super) failed: Vec<NotAnalysed>,
    /// What another state of the tree may take over.
    pub(super) seen: Seen,
}

/// How many bytes of Python files are kept between the looks at them; the rest is read again.
const KEPT_BYTES: usize = 64 << 20;

/// A Python file of a project.
pub(super) struct PythonFile<'a> {
    pub(super) entry: &'a FileEntry,
    /// The root of its project.
    pub(super) root: &'a Arc<str>,
    kept: OnceLock<Arc<Vec<u8>>>,
}

impl PythonFile<'_> {
    /// Its bytes; `None` when it cannot be read, which the first look has said.
    pub(super) fn bytes(&self, snapshot: &Snapshot) -> Option<Cow<'_, [u8]>> {
        match self.kept.get() {
            Some(bytes) => Some(Cow::Borrowed(bytes.as_slice())),
            None => snapshot.read(self.entry).ok().map(Cow::Owned),
        }
    }
}

/// What the look at one file brought.
#[derive(Clone)]
struct Look {
    /// Hashes of the dotted names that it imports.
    imports: Vec<u64>,
    uses: Option<FileUses>,
    urlconf: Option<UrlConf>,
    settings_read: Vec<Arc<str>>,
}

/// What the looks at the files of one state of a tree brought, for another state of it that has most of them unchanged.
#[derive(Default)]
pub(crate) struct Seen {
    files: FxHashMap<Arc<str>, SeenFile>,
}

/// One file of it, with what its look depends on.
struct SeenFile {
    id: ObjectId,
    root: Arc<str>,
    horizon: Horizon,
    bytes: Option<Arc<Vec<u8>>>,
    look: Look,
}

/// What is known of other states of the tree, and kept for them.
#[derive(Clone, Copy)]
pub(super) struct Memory<'a> {
    /// What another state brought.
    pub(super) seen: Option<&'a Seen>,
    /// Where contents have ids, when another state will ask for what was seen here.
    pub(super) keep: Option<&'a Repository>,
}

/// Looks at every Python file that belongs to one of the projects, for what is gone by the project's horizon.
pub(super) fn find(
    snapshot: &Snapshot,
    roots: &BTreeSet<Arc<str>>,
    horizons: &BTreeMap<Arc<str>, Horizon>,
    memory: Memory<'_>,
) -> Found {
    let files: Vec<PythonFile<'_>> = snapshot
        .files
        .iter()
        .filter(|entry| entry.kind.is_python())
        .filter_map(|entry| {
            let root = discover::owner(&entry.path, roots)?;
            Some(PythonFile { entry, root, kept: OnceLock::new() })
        })
        .collect();
    let kept = AtomicUsize::new(0);
    let looked: Vec<(Result<Look, NotAnalysed>, Option<ObjectId>)> = files
        .par_iter()
        .map(|file| {
            let horizon = horizons.get(file.root).copied().unwrap_or_default();
            if let Some(known) = memory.seen.and_then(|seen| seen.of(file, horizon)) {
                if let Some(bytes) = &known.bytes {
                    let _ = file.kept.set(Arc::clone(bytes));
                }
                return (Ok(known.look.clone()), None);
            }
            let failed = |why| NotAnalysed { path: file.entry.path.clone(), why };
            let bytes = match snapshot.read(file.entry) {
                Ok(bytes) => bytes,
                Err(error) => return (Err(failed(NotAnalysedReason::Read(error))), None),
            };
            let look = look_at(&bytes, file.entry, file.root, horizon).map_err(failed);
            let id = memory.keep.and_then(|repository| repository.blob_id(&bytes));
            if kept.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len() <= KEPT_BYTES {
                let _ = file.kept.set(Arc::new(bytes));
            }
            (look, id)
        })
        .collect();
    let mut found = Found::default();
    // Each project has its own modules, whatever another one imports by the same name.
    let mut imported: FxHashMap<Arc<str>, FxHashSet<u64>> = FxHashMap::default();
    let mut with_uses: Vec<(Arc<str>, FileUses)> = Vec::new();
    for (file, (look, id)) in files.iter().zip(looked) {
        let (entry, root) = (file.entry, file.root);
        let look = match look {
            Ok(look) => look,
            Err(failed) => {
                found.failed.push(failed);
                continue;
            }
        };
        if let Some(id) = id {
            let horizon = horizons.get(root).copied().unwrap_or_default();
            let bytes = file.kept.get().cloned();
            let seen = SeenFile { id, root: Arc::clone(root), horizon, bytes, look: look.clone() };
            found.seen.files.insert(entry.path.clone(), seen);
        }
        // An example in its docstring imports the module itself.
        let own = name_hash(&module_of(&entry.path, root));
        let others = look.imports.into_iter().filter(|name| *name != own);
        imported.entry(Arc::clone(root)).or_default().extend(others);
        with_uses.extend(look.uses.map(|uses| (Arc::clone(root), uses)));
        let code = found.by_root.entry(Arc::clone(root)).or_default();
        code.urlconfs.extend(look.urlconf);
        for name in look.settings_read {
            code.settings_read.entry(name).or_insert_with(|| entry.path.clone());
        }
    }
    own_methods::leave_out(snapshot, &files, &mut with_uses);
    for (root, uses) in &mut with_uses {
        uses.is_reached = is_loaded_by_name(&uses.text.path, root)
            || imported.get(root).is_none_or(|known| is_imported(&uses.text.path, root, known));
    }
    find_by_text(snapshot, &files, &mut with_uses);
    for (root, uses) in with_uses {
        found.by_root.entry(root).or_default().uses.push(uses);
    }
    found
}

impl Seen {
    /// What is known of a file of another state, if it is the same file and its look depends on nothing else.
    fn of(&self, file: &PythonFile<'_>, horizon: Horizon) -> Option<&SeenFile> {
        let known = self.files.get(&file.entry.path)?;
        let same =
            Some(known.id) == file.entry.blob() && known.root == *file.root && known.horizon == horizon;
        same.then_some(known)
    }
}

fn look_at(bytes: &[u8], entry: &FileEntry, root: &str, horizon: Horizon) -> Result<Look, NotAnalysedReason> {
    let package = package_of(&entry.path, root);
    let plain = std::str::from_utf8(bytes).ok();
    let in_migration = entry.kind == FileKind::Migration;
    let first = plain.map(|text| first_look(text, &package, in_migration, horizon));
    let may_be_conf = plain.is_none_or(urlconf::may_be);
    let first = match (first, plain) {
        (Some(first), Some(text)) if !may_be_conf && first.interest == Interest::Nothing => {
            let settings_read = settings_read(text);
            return Ok(Look { imports: first.imports, uses: None, urlconf: None, settings_read });
        }
        (first, _) => first,
    };
    // In another encoding, or worth a tree.
    let text = SourceText::decode(entry.path.clone(), bytes).map_err(NotAnalysedReason::Decode)?;
    let text = Arc::new(text);
    let first = first.unwrap_or_else(|| first_look(&text.text, &package, in_migration, horizon));
    let tree = match first.interest {
        Interest::ImportsUpTo(end) if !may_be_conf => python::parse_start(&text, end),
        _ => None,
    };
    let tree = tree.unwrap_or_else(|| python::parse(&text));
    let uses =
        if first.interest == Interest::Nothing { Vec::new() } else { uses_in(&text, &tree, in_migration) };
    let urlconf = if may_be_conf { urlconf::read(text.clone(), &tree) } else { None };
    let settings_read = settings_read(&text.text);
    let uses = (!uses.is_empty()).then_some(FileUses { text, is_reached: true, uses });
    Ok(Look { imports: first.imports, uses, urlconf, settings_read })
}

/// Settings that a file reads as `settings.NAME`.
fn settings_read(text: &str) -> Vec<Arc<str>> {
    const WORD: &str = "settings.";
    let mut out: BTreeSet<&str> = BTreeSet::new();
    if memchr::memmem::find(text.as_bytes(), b"django.conf").is_none() {
        return Vec::new();
    }
    for at in memchr::memmem::find_iter(text.as_bytes(), WORD.as_bytes()) {
        let before = text.as_bytes().get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        if before.is_ascii_alphanumeric() || matches!(before, b'_' | b'.' | b'"' | b'\'') {
            continue;
        }
        let rest = text.get(at + WORD.len()..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        let writes = after.trim_start().starts_with('=') && !after.trim_start().starts_with("==");
        let is_name = name.len() > 1 && !after.starts_with(|c: char| c.is_ascii_lowercase());
        if is_name && !writes {
            out.insert(name);
        }
    }
    out.into_iter().map(Arc::from).collect()
}

/// The dotted name of the package that a file belongs to, as seen from the root of its project.
fn package_of(path: &str, root: &str) -> String {
    let below = path.strip_prefix(root).map_or(path, |rest| rest.trim_start_matches('/'));
    discover::parent(below).replace('/', ".")
}

/// The dotted name of the module of a file, as seen from the root of its project.
fn module_of(path: &str, root: &str) -> String {
    let below = path.strip_prefix(root).map_or(path, |rest| rest.trim_start_matches('/'));
    let module = below.strip_suffix(".py").unwrap_or(below).replace('/', ".");
    module.strip_suffix(".__init__").map(str::to_owned).unwrap_or(module)
}

/// Files that Django, a task queue, a test runner or a person loads by their name or place.
fn is_loaded_by_name(path: &str, root: &str) -> bool {
    const NAMES: [&str; 20] = [
        "__init__",
        "__main__",
        "manage",
        "settings",
        "urls",
        "apps",
        "models",
        "admin",
        "tasks",
        "signals",
        "wsgi",
        "asgi",
        "celery",
        "conftest",
        "setup",
        "tests",
        "views",
        "handlers",
        "local_settings",
        "gunicorn_config",
    ];
    const FOLDERS: [&str; 13] = [
        "migrations",
        "commands",
        "templatetags",
        "tests",
        "test",
        "scripts",
        "script",
        "bin",
        "tools",
        "config",
        "settings",
        "jinja2",
        "models",
    ];
    let below = path.strip_prefix(root).unwrap_or(path);
    let stem = discover::last(path).trim_end_matches(".py");
    NAMES.contains(&stem)
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || !below.trim_start_matches('/').contains('/')
        || discover::parent(below).split('/').any(|folder| FOLDERS.contains(&folder))
}

/// Whether a file imports the module under any name that a folder of `sys.path` could give it.
fn is_imported(path: &str, root: &str, imported: &FxHashSet<u64>) -> bool {
    let module = module_of(path, root);
    let mut rest = module.as_str();
    loop {
        if imported.contains(&name_hash(rest)) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, below)) => rest = below,
            None => return false,
        }
    }
}

/// Modules that nothing imports may still be named in a text: `MIDDLEWARE`, `include("app.urls")`, a task's name.
fn find_by_text(snapshot: &Snapshot, files: &[PythonFile<'_>], with_uses: &mut [(Arc<str>, FileUses)]) {
    let candidates: Vec<usize> = (0..with_uses.len())
        .filter(|at| with_uses.get(*at).is_some_and(|(_, uses)| !uses.is_reached))
        .collect();
    if candidates.is_empty() {
        return;
    }
    let names: Vec<String> = candidates
        .iter()
        .filter_map(|at| with_uses.get(*at))
        .map(|(root, uses)| {
            let module = module_of(&uses.text.path, root);
            // Two parts are enough to know it again where a folder of `sys.path` shortens the name.
            let parts: Vec<&str> = module.rsplitn(3, '.').collect();
            match parts.as_slice() {
                [last, before, ..] => format!("{before}.{last}"),
                _ => module,
            }
        })
        .collect();
    // A table for every state, as in the first look: every byte of the project goes through it.
    let Ok(words) = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&names) else { return };
    // A module that speaks of itself, in its docstring, is not loaded by that.
    let is_itself = |path: &str, number: usize| {
        let own = candidates.get(number).and_then(|at| with_uses.get(*at));
        own.is_some_and(|(_, uses)| uses.text.path.as_ref() == path)
    };
    let named: FxHashSet<(&str, usize)> = files
        .par_iter()
        .filter_map(|file| Some((file.entry.path.as_ref(), file.root.as_ref(), file.bytes(snapshot)?)))
        .flat_map_iter(|(path, root, bytes)| {
            let hits = words.find_iter(&bytes).map(|hit| hit.pattern().as_usize());
            hits.filter(|number| !is_itself(path, *number)).map(|number| (root, number)).collect::<Vec<_>>()
        })
        .collect();
    for (number, at) in candidates.into_iter().enumerate() {
        if let Some((root, uses)) = with_uses.get_mut(at) {
            uses.is_reached = named.contains(&(root.as_ref(), number));
        }
    }
}
