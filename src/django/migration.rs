//! One migration file: what its `Migration` class says.

use std::sync::Arc;

use crate::findings::Bilingual;
use crate::source::{SourceText, Span};
pub use crate::syntax::SyntaxProblem;
use crate::syntax::{Module, Reason};

use super::operation::Operation;
use super::run_python::LazyCode;

/// A migration of a Django project: a file that Django's loader takes, under the label of its app.
#[derive(Debug, Clone)]
pub struct Migration {
    /// App label.
    pub app: Arc<str>,
    /// Module name, `0002_add_tag`.
    pub name: Arc<str>,
    /// What the file says.
    pub file: Arc<MigrationFile>,
}

/// A `.py` file of a migrations package, read and evaluated; independent of the project that holds it.
#[derive(Debug)]
pub struct MigrationFile {
    /// Its text and path.
    pub text: Arc<SourceText>,
    /// What the file turned out to be.
    pub outcome: Outcome,
    /// The name `Migration` in `class Migration`, or an empty span.
    pub class_name: Span,
    /// `dependencies`.
    pub dependencies: Vec<Dependency>,
    /// `run_before`.
    pub run_before: Vec<Dependency>,
    /// `replaces`.
    pub replaces: Vec<Dependency>,
    /// `initial`, when it is written and known.
    pub initial: Option<bool>,
    /// `atomic` (Django's default is true).
    pub atomic: bool,
    /// `operations`, in order; those of all branches of conditional code.
    pub operations: Vec<Operation>,
    /// What of the attributes above could not be known.
    pub unknown: Vec<UnknownPart>,
    /// The evaluated module (functions, constants, imports).
    pub module: Module,
    /// What the functions of `RunPython` do; ask [`MigrationFile::run_python`].
    pub run_python: LazyCode,
}

/// What a file of a migrations package turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A migration of Django.
    Django,
    /// Its `Migration` class derives from something that is not Django's; says from what.
    NotDjango(Bilingual),
    /// No name `Migration` in the module: Django raises `BadMigrationError`.
    NoMigrationClass,
    /// Python refuses the text, at this place. Operations that were understood all the same are kept.
    SyntaxError(SyntaxProblem),
    /// The text holds merge conflict markers.
    ConflictMarkers(Span),
}

/// A part of a migration that the source does not determine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPart {
    /// Where.
    pub span: Span,
    /// `operations`, `dependencies`, …
    pub what: &'static str,
    /// Why.
    pub reason: Reason,
}

/// An entry of `dependencies`, `run_before` or `replaces`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    /// Where it is written.
    pub span: Span,
    /// What it points at.
    pub target: Target,
}

/// What a dependency points at.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// `("app", "0001_initial")`; the name may be `__first__` or `__latest__`.
    Migration {
        /// App label.
        app: Arc<str>,
        /// Migration name.
        name: Arc<str>,
    },
    /// `swappable_dependency(settings.NAME)`.
    SwappableSetting(Arc<str>),
    /// `swappable_dependency("app.Model")`.
    SwappableModel(Arc<str>),
    /// Not known.
    Unknown(Reason),
}
