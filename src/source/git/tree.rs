//! One revision as a snapshot.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;
use gix::objs::tree::EntryKind;
use rayon::prelude::*;

use super::{GitError, Repository, other};
use crate::source::kind::FileKind;
use crate::source::links::{self, LinkTarget};
use crate::source::skip;
use crate::source::snapshot::{BlobReader, FileEntry, Locator, MAX_FILE_BYTES, NotRead, ReadError, Snapshot};
use crate::source::walk::display_name;

/// More folders than any project has; a tree that repeats itself could name billions.
const MAX_FOLDERS: usize = 1_000_000;

/// Reads blobs from any thread; each borrows a handle, whose caches it warms for the next.
pub(super) struct Blobs {
    shared: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
}

impl Blobs {
    pub(super) fn new(shared: gix::ThreadSafeRepository) -> Self {
        Self { shared, idle: Mutex::default() }
    }

    fn with<T>(&self, job: impl FnOnce(&gix::Repository) -> T) -> T {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repo = idle.unwrap_or_else(|| self.shared.to_thread_local());
        let result = job(&repo);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(repo);
        result
    }

    fn object(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        self.with(|repo| match repo.try_find_object(id) {
            Ok(Some(object)) => Ok(object.detach().data),
            Ok(None) => Err(GitError::MissingObject { id: id.to_string() }),
            Err(error) => Err(other(error)),
        })
    }
}

impl BlobReader for Blobs {
    fn read_blob(&self, id: ObjectId) -> Result<Vec<u8>, ReadError> {
        let data = self.object(id).map_err(|error| ReadError::Git(error.to_string()))?;
        let size = data.len() as u64;
        if size > MAX_FILE_BYTES {
            return Err(ReadError::TooLarge { size, limit: MAX_FILE_BYTES });
        }
        Ok(data)
    }
}

/// What one folder holds.
#[derive(Default)]
struct Listing {
    files: Vec<FileEntry>,
    folders: Vec<(ObjectId, Folder)>,
    links: Vec<(ObjectId, Folder)>,
    not_read: Vec<NotRead>,
    other_files: usize,
}

impl Repository {
    /// The files of `commit` below the folder `prefix` (relative to the top, `/` between parts, empty for the top),
    /// with paths relative to it. A folder that the commit does not have gives an empty snapshot.
    ///
    /// # Errors
    /// When objects are missing or damaged.
    pub fn snapshot(&self, commit: ObjectId, prefix: &str) -> Result<Snapshot, GitError> {
        let blobs = Arc::new(Blobs::new(self.inner.clone()));
        let top = self.tree_of(commit)?;
        let mut snapshot = Snapshot { blobs: Some(blobs.clone()), ..Snapshot::default() };
        let Some((EntryKind::Tree, folder_id)) = lookup(&blobs, top, prefix)? else { return Ok(snapshot) };
        let folder = Folder { shown: String::new(), full: prefix.to_owned() };
        let mut links = collect(&blobs, &mut snapshot, folder_id, folder)?;
        let mut followed = BTreeSet::new();
        while let Some((id, link)) = links.pop_first() {
            // A link out of the repository: the snapshot of the working directory says so where it could matter.
            let Some((kind, id, place)) = target_of(&blobs, top, id, &link.full)? else { continue };
            let inside = links::below(&place, prefix);
            if kind == EntryKind::Tree {
                let again = inside.is_some()
                    || links::below(prefix, &place).is_some()
                    || followed.iter().any(|folder: &String| links::below(&place, folder).is_some());
                if !again {
                    followed.insert(place.clone());
                    links.extend(collect(&blobs, &mut snapshot, id, Folder { full: place, ..link })?);
                }
                continue;
            }
            let target = inside.map_or(LinkTarget::InRepository, LinkTarget::InRoot);
            if let Some(kind) = links::read_as(&link.shown, target) {
                snapshot.files.push(FileEntry { path: link.shown.into(), kind, locator: Locator::Blob(id) });
            }
        }
        snapshot.finish();
        Ok(snapshot)
    }

    /// Whether the top folder of `commit` can be read.
    pub(super) fn snapshot_is_there(&self, commit: ObjectId) -> bool {
        self.tree_of(commit).is_ok_and(|tree| self.local().find_tree(tree).is_ok())
    }

    /// The bytes of the file at `path` in `commit`; links are followed as far as they stay inside the repository.
    pub(super) fn blob_at(&self, commit: ObjectId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let blobs = Blobs::new(self.inner.clone());
        let top = self.tree_of(commit)?;
        let found = match lookup(&blobs, top, path)? {
            Some((EntryKind::Link, id)) => target_of(&blobs, top, id, path)?.map(|(kind, id, _)| (kind, id)),
            found => found,
        };
        match found {
            Some((EntryKind::Blob | EntryKind::BlobExecutable, id)) => blobs.object(id).map(Some),
            _ => Ok(None),
        }
    }

    fn tree_of(&self, commit: ObjectId) -> Result<ObjectId, GitError> {
        let repo = self.local();
        let object = repo.try_find_object(commit).map_err(other)?;
        let object = object.ok_or_else(|| GitError::MissingObject { id: commit.to_string() })?;
        let commit = object.try_into_commit().map_err(other)?;
        Ok(commit.tree_id().map_err(other)?.detach())
    }
}

/// The entry at `path` below the tree `top`.
fn lookup(blobs: &Blobs, top: ObjectId, path: &str) -> Result<Option<(EntryKind, ObjectId)>, GitError> {
    if path.is_empty() {
        return Ok(Some((EntryKind::Tree, top)));
    }
    blobs.with(|repo| {
        let tree = repo.find_tree(top).map_err(other)?;
        let entry = tree.lookup_entry(path.split('/')).map_err(other)?;
        Ok(entry.map(|entry| (entry.mode().kind(), entry.object_id())))
    })
}

/// Longest chain of links that is followed, as in Linux.
const MAX_LINKS: usize = 40;

/// What the link `id` at `full` leads to in the same revision: a file or a folder, its id and its place.
fn target_of(
    blobs: &Blobs,
    top: ObjectId,
    id: ObjectId,
    full: &str,
) -> Result<Option<(EntryKind, ObjectId, String)>, GitError> {
    let (mut id, mut full) = (id, full.to_owned());
    for _ in 0..MAX_LINKS {
        let content = blobs.object(id)?;
        let Some(place) = links::resolve(&full, &String::from_utf8_lossy(&content)) else { return Ok(None) };
        match lookup(blobs, top, &place)? {
            Some((EntryKind::Link, next)) => (id, full) = (next, place),
            Some((EntryKind::Commit, _)) | None => return Ok(None),
            Some((kind, id)) => return Ok(Some((kind, id, place))),
        }
    }
    Ok(None)
}

/// A place in the revision: as the snapshot shows it, and from the top of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Folder {
    shown: String,
    full: String,
}

impl Folder {
    fn child(&self, name: &str) -> Self {
        let join =
            |folder: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        Self { shown: join(&self.shown), full: join(&self.full) }
    }
}

/// Links by id and place.
type Links = BTreeSet<(ObjectId, Folder)>;

/// Adds the files below a tree, folder level by folder level; gives back the links.
fn collect(
    blobs: &Blobs,
    snapshot: &mut Snapshot,
    tree: ObjectId,
    folder: Folder,
) -> Result<Links, GitError> {
    let mut links = Links::new();
    let mut level = vec![(tree, folder)];
    let mut folders = 0;
    while !level.is_empty() {
        folders += level.len();
        if folders > MAX_FOLDERS {
            return Err(GitError::Other(format!("the revision has more than {MAX_FOLDERS} folders")));
        }
        let listings: Result<Vec<Listing>, GitError> =
            level.par_iter().with_min_len(16).map(|(id, folder)| list(blobs, *id, folder)).collect();
        level = Vec::new();
        for listing in listings? {
            snapshot.files.extend(listing.files);
            snapshot.not_read.extend(listing.not_read);
            snapshot.other_files += listing.other_files;
            level.extend(listing.folders);
            links.extend(listing.links);
        }
    }
    Ok(links)
}

fn list(blobs: &Blobs, tree: ObjectId, folder: &Folder) -> Result<Listing, GitError> {
    let data = blobs.object(tree)?;
    let mut listing = Listing::default();
    for entry in gix::objs::TreeRefIter::from_bytes(&data, tree.kind()) {
        let entry = entry.map_err(other)?;
        let name = display_name(entry.filename);
        let child = || folder.child(&name);
        let id = entry.oid.to_owned();
        match entry.mode.kind() {
            EntryKind::Tree if skip::by_name(&name).is_none() => listing.folders.push((id, child())),
            EntryKind::Tree => {}
            EntryKind::Blob | EntryKind::BlobExecutable => {
                let path = child().shown;
                match FileKind::of_path(&path) {
                    Some(kind) => {
                        listing.files.push(FileEntry { path: path.into(), kind, locator: Locator::Blob(id) });
                    }
                    None => listing.other_files += 1,
                }
            }
            EntryKind::Link => listing.links.push((id, child())),
            EntryKind::Commit => {
                let error = ReadError::Git("a submodule, whose files are in another repository".to_owned());
                listing.not_read.push(NotRead { path: child().shown.into(), error });
            }
        }
    }
    Ok(listing)
}
