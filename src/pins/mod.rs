//! What a repository says of the packages and the Python it runs on: requirement files as pip reads them,
//! `pyproject.toml`, `setup.cfg`, Pipenv, and the lock files of Poetry, uv and Pipenv. No judgement here.
//!
//! Every reader turns one text into [`Declared`]; nothing is resolved, installed or asked for over a network. Secrets
//! of URLs are never kept: a [`Link`] holds what is left of a URL without them.

pub mod asked;
pub mod compatibility;
pub mod environment;
pub mod facts;
pub mod inventory;
pub mod lock;
pub mod pipenv;
pub mod poetry;
pub mod pyproject;
pub mod requirement;
pub mod requirements_txt;
pub mod role;
pub mod runtime;
pub mod series;
pub mod setup_cfg;
pub mod toml_tree;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::{Operator, Version, VersionSpecifiers};
use pep508_rs::MarkerTree;

use crate::source::Span;

use requirement::Requirement;

pub use asked::Asked;

/// What one file declares.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Requirements, in source order.
    pub entries: Vec<Entry>,
    /// Other files that it pulls in.
    pub includes: Vec<Include>,
    /// Package indexes and places to look for packages.
    pub indexes: Vec<Index>,
    /// Versions of Python that it names.
    pub pythons: Vec<PythonClaim>,
    /// What packages themselves declare, where the file repeats it (lock files, installed metadata).
    pub packages: Vec<Package>,
    /// Packages of a lock file that are there for an extra or a group of the project, which somebody has to choose.
    pub by_choice: BTreeSet<Arc<str>>,
    /// What could not be understood.
    pub problems: Vec<Problem>,
    /// Where credentials stand in the text; whoever shows the text must hide them.
    pub secrets: Vec<Span>,
}

/// Most requirements of one file, and most of one package in it. Every two of one package are compared, so that a file
/// made for it would take hours; the lock file of a large repository has some thousand.
const MAX_ENTRIES: usize = 20_000;
const MAX_OF_ONE_PACKAGE: usize = 100;

impl Declared {
    /// Leaves out what is beyond the limits, with a problem at the first requirement that is.
    pub(crate) fn bounded(mut self) -> Self {
        let mut seen: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut left_out = None;
        let mut kept = 0;
        self.entries.retain(|entry| {
            let of_package = seen.entry(entry.name.clone()).or_default();
            let keep = kept < MAX_ENTRIES && *of_package < MAX_OF_ONE_PACKAGE;
            *of_package += 1;
            kept += usize::from(keep);
            if !keep {
                left_out.get_or_insert(entry.span);
            }
            keep
        });
        if let Some(span) = left_out {
            let detail = format!(
                "more than {MAX_ENTRIES} requirements, or {MAX_OF_ONE_PACKAGE} of one package; the rest is left out"
            );
            self.problems.push(Problem { kind: ProblemKind::File, span, detail: detail.into() });
        }
        self
    }
}

/// One requirement.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name in PEP 503 form (`pyyaml`, `typing-extensions`).
    pub name: Arc<str>,
    /// Name as it is written.
    pub written: Arc<str>,
    /// Extras in PEP 685 form, sorted.
    pub extras: Vec<Arc<str>>,
    /// Which versions it accepts.
    pub wants: Wants,
    /// When it applies.
    pub marker: MarkerTree,
    /// What it is for.
    pub group: Group,
    /// It has `--hash` values.
    pub hashed: bool,
    /// Where its name and versions stand.
    pub span: Span,
}

/// Which versions a requirement accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wants {
    /// Versions by PEP 440; an empty list accepts every version.
    Versions(VersionSpecifiers),
    /// What a URL, a version control system or a path holds.
    Link(Link),
    /// Not known before an environment variable is.
    Variable(Arc<str>),
    /// Several values of which a marker outside PEP 508 chooses (Poetry), or anything else that has no PEP 440 form.
    Other(Arc<str>),
}

/// A place that holds a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What kind of place.
    pub kind: LinkKind,
    /// The URL or path without credentials, query and fragment.
    pub shown: Arc<str>,
    /// Version, where the file's own name tells it.
    pub version: Option<Version>,
}

/// Kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// An archive behind a URL.
    Url,
    /// A repository of a version control system.
    Vcs,
    /// A folder or a file of this machine.
    Path,
}

/// What a requirement is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The program itself.
    Main,
    /// An extra that a user may choose (`optional-dependencies`, `extras_require`).
    Extra(Arc<str>),
    /// A group of the developers (PEP 735, Poetry, Pipenv's `dev-packages`).
    Development(Arc<str>),
    /// Limits a version and adds no package (`-c`, `constraint-dependencies`).
    Constraint,
    /// Replaces what others ask for (`override-dependencies`).
    Override,
    /// What a resolver chose.
    Locked,
}

/// A file that another one pulls in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The path or URL as written, without credentials.
    pub target: Arc<str>,
    /// Whether it only constrains (`-c`).
    pub constraint: bool,
    /// Where the target stands.
    pub span: Span,
}

/// A package index or a place to look for packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The option or key that names it.
    pub option: Arc<str>,
    /// Scheme and host alone.
    pub host: Arc<str>,
    /// Where the URL holds credentials that are written out, if it does.
    pub secret: Option<Span>,
    /// Where the URL stands.
    pub span: Span,
}

/// What one version of a package declares about itself.
#[derive(Debug, Clone)]
pub struct Package {
    /// Name in PEP 503 form.
    pub name: Arc<str>,
    /// The version.
    pub version: Version,
    /// Versions of Python that it supports.
    pub requires_python: Option<VersionSpecifiers>,
    /// What it needs; entries of an extra carry it in their marker.
    pub requires: Vec<requirement::Requirement>,
    /// Where the package stands in the file.
    pub span: Span,
}

/// A statement about the version of Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonClaim {
    /// Versions that fit it. An exact version is `==3.11.10`; a series `==3.11.*`.
    pub versions: VersionSpecifiers,
    /// True where the file names the one interpreter that runs (`runtime.txt`, an image), not a range that is fine.
    pub exact: bool,
    /// Where it stands.
    pub span: Span,
}

/// Something that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// What the parser said, English, without any part of a URL.
    pub detail: Arc<str>,
}

/// Kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A line that is no requirement by PEP 508.
    Requirement,
    /// An option that pip does not take in a file.
    Option,
    /// The file as a whole (its TOML, its JSON) cannot be read.
    File,
    /// A dependency group that includes itself.
    GroupCycle,
    /// A dependency group that is not defined.
    MissingGroup,
}

impl Entry {
    /// What `requirement` says, found at `span` of a file that gives no hashes.
    pub(crate) fn new(requirement: Requirement, group: Group, span: Span) -> Self {
        let Requirement { name, extras, wants, marker } = requirement;
        let key: Arc<str> = normalised(&name).into();
        Self { name: key, written: name, extras, wants, marker, group, hashed: false, span }
    }

    /// The one version that it pins.
    pub fn pinned(&self) -> Option<&Version> {
        match &self.wants {
            Wants::Versions(versions) => pinned(versions),
            Wants::Link(link) => link.version.as_ref(),
            Wants::Variable(_) | Wants::Other(_) => None,
        }
    }

    /// The versions it accepts, where they are known by PEP 440.
    pub fn versions(&self) -> Option<&VersionSpecifiers> {
        match &self.wants {
            Wants::Versions(versions) => Some(versions),
            _ => None,
        }
    }
}

/// The one version that these specifiers allow, when one of them is `==` or `===` without a star.
pub fn pinned(versions: &VersionSpecifiers) -> Option<&Version> {
    let exact = |operator: &Operator| matches!(operator, Operator::Equal | Operator::ExactEqual);
    versions.iter().find(|one| exact(one.operator())).map(|one| one.version())
}

/// A package name in its PEP 503 form: lower case, runs of `-`, `_` and `.` as one `-`.
pub fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        if matches!(c, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(c.to_lowercase());
        }
    }
    out
}
