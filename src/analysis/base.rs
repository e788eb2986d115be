//! What the run is compared with: the state of the tree before the change.

use std::collections::BTreeMap;
use std::path::Path;

use gix::ObjectId;

use crate::findings::Bilingual;
use crate::project::{Options, Parts, Workspace, assemble};
use crate::source::git::{GitError, Repository};
use crate::source::walk::Exclude;
use crate::triage::Scope;

/// The state before the change.
pub(super) enum BaseState {
    /// There is none, so everything counts as new.
    Absent,
    /// What is scanned is the base itself.
    Same,
    /// Another state.
    Other(Box<Workspace>),
}

/// A base with what to tell the user of it.
pub(super) struct Chosen {
    pub(super) state: BaseState,
    pub(super) notice: Option<Bilingual>,
}

/// The scanned tree as far as the base needs to know it.
pub(super) struct Scanned<'a> {
    pub(super) root: &'a Path,
    pub(super) workspace: &'a Workspace,
    pub(super) exclude: &'a Exclude,
    /// What is reported: of the base's findings on today's files only `changed` asks.
    pub(super) scope: Scope,
    pub(super) options: &'a Options<'a>,
}

/// Finds and reads the base: the commit that HEAD and `diff_base` (or else the default branch) have in common.
///
/// # Errors
/// When the revision that the user named cannot be read. Without a name, a clone that cannot answer has no base, and
/// a notice says why.
pub(super) fn choose(
    scanned: &Scanned<'_>,
    repository: Result<&Repository, &GitError>,
    diff_base: Option<&str>,
) -> Result<Chosen, GitError> {
    let absent = |notice: Option<Bilingual>| Chosen { state: BaseState::Absent, notice };
    if scanned.scope == Scope::All && diff_base.is_none() {
        return Ok(absent(None));
    }
    let repository = match (repository, diff_base) {
        (Ok(repository), _) => repository,
        (Err(error), Some(_)) => return Err(error.clone()),
        (Err(error), None) => return Ok(absent(Some(everything_counts(error)))),
    };
    let found = match diff_base {
        Some(revision) => {
            let commit = repository.resolve(revision)?;
            (revision.to_owned(), repository.merge_base(commit, revision)?)
        }
        None => match default_base(repository) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(absent(Some(no_default_branch()))),
            Err(error) => return Ok(absent(Some(everything_counts(&error)))),
        },
    };
    let (name, commit) = found;
    let notice = compared_with(&name, commit, repository.head()?);
    let state = match read(scanned, repository, commit) {
        Ok(state) => state,
        Err(error) if diff_base.is_some() => return Err(error),
        Err(error) => return Ok(absent(Some(everything_counts(&error)))),
    };
    Ok(Chosen { state, notice: Some(notice) })
}

fn default_base(repository: &Repository) -> Result<Option<(String, ObjectId)>, GitError> {
    let Some(branch) = repository.default_branch()? else { return Ok(None) };
    let commit = repository.merge_base(branch.commit, &branch.name)?;
    Ok(Some((branch.name, commit)))
}

/// The state of `commit`.
fn read(scanned: &Scanned<'_>, repository: &Repository, commit: ObjectId) -> Result<BaseState, GitError> {
    let Some(prefix) = repository.prefix_of(scanned.root) else {
        return Err(GitError::NotARepository { path: scanned.root.display().to_string() });
    };
    let mut snapshot = repository.snapshot(commit, &prefix)?;
    snapshot.files.retain(|entry| !scanned.exclude.excludes_file(scanned.root, &entry.path));
    let workspace = scanned.workspace;
    let ids: BTreeMap<&str, ObjectId> =
        snapshot.files.iter().filter_map(|entry| Some((entry.path.as_ref(), entry.blob()?))).collect();
    let same_files = snapshot.files.iter().map(|entry| &entry.path).eq(workspace
        .snapshot
        .files
        .iter()
        .map(|entry| &entry.path));
    let same = |path: &str, id: Option<ObjectId>| ids.get(path).copied() == id;
    let same_content = workspace.ids.iter().all(|(path, id)| same(path, Some(*id)))
        && workspace.texts.keys().filter(|path| !workspace.ids.contains_key(*path)).all(|path| {
            let Some(entry) = workspace.snapshot.get(path) else { return true };
            same(path, workspace.snapshot.read(entry).ok().and_then(|bytes| repository.blob_id(&bytes)))
        });
    if same_files && same_content {
        return Ok(BaseState::Same);
    }
    let wanted = scanned.options.parts;
    let parts = match scanned.scope {
        Scope::Changed => wanted,
        // What speaks of today's files is always reported, so the base need not be judged by it; what it has lost is
        // seen in its migrations and its configuration files.
        _ => Parts { deployment: wanted.deployment, ..Parts::NONE },
    };
    let options = Options { reuse: Some(workspace), parts, ..scanned.options.clone() };
    Ok(BaseState::Other(Box::new(assemble(snapshot, &options))))
}

/// Tells the projects which of their migrations the base has too.
pub(super) fn note_merged(workspace: &mut Workspace, base: &Workspace) {
    for project in &mut workspace.projects {
        let old = base.projects.iter().find(|old| old.root == project.root);
        let keys = old.iter().flat_map(|old| &old.migrations).map(|it| (it.app.clone(), it.name.clone()));
        project.merged = Some(keys.collect());
    }
}

/// Whether the file at `path` differs between two states.
pub(super) fn changed(head: &Workspace, base: &Workspace, path: &str) -> bool {
    let id = |workspace: &Workspace| workspace.ids.get(path).copied();
    match (id(head), id(base)) {
        (Some(head), Some(base)) => head != base,
        _ => true,
    }
}

fn compared_with(name: &str, commit: ObjectId, head: Option<ObjectId>) -> Bilingual {
    let short = commit.to_hex_with_len(10);
    if head == Some(commit) {
        return Bilingual::new(
            format!(
                "compared with {short}, the commit that is checked out (base: {name}); only what is not committed counts as new"
            ),
            format!("已与当前检出的提交 {short} 比较（基准：{name}）；只有未提交的改动算作新增"),
        );
    }
    Bilingual::new(
        format!("compared with {short}, the commit that {name} and HEAD have in common"),
        format!("已与 {name} 和 HEAD 的共同提交 {short} 比较"),
    )
}

fn everything_counts(error: &GitError) -> Bilingual {
    Bilingual::new(
        format!("no base to compare with, so everything counts as new: {error}"),
        format!("没有可比较的基准，所有内容都算作新增：{}", error.chinese()),
    )
}

fn no_default_branch() -> Bilingual {
    Bilingual::new(
        "no base to compare with, so everything counts as new: this clone has no default branch (origin/HEAD, main or master); name one with `--diff-base`",
        "没有可比较的基准，所有内容都算作新增：此克隆没有默认分支（origin/HEAD、main 或 master）；可用 `--diff-base` 指定",
    )
}
