//! Walking the working directory.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::git::Repository;
use super::kind::FileKind;
use super::links::{self, LinkTarget};
use super::skip::{self, SkipReason, Skipped};
use super::snapshot::{FileEntry, Locator, MAX_FILE_BYTES, NotRead, ReadError, Snapshot};

/// How to walk.
#[derive(Clone)]
pub struct WalkOptions {
    /// Paths that are not read.
    pub exclude: Arc<Exclude>,
    /// Whether `.gitignore` and `.git/info/exclude` count. A file that git tracks is read whatever they say.
    pub gitignore: bool,
    /// Threads; 0 lets the machine decide.
    pub threads: usize,
}

impl Default for WalkOptions {
    fn default() -> Self {
        Self { exclude: Arc::default(), gitignore: true, threads: 0 }
    }
}

/// Paths that the configuration excludes: patterns as in `.gitignore`, relative to the folder of the configuration.
#[derive(Debug, Clone)]
pub struct Exclude {
    patterns: Gitignore,
}

impl Default for Exclude {
    fn default() -> Self {
        Self { patterns: Gitignore::empty() }
    }
}

impl Exclude {
    /// Patterns relative to `base`.
    ///
    /// # Errors
    /// The first pattern that is none, and why.
    pub fn new(base: &Path, patterns: &[String]) -> Result<Self, (String, String)> {
        let base = base.canonicalize().unwrap_or_else(|_| base.to_owned());
        let mut builder = GitignoreBuilder::new(base);
        for pattern in patterns {
            builder.add_line(None, pattern).map_err(|error| (pattern.clone(), error.to_string()))?;
        }
        let patterns = builder.build().map_err(|error| (patterns.join(", "), error.to_string()))?;
        Ok(Self { patterns })
    }

    /// Whether a file below `root`, or a folder above it, is excluded; for states of the tree that are not on disk.
    pub fn excludes_file(&self, root: &Path, path: &str) -> bool {
        !self.patterns.is_empty()
            && self.patterns.matched_path_or_any_parents(root.join(path), false).is_ignore()
    }

    fn matches(&self, path: &Path, is_folder: bool) -> bool {
        !self.patterns.is_empty() && self.patterns.matched(path, is_folder).is_ignore()
    }
}

/// The files of a known kind below the folder `root`, and what could not be read.
///
/// Honours `.gitignore` also outside a repository; skips what [`skip`] says; terminates on loops of links. A link to
/// something inside `root` adds nothing; one to something elsewhere in the repository is followed under the link's path.
pub fn snapshot(root: &Path, options: &WalkOptions) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let real = match root.canonicalize() {
        Ok(real) if real.is_dir() => real,
        other => {
            let error = other.map_or_else(|error| error.to_string(), |_| "not a folder".to_owned());
            snapshot.not_read.push(NotRead { path: "".into(), error: ReadError::Io(error) });
            return snapshot;
        }
    };
    let (repository, walked) = rayon::join(
        || Repository::discover(&real).ok(),
        || walk(Start { real: real.clone(), shown: String::new() }, options, Vec::new()),
    );
    let repository = repository.filter(|found| found.work_tree().is_some());
    let mut links = snapshot.take(walked);
    snapshot.finish();
    if let (true, Some(repository)) = (options.gitignore, &repository) {
        add_tracked(&mut snapshot, repository, &real, options);
    }
    links.sort();
    let top = repository.as_ref().and_then(Repository::work_tree).unwrap_or(&real);
    follow(&mut snapshot, links, &Roots { scanned: &real, repository: top }, options);
    snapshot.finish();
    snapshot
}

/// A folder to walk and the path, relative to the scanned root, under which its content is shown.
struct Start {
    real: PathBuf,
    shown: String,
}

/// A link that was met: path relative to the scanned root, place on disk.
type Link = (String, PathBuf);

/// What a walk met.
#[derive(Default)]
struct Met {
    files: Vec<FileEntry>,
    not_read: Vec<NotRead>,
    skipped: Vec<Skipped>,
    links: Vec<Link>,
    other_files: usize,
}

impl Snapshot {
    fn take(&mut self, met: Met) -> Vec<Link> {
        self.files.extend(met.files);
        self.not_read.extend(met.not_read);
        self.skipped.extend(met.skipped);
        self.other_files += met.other_files;
        met.links
    }
}

fn walk(start: Start, options: &WalkOptions, stop_at: Vec<PathBuf>) -> Met {
    let shared: Arc<Mutex<Met>> = Arc::default();
    let start = Arc::new(start);
    let mut builder = WalkBuilder::new(&start.real);
    let in_repository = start.real.ancestors().any(|folder| folder.join(".git").exists());
    builder
        .standard_filters(false)
        .git_ignore(options.gitignore)
        .git_exclude(options.gitignore)
        .require_git(false)
        // Outside a repository a `.gitignore` further up belongs to something else.
        .parents(options.gitignore && in_repository)
        .threads(options.threads);
    let (exclude, met, root) = (options.exclude.clone(), shared.clone(), start.clone());
    builder.filter_entry(move |entry| {
        if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        if stop_at.iter().any(|folder| folder == entry.path()) {
            return false;
        }
        let Some(reason) = skip_folder(entry, &exclude) else { return true };
        if reason != SkipReason::ToolState {
            let path = root.shown_path(entry.path()).into();
            met.lock().unwrap_or_else(PoisonError::into_inner).skipped.push(Skipped { path, reason });
        }
        false
    });
    let exclude = options.exclude.clone();
    builder.build_parallel().visit(&mut Visitors { shared: shared.clone(), start, exclude });
    let mut met = shared.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *met)
}

fn skip_folder(entry: &DirEntry, exclude: &Exclude) -> Option<SkipReason> {
    let name = entry.file_name().to_string_lossy();
    if exclude.matches(entry.path(), true) {
        return Some(SkipReason::Excluded);
    }
    skip::by_name(&name).or_else(|| skip::by_neighbours(&name, entry.path()))
}

impl Start {
    fn shown_path(&self, path: &Path) -> String {
        let inside = display_path(path.strip_prefix(&self.real).unwrap_or(path));
        match (self.shown.as_str(), inside.as_str()) {
            ("", _) => inside,
            (shown, "") => shown.to_owned(),
            (shown, inside) => format!("{shown}/{inside}"),
        }
    }
}

struct Visitors {
    shared: Arc<Mutex<Met>>,
    start: Arc<Start>,
    exclude: Arc<Exclude>,
}

impl<'s> ParallelVisitorBuilder<'s> for Visitors {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Visitor {
            shared: self.shared.clone(),
            start: self.start.clone(),
            exclude: self.exclude.clone(),
            met: Met::default(),
        })
    }
}

/// One thread's part of the walk; handed over when the thread is done.
struct Visitor {
    shared: Arc<Mutex<Met>>,
    start: Arc<Start>,
    exclude: Arc<Exclude>,
    met: Met,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        let met = std::mem::take(&mut self.met);
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.files.extend(met.files);
        shared.not_read.extend(met.not_read);
        shared.skipped.extend(met.skipped);
        shared.links.extend(met.links);
        shared.other_files += met.other_files;
    }
}

impl ParallelVisitor for Visitor {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => self.entry(entry),
            Err(error) => {
                let path = path_of(&error).map(|path| self.start.shown_path(path)).unwrap_or_default();
                let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                self.met.not_read.push(NotRead { path: path.into(), error: ReadError::Io(why) });
            }
        }
        WalkState::Continue
    }
}

impl Visitor {
    fn entry(&mut self, entry: DirEntry) {
        let Some(file_type) = entry.file_type() else { return };
        if entry.depth() == 0 || file_type.is_dir() {
            return;
        }
        let path = self.start.shown_path(entry.path());
        if file_type.is_symlink() {
            self.met.links.push((path, entry.into_path()));
            return;
        }
        let Some(kind) = FileKind::of_path(&path) else {
            self.met.other_files += 1;
            return;
        };
        if self.exclude.matches(entry.path(), false) {
            self.met.skipped.push(Skipped { path: path.into(), reason: SkipReason::Excluded });
        } else if file_type.is_file() {
            let locator = Locator::Disk(entry.into_path());
            self.met.files.push(FileEntry { path: path.into(), kind, locator });
        } else {
            let error = ReadError::Io("not a regular file".to_owned());
            self.met.not_read.push(NotRead { path: path.into(), error });
        }
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

/// Adds the files that git tracks although `.gitignore` names them: they are part of the project.
fn add_tracked(snapshot: &mut Snapshot, repository: &Repository, root: &Path, options: &WalkOptions) {
    let Some(prefix) = repository.prefix_of(root) else { return };
    let wanted = |path: &str| FileKind::of_path(path).is_some() && snapshot.get(path).is_none();
    let Some(missing) = repository.tracked(&prefix, wanted) else { return };
    for path in missing {
        let left_out = snapshot.skipped.iter().any(|skipped| {
            skipped.reason != SkipReason::BuildOutput && links::below(&path, &skipped.path).is_some()
        });
        let disk = root.join(&path);
        let regular = disk.symlink_metadata().is_ok_and(|data| data.is_file());
        // The folders above an ignored file were not visited, so their own names are judged here.
        let folders: Vec<&Path> = Path::new(&path).ancestors().skip(1).collect();
        let name = |folder: &&Path| {
            folder.file_name().is_some_and(|name| skip::by_name(&name.to_string_lossy()).is_some())
        };
        let excluded = options.exclude.matches(&disk, false)
            || folders.iter().any(|folder| options.exclude.matches(&root.join(folder), true));
        if left_out || !regular || excluded || folders.iter().any(name) {
            continue;
        }
        if let Some(kind) = FileKind::of_path(&path) {
            snapshot.files.push(FileEntry { path: path.into(), kind, locator: Locator::Disk(disk) });
        }
    }
}

/// The scanned folder, and the top of the repository (the same folder when there is none), with links resolved.
struct Roots<'a> {
    scanned: &'a Path,
    repository: &'a Path,
}

/// Reads what links lead to, each folder once.
fn follow(snapshot: &mut Snapshot, links: Vec<Link>, roots: &Roots<'_>, options: &WalkOptions) {
    let mut waiting: VecDeque<Link> = links.into();
    let mut walked: Vec<PathBuf> = Vec::new();
    while let Some((shown, link)) = waiting.pop_front() {
        let target = match link.canonicalize() {
            Ok(target) => target,
            Err(error) => {
                if could_matter(&shown, None) {
                    let why = match error.kind() {
                        std::io::ErrorKind::NotFound => "the symbolic link leads nowhere".to_owned(),
                        _ => error.to_string(),
                    };
                    snapshot.not_read.push(NotRead { path: shown.into(), error: ReadError::Link(why) });
                }
                continue;
            }
        };
        if options.exclude.matches(&link, target.is_dir()) {
            snapshot.skipped.push(Skipped { path: shown.into(), reason: SkipReason::Excluded });
        } else if !target.starts_with(roots.repository) {
            if could_matter(&shown, Some(&target)) {
                let why = "the symbolic link leads out of the repository".to_owned();
                snapshot.not_read.push(NotRead { path: shown.into(), error: ReadError::Link(why) });
            }
        } else if target.is_file() {
            let real = target.strip_prefix(roots.scanned).ok().map(display_path);
            let place = match &real {
                Some(real) if snapshot.get(real).is_some() => LinkTarget::InRoot(real),
                _ => LinkTarget::InRepository,
            };
            if let Some(kind) = links::read_as(&shown, place) {
                snapshot.files.push(FileEntry { path: shown.into(), kind, locator: Locator::Disk(target) });
            }
        } else if target.is_dir() {
            let inside = |folder: &Path| target.starts_with(folder);
            let again = inside(roots.scanned) || walked.iter().any(|folder| inside(folder));
            if !again && !roots.scanned.starts_with(&target) {
                let met = walk(Start { real: target.clone(), shown }, options, walked.clone());
                walked.push(target);
                let mut found = snapshot.take(met);
                found.sort();
                waiting.extend(found);
            }
        }
    }
}

/// Whether something that would have been read may stand behind a link that is not followed.
fn could_matter(shown: &str, target: Option<&Path>) -> bool {
    let name = shown.rsplit('/').next().unwrap_or(shown);
    let holds_source = |folder: &Path| {
        ["__init__.py", "manage.py", "migrations", "apps.py", "models.py"]
            .iter()
            .any(|name| folder.join(name).exists())
    };
    match target {
        Some(folder) if folder.is_dir() => name == "migrations" || holds_source(folder),
        _ => name == "migrations" || FileKind::of_path(shown).is_some(),
    }
}

/// The bytes of a file of the working directory.
///
/// # Errors
/// When the operating system refuses, or the file is larger than [`MAX_FILE_BYTES`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let io = |error: std::io::Error| ReadError::Io(error.to_string());
    let file = File::open(path).map_err(io)?;
    let data = file.metadata().map_err(io)?;
    if !data.is_file() {
        return Err(ReadError::Io("not a regular file".to_owned()));
    }
    if data.len() > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge { size: data.len(), limit: MAX_FILE_BYTES });
    }
    super::given::read_up_to(file, MAX_FILE_BYTES).map_err(io)
}

/// A relative path with `/` between parts; bytes that are not UTF-8 as `\xNN`.
pub(super) fn display_path(path: &Path) -> String {
    let shown = display_name(path.as_os_str().as_encoded_bytes());
    if std::path::MAIN_SEPARATOR == '/' {
        shown.into_owned()
    } else {
        shown.replace(std::path::MAIN_SEPARATOR, "/")
    }
}

/// A name as text; bytes that are not UTF-8 as `\xNN`.
pub(super) fn display_name(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        shown.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| shown.push_str(&format!("\\x{byte:02x}")));
    }
    Cow::Owned(shown)
}
