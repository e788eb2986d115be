//! Which files belong to a project, and where their includes lead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::pins::inventory::{Followed, Inventory, Leads, PinFile};
use crate::pins::role::{Role, role};
use crate::pins::{Declared, lock, pipenv, pyproject, requirement, requirements_txt, runtime, setup_cfg};
use crate::source::snapshot::Locator;
use crate::source::{DecodeError, FileEntry, FileKind, Snapshot, SourceText, Span};

use super::Scope;
use crate::project::{NotAnalysed, NotAnalysedReason};

/// How many files may be pulled in by includes; more is not written by people.
const MAX_FILES: usize = 500;

/// The folder of the project that a file belongs to: the nearest one above it.
pub(super) fn owner<'r>(path: &str, roots: &'r [Arc<str>]) -> Option<&'r str> {
    roots
        .iter()
        .map(AsRef::as_ref)
        .filter(|root| below(path, root).is_some())
        .max_by_key(|root: &&str| root.len())
}

/// `path` relative to `folder`, when it is inside.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// A file before its place in the inventory is known.
struct Found {
    file: PinFile,
    /// Where its bytes are, to find the files that it includes.
    disk: Option<PathBuf>,
}

pub(super) fn collect(snapshot: &Snapshot, scope: &Scope<'_>) -> (Inventory, Vec<NotAnalysed>) {
    let mut collector = Collector { snapshot, found: BTreeMap::new(), not_analysed: Vec::new() };
    for entry in
        snapshot.files.iter().filter(|entry| entry.kind.is_pins() && entry.kind != FileKind::Workflow)
    {
        if owner(&entry.path, scope.roots) == Some(scope.root) {
            let inside = below(&entry.path, scope.root).unwrap_or(&entry.path);
            collector.add(entry, role(entry.kind, inside));
        }
    }
    collector.compiled_sources();
    collector.above(scope);
    for entry in snapshot.files.iter().filter(|entry| entry.kind == FileKind::Workflow) {
        // GitHub reads the workflows of the top folder of a repository alone.
        if entry.path.starts_with(".github/") && is_at_top(entry) {
            collector.add(entry, Role::Development);
        }
    }
    let leads = collector.follow();
    let paths: Vec<Arc<str>> = collector.found.keys().cloned().collect();
    let position = |path: &str| paths.binary_search_by(|known| known.as_ref().cmp(path)).ok();
    let files: Vec<PinFile> = collector.found.into_values().map(|found| found.file).collect();
    let includes = leads
        .into_iter()
        .filter_map(|(from, include, lead)| {
            let leads = match lead {
                Lead::To(path) => Leads::To(position(&path)?),
                Lead::Missing(path) => Leads::Missing(path),
                Lead::Outside => Leads::Outside,
                Lead::NotKnown => Leads::NotKnown,
            };
            Some(Followed { from: position(&from)?, include, leads })
        })
        .collect();
    (Inventory::new(files, includes), collector.not_analysed)
}

/// Whether the folder that holds `.github` is not below the top of a repository.
fn is_at_top(entry: &FileEntry) -> bool {
    let Locator::Disk(path) = &entry.locator else { return true };
    let is_top = |folder: &Path| folder.join(".git").exists();
    match path.ancestors().nth(3) {
        Some(folder) => is_top(folder) || !folder.ancestors().any(is_top),
        None => true,
    }
}

/// Where an include leads, by path.
enum Lead {
    To(Arc<str>),
    Missing(Arc<str>),
    Outside,
    NotKnown,
}

struct Collector<'s> {
    snapshot: &'s Snapshot,
    found: BTreeMap<Arc<str>, Found>,
    not_analysed: Vec<NotAnalysed>,
}

impl Collector<'_> {
    fn add(&mut self, entry: &FileEntry, role: Role) {
        let bytes = match self.snapshot.read(entry) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.not_analysed
                    .push(NotAnalysed { path: entry.path.clone(), why: NotAnalysedReason::Read(error) });
                return;
            }
        };
        let disk = match &entry.locator {
            Locator::Disk(path) => Some(path.clone()),
            _ => None,
        };
        self.add_bytes(&entry.path, entry.kind, role, &bytes, disk);
    }

    fn add_bytes(
        &mut self,
        path: &Arc<str>,
        kind: FileKind,
        role: Role,
        bytes: &[u8],
        disk: Option<PathBuf>,
    ) {
        match decode(path.clone(), kind, bytes) {
            Ok(text) => {
                let mut declared = read(kind, role, &text.text);
                // Readers look at the URLs that they understand; a secret may stand in a comment or a command.
                for span in requirement::secret_spans(&text.text) {
                    let known = |other: &Span| other.start < span.end && span.start < other.end;
                    if !declared.secrets.iter().any(known) {
                        declared.secrets.push(span);
                    }
                }
                // What a parser says may quote the line.
                for problem in &mut declared.problems {
                    for secret in &declared.secrets {
                        let Some(secret) = text.text.get(secret.start as usize..secret.end as usize) else {
                            continue;
                        };
                        if problem.detail.contains(secret) {
                            problem.detail = problem.detail.replace(secret, "***").into();
                        }
                    }
                }
                let text = Arc::new(masked(text, &declared.secrets));
                self.found.insert(path.clone(), Found { file: PinFile { kind, role, text, declared }, disk });
            }
            Err(error) => self
                .not_analysed
                .push(NotAnalysed { path: path.clone(), why: NotAnalysedReason::Decode(error) }),
        }
    }

    /// A `requirements.in` that nothing was compiled from is what gets installed.
    fn compiled_sources(&mut self) {
        let lone: Vec<Arc<str>> = self
            .found
            .iter()
            .filter(|(path, found)| {
                found.file.role == Role::Source
                    && path
                        .strip_suffix(".in")
                        .is_none_or(|stem| !self.found.contains_key(format!("{stem}.txt").as_str()))
            })
            .map(|(path, _)| path.clone())
            .collect();
        for path in lone {
            if let Some(found) = self.found.get_mut(&path) {
                found.file.role = Role::Runtime;
            }
        }
    }

    /// Files above the project count where the project itself has none that say the same thing.
    fn above(&mut self, scope: &Scope<'_>) {
        let own = |says: fn(&Declared) -> bool| {
            self.found.values().any(|found| found.file.role == Role::Runtime && says(&found.file.declared))
        };
        let (packages, python) =
            (own(|declared| !declared.entries.is_empty()), own(|declared| !declared.pythons.is_empty()));
        let mut folder = scope.root;
        while !(folder.is_empty() || (packages && python)) {
            folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
            for entry in self.snapshot.files.iter().filter(|entry| entry.kind.is_pins()) {
                let Some(inside) = below(&entry.path, folder) else { continue };
                let role = role(entry.kind, inside);
                let is_above = owner(&entry.path, scope.roots).is_none_or(|owner| owner == folder);
                if !is_above || role == Role::Aside || entry.kind == FileKind::Workflow {
                    continue;
                }
                let says_python = matches!(
                    entry.kind,
                    FileKind::RuntimeTxt | FileKind::PythonVersion | FileKind::Dockerfile
                );
                if if says_python { !python } else { !packages } {
                    self.add(entry, role);
                }
            }
        }
    }

    /// Follows the includes of every file, and of what they lead to.
    fn follow(&mut self) -> Vec<(Arc<str>, usize, Lead)> {
        let mut leads = Vec::new();
        let mut open: Vec<Arc<str>> = self.found.keys().rev().cloned().collect();
        let mut followed = std::collections::BTreeSet::new();
        while let Some(path) = open.pop() {
            let Some(found) = self.found.get(&path) else { continue };
            let (own_role, disk) = (found.file.role, found.disk.clone());
            // As pip does: what a constraint file includes with `-r` is installed.
            let own_role = if own_role == Role::Constraint { Role::Runtime } else { own_role };
            let includes = found.file.declared.includes.clone();
            let first_time = followed.insert(path.clone());
            for (number, include) in includes.iter().enumerate() {
                let lead = self.lead(&path, disk.as_deref(), &include.target, own_role, include.constraint);
                if let Lead::To(target) = &lead {
                    let changed = self.found.get_mut(target).is_some_and(|target| {
                        let better = !include.constraint && own_role < target.file.role;
                        if better {
                            target.file.role = own_role;
                        }
                        better
                    });
                    if changed || !followed.contains(target) {
                        open.push(target.clone());
                    }
                }
                if first_time {
                    leads.push((path.clone(), number, lead));
                }
            }
        }
        leads.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        leads
    }

    fn lead(
        &mut self,
        from: &Arc<str>,
        disk: Option<&Path>,
        target: &str,
        role: Role,
        constraint: bool,
    ) -> Lead {
        if target.contains("://") || requirement::variable_in(target).is_some() {
            return Lead::NotKnown;
        }
        if target.starts_with('/') || target.get(1..3) == Some(":\\") {
            return Lead::Outside;
        }
        let shown: Arc<str> = join(from, target).into();
        if self.found.contains_key(&shown) {
            return Lead::To(shown);
        }
        let role = if constraint { Role::Constraint } else { role };
        if let Some(entry) = self.snapshot.get(&shown) {
            let entry = FileEntry { kind: FileKind::Requirements, ..entry.clone() };
            self.add(&entry, role);
        } else if let Some(disk) = disk {
            return self.lead_on_disk(shown, from, disk, target, role);
        } else if shown.starts_with("../") {
            return Lead::Outside;
        } else if self.snapshot.blobs.is_some() {
            // Of a revision only the files of known kinds are listed.
            return Lead::NotKnown;
        }
        if self.found.contains_key(&shown) { Lead::To(shown) } else { Lead::Missing(shown) }
    }

    /// A file that the walk did not list: of an unusual name, ignored by git, or above the scanned root.
    fn lead_on_disk(&mut self, shown: Arc<str>, from: &str, disk: &Path, target: &str, role: Role) -> Lead {
        let Some(folder) = disk.parent() else { return Lead::NotKnown };
        let repository = disk.ancestors().skip(1).find(|folder| folder.join(".git").exists());
        let scanned = disk.ancestors().nth(from.split('/').filter(|part| *part != "..").count());
        let (Some(top), Ok(real)) = (repository.or(scanned), folder.join(target).canonicalize()) else {
            let above = shown.starts_with("../") && repository.is_none();
            return if above { Lead::Outside } else { Lead::Missing(shown) };
        };
        if !real.starts_with(top) {
            return Lead::Outside;
        }
        if self.found.len() > MAX_FILES {
            return Lead::NotKnown;
        }
        match crate::source::walk::read_file(&real) {
            Ok(bytes) => self.add_bytes(&shown, FileKind::Requirements, role, &bytes, Some(real)),
            Err(error) => {
                self.not_analysed
                    .push(NotAnalysed { path: shown.clone(), why: NotAnalysedReason::Read(error) });
            }
        }
        if self.found.contains_key(&shown) { Lead::To(shown) } else { Lead::NotKnown }
    }
}

/// `target` beside the file `from`, with `.` and `..` resolved; what leads above the scanned root starts with `../`.
fn join(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The text of a file as the tool that reads it decodes it: pip goes by a byte order mark, then by a coding cookie.
fn decode(path: Arc<str>, kind: FileKind, bytes: &[u8]) -> Result<SourceText, DecodeError> {
    if kind != FileKind::Requirements {
        return SourceText::decode_plain(path, bytes);
    }
    let utf16 = match bytes {
        [0xff, 0xfe, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    match utf16 {
        Some(encoding) => {
            let (text, _, malformed) = encoding.decode(bytes);
            if malformed {
                return Err(DecodeError::Invalid { encoding: encoding.name().to_owned(), at: 0 });
            }
            SourceText::decode_plain(path, text.as_bytes())
        }
        None => SourceText::decode(path, bytes),
    }
}

fn read(kind: FileKind, role: Role, text: &str) -> Declared {
    let declared = match kind {
        FileKind::Pyproject => pyproject::read(text),
        FileKind::SetupCfg => setup_cfg::read(text),
        FileKind::Pipfile => pipenv::read_pipfile(text),
        FileKind::PipfileLock => pipenv::read_lock(text),
        FileKind::UvLock => lock::read_uv(text),
        FileKind::PoetryLock => lock::read_poetry(text),
        FileKind::RuntimeTxt => runtime::read_runtime_txt(text),
        FileKind::PythonVersion => runtime::read_python_version(text),
        FileKind::Dockerfile => runtime::read_dockerfile(text),
        FileKind::Workflow => runtime::read_workflow(text),
        _ => requirements_txt::read(text, role == Role::Constraint),
    };
    declared.bounded()
}

/// The text with asterisks in the place of credentials, so that nothing that shows it can leak them.
fn masked(text: SourceText, secrets: &[Span]) -> SourceText {
    if secrets.is_empty() {
        return text;
    }
    let mut bytes = text.text.clone().into_bytes();
    for secret in secrets {
        if let Some(place) = bytes.get_mut(secret.start as usize..secret.end as usize) {
            place.fill(b'*');
        }
    }
    let mark: &[u8] = if text.file_offset(0) == 3 { b"\xef\xbb\xbf" } else { b"" };
    match SourceText::decode_plain(text.path.clone(), &[mark, &bytes].concat()) {
        Ok(masked) => masked,
        // Never shown rather than shown with its credentials.
        Err(_) => SourceText::decode_plain(text.path, b"")
            .unwrap_or_else(|_| unreachable!("nothing is valid UTF-8")),
    }
}
