//! The change at hand: what it is compared with, which of its lines count, and whose configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;

use crate::config::load::{Source, load_from};
use crate::config::{ConfigError, Loaded};
use crate::findings::{Bilingual, Finding, RuleId};
use crate::project::Workspace;
use crate::report::{NewMigrations, inspect};
use crate::rules::basis::Basis;
use crate::rules::change::is_pending;
use crate::rules::suppression::configuration_changed;
use crate::source::SourceText;
use crate::source::git::{GitError, Repository};
use crate::triage::baseline::BaselineError;
use crate::triage::change_list::{ChangeListError, Status};
use crate::triage::diff::{Lines, changed_lines};
use crate::triage::{Baseline, ChangeList, DiffFilter, Judge, Paths};

use super::{AnalysisError, shown_from};

/// How a change is judged, beside the revision that it is compared with.
#[derive(Debug, Clone, Default)]
pub struct ChangeOptions {
    /// Compare with the revision itself instead of with the commit that it and HEAD have in common.
    pub exact_base: bool,
    /// The files of the change as a code host lists them, where the clone does not hold the base.
    pub list: Option<PathBuf>,
    /// Which lines count; without it the scope alone decides.
    pub diff: Option<DiffFilter>,
    /// Take the configuration and the baseline as they stand in this revision.
    pub configuration_at: Option<String>,
    /// Tell the statements of every new migration.
    pub sql: bool,
}

impl From<ChangeListError> for AnalysisError {
    fn from(error: ChangeListError) -> Self {
        Self::Read(Bilingual::new(
            error.to_string(),
            format!("{}：不是变更文件列表：{}", error.path.display(), error.reason),
        ))
    }
}

/// A revision whose configuration counts.
pub(super) struct Revision {
    repository: Repository,
    commit: ObjectId,
}

impl Revision {
    /// Finds `revision` in the repository that holds `folder`.
    pub(super) fn find(folder: &Path, revision: &str) -> Result<Self, GitError> {
        let repository = Repository::discover(folder)?;
        let commit = repository.resolve(revision)?;
        Ok(Self { repository, commit })
    }

    /// The bytes that a file of the working tree has in the revision. A file outside of the repository belongs to no
    /// revision and is taken as it is.
    pub(super) fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let inside = self.repository.work_tree().and_then(|top| {
            let folder = path.parent()?;
            let full = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            full.join(path.file_name()?).strip_prefix(top).map(crate::triage::paths::slashed).ok()
        });
        match inside {
            Some(inside) => self.repository.file_at(self.commit, &inside).map_err(|error| error.to_string()),
            None if path.is_file() => {
                crate::source::read_given(path).map(Some).map_err(|error| error.to_string())
            }
            None => Ok(None),
        }
    }

    pub(super) fn configuration(
        &self,
        source: Source<'_>,
        catalogue: &[&RuleId],
    ) -> Result<Loaded, ConfigError> {
        load_from(source, catalogue, &|path| self.bytes(path))
    }

    pub(super) fn baseline(
        &self,
        path: &Path,
        shown_as: Arc<str>,
        paths: Paths,
    ) -> Result<Option<Baseline>, BaselineError> {
        let refused = |reason: String| BaselineError::Read { path: path.to_owned(), reason };
        let Some(bytes) = self.bytes(path).map_err(refused)? else { return Ok(None) };
        Baseline::from_bytes(path, &bytes, shown_as, paths).map(Some)
    }

    /// Says of every file of the run's own that the change edits it, although the run does not obey it.
    pub(super) fn report_edits(
        &self,
        judge: &Judge<'_>,
        folder: &Path,
        files: &[PathBuf],
        out: &mut Vec<Finding>,
    ) {
        for file in files {
            let before = self.bytes(file).ok().flatten();
            let now = if file.is_file() { crate::source::read_given(file).ok() } else { None };
            if before == now {
                continue;
            }
            judge.emit(&configuration_changed::RULE, out, |emit| {
                configuration_changed::report(emit, &shown_from(folder, file).into(), now.is_some());
            });
        }
    }
}

/// The lines in which the file at `path` differs between two states.
pub(super) fn lines_between(head: &Workspace, base: &Workspace, path: &str) -> Lines {
    if !super::base::changed(head, base, path) {
        return Lines::None;
    }
    let text = |workspace: &Workspace| -> Option<Arc<SourceText>> {
        if let Some(text) = workspace.texts.get(path) {
            return Some(text.clone());
        }
        let bytes = workspace.snapshot.read(workspace.snapshot.get(path)?).ok()?;
        SourceText::decode_plain(path.into(), &bytes).ok().map(Arc::new)
    };
    match (text(base), text(head)) {
        (Some(old), Some(new)) => changed_lines(&old.text, &new.text),
        _ => Lines::All,
    }
}

/// Tells the projects which of their migrations a change that is only listed does not add.
pub(super) fn note_merged(workspace: &mut Workspace, list: &ChangeList, prefix: &str) {
    for project in &mut workspace.projects {
        let is_added = |path: &str| {
            list.files.get(&format!("{prefix}{path}")).is_some_and(|file| file.status == Status::Added)
        };
        let old = project.migrations.iter().filter(|migration| !is_added(&migration.file.text.path));
        project.merged = Some(old.map(|it| (it.app.clone(), it.name.clone())).collect());
    }
}

/// What the user should know of a run without the base.
pub(super) fn listed(list: &ChangeList) -> Bilingual {
    let base = &list.base;
    Bilingual::new(
        format!(
            "this clone does not hold {base}; what is new is told by the list of changed files, so what the change brings about elsewhere is shown only where it always matters"
        ),
        format!("此克隆不含 {base}；新增内容按变更文件列表判断，变更在其他位置引起的问题只在始终重要时显示"),
    )
}

/// The statements of the migrations that the base does not have; `None` when there is no base.
pub(super) fn new_migrations(
    workspace: &Workspace,
    config: &crate::config::Config,
) -> Option<Vec<NewMigrations>> {
    let mut out = Vec::new();
    for project in &workspace.projects {
        project.merged.as_ref()?;
        let new: Vec<_> = project.migrations.iter().filter(|one| is_pending(project, one)).collect();
        if new.is_empty() {
            continue;
        }
        let basis = Basis::of(project, config);
        let asked = inspect::sql::Asked {
            snapshot: &workspace.snapshot,
            server: basis.server.clone(),
            django: basis.django,
            only: inspect::Only::default(),
        };
        let wanted = |app: &str, name: &str| new.iter().any(|it| *it.app == *app && *it.name == *name);
        let entries = inspect::sql::entries_of(project, &asked, &wanted);
        out.push(NewMigrations {
            project: project.name.clone(),
            server: basis.describe(),
            django: basis.django,
            paths: new
                .iter()
                .map(|it| ((it.app.clone(), it.name.clone()), it.file.text.path.clone()))
                .collect(),
            entries,
        });
    }
    Some(out)
}
