//! Git revisions, read without the `git` program and without the network.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::ByteSlice;

pub use error::{GitError, ShallowGap};

mod error;
mod tree;

/// A repository, found from a path inside it. Cheap to clone, shared by threads.
#[derive(Clone)]
pub struct Repository {
    inner: gix::ThreadSafeRepository,
    /// Top folder of the checkout with links resolved; `None` for a bare repository.
    work_tree: Option<PathBuf>,
}

/// The branch into which work is merged, as far as the clone knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultBranch {
    /// Short name as git prints it: `origin/master`, `main`.
    pub name: String,
    /// The commit that it points at.
    pub commit: ObjectId,
}

impl Repository {
    /// The repository that holds `path`: its own checkout, a linked worktree, a submodule.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub fn discover(path: &Path) -> Result<Self, GitError> {
        let shown = || path.display().to_string();
        let full = path.canonicalize().map_err(|_| GitError::NotARepository { path: shown() })?;
        let from = if full.is_dir() { full.as_path() } else { full.parent().unwrap_or(&full) };
        let upwards = gix::discover::upwards::Options { cross_fs: true, ..Default::default() };
        let inner = gix::ThreadSafeRepository::discover_opts(from, upwards, Default::default());
        let inner = inner.map_err(|error| {
            let none = error.downcast_any_ref::<gix::discover::upwards::Error>().is_some();
            if none {
                GitError::NotARepository { path: shown() }
            } else {
                GitError::Open { path: shown(), reason: error.to_string() }
            }
        })?;
        let work_tree = inner.work_tree.as_ref().and_then(|top| top.canonicalize().ok());
        Ok(Self { inner, work_tree })
    }

    /// Top folder of the checkout with links resolved; `None` for a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// Where `path` is inside the repository, `/` between parts, empty for the top; `None` when it is outside.
    pub fn prefix_of(&self, path: &Path) -> Option<String> {
        let full = path.canonicalize().ok()?;
        let inside = full.strip_prefix(self.work_tree.as_deref()?).ok()?;
        Some(super::walk::display_path(inside))
    }

    /// The commit that is checked out; `None` before the first commit.
    ///
    /// # Errors
    /// When the repository is damaged.
    pub fn head(&self) -> Result<Option<ObjectId>, GitError> {
        let repo = self.local();
        let head = repo.head().map_err(other)?;
        if head.is_unborn() {
            return Ok(None);
        }
        match head.into_peeled_id() {
            Ok(id) => Ok(Some(id.detach())),
            Err(error) => Err(other(error)),
        }
    }

    /// The commit that `revision` (branch, tag, commit, `HEAD~3`) means. A branch that only `origin` has is found too.
    ///
    /// # Errors
    /// When there is no such commit in this clone.
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let repo = self.local();
        let remote = format!("refs/remotes/origin/{revision}");
        let found = [revision, &remote].into_iter().find_map(|name| repo.rev_parse_single(name).ok());
        let Some(id) = found else { return Err(self.unresolved(&repo, revision)) };
        let object = match repo.try_find_object(id.detach()) {
            Ok(Some(object)) => object,
            Ok(None) => return Err(self.missing(&repo, id.detach(), revision)),
            Err(error) => return Err(other(error)),
        };
        match object.peel_to_kind(gix::object::Kind::Commit) {
            Ok(commit) => Ok(commit.id),
            Err(_) => Err(GitError::NotACommit { revision: revision.to_owned() }),
        }
    }

    fn unresolved(&self, repo: &gix::Repository, revision: &str) -> GitError {
        if matches!(repo.head(), Ok(head) if head.is_unborn()) {
            return GitError::NoCommit;
        }
        let revision = revision.to_owned();
        if self.is_shallow() {
            return GitError::Shallow { what: ShallowGap::Revision(revision.clone()), revision };
        }
        GitError::UnknownRevision { revision }
    }

    fn missing(&self, repo: &gix::Repository, id: ObjectId, revision: &str) -> GitError {
        match self.unresolved(repo, revision) {
            GitError::UnknownRevision { .. } => GitError::MissingObject { id: id.to_string() },
            error => error,
        }
    }

    /// The branch into which work is merged: what `origin/HEAD` says, else `main` or `master` of `origin`, else the
    /// local branch of `init.defaultBranch`, `main` or `master`. `None` when the clone has none of them.
    ///
    /// # Errors
    /// When the repository is damaged.
    pub fn default_branch(&self) -> Result<Option<DefaultBranch>, GitError> {
        let repo = self.local();
        let configured = repo.config_snapshot().string("init.defaultBranch").map(|name| name.to_string());
        let local = configured.into_iter().chain(["main".to_owned(), "master".to_owned()]);
        let names = ["refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"]
            .into_iter()
            .map(str::to_owned)
            .chain(local.map(|name| format!("refs/heads/{name}")));
        for full in names {
            let Some(mut reference) = repo.try_find_reference(full.as_str()).map_err(other)? else {
                continue;
            };
            // origin/HEAD names a branch; a clone of one branch may not have it.
            let target = match reference.target().try_name() {
                Some(name) => name.shorten().to_str_lossy().into_owned(),
                None => reference.name().shorten().to_str_lossy().into_owned(),
            };
            if let Ok(id) = reference.peel_to_id() {
                return Ok(Some(DefaultBranch { name: target, commit: id.detach() }));
            }
        }
        Ok(None)
    }

    /// The newest commit that `commit` and HEAD have in common; `revision` is the name of `commit` for the error text.
    ///
    /// # Errors
    /// When there is none, or the clone does not reach back to it.
    pub fn merge_base(&self, commit: ObjectId, revision: &str) -> Result<ObjectId, GitError> {
        let head = self.head()?.ok_or(GitError::NoCommit)?;
        if head == commit {
            return Ok(head);
        }
        let mut repo = self.local();
        repo.object_cache_size_if_unset(8 * 1024 * 1024);
        let found = repo.merge_base(head, commit);
        let shallow = || {
            let revision = revision.to_owned();
            GitError::Shallow { what: ShallowGap::MergeBase(revision.clone()), revision }
        };
        match found {
            Ok(Some(id)) => Ok(id.detach()),
            Ok(None) | Err(_) if self.is_shallow() => Err(shallow()),
            Ok(None) => Err(GitError::NoMergeBase { revision: revision.to_owned() }),
            Err(error) => Err(other(error)),
        }
    }

    /// The parents that a commit names, also those that a shallow clone does not hold.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn parents(&self, commit: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let repo = self.local();
        let object = repo.try_find_object(commit).map_err(other)?;
        let object = object.ok_or_else(|| GitError::MissingObject { id: commit.to_string() })?;
        let commit = object.try_into_commit().map_err(other)?;
        Ok(commit.parent_ids().map(gix::Id::detach).collect())
    }

    /// Whether the clone holds the commit with this id and its tree.
    pub fn has_commit(&self, id: &str) -> bool {
        let Ok(id) = ObjectId::from_hex(id.as_bytes()) else { return false };
        let repo = self.local();
        let is_commit =
            matches!(repo.try_find_object(id), Ok(Some(object)) if object.kind == gix::object::Kind::Commit);
        is_commit && self.snapshot_is_there(id)
    }

    /// The bytes of a file of `commit`; `path` is relative to the top. `None` when the commit has no such file.
    ///
    /// # Errors
    /// When objects are missing or damaged.
    pub fn file_at(&self, commit: ObjectId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        self.blob_at(commit, path)
    }

    /// Whether history was cut off when the clone was made.
    pub fn is_shallow(&self) -> bool {
        self.local().is_shallow().unwrap_or(false)
    }

    /// The id that git gives to a file with these bytes, so that an unchanged file is recognised without reading it.
    pub fn blob_id(&self, bytes: &[u8]) -> Option<ObjectId> {
        let hash = self.local().object_hash();
        gix::objs::compute_hash(hash, gix::object::Kind::Blob, bytes).ok()
    }

    /// Paths below `prefix` that git tracks and that `wanted` takes, relative to `prefix`, sorted; links and submodules
    /// left out. `None` when the repository has no index.
    pub(super) fn tracked(&self, prefix: &str, wanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        // The checksum over the index guards against disk failures, which reading the files would show as well.
        let repo = self.local();
        let options = gix::index::decode::Options { thread_limit: Some(1), ..Default::default() };
        let index = gix::index::File::at(repo.index_path(), repo.object_hash(), true, options).ok()?;
        let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let entries = index.prefixed_entries(folder.as_str().into())?;
        use gix::index::entry::Mode;
        let regular = entries.iter().filter(|entry| matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE));
        let paths = regular.filter_map(|entry| {
            let path = entry.path(&index).to_str().ok()?.strip_prefix(folder.as_str())?;
            wanted(path).then(|| path.to_owned())
        });
        let mut paths: Vec<String> = paths.collect();
        paths.dedup();
        Some(paths)
    }

    fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
    }

    /// A reader of blobs that any thread may use.
    pub fn blobs(&self) -> Arc<dyn super::snapshot::BlobReader> {
        Arc::new(tree::Blobs::new(self.inner.clone()))
    }
}

fn other(error: impl std::fmt::Display) -> GitError {
    GitError::Other(error.to_string())
}
