//! From a list of files to projects: reads what matters, once and in parallel, and puts it together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use crate::django::app_config::{self, AppConfig};
use crate::django::field_library::{Choice, Libraries};
use crate::django::fields::FieldClasses;
use crate::django::migration::Outcome;
use crate::django::names::Horizon;
use crate::django::{FieldLibrary, Graph, Migration, MigrationFile, reader};
use crate::findings::Bilingual;
use crate::pins::Package as InstalledPackage;
use crate::source::git::Repository;
use crate::source::{FileEntry, FileKind, Snapshot, SourceText, Span};

use super::deployment::Deployment;
pub use super::discover::is_manage_py_of_django;
use super::discover::{self, Moved, Package};
use super::environment_files::override_by_files;
use super::graph_settings::{self, Said};
use super::names;
use super::pins::{self, Pins};
use super::read::Reader;
use super::settings::{middleware_faults, read_settings};
use super::target::Target;
use super::templates;
use super::versions::Versions;
use super::{App, GraphSettings, NotAnalysed, NotAnalysedReason, OtherFile, Project, Workspace};

/// How a workspace is assembled.
#[derive(Default, Clone)]
pub struct Options<'a> {
    /// Folders of projects that have no `manage.py`, relative to the scanned root.
    pub roots: Vec<Arc<str>>,
    /// The scanned folder's own name: that of a project whose root it is.
    pub name: Arc<str>,
    /// The field library that the user named, for every project.
    pub field_library: Option<Arc<FieldLibrary>>,
    /// The repository that the files belong to, so that their contents can be compared with another state of it.
    pub repository: Option<&'a Repository>,
    /// What the user wants to run the projects on; what it does not name is what they pin.
    pub target: Target,
    /// Packages of the installed environment that the user named.
    pub installed: Arc<[InstalledPackage]>,
    /// What is read beside the migrations.
    pub parts: Parts,
    /// What the package index says of versions.
    pub indexed: Arc<[InstalledPackage]>,
    /// Another state of the same tree: its migrations are taken over where path and content are the same, and what its
    /// Python files brought if it was assembled with `keep`.
    pub reuse: Option<&'a Workspace>,
    /// Whether another state of the tree will be assembled that looks at Python files too.
    pub keep: bool,
}

/// What is read beside the migrations: what nobody asks for costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Requirement files and what they pin; without them no release of Django is known.
    pub pins: bool,
    /// The settings modules, evaluated, and the middlewares that they name; what environment files override is known with
    /// `deployment` alone.
    pub settings: bool,
    /// Names, URL configurations and settings that the Python files use.
    pub code: bool,
    /// SQL files and configuration files.
    pub deployment: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self::ALL
    }
}

impl Parts {
    /// The migrations alone.
    pub const NONE: Self = Self { pins: false, settings: false, code: false, deployment: false };
    /// Everything.
    pub const ALL: Self = Self { pins: true, settings: true, code: true, deployment: true };
    /// The migrations, and the release of Django that runs them.
    pub const PINS: Self = Self { pins: true, ..Self::NONE };

    /// What either asks for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            pins: self.pins || other.pins,
            settings: self.settings || other.settings,
            code: self.code || other.code,
            deployment: self.deployment || other.deployment,
        }
    }
}

/// Assembles the projects of `snapshot`. Never fails: what cannot be read or understood is in the workspace as such.
pub fn assemble(snapshot: Snapshot, options: &Options<'_>) -> Workspace {
    let mut reader = Reader::new(&snapshot, options.repository);
    let roots = project_roots(&mut reader, &snapshot, options);
    let said = graph_settings(&mut reader, &snapshot, &roots);
    let packages = discover::packages(&snapshot);
    let configs = app_configs(&mut reader, &snapshot, &packages);
    let mut plan = Plan::new(&snapshot, options, said);
    for root in &roots {
        plan.draft(root.clone(), Some(root.clone()));
    }
    for package in packages {
        let configs = configs.get(&package.app).map_or(&[][..], Vec::as_slice);
        plan.place(package, configs, &roots);
    }
    plan.place_moved();
    let mut drafts = plan.drafts;
    drafts.sort_by(|a, b| a.root.cmp(&b.root));
    let files = migration_files(&mut reader, &snapshot, &drafts, options);
    let libraries = Libraries::read(&snapshot, options.field_library.clone());
    let parts = options.parts;
    let deployment = match parts.deployment {
        true => Deployment::read(&mut reader, &snapshot, &roots),
        false => Deployment::default(),
    };
    plan.notices.extend(deployment.notices());

    let templates = match parts.code {
        true => templates::find(&mut reader, &snapshot, &roots),
        false => BTreeMap::default(),
    };
    let all_roots: Vec<Arc<str>> = drafts.iter().map(|draft| draft.root.clone()).collect();
    let pinned = |draft: &Draft| {
        let scope = pins::Scope {
            root: &draft.root,
            roots: &all_roots,
            target: &options.target,
            installed: &options.installed,
            indexed: &options.indexed,
        };
        let (pins, failed) = match parts.pins {
            true => Pins::assemble(&snapshot, &scope),
            false => (Pins::of_target(&options.target), Vec::new()),
        };
        let versions = super::versions::of(&pins.aims);
        (pins, versions, failed)
    };
    let pinned: Vec<_> = drafts.par_iter().map(pinned).collect();
    let horizons: BTreeMap<Arc<str>, Horizon> = drafts
        .iter()
        .zip(&pinned)
        .map(|(draft, (_, versions, _))| (draft.root.clone(), versions.horizon()))
        .collect();
    let finish = |(draft, (pins, versions, failed)): (Draft, (Pins, Versions, Vec<NotAnalysed>))| {
        let choice = libraries.of_project(&draft.root, &all_roots);
        let (configuration, middlewares) = match parts.settings && roots.contains(&draft.root) {
            true => {
                let mut settings = read_settings(&snapshot, &draft.root);
                override_by_files(&mut settings, &draft.root, &deployment.environments);
                let middlewares = middleware_faults(&snapshot, &settings);
                (settings, middlewares)
            }
            false => Default::default(),
        };
        let templates = templates.get(&draft.root).cloned().unwrap_or_default();
        let project = draft.finish(&files, &snapshot, choice);
        (Project { pins, configuration, versions, middlewares, templates, ..project }, failed)
    };
    let memory = names::Memory {
        seen: options.reuse.map(|other| &other.seen),
        keep: options.repository.filter(|_| options.keep),
    };
    // Projects are few, and unequal: the look at all Python files fills the other cores meanwhile.
    let (mut names, (mut projects, failed)): (_, (Vec<Project>, Vec<Vec<NotAnalysed>>)) = rayon::join(
        || match parts.code {
            true => names::find(&snapshot, &roots, &horizons, memory),
            false => names::Found::default(),
        },
        || drafts.into_par_iter().zip(pinned).map(finish).unzip(),
    );
    for project in &mut projects {
        project.code = names.by_root.remove(&project.root).unwrap_or_default();
    }
    reader.failed.append(&mut names.failed);
    reader.failed.extend(failed.into_iter().flatten());
    let not_analysed = not_analysed(&snapshot, reader.failed, &libraries);
    let ids = reader.ids.into_iter().collect();
    let mut texts = texts(&projects);
    texts.extend(deployment.texts().map(|text| (text.path.clone(), text.clone())));
    mask_secrets(&projects, &deployment, &mut texts);
    let mut read: BTreeMap<&'static str, usize> = BTreeMap::new();
    for entry in texts.keys().filter_map(|path| snapshot.get(path)) {
        *read.entry(entry.kind.key()).or_default() += 1;
    }
    Workspace {
        installed: options.installed.clone(),
        indexed: options.indexed.clone(),
        seen: names.seen,
        projects,
        not_analysed,
        texts,
        deployment,
        notices: plan.notices,
        read,
        ids,
        snapshot,
    }
}

/// Roots of the projects: folders with a `manage.py` that is Django's, and those that the configuration names.
fn project_roots<'a>(
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    options: &Options<'_>,
) -> BTreeSet<Arc<str>> {
    let candidates = of_kind(snapshot, FileKind::ManagePy);
    let found = reader.each(&candidates, discover::is_manage_py_of_django, |_, _| ());
    let found = found.into_iter().map(|(entry, ())| Arc::from(discover::parent(&entry.path)));
    found.chain(options.roots.iter().cloned()).collect()
}

fn of_kind(snapshot: &Snapshot, kind: FileKind) -> Vec<&FileEntry> {
    snapshot.files.iter().filter(|entry| entry.kind == kind).collect()
}

/// What the settings files of each project say about its graph; files of no project stand under `None`.
fn graph_settings<'a>(
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    roots: &BTreeSet<Arc<str>>,
) -> BTreeMap<Option<Arc<str>>, Vec<Said>> {
    let candidates = of_kind(snapshot, FileKind::Settings);
    let read = reader.each(&candidates, graph_settings::concerns, |text, _| graph_settings::read(&text));
    let mut by_root: BTreeMap<Option<Arc<str>>, Vec<Said>> = BTreeMap::new();
    for (entry, said) in read {
        by_root.entry(discover::owner(&entry.path, roots).cloned()).or_default().push(said);
    }
    by_root
}

/// The configurations of every app with a migrations folder, by the folder of the app.
fn app_configs<'a>(
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    packages: &[Package],
) -> HashMap<Arc<str>, Vec<AppConfig>> {
    let entry = |package: &Package| snapshot.get(&discover::join(&package.app, "apps.py"));
    let candidates: Vec<&FileEntry> = packages.iter().filter_map(entry).collect();
    let says_label = |bytes: &[u8]| memchr::memmem::find(bytes, b"Config").is_some();
    let read = reader.each(&candidates, says_label, |text, _| app_config::read(&text));
    read.into_iter().map(|(entry, configs)| (discover::parent(&entry.path).into(), configs)).collect()
}

/// Reads the modules of all migrations packages.
fn migration_files<'a>(
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    drafts: &[Draft],
    options: &Options<'_>,
) -> HashMap<Arc<str>, Arc<MigrationFile>> {
    let modules = drafts.iter().flat_map(|draft| draft.packages.values()).flat_map(|(_, modules)| modules);
    let wanted: BTreeSet<usize> = modules.copied().collect();
    let entries: Vec<&FileEntry> = wanted.into_iter().filter_map(|at| snapshot.files.get(at)).collect();
    let known = options.reuse.map(known_files).unwrap_or_default();
    let read = reader.each(
        &entries,
        |_| true,
        |text, id| match id.and_then(|id| known.get(&(text.path.as_ref(), id))) {
            Some(file) => (*file).clone(),
            None => Arc::new(reader::read(text)),
        },
    );
    read.into_iter().map(|(entry, file)| (entry.path.clone(), file)).collect()
}

/// The files of migrations packages of another state, by path and content.
fn known_files(other: &Workspace) -> HashMap<(&str, gix::ObjectId), &Arc<MigrationFile>> {
    let files = other.projects.iter().flat_map(|project| {
        let migrations = project.migrations.iter().map(|migration| &migration.file);
        migrations.chain(project.other_files.iter().map(|other| &other.file))
    });
    files
        .filter_map(|file| {
            let path = file.text.path.as_ref();
            Some(((path, *other.ids.get(path)?), file))
        })
        .collect()
}

/// Where everything goes, before migrations are read.
struct Plan<'a> {
    snapshot: &'a Snapshot,
    options: &'a Options<'a>,
    said: BTreeMap<Option<Arc<str>>, Vec<Said>>,
    drafts: Vec<Draft>,
    notices: Vec<Bilingual>,
}

/// A project before its migrations are read.
#[derive(Default)]
struct Draft {
    root: Arc<str>,
    name: Arc<str>,
    settings: GraphSettings,
    /// Apps by label, with the modules of their migrations package.
    packages: BTreeMap<Arc<str>, (App, Vec<usize>)>,
}

impl<'a> Plan<'a> {
    fn new(
        snapshot: &'a Snapshot,
        options: &'a Options<'a>,
        said: BTreeMap<Option<Arc<str>>, Vec<Said>>,
    ) -> Self {
        Self { snapshot, options, said, drafts: Vec::new(), notices: Vec::new() }
    }

    /// Puts a package into the project that it belongs to, under its label.
    fn place(&mut self, package: Package, configs: &[AppConfig], roots: &BTreeSet<Arc<str>>) {
        let owner = discover::owner(&package.path, roots).cloned();
        let at = self.draft(owner.clone().unwrap_or_default(), owner);
        let label = self.label(&package, configs);
        let Draft { root, settings, packages, .. } = &self.drafts[at];
        let package = match discover::moved(settings, root, &label) {
            Moved::No => package,
            Moved::Off => {
                let folder = &package.path;
                self.notices.push(Bilingual::new(
                    format!(
                        "{folder}: not analysed, since MIGRATION_MODULES switches migrations of `{label}` off"
                    ),
                    format!("{folder}：MIGRATION_MODULES 关闭了 `{label}` 的迁移，因此未分析"),
                ));
                return;
            }
            Moved::To(folder) => match discover::package_at(self.snapshot, &folder, &package.app) {
                Some(moved) => moved,
                None => {
                    self.notices.push(Bilingual::new(
                        format!("MIGRATION_MODULES leads `{label}` to `{folder}`, which is not in the repository; its migrations were not analysed"),
                        format!("MIGRATION_MODULES 将 `{label}` 指向 `{folder}`，但仓库中没有该目录，其迁移未分析"),
                    ));
                    return;
                }
            },
        };
        let app = App {
            label: label.clone(),
            path: package.app.clone(),
            migrations_path: package.path.clone(),
            has_init: package.has_init,
        };
        if packages.contains_key(&label) {
            // One project cannot hold two apps of one label: this one is of another, which has no `manage.py`.
            let apart: Arc<str> = discover::parent(&package.app).into();
            let at = self.draft_apart(apart, &package.app);
            self.drafts[at].packages.insert(label, (app, package.modules));
        } else {
            self.drafts[at].packages.insert(label, (app, package.modules));
        }
    }

    /// Places the packages that `MIGRATION_MODULES` names for apps without a migrations folder of their own: an app whose
    /// migrations were moved away as a whole, or an installed one whose migrations the project keeps.
    fn place_moved(&mut self) {
        for draft in &mut self.drafts {
            for (label, module) in &draft.settings.migration_modules {
                if module.is_none() || draft.packages.contains_key(label) {
                    continue;
                }
                let Moved::To(folder) = discover::moved(&draft.settings, &draft.root, label) else {
                    continue;
                };
                let own: Arc<str> = discover::join(&draft.root, label).into();
                let Some(package) = discover::package_at(self.snapshot, &folder, &own) else { continue };
                let app = App {
                    label: label.clone(),
                    path: package.app,
                    migrations_path: package.path,
                    has_init: package.has_init,
                };
                draft.packages.insert(label.clone(), (app, package.modules));
            }
        }
    }

    /// The label of the app, with a notice where the source does not tell it.
    fn label(&mut self, package: &Package, configs: &[AppConfig]) -> Arc<str> {
        let folder = match discover::last(&package.app) {
            "" => self.options.name.clone(),
            name => name.into(),
        };
        match app_config::default_of(configs).map(AppConfig::label) {
            Some(Ok(label)) => label.unwrap_or(folder),
            None => folder,
            Some(Err(why)) => {
                let path = discover::join(&package.app, "apps.py");
                self.notices.push(Bilingual::new(
                    format!("{path}: the label of the app is not known ({why}); `{folder}` is taken"),
                    format!("{path}：无法确定应用的标签（{why}），按 `{folder}` 处理"),
                ));
                folder
            }
        }
    }

    /// The draft of the project at `root`; `owner` is the key of its settings.
    fn draft(&mut self, root: Arc<str>, owner: Option<Arc<str>>) -> usize {
        if let Some(at) = self.drafts.iter().position(|draft| draft.root == root) {
            return at;
        }
        let name = self.name(&root);
        let said = self.said.get(&owner).map_or(&[][..], Vec::as_slice);
        let (settings, notices) = graph_settings::agreed(&name, said);
        self.notices.extend(notices);
        self.drafts.push(Draft { root, name, settings, packages: BTreeMap::new() });
        self.drafts.len() - 1
    }

    /// A draft for an app whose label is taken: at the folder that holds the app, or at the app itself.
    fn draft_apart(&mut self, root: Arc<str>, app: &Arc<str>) -> usize {
        let taken = |draft: &Draft, root: &str| *draft.root == *root;
        let root = if self.drafts.iter().any(|draft| taken(draft, &root)) { app.clone() } else { root };
        let name = self.name(&root);
        self.drafts.push(Draft { root, name, ..Draft::default() });
        self.drafts.len() - 1
    }

    /// The name of the project at `root`: its folder; for the scanned folder its own name, unless a project below it is
    /// called so.
    fn name(&self, root: &Arc<str>) -> Arc<str> {
        match &self.options.name {
            _ if !root.is_empty() => root.clone(),
            own if self.drafts.iter().any(|draft| draft.root == *own) => ".".into(),
            own => own.clone(),
        }
    }
}

impl Draft {
    /// The project, once its files are read.
    fn finish(
        self,
        files: &HashMap<Arc<str>, Arc<MigrationFile>>,
        snapshot: &Snapshot,
        library: Choice,
    ) -> Project {
        let Self { root, name, settings, packages } = self;
        let classes = FieldClasses::new(snapshot, &root);
        let (mut migrations, mut other_files, mut apps) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (label, (app, modules)) in packages {
            let is_package = is_of_django(&modules, snapshot, files);
            for entry in modules.iter().filter_map(|at| snapshot.files.get(*at)) {
                let Some(file) = files.get(&entry.path) else { continue };
                let (module, seen) = discover::module_name(entry);
                if seen && (file.outcome == Outcome::Django || classes.makes_migration(file)) {
                    migrations.push(Migration {
                        app: label.clone(),
                        name: module.into(),
                        file: file.clone(),
                    });
                } else {
                    other_files.push(OtherFile {
                        app: label.clone(),
                        name: module.into(),
                        file: file.clone(),
                        ignored_name: !seen,
                    });
                }
            }
            if is_package || migrations.last().is_some_and(|last: &Migration| last.app == label) {
                apps.insert(label, app);
            }
        }
        migrations.sort_by(|a, b| (&a.app, &a.name).cmp(&(&b.app, &b.name)));
        other_files.sort_by(|a, b| a.file.text.path.cmp(&b.file.text.path));
        let labels: BTreeSet<Arc<str>> =
            apps.values().filter(|app: &&App| app.has_init).map(|app| app.label.clone()).collect();
        let graph = Graph::build(&migrations, &labels, &settings.swappable);
        let mut own_modules = discover::modules_at(&root, snapshot);
        own_modules.extend(apps.values().map(|app: &App| Arc::from(discover::last(&app.path))));
        Project {
            root,
            name,
            apps,
            migrations,
            other_files,
            graph,
            settings,
            field_library: library.library,
            unused_field_libraries: library.passed_over,
            own_modules,
            ..Project::default()
        }
    }
}

/// Whether a package belongs to Django: everything but one whose files are all of another framework.
fn is_of_django(
    modules: &[usize],
    snapshot: &Snapshot,
    files: &HashMap<Arc<str>, Arc<MigrationFile>>,
) -> bool {
    let mut outcomes = modules
        .iter()
        .filter_map(|at| Some(&files.get(&snapshot.files.get(*at)?.path)?.outcome))
        .filter(|outcome| **outcome != Outcome::NoMigrationClass)
        .peekable();
    outcomes.peek().is_none() || outcomes.any(|outcome| !matches!(outcome, Outcome::NotDjango(_)))
}

fn not_analysed(snapshot: &Snapshot, failed: Vec<NotAnalysed>, libraries: &Libraries) -> Vec<NotAnalysed> {
    let mut all: Vec<NotAnalysed> = snapshot.not_read.iter().cloned().map(NotAnalysed::from).collect();
    all.extend(failed);
    let of_library = |(path, error): &(Arc<str>, crate::source::ReadError)| NotAnalysed {
        path: path.clone(),
        why: NotAnalysedReason::Read(error.clone()),
    };
    all.extend(libraries.not_read.iter().map(of_library));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    // A file that two parts of the program read failed for the same reason.
    all.dedup_by(|a, b| a.path == b.path);
    all
}

/// Texts that findings may point at.
fn texts(projects: &[Project]) -> BTreeMap<Arc<str>, Arc<SourceText>> {
    let of_project = |project: &Project| -> Vec<Arc<SourceText>> {
        let migrations = project.migrations.iter().map(|migration| &migration.file.text);
        let others = project.other_files.iter().map(|other| &other.file.text);
        let pins = project.pins.texts();
        let settings = project.configuration.texts();
        let code = project.code.texts().chain(project.middlewares.iter().map(|class| &class.text));
        let code = code.chain(project.templates.iter().map(|template| &template.text));
        let texts = migrations.chain(others).chain(&project.field_library.source);
        texts.chain(pins).chain(settings).chain(code).cloned().collect()
    };
    projects.iter().flat_map(of_project).map(|text| (text.path.clone(), text)).collect()
}

/// Secrets in settings and in the files that override them are never shown, whatever finding points at their lines.
fn mask_secrets(
    projects: &[Project],
    deployment: &Deployment,
    texts: &mut BTreeMap<Arc<str>, Arc<SourceText>>,
) {
    let mut secrets: BTreeMap<Arc<str>, Vec<Span>> = BTreeMap::new();
    let of_settings = projects.iter().flat_map(|project| project.configuration.secret_spans());
    let of_files = deployment
        .environments
        .iter()
        .flat_map(|file| file.secrets().into_iter().map(|span| (file.document.text.path.clone(), span)));
    for (path, span) in of_settings.chain(of_files) {
        secrets.entry(path).or_default().push(span);
    }
    for (path, mut spans) in secrets {
        spans.sort();
        spans.dedup();
        if let Some(text) = texts.get_mut(&path) {
            *text = Arc::new(text.masked(&spans));
        }
    }
}
