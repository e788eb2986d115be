//! The whole: the Django projects below the scanned root, each assembled from what its files say.

pub mod assemble;
pub mod deployment;
mod discover;
mod environment_files;
mod graph_settings;
pub mod names;
mod own_methods;
pub mod pins;
mod read;
mod reasons;
mod settings;
mod states;
pub mod target;
pub mod templates;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::django::middleware::MiddlewareClass;
use crate::django::settings::Settings;
use crate::django::{FieldLibrary, Graph, Key, Migration, MigrationFile};
use crate::findings::Bilingual;
use crate::source::{DecodeError, NotRead, ReadError, Snapshot, SourceText};

pub use assemble::{Options, Parts, assemble};
pub use deployment::Deployment;
pub use names::{Code, FileUses};
pub use settings::read_settings;
pub use templates::TemplateUses;
pub use versions::{Change, Versions};

/// Everything that was read below the scanned root.
#[derive(Default)]
pub struct Workspace {
    /// The files.
    pub snapshot: Snapshot,
    /// Django projects, sorted by root.
    pub projects: Vec<Project>,
    /// Files and folders that were not read or not decoded, sorted by path.
    pub not_analysed: Vec<NotAnalysed>,
    /// Texts of the files that findings may point at, by path.
    pub texts: BTreeMap<Arc<str>, Arc<SourceText>>,
    /// SQL and configuration files.
    pub deployment: deployment::Deployment,
    /// What the user should know about how the projects were put together.
    pub notices: Vec<Bilingual>,
    /// Files that were read and understood, by the key of their kind.
    pub read: BTreeMap<&'static str, usize>,
    /// Contents of the files that were read, by path; empty when they belong to no repository.
    pub ids: BTreeMap<Arc<str>, gix::ObjectId>,
    /// Packages of the installed environment that the user named.
    pub installed: Arc<[crate::pins::Package]>,
    /// What the package index said of versions, where it was asked.
    pub indexed: Arc<[crate::pins::Package]>,
    /// What the Python files brought, for another state of the tree.
    pub(crate) seen: names::Seen,
}

impl Workspace {
    /// The innermost project that holds `path`.
    pub fn project_of(&self, path: &str) -> Option<&Project> {
        let holders = self.projects.iter().filter(|project| discover::holds(&project.root, path));
        holders.max_by_key(|project| project.root.len())
    }
}

/// A file or folder of which nothing is known.
#[derive(Debug, Clone)]
pub struct NotAnalysed {
    /// Relative to the scanned root.
    pub path: Arc<str>,
    /// Why.
    pub why: NotAnalysedReason,
}

/// Why nothing is known of a file.
#[derive(Debug, Clone)]
pub enum NotAnalysedReason {
    /// It could not be read.
    Read(ReadError),
    /// Python would refuse its bytes.
    Decode(DecodeError),
}

impl From<NotRead> for NotAnalysed {
    fn from(value: NotRead) -> Self {
        Self { path: value.path, why: NotAnalysedReason::Read(value.error) }
    }
}

/// One Django project.
#[derive(Default)]
pub struct Project {
    /// Folder of its `manage.py`, relative to the scanned root; empty when that is the scanned root itself.
    pub root: Arc<str>,
    /// The root as outputs name it: `root`, or the scanned folder's own name where `root` is empty.
    pub name: Arc<str>,
    /// Apps with migrations, by label.
    pub apps: BTreeMap<Arc<str>, App>,
    /// Django's migrations, sorted by app and name.
    pub migrations: Vec<Migration>,
    /// Files of migrations packages that are no migrations of Django, or that gave none (syntax error, no class).
    pub other_files: Vec<OtherFile>,
    /// The graph.
    pub graph: Graph,
    /// Values of settings that the graph depends on.
    pub settings: GraphSettings,
    /// The field library that the project is held to.
    pub field_library: Arc<FieldLibrary>,
    /// Other files of that name in the project, which do not count, sorted.
    pub unused_field_libraries: Vec<Arc<str>>,
    /// What it declares of its packages, its Python and its database server.
    pub pins: pins::Pins,
    /// Its settings, per environment.
    pub configuration: Settings,
    /// What it runs on, and what it is to run on.
    pub versions: Versions,
    /// What a first look at all its Python files gives.
    pub code: Code,
    /// Middlewares of the project that Django cannot call.
    pub middlewares: Vec<MiddlewareClass>,
    /// Templates that use what some release of Django took away.
    pub templates: Vec<TemplateUses>,
    /// First parts of the dotted names of the project's own modules: what stands at its root, and the folders of its
    /// apps, which some projects put on the module path.
    pub own_modules: BTreeSet<Arc<str>>,
    /// The migrations that the base of the change at hand has too; `None` when there is no base to compare with.
    pub merged: Option<BTreeSet<Key>>,
}

/// An app with a migrations package.
#[derive(Debug, Clone)]
pub struct App {
    /// Label: `AppConfig.label`, else the last part of `AppConfig.name`, else the folder's name.
    pub label: Arc<str>,
    /// Folder of the app, relative to the scanned root.
    pub path: Arc<str>,
    /// Folder of its migrations, relative to the scanned root.
    pub migrations_path: Arc<str>,
    /// Whether the migrations folder has an `__init__.py`; without it Django takes the app as unmigrated.
    pub has_init: bool,
}

/// A file of a migrations package that gave no migration.
#[derive(Debug, Clone)]
pub struct OtherFile {
    /// App label.
    pub app: Arc<str>,
    /// Module name.
    pub name: Arc<str>,
    /// What it is; its `outcome` says why it is here. Files whose name Django's loader skips have `ignored_name`.
    pub file: Arc<MigrationFile>,
    /// True when Django's loader never sees the file because of its name (`0002_v1.2.py`).
    pub ignored_name: bool,
}

/// Settings that decide the graph.
#[derive(Debug, Clone, Default)]
pub struct GraphSettings {
    /// `MIGRATION_MODULES`: label to dotted module, `None` for migrations switched off.
    pub migration_modules: BTreeMap<Arc<str>, Option<Arc<str>>>,
    /// Swappable settings with a known value, `AUTH_USER_MODEL` to `accounts.User`.
    pub swappable: BTreeMap<Arc<str>, Arc<str>>,
    /// `DEFAULT_AUTO_FIELD`, when the settings set it to one known value.
    pub default_auto_field: Option<Arc<str>>,
    /// Settings that the files set to different or unknown values.
    pub undecided: BTreeSet<Arc<str>>,
}

impl Project {
    /// The migration with this app label and name.
    pub fn migration(&self, app: &str, name: &str) -> Option<&Migration> {
        let found =
            self.migrations.binary_search_by(|it| (it.app.as_ref(), it.name.as_ref()).cmp(&(app, name)));
        found.ok().and_then(|at| self.migrations.get(at))
    }
}
