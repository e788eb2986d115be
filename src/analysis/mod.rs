//! The whole run as a library call: read, assemble, judge, sort out.

mod acceptance;
mod base;
mod change;
mod judged;
pub mod plan;
mod summary;
mod target;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::load::Source;
use crate::config::{self, Config, ConfigError, Date, FailOn, Loaded, selector};
use crate::django::FieldLibrary;
use crate::findings::fingerprint::Context;
use crate::findings::{Bilingual, Finding, Lang, RuleId, Standing};
use crate::pins::Package;
use crate::project::pins::environment;
use crate::project::target::{Target as Versions, TargetError};
use crate::project::{Options, Parts, Project, Workspace, assemble};
use crate::report::{Report, ScanRoot};
use crate::rules;
use crate::source::Overlay;
use crate::source::git::{GitError, Repository};
use crate::source::walk::{self, Exclude, WalkOptions};
use crate::triage::baseline::BaselineError;
use crate::triage::diff::{Changes, Lines};
use crate::triage::paths::slashed;
use crate::triage::{
    self, Accepted, Base, Baseline, ChangeList, DiffFilter, Ignores, Judge, Paths, Scope, Shown, history,
    scope,
};

pub use change::ChangeOptions;

use acceptance::{configured_ignores, is_on_acceptance, own_files, read_baseline};
use base::{BaseState, Scanned};
use change::Revision;
use target::Target;

/// What to analyse and how: what the command line says, before the configuration file is read.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files and folders to judge; empty means the working directory.
    pub paths: Vec<PathBuf>,
    /// Where the configuration comes from.
    pub configuration: ConfigurationSource,
    /// Rules to run instead of those that the configuration selects; empty leaves the choice to it.
    pub select: Vec<String>,
    /// Rules to leave out beside those that the configuration leaves out.
    pub ignore: Vec<String>,
    /// From which severity on the run fails, instead of what the configuration says.
    pub fail_on: Option<FailOn>,
    /// Language of messages, when the command line names one.
    pub lang: Option<Lang>,
    /// Language where neither the command line nor the configuration names one: that of the locale.
    pub locale: Lang,
    /// Field library for every project, instead of what the configuration says.
    pub field_library: Option<PathBuf>,
    /// Baseline, instead of what the configuration says.
    pub baseline: BaselineSource,
    /// What is shown.
    pub scope: Scope,
    /// Git revision to compare with.
    pub diff_base: Option<String>,
    /// How the change is judged that is compared with it.
    pub change: ChangeOptions,
    /// Versions that the projects are to run on, over those of the configuration: `django=5.2,python=3.12,mysql=8.0`.
    pub target: Option<String>,
    /// An installed environment whose packages say what they need: a virtual environment, or its `site-packages`.
    pub environment: Option<PathBuf>,
    /// Whether the package index may be asked what pinned versions declare.
    pub index: bool,
    /// The day of the run, for `until` dates.
    pub today: Date,
    /// What is read beside what the rules ask for.
    pub also: Parts,
    /// Buffers of an editor in the place of files on disk.
    pub overlay: Overlay,
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub enum ConfigurationSource {
    /// The nearest file beside or above the scanned root.
    #[default]
    Found,
    /// This file.
    File(PathBuf),
    /// No file: the defaults (`--no-config`).
    Defaults,
}

/// Which baseline counts.
#[derive(Debug, Clone, Default)]
pub enum BaselineSource {
    /// The one that the configuration names, if it names one.
    #[default]
    Configured,
    /// This file.
    File(PathBuf),
    /// None: `baseline` itself accepts everything that stands today.
    None,
}

/// What was read: the state of the tree with the configuration that counts for it.
pub struct Opened {
    /// Everything that was read.
    pub workspace: Workspace,
    /// The configuration.
    pub loaded: Loaded,
    /// The language of human text.
    pub lang: Lang,
    /// The scanned root and how its paths are shown.
    pub root: ScanRoot,
    /// The scanned folder, absolute, links resolved.
    pub folder: PathBuf,
}

/// A finished run.
pub struct Run {
    /// What to tell.
    pub report: Report,
    /// From which severity on it fails.
    pub fail_on: FailOn,
    /// The scanned folder, absolute, links resolved.
    pub folder: PathBuf,
    /// The baseline that the configuration names, absolute.
    pub configured_baseline: Option<PathBuf>,
    /// Why there was nothing to check, with a hint what to do; the run must not look green then.
    pub nothing_to_check: Option<Bilingual>,
    /// Everything that was read; the texts are those of the report.
    pub workspace: Workspace,
    /// The configuration that counted.
    pub config: Config,
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// A path that is not there, or several that have nothing in common.
    #[error("{}", .0.en)]
    Usage(Bilingual),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A field library or another file that the user named cannot be read.
    #[error("{}", .0.en)]
    Read(Bilingual),
    /// The repository cannot answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The baseline cannot be read.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

impl AnalysisError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Usage(text) | Self::Read(text) => text.get(lang).to_owned(),
            Self::Config(error) => error.text(lang),
            Self::Git(error) if lang == Lang::Zh => error.chinese(),
            Self::Git(error) => error.to_string(),
            Self::Baseline(error) => error.text(lang),
        }
    }

    /// True when the user can mend it in the command line or the configuration (exit code 2), false when the tool
    /// could not do its work (exit code 3).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage(_) | Self::Config(_) => true,
            Self::Baseline(error) => !matches!(error, BaselineError::Write { .. }),
            Self::Read(_) | Self::Git(_) => false,
        }
    }
}

/// Reads the tree and the configuration, without judging: what `inspect` shows; `parts` says what is read beside the
/// migrations.
///
/// # Errors
/// When a path, the configuration or the field library cannot be used.
pub fn open(request: &Request, parts: Parts) -> Result<Opened, AnalysisError> {
    Ok(Opening::new(request, |_| parts)?.opened)
}

/// Reads the configuration alone, with the language that it asks for: what needs no repository.
///
/// # Errors
/// When a path or the configuration cannot be used.
pub fn configure(request: &Request) -> Result<(Loaded, Lang), AnalysisError> {
    let target = Target::of(&request.paths)?;
    let mut loaded = configuration(request, &target.root, None)?;
    loaded.folder = loaded.folder.canonicalize().unwrap_or(loaded.folder);
    let lang = request.lang.or(loaded.config.lang).unwrap_or(request.locale);
    Ok((loaded, lang))
}

/// Reads, judges and sorts out.
///
/// # Errors
/// When a path, the configuration, the baseline or the base revision cannot be used.
pub fn check(request: &Request) -> Result<Run, AnalysisError> {
    let Opening { target, repository, exclude, library, revision, opened } =
        Opening::new(request, |config| rules::parts(config).or(request.also))?;
    let Opened { mut workspace, loaded, lang, mut root, folder } = opened;
    let config = &loaded.config;
    let name = own_name(&folder);
    let roots = configured_roots(&loaded, &folder);
    let options = Options {
        roots,
        name,
        field_library: library,
        repository: repository.as_ref().ok(),
        target: versions(request, config)?,
        installed: workspace.installed.clone(),
        parts: rules::parts(config),
        indexed: workspace.indexed.clone(),
        ..Options::default()
    };

    let diff = request.change.diff.unwrap_or(DiffFilter::NoFilter);
    let scanned = Scanned {
        root: &folder,
        workspace: &workspace,
        exclude: &exclude,
        scope: request.scope,
        diff,
        exact: request.change.exact_base,
        options: &options,
    };
    let list = request.change.list.as_deref().map(ChangeList::read).transpose()?;
    let base = match list {
        Some(list) => base::Chosen { notice: Some(change::listed(&list)), state: BaseState::Listed(list) },
        None => base::choose(&scanned, repository.as_ref(), request.diff_base.as_deref())?,
    };
    let from_top = from_top(&in_repository(&repository, &folder));
    match &base.state {
        BaseState::Other(base) => base::note_merged(&mut workspace, base),
        BaseState::Listed(list) => change::note_merged(&mut workspace, list, &from_top),
        BaseState::Absent | BaseState::Same => {}
    }
    let catalogue = rules::catalogue();
    root.in_repository = in_repository(&repository, &folder);
    // `changed` asks of every finding whether the base has it; otherwise what a migration does is history where the base
    // has the migration as it is.
    let asks_for_history = request.scope == Scope::Changed;
    let (mut findings, old) = match &base.state {
        BaseState::Other(base) => {
            let of_base = match (asks_for_history || is_rewritten(&workspace, base), diff) {
                (true, _) => rules::Changes::All,
                (false, DiffFilter::NoFilter) => rules::Changes::None,
                (false, _) => rules::Changes::Lasting,
            };
            let old_context = context(base, &root);
            rayon::join(
                || rules::check(&workspace, config),
                || findings_of_base(base, config, &catalogue, &old_context, of_base, request.today),
            )
        }
        BaseState::Absent | BaseState::Same | BaseState::Listed(_) => {
            (rules::check(&workspace, config), Vec::new())
        }
    };
    // A list of files does not tell what a migration was before.
    let has_base = matches!(base.state, BaseState::Same | BaseState::Other(_));
    let judge = Judge { config, catalogue: &catalogue, has_base };
    let baseline = read_baseline(request, &loaded, &folder, revision.as_ref())?;
    let (ignores, config_text) = configured_ignores(&loaded, &folder);
    if let BaseState::Other(base) = &base.state {
        findings.extend(history::compare(&judge, base, &workspace));
        rules::sort(&mut findings);
    }
    if let Some(revision) = &revision {
        let files = own_files(request, &loaded, &folder);
        revision.report_edits(&judge, &folder, &files, &mut findings);
        rules::sort(&mut findings);
    }
    // Set down before the texts are lent to the context: findings on these files need their excerpts.
    let own_texts = config_text.iter().chain(baseline.as_ref().map(Baseline::text));
    for text in own_texts.cloned().collect::<Vec<_>>() {
        workspace.texts.entry(text.path.clone()).or_insert(text);
    }
    let context = context(&workspace, &root);
    let accepted = Accepted { ignores: &ignores, baseline: baseline.as_ref(), today: request.today };
    let mut findings = triage::suppress(&judge, &accepted, &workspace, &context, findings);
    let lines = |path: &str| match &base.state {
        BaseState::Absent => Lines::All,
        BaseState::Same => Lines::None,
        BaseState::Listed(list) => list.lines(&format!("{from_top}{path}")),
        BaseState::Other(base) => change::lines_between(&workspace, base, path),
    };
    let shown = Shown { scope: request.scope, diff, changes: &Changes::new(&lines) };
    match &base.state {
        BaseState::Absent => scope::apply(shown, &Base::Absent, &context, &mut findings),
        BaseState::Same => scope::apply(shown, &Base::Same, &context, &mut findings),
        BaseState::Listed(list) => {
            let base = Base::Listed { list, prefix: &from_top };
            scope::apply(shown, &base, &context, &mut findings);
        }
        BaseState::Other(base) => {
            let old_context = self::context(base, &root);
            let changed = |path: &str| base::changed(&workspace, base, path);
            let is_history = |finding: &Finding| {
                !asks_for_history
                    && finding.standing() == Standing::NewMigrations
                    && rules::judges_changes(finding.rule)
                    && !changed(&finding.place.path)
            };
            let base = Base::Other {
                findings: &old,
                context: &old_context,
                changed: &changed,
                is_history: &is_history,
            };
            scope::apply(shown, &base, &context, &mut findings);
        }
    }
    rules::sort(&mut findings);
    findings.retain(|finding| target.judges(&finding.place.path) || is_on_acceptance(finding));
    let (hidden, shown) = findings.into_iter().partition(|finding: &Finding| finding.suppressed.is_some());
    let mut summary = summary::of(&workspace, &target);
    summary.notices.splice(0..0, loaded.notices.iter().cloned().chain(base.notice));
    if loaded.file.is_none() && matches!(request.configuration, ConfigurationSource::Found) {
        summary.defaults = summary::defaults(&workspace, config);
    }
    let nothing_to_check = summary::nothing_to_check(&workspace, &target);
    let new_migrations = if request.change.sql { change::new_migrations(&workspace, config) } else { None };
    let texts = std::mem::take(&mut workspace.texts);
    let report = Report { lang, root, findings: shown, hidden, summary, new_migrations, texts };
    Ok(Run {
        report,
        fail_on: request.fail_on.or(config.fail_on).unwrap_or(FailOn::Error),
        configured_baseline: config.baseline.as_ref().map(|path| loaded.folder.join(path)),
        folder,
        nothing_to_check,
        workspace,
        config: loaded.config,
    })
}

/// Where the root of a run over `paths` lies in its git repository, `/` between parts; empty at the top, outside of a
/// repository, and where there are no such paths.
pub fn place_in_repository(paths: &[PathBuf]) -> String {
    let Ok(target) = Target::of(paths) else { return String::new() };
    in_repository(&Repository::discover(&target.root), &target.root)
}

/// What both entries have in common.
struct Opening {
    target: Target,
    repository: Result<Repository, GitError>,
    exclude: Arc<Exclude>,
    library: Option<Arc<FieldLibrary>>,
    /// The revision whose configuration counts, when it is not that of the working tree.
    revision: Option<Revision>,
    opened: Opened,
}

impl Opening {
    fn new(request: &Request, parts: impl Fn(&Config) -> Parts) -> Result<Self, AnalysisError> {
        let target = Target::of(&request.paths)?;
        let folder = target.root.clone();
        let at = request.change.configuration_at.as_deref();
        let revision = at.map(|revision| Revision::find(&folder, revision)).transpose()?;
        let mut loaded = configuration(request, &folder, revision.as_ref())?;
        loaded.folder = loaded.folder.canonicalize().unwrap_or(loaded.folder);
        let lang = request.lang.or(loaded.config.lang).unwrap_or(request.locale);
        let library = named_library(request, &loaded, &folder)?;
        let exclude = Exclude::new(&loaded.folder, &loaded.config.exclude).map_err(|(pattern, why)| {
            AnalysisError::Usage(Bilingual::new(
                format!("exclude: `{pattern}` is no pattern: {why}"),
                format!("exclude：`{pattern}` 不是有效的模式：{why}"),
            ))
        })?;
        let exclude = Arc::new(exclude);
        let walk = WalkOptions { exclude: exclude.clone(), ..WalkOptions::default() };
        let (repository, mut snapshot) =
            rayon::join(|| Repository::discover(&folder), || walk::snapshot(&folder, &walk));
        if !request.overlay.is_empty() {
            snapshot.lay_over(&folder, &request.overlay, &exclude);
        }
        let (installed, unread) = installed(request)?;
        let options = Options {
            roots: configured_roots(&loaded, &folder),
            name: own_name(&folder),
            field_library: library.clone(),
            repository: repository.as_ref().ok(),
            target: versions(request, &loaded.config)?,
            installed,
            parts: parts(&loaded.config),
            keep: judges_base_whole(request),
            ..Options::default()
        };
        let mut workspace = assemble(snapshot, &options);
        workspace.notices.extend(unread);
        if request.index {
            ask_index(&mut workspace, &folder);
        }
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
        let root = ScanRoot {
            in_repository: in_repository(&repository, &folder),
            display_prefix: target.display_prefix(&here),
        };
        let opened = Opened { workspace, loaded, lang, root, folder };
        Ok(Self { target, repository, exclude, library, revision, opened })
    }
}

/// The configuration with what the command line adds to it.
fn configuration(
    request: &Request,
    folder: &Path,
    revision: Option<&Revision>,
) -> Result<Loaded, AnalysisError> {
    let catalogue = rules::catalogue();
    for (option, selectors) in [("--select", &request.select), ("--ignore", &request.ignore)] {
        for given in selectors {
            selector::check(given, &catalogue).map_err(|error| ConfigError::UnknownRule {
                option,
                selector: given.clone(),
                nearest: error.nearest,
            })?;
        }
    }
    let source = match &request.configuration {
        ConfigurationSource::Found => Source::Upwards(folder),
        ConfigurationSource::File(path) => Source::File(path),
        ConfigurationSource::Defaults => Source::Defaults,
    };
    let mut loaded = match revision {
        Some(revision) => revision.configuration(source, &catalogue)?,
        None => config::load(source, &catalogue)?,
    };
    if loaded.folder.as_os_str().is_empty() {
        loaded.folder = match &loaded.file {
            Some(_) => PathBuf::from("."),
            None => folder.to_owned(),
        };
    }
    if !request.select.is_empty() {
        loaded.config.select = request.select.clone();
    }
    loaded.config.ignore_rules.extend(request.ignore.iter().cloned());
    Ok(loaded)
}

/// The versions that the projects are to run on: what the command line names wins over the configuration, part by part.
fn versions(request: &Request, config: &Config) -> Result<Versions, AnalysisError> {
    let refused = |place: &str, error: &TargetError| {
        let text = |lang| format!("{place}: {}", error.text(lang));
        AnalysisError::Usage(Bilingual::new(text(Lang::En), text(Lang::Zh)))
    };
    let configured = Versions::from_config(config).map_err(|error| refused("[target]", &error))?;
    let Some(named) = &request.target else { return Ok(configured) };
    let named = Versions::parse(named).map_err(|error| refused("--target", &error))?;
    Ok(Versions {
        django: named.django.or(configured.django),
        python: named.python.or(configured.python),
        server: named.server.or(configured.server),
    })
}

/// The packages of the environment that the user named, and what could not be read of it.
fn installed(request: &Request) -> Result<(Arc<[Package]>, Option<Bilingual>), AnalysisError> {
    let Some(path) = &request.environment else { return Ok(Default::default()) };
    let installed = environment::read(path).map_err(|error| {
        let text = |lang| format!("--environment: {}", error.text(lang));
        AnalysisError::Usage(Bilingual::new(text(Lang::En), text(Lang::Zh)))
    })?;
    Ok((installed.packages.into(), installed.notice))
}

/// Asks the package index, and puts what it says to what is known of the projects.
#[cfg(feature = "index")]
fn ask_index(workspace: &mut Workspace, folder: &Path) {
    let answer = crate::index::ask(&workspace.projects, folder);
    workspace.notices.extend(answer.notices);
    for project in &mut workspace.projects {
        let packages = answer.packages.iter().cloned();
        let keyed = packages.map(|package| ((package.name.clone(), package.version.clone()), package));
        project.pins.inventory.indexed.extend(keyed);
    }
    workspace.indexed = answer.packages.into();
}

/// A program that was built without the means to ask says so.
#[cfg(not(feature = "index"))]
fn ask_index(workspace: &mut Workspace, _: &Path) {
    workspace.notices.push(Bilingual::new(
        "--index: this program was built without the feature `index`, so no index was asked",
        "--index：此程序构建时未启用 `index` 特性，未询问索引",
    ));
}

/// The field library that the user named.
fn named_library(
    request: &Request,
    loaded: &Loaded,
    folder: &Path,
) -> Result<Option<Arc<FieldLibrary>>, AnalysisError> {
    let configured = loaded.config.field_library.as_ref().map(|path| loaded.folder.join(path));
    let Some(path) = request.field_library.clone().or(configured) else { return Ok(None) };
    let bytes = crate::source::read_given(&path).map_err(|error| {
        let shown = path.display();
        AnalysisError::Usage(Bilingual::new(
            format!("{shown}: cannot read the field library: {error}"),
            format!("{shown}：无法读取字段库：{error}"),
        ))
    })?;
    Ok(Some(Arc::new(FieldLibrary::from_bytes(shown_from(folder, &path).into(), &bytes))))
}

/// Whether a migration of the base is another one now, or gone.
fn is_rewritten(workspace: &Workspace, base: &Workspace) -> bool {
    let mut migrations = base.projects.iter().flat_map(|project| &project.migrations);
    migrations.any(|migration| base::changed(workspace, base, &migration.file.text.path))
}

/// Whether findings on today's files are looked for in the base too.
fn judges_base_whole(request: &Request) -> bool {
    let diff = request.change.diff.unwrap_or(DiffFilter::NoFilter);
    request.scope == Scope::Changed || diff != DiffFilter::NoFilter
}

/// Findings of the base as its own comments leave them; `changes` says which of those on what its migrations do.
fn findings_of_base(
    base: &Workspace,
    config: &Config,
    catalogue: &[&'static RuleId],
    context: &Context<'_>,
    changes: rules::Changes,
    today: Date,
) -> Vec<Finding> {
    let judge = Judge { config, catalogue, has_base: false };
    let accepted = Accepted { ignores: &Ignores::default(), baseline: None, today };
    triage::suppress(&judge, &accepted, base, context, rules::check_base(base, config, changes))
}

fn context<'w>(workspace: &'w Workspace, root: &ScanRoot) -> Context<'w> {
    let top = root.in_repository.trim_matches('/');
    let folder = |project: &Project| match (top, project.root.as_ref()) {
        ("", below) => below.to_owned(),
        (top, "") => top.to_owned(),
        (top, below) => format!("{top}/{below}"),
    };
    Context {
        project_folders: workspace.projects.iter().map(|it| (it.name.clone(), folder(it))).collect(),
        in_repository: root.in_repository.clone(),
        texts: Some(&workspace.texts),
    }
}

/// Where the scanned folder is in its repository; empty outside one.
fn in_repository(repository: &Result<Repository, GitError>, folder: &Path) -> String {
    repository.as_ref().ok().and_then(|found| found.prefix_of(folder)).unwrap_or_default()
}

/// Projects that the configuration names, relative to the scanned folder; those outside it are left out.
fn configured_roots(loaded: &Loaded, folder: &Path) -> Vec<Arc<str>> {
    let roots = loaded.config.project.iter().filter_map(|project| {
        let full = loaded.folder.join(&project.root);
        let full = full.canonicalize().unwrap_or(full);
        full.strip_prefix(folder).ok().map(|below| slashed(below).into())
    });
    roots.collect()
}

/// As [`in_repository`], to be put before a path.
fn from_top(in_repository: &str) -> String {
    match in_repository.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    }
}

fn own_name(folder: &Path) -> Arc<str> {
    folder.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy().into())
}

/// A file as findings name it: relative to the scanned folder, with `..` where it lies above.
fn shown_from(folder: &Path, file: &Path) -> String {
    let full = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let parent = full.parent().unwrap_or(&full);
    let name = full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    match Paths::between(folder, parent) {
        Paths::Same if parent != folder => full.to_string_lossy().into_owned(),
        paths => paths.from_folder(&name),
    }
}
