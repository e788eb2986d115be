//! Everything that the files of one project declare, put together: who includes whom, what is installed together, which
//! version of a package counts, and on which Python.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers};

use super::environment::Markers;
use super::role::Role;
use super::{Declared, Entry, Group, Package, PythonClaim, Wants, facts};
use crate::source::{FileKind, SourceText, Span};

/// What a project declares of its packages and its Python.
#[derive(Debug, Default)]
pub struct Inventory {
    /// Files, sorted by path.
    pub files: Vec<PinFile>,
    /// What they pull in, in the order of the files.
    pub includes: Vec<Followed>,
    /// What an installed environment says of its packages, by name and version.
    pub installed: BTreeMap<(Arc<str>, Version), Package>,
    /// What the package index says of versions, by name and version; empty unless it was asked.
    pub indexed: BTreeMap<(Arc<str>, Version), Package>,
    /// The interpreter for which markers are judged.
    pub markers: Markers,
    /// By package name, what the program gets: positions of the file and of its entry.
    chosen: BTreeMap<Arc<str>, (usize, usize)>,
}

/// One file of the inventory.
#[derive(Debug)]
pub struct PinFile {
    /// What it is.
    pub kind: FileKind,
    /// What it is for.
    pub role: Role,
    /// Its text; credentials in it are replaced by asterisks, so that whatever shows it cannot leak them.
    pub text: Arc<SourceText>,
    /// What it declares.
    pub declared: Declared,
}

/// An include that was followed, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Position of the including file.
    pub from: usize,
    /// Position of the include among those of the file.
    pub include: usize,
    /// Where it leads.
    pub leads: Leads,
}

/// Where an include leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To the file at this position of the inventory.
    To(usize),
    /// To a file that is not there; the path relative to the scanned root.
    Missing(Arc<str>),
    /// Out of the repository.
    Outside,
    /// Cannot be told from the source: a URL, a variable, a revision of which only some files are read.
    NotKnown,
}

/// A requirement with its file.
#[derive(Debug, Clone, Copy)]
pub struct Pin<'a> {
    /// The file.
    pub file: &'a PinFile,
    /// Position of the file.
    pub at: usize,
    /// The requirement.
    pub entry: &'a Entry,
}

/// Where what is known of a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knowledge {
    /// A lock file repeats it.
    Lock,
    /// The metadata of an installed environment.
    Environment,
    /// The package index.
    Index,
    /// The table that comes with the program.
    Facts,
}

impl Knowledge {
    /// The key by which outputs name it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Environment => "environment",
            Self::Index => "index",
            Self::Facts => "facts",
        }
    }
}

impl Inventory {
    /// Puts `files` together (sorted by path here) with what their `includes` lead to, in the positions of `files`.
    pub fn new(files: Vec<PinFile>, includes: Vec<Followed>) -> Self {
        Self { files, includes, ..Self::default() }
    }

    /// Judges markers for `markers` from now on, and chooses the pins that count.
    pub fn settle(&mut self, markers: Markers) {
        self.markers = markers;
        let mut chosen: BTreeMap<Arc<str>, (usize, usize)> = BTreeMap::new();
        let mut rank: BTreeMap<Arc<str>, u8> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            for (number, entry) in file.declared.entries.iter().enumerate() {
                let Some(own) = self.rank(at, entry) else { continue };
                let best = rank.get(&entry.name).copied();
                if best.is_none_or(|best| own < best) {
                    rank.insert(entry.name.clone(), own);
                    chosen.insert(entry.name.clone(), (at, number));
                }
            }
        }
        self.chosen = chosen;
    }

    /// How much an entry counts for the program, less is more; `None` for one that does not.
    fn rank(&self, at: usize, entry: &Entry) -> Option<u8> {
        let file = self.files.get(at)?;
        if file.role != Role::Runtime
            || entry.name.is_empty()
            || self.markers.holds(&entry.marker) != Some(true)
        {
            return None;
        }
        let pinned = entry.pinned().is_some();
        let only_constraint = self.is_constraint_only(at);
        match entry.group {
            Group::Main if !only_constraint => Some(if pinned { 0 } else { 3 }),
            Group::Main | Group::Constraint | Group::Override => pinned.then_some(2),
            Group::Locked => (!file.declared.by_choice.contains(&entry.name)).then_some(1),
            Group::Extra(_) | Group::Development(_) => None,
        }
    }

    /// What the program gets of the package `name` (PEP 503 form).
    pub fn chosen(&self, name: &str) -> Option<Pin<'_>> {
        let (at, number) = *self.chosen.get(name)?;
        let file = self.files.get(at)?;
        Some(Pin { file, at, entry: file.declared.entries.get(number)? })
    }

    /// Everything that the program gets, by name.
    pub fn all_chosen(&self) -> impl Iterator<Item = Pin<'_>> {
        self.chosen.keys().filter_map(|name| self.chosen(name))
    }

    /// The version that the program gets of the package `name`.
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.chosen(name)?.entry.pinned()
    }

    /// Every requirement of the files with one of `roles`, with constraints.
    pub fn entries<'a>(&'a self, roles: &'a [Role]) -> impl Iterator<Item = Pin<'a>> {
        self.files
            .iter()
            .enumerate()
            .filter(|(_, file)| roles.contains(&file.role))
            .flat_map(|(at, file)| file.declared.entries.iter().map(move |entry| Pin { file, at, entry }))
    }

    /// Every statement about Python of the files with one of `roles`.
    pub fn pythons<'a>(&'a self, roles: &'a [Role]) -> impl Iterator<Item = (&'a PinFile, &'a PythonClaim)> {
        self.files
            .iter()
            .filter(|file| roles.contains(&file.role))
            .flat_map(|file| file.declared.pythons.iter().map(move |claim| (file, claim)))
    }

    /// What is known of one version of a package, and whence.
    pub fn known(&self, name: &str, version: &Version) -> Option<(&Package, Knowledge)> {
        let fits = |package: &&Package| {
            *package.name == *name
                && package.version == *version
                && (package.requires_python.is_some() || !package.requires.is_empty())
        };
        if let Some(package) = self.files.iter().flat_map(|file| &file.declared.packages).find(fits) {
            return Some((package, Knowledge::Lock));
        }
        let key = (Arc::from(name), version.clone());
        if let Some(package) = self.installed.get(&key) {
            return Some((package, Knowledge::Environment));
        }
        if let Some(package) = self.indexed.get(&key) {
            return Some((package, Knowledge::Index));
        }
        facts::package(name, version).map(|known| (&known.package, Knowledge::Facts))
    }

    /// Positions of the files that are installed together with the file at `root`: itself and what it includes, each
    /// once, with whether it comes in as a constraint alone.
    pub fn closure(&self, root: usize) -> Vec<(usize, bool)> {
        let mut found: BTreeMap<usize, bool> = BTreeMap::new();
        let mut open = vec![(root, false)];
        while let Some((at, constraint)) = open.pop() {
            // A file that comes in both ways is installed.
            if found.get(&at).is_some_and(|known| !*known || constraint) {
                continue;
            }
            found.insert(at, constraint);
            for followed in self.includes.iter().filter(|followed| followed.from == at) {
                let Leads::To(target) = followed.leads else { continue };
                // As pip does: what a constraint file includes with `-r` is installed.
                open.push((target, self.include(followed).is_some_and(|include| include.constraint)));
            }
        }
        found.into_iter().collect()
    }

    /// The include that was followed.
    pub fn include(&self, followed: &Followed) -> Option<&super::Include> {
        self.files.get(followed.from)?.declared.includes.get(followed.include)
    }

    /// Files that nothing includes, and of a circle of includes one: what somebody installs.
    pub fn roots(&self) -> Vec<usize> {
        let included: BTreeSet<usize> = self
            .includes
            .iter()
            .filter_map(|followed| match followed.leads {
                Leads::To(target) if target != followed.from => Some(target),
                _ => None,
            })
            .collect();
        let mut covered: BTreeSet<usize> = BTreeSet::new();
        let mut roots = Vec::new();
        let free = (0..self.files.len()).filter(|at| !included.contains(at));
        for at in free.chain(0..self.files.len()) {
            if covered.contains(&at) {
                continue;
            }
            covered.extend(self.closure(at).into_iter().map(|(file, _)| file));
            roots.push(at);
        }
        roots
    }

    /// True when the file comes in through `-c` alone.
    pub(super) fn is_constraint_only(&self, at: usize) -> bool {
        let mut ways = self.includes.iter().filter(|followed| followed.leads == Leads::To(at)).peekable();
        ways.peek().is_some()
            && ways.all(|followed| self.include(followed).is_some_and(|include| include.constraint))
    }
}

impl Pin<'_> {
    /// The span of the file's own text.
    pub fn span(&self) -> Span {
        self.entry.span
    }

    /// The requirement as people write it, `name[extra]==1.0` or `name>=1,<2`; no marker.
    pub fn shown(&self) -> String {
        let Entry { written, extras, wants, span, .. } = self.entry;
        let raw = self.file.text.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        if matches!(wants, Wants::Versions(_))
            && raw.starts_with(written.as_ref())
            && !raw.contains([';', '\\', '\n'])
        {
            return raw.to_owned();
        }
        let list = extras.join(",");
        let name = if list.is_empty() { written.to_string() } else { format!("{written}[{list}]") };
        match wants {
            Wants::Versions(versions) if versions.is_empty() => name,
            Wants::Versions(versions) => format!("{name}{}", compact(versions)),
            Wants::Link(link) => format!("{name} @ {}", link.shown),
            Wants::Variable(variable) => format!("{name} (${{{variable}}})"),
            Wants::Other(text) => format!("{name} {text}"),
        }
    }
}

/// `>=1,<2` without the spaces of the canonical form.
pub fn compact(versions: &VersionSpecifiers) -> String {
    versions.to_string().replace(", ", ",")
}
