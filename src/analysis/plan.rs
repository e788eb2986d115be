//! The run of `plan`: reads two revisions, or one and what a database has applied.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{FailOn, Loaded};
use crate::django::{DjangoVersion, Key};
use crate::findings::{Bilingual, Lang, Severity};
use crate::mysql::Server;
use crate::plan::cost::Sizes;
use crate::plan::half::Live;
use crate::plan::rates::{Calibration, Rates};
use crate::plan::{Basis, Plan, Start};
use crate::project::{NotAnalysed, Options, Parts, Workspace, assemble};
use crate::rules;
use crate::source::Snapshot;
use crate::source::git::{GitError, Repository};
use crate::source::walk::Exclude;

use super::{AnalysisError, Opened, Opening, Request, configured_roots, judged, own_name, versions};

/// What to plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The repository or project, and its configuration.
    pub tree: Request,
    /// The revision that runs now.
    pub from: Option<String>,
    /// A file that lists what the database has applied, in place of a revision.
    pub applied: Option<PathBuf>,
    /// What a live database said, in place of a revision or beside it.
    pub database: Option<Database>,
    /// The revision to upgrade to; the working tree without one.
    pub to: Option<String>,
    /// The server, over that of the database and of the configuration.
    pub server: Option<Server>,
    /// The release of Django, over what the projects pin.
    pub django: Option<DjangoVersion>,
    /// A file of table sizes, over those of the database.
    pub sizes: Option<PathBuf>,
    /// A file of `gate calibrate`, over that of the configuration.
    pub calibration: Option<PathBuf>,
}

/// What a live database said.
#[derive(Debug, Clone)]
pub struct Database {
    /// How it is called in the plan.
    pub name: String,
    /// What it has applied.
    pub applied: BTreeSet<Key>,
    /// Its server; `None` where it is not one that the facts know.
    pub server: Option<Server>,
    /// Sizes of its tables.
    pub sizes: Sizes,
    /// Its schema.
    pub live: Option<Live>,
    /// What was seen of the backups, by their names in the configuration.
    pub proofs: BTreeMap<String, String>,
}

/// A plan with what to tell beside it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// From which severity on the plan fails.
    pub fail_on: FailOn,
    /// Language of human text.
    pub lang: Lang,
    /// Files of the target that could not be read or understood.
    pub not_analysed: Vec<NotAnalysed>,
}

impl Planned {
    /// Whether the upgrade is to be stopped: something must be mended first, or a finding is as severe as `--fail-on` says.
    pub fn fails(&self) -> bool {
        let blocked = !self.plan.blockers().is_empty() && self.fail_on.is_met_by(Severity::Error);
        blocked || self.plan.findings.iter().any(|finding| self.fail_on.is_met_by(finding.severity))
    }
}

/// What of the repository a plan looks at.
const PARTS: Parts = Parts { pins: true, settings: true, code: false, deployment: true };

/// Plans the upgrade.
///
/// # Errors
/// When a path, the configuration, a revision or a file that the user names cannot be used.
pub fn plan(request: &PlanRequest) -> Result<Planned, AnalysisError> {
    let opening = Opening::new(&request.tree, |config| rules::parts(config).or(PARTS))?;
    let Opening { repository, exclude, library, opened, .. } = opening;
    let Opened { mut workspace, loaded, lang, root, folder } = opened;
    let config = &loaded.config;
    let options = Options {
        roots: configured_roots(&loaded, &folder),
        name: own_name(&folder),
        field_library: library,
        repository: repository.as_ref().ok(),
        target: versions(&request.tree, config)?,
        installed: workspace.installed.clone(),
        parts: rules::parts(config).or(PARTS),
        ..Options::default()
    };
    let revision = |name: &String| -> Result<Workspace, AnalysisError> {
        let snapshot = snapshot_of((&repository, &exclude, &folder), name)?;
        let options = Options { reuse: Some(&workspace), ..options.clone() };
        Ok(assemble(snapshot, &options))
    };
    let mut other = request.to.as_ref().map(&revision).transpose()?;
    let from = request.from.as_ref().map(&revision).transpose()?;
    let to_name = match &request.to {
        Some(name) => Bilingual::new(name, name),
        None => Bilingual::new("the working tree", "工作区"),
    };
    let to = other.as_mut().unwrap_or(&mut workspace);
    if to.projects.is_empty() {
        let Bilingual { en, zh } = &to_name;
        return Err(AnalysisError::Usage(Bilingual::new(
            format!(
                "{en}: no Django project: none has a manage.py, and the configuration names none under [[project]]"
            ),
            format!("{zh}：没有 Django 项目：既没有 manage.py，配置中也没有 [[project]]"),
        )));
    }
    let (applied, place) = match (&request.applied, &request.database) {
        (Some(path), _) => (Some(applied(path)?), path.display().to_string()),
        (None, Some(database)) => (Some(database.applied.clone()), database.name.clone()),
        (None, None) => (None, String::new()),
    };
    let (start, name) = match (&from, &applied, &request.from) {
        (Some(from), Some(applied), Some(name)) => (Start::Both(from, applied), format!("{name} ({place})")),
        (Some(from), None, Some(name)) => (Start::Revision(from), name.clone()),
        (_, Some(applied), _) => (Start::Applied(applied), place),
        _ => {
            return Err(AnalysisError::Usage(Bilingual::new(
                "an upgrade from where? pass --from with the revision that runs now, for example --from v4.8, or the state of its database: --applied, --facts or --live",
                "从哪里升级？请用 --from 指定当前运行的版本，例如 --from v4.8，或用 --applied、--facts、--live 给出其数据库的状态",
            )));
        }
    };
    let basis = basis(request, &loaded, to)?;
    let mut plan = Plan::new((&name, &to_name), &start, to, &basis);
    // What is pending is new, and the rules judge it as such.
    let pending = pending_of(&plan);
    for project in &mut to.projects {
        let keys = project.migrations.iter().map(|it| (it.app.clone(), it.name.clone()));
        let new = pending.get(&project.name);
        project.merged = Some(keys.filter(|key| new.is_none_or(|new| !new.contains(key))).collect());
    }
    let judged = judged::Judged { loaded: &loaded, folder: &folder, root: &root, today: request.tree.today };
    plan.findings = judged.findings(to, from.as_ref(), &pending);
    let fail_on = request.tree.fail_on.or(config.fail_on).unwrap_or(FailOn::Error);
    let not_analysed = to.not_analysed.clone();
    Ok(Planned { plan, fail_on, lang, not_analysed })
}

/// What the plan is made for: the command line goes before the database, and that before the configuration.
fn basis(request: &PlanRequest, loaded: &Loaded, to: &Workspace) -> Result<Basis, AnalysisError> {
    let config = &loaded.config;
    let database = request.database.as_ref();
    let named = request.server.clone().or_else(|| database.and_then(|one| one.server.clone()));
    let (server, server_is_named) = match named {
        Some(server) => (server, true),
        None => rules::Basis::server_of(to.projects.first(), config),
    };
    let sizes = match &request.sizes {
        Some(path) => Sizes::read(path).map_err(|error| AnalysisError::Usage(error.0))?,
        None => database.map(|one| one.sizes.clone()).unwrap_or_default(),
    };
    let configured = config.gate.calibration.as_ref().map(|path| loaded.folder.join(path));
    let rates = match request.calibration.clone().or(configured) {
        Some(path) => Rates::measured(&Calibration::read(&path).map_err(AnalysisError::Usage)?),
        None => Rates::default(),
    };
    Ok(Basis {
        server,
        server_is_named,
        django: request.django,
        sizes,
        rates,
        live: database.and_then(|one| one.live.clone()),
        proofs: database.map(|one| one.proofs.clone()).unwrap_or_default(),
        gate: config.gate.clone(),
    })
}

/// The pending migrations, by the name of the project.
fn pending_of(plan: &Plan) -> BTreeMap<Arc<str>, BTreeSet<Key>> {
    let of = |project: &crate::plan::ProjectPlan| {
        project.pending.iter().map(|one| (one.app.clone(), one.name.clone())).collect()
    };
    plan.projects.iter().map(|project| (project.name.clone(), of(project))).collect()
}

/// The files of a revision, those below the scanned folder that the configuration does not exclude.
fn snapshot_of(
    (repository, exclude, folder): (&Result<Repository, GitError>, &Exclude, &Path),
    name: &str,
) -> Result<Snapshot, AnalysisError> {
    let repository = repository.as_ref().map_err(Clone::clone)?;
    let prefix = prefix_of(repository, folder)?;
    let commit = repository.resolve(name)?;
    let mut snapshot = repository.snapshot(commit, &prefix)?;
    snapshot.files.retain(|entry| !exclude.excludes_file(folder, &entry.path));
    Ok(snapshot)
}

fn prefix_of(repository: &Repository, folder: &Path) -> Result<String, GitError> {
    repository
        .prefix_of(folder)
        .ok_or_else(|| GitError::NotARepository { path: folder.display().to_string() })
}

/// The migrations that a file lists: the rows `app, name` of `django_migrations` (with or without other columns before
/// them, as `mysql -B` or an export prints them), or what `manage.py showmigrations --plan` prints.
fn applied(path: &Path) -> Result<BTreeSet<Key>, AnalysisError> {
    let shown = path.display();
    let text = crate::source::read_given_text(path).map_err(|error| {
        AnalysisError::Usage(Bilingual::new(
            format!("{shown}: cannot read the applied migrations: {error}"),
            format!("{shown}：无法读取已执行的迁移：{error}"),
        ))
    })?;
    let mut columns: Option<(usize, usize)> = None;
    let mut out = BTreeSet::new();
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("[ ]") {
            continue;
        }
        if let Some(name) = line.strip_prefix("[X]") {
            // A squash whose originals are applied has a note behind its name.
            let name = name.split_whitespace().next().unwrap_or_default();
            if let Some((app, name)) = name.split_once('.') {
                out.insert((app.into(), name.into()));
                continue;
            }
        }
        let cells: Vec<&str> = line.split(['\t', ',']).map(|cell| cell.trim().trim_matches('"')).collect();
        let position = |wanted: &str| cells.iter().position(|cell| cell.eq_ignore_ascii_case(wanted));
        if let (None, Some(app), Some(name)) = (columns, position("app"), position("name")) {
            columns = Some((app, name));
            continue;
        }
        let (app, name) = columns.unwrap_or((0, 1));
        match (cells.get(app), cells.get(name)) {
            (Some(app), Some(name)) if !app.is_empty() && !name.is_empty() => {
                out.insert(((*app).into(), (*name).into()));
            }
            _ => {
                let line = at + 1;
                return Err(AnalysisError::Usage(Bilingual::new(
                    format!(
                        "{shown}, line {line}: a migration is written as the rows of django_migrations (app and name between tabs or commas) or as `showmigrations --plan` prints it"
                    ),
                    format!(
                        "{shown} 第 {line} 行：应为 django_migrations 的行（app 与 name 以制表符或逗号分隔），或 `showmigrations --plan` 的输出"
                    ),
                )));
            }
        }
    }
    Ok(out)
}
