//! The run of `plan`: reads two revisions, or one and what a database has applied.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::django::{DjangoVersion, Key};
use crate::findings::{Bilingual, Lang};
use crate::mysql::Server;
use crate::plan::cost::Sizes;
use crate::plan::{Basis, Plan, Start};
use crate::project::{NotAnalysed, Options, Parts, Workspace, assemble};
use crate::rules;
use crate::source::Snapshot;
use crate::source::git::{GitError, Repository};

use super::{AnalysisError, Opening, Request, configured_roots, own_name, versions};

/// What to plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// The repository or project, and its configuration.
    pub tree: Request,
    /// The revision that runs now.
    pub from: Option<String>,
    /// A file that lists what the database has applied, in place of a revision.
    pub applied: Option<PathBuf>,
    /// The revision to upgrade to; the working tree without one.
    pub to: Option<String>,
    /// The server, over that of the configuration.
    pub server: Option<Server>,
    /// The release of Django, over what the projects pin.
    pub django: Option<DjangoVersion>,
    /// A file of table sizes.
    pub sizes: Option<PathBuf>,
}

/// A plan with what to tell beside it.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Language of human text.
    pub lang: Lang,
    /// Files of the target that could not be read or understood.
    pub not_analysed: Vec<NotAnalysed>,
}

/// What of the repository a plan looks at.
const PARTS: Parts = Parts { pins: true, settings: true, code: false, deployment: true };

/// Plans the upgrade.
///
/// # Errors
/// When a path, the configuration, a revision or a file that the user names cannot be used.
pub fn plan(request: &PlanRequest) -> Result<Planned, AnalysisError> {
    let opening = Opening::new(&request.tree, |_| PARTS)?;
    let opened = &opening.opened;
    let config = &opened.loaded.config;
    let options = Options {
        roots: configured_roots(&opened.loaded, &opened.folder),
        name: own_name(&opened.folder),
        repository: opening.repository.as_ref().ok(),
        target: versions(&request.tree, config)?,
        installed: opened.workspace.installed.clone(),
        parts: PARTS,
        ..Options::default()
    };
    let revision = |name: &str| -> Result<Workspace, AnalysisError> {
        let snapshot = snapshot_of(&opening, name)?;
        let options = Options { reuse: Some(&opened.workspace), ..options.clone() };
        Ok(assemble(snapshot, &options))
    };
    let other;
    let (to, to_name) = match &request.to {
        Some(name) => {
            other = revision(name)?;
            (&other, Bilingual::new(name, name))
        }
        None => (&opened.workspace, Bilingual::new("the working tree", "工作区")),
    };
    if to.projects.is_empty() {
        let Bilingual { en, zh } = &to_name;
        return Err(AnalysisError::Usage(Bilingual::new(
            format!(
                "{en}: no Django project: none has a manage.py, and the configuration names none under [[project]]"
            ),
            format!("{zh}：没有 Django 项目：既没有 manage.py，配置中也没有 [[project]]"),
        )));
    }
    let (server, server_is_named) = match &request.server {
        Some(server) => (server.clone(), true),
        None => rules::Basis::server_of(to.projects.first(), config),
    };
    let sizes = match &request.sizes {
        Some(path) => Sizes::read(path).map_err(|error| AnalysisError::Usage(error.0))?,
        None => Sizes::default(),
    };
    let phases = config.gate.window.phases.clone();
    let basis = Basis { server, server_is_named, django: request.django, sizes, phases };
    let plan = match (&request.from, &request.applied) {
        (_, Some(path)) => {
            let applied = applied(path)?;
            let name = path.display().to_string();
            Plan::new((&name, &to_name), &Start::Applied(&applied), to, &basis)
        }
        (Some(name), None) => {
            let from = revision(name)?;
            Plan::new((name, &to_name), &Start::Revision(&from), to, &basis)
        }
        (None, None) => {
            return Err(AnalysisError::Usage(Bilingual::new(
                "an upgrade from where? pass --from with the revision that runs now, for example --from v4.8, or --applied with the migrations of its database",
                "从哪里升级？请用 --from 指定当前运行的版本，例如 --from v4.8，或用 --applied 指定其数据库已执行的迁移",
            )));
        }
    };
    let not_analysed = to.not_analysed.clone();
    Ok(Planned { plan, lang: opened.lang, not_analysed })
}

/// The files of a revision, those below the scanned folder that the configuration does not exclude.
fn snapshot_of(opening: &Opening, name: &str) -> Result<Snapshot, AnalysisError> {
    let folder = &opening.opened.folder;
    let repository = opening.repository.as_ref().map_err(Clone::clone)?;
    let prefix = prefix_of(repository, folder)?;
    let commit = repository.resolve(name)?;
    let mut snapshot = repository.snapshot(commit, &prefix)?;
    snapshot.files.retain(|entry| !opening.exclude.excludes_file(folder, &entry.path));
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
    let text = std::fs::read_to_string(path).map_err(|error| {
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
