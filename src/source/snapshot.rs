//! One state of the scanned tree: a sorted list of files and a way to read them.

use std::path::PathBuf;
use std::sync::Arc;

use super::kind::FileKind;
use super::skip::Skipped;

/// A file of a snapshot.
#[derive(Debug, Clone)]
pub struct FileEntry {
    /// Relative to the scanned root, `/` between parts. Bytes that are not UTF-8 are written as `\xNN`.
    pub path: Arc<str>,
    /// What the file is, judged by its path alone.
    pub kind: FileKind,
    /// Where its bytes are.
    pub locator: Locator,
}

/// Where the bytes of a [`FileEntry`] are kept.
#[derive(Debug, Clone)]
pub enum Locator {
    /// A file of the working directory.
    Disk(PathBuf),
    /// A blob of the repository, by its object id.
    Blob(gix::ObjectId),
    /// Bytes held in memory (examples of rule pages, an editor's unsaved buffer).
    Memory(Arc<[u8]>),
}

impl FileEntry {
    /// The id of its content, for a file of a git revision.
    pub fn blob(&self) -> Option<gix::ObjectId> {
        match self.locator {
            Locator::Blob(id) => Some(id),
            _ => None,
        }
    }
}

/// Why a file or a folder was not read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("{0}")]
    Io(String),
    /// A symbolic link that leads nowhere, round in a circle or out of the scanned root.
    #[error("{0}")]
    Link(String),
    /// The file is larger than the limit, in bytes.
    #[error("larger than {limit} bytes ({size})")]
    TooLarge {
        /// Size of the file in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The object is not in the repository (shallow or partial clone).
    #[error("{0}")]
    Git(String),
}

/// Something that the walk met and did not read.
#[derive(Debug, Clone)]
pub struct NotRead {
    /// Relative to the scanned root.
    pub path: Arc<str>,
    /// Why.
    pub error: ReadError,
}

/// Reads the bytes of a blob; implemented by the git floor.
pub trait BlobReader: Send + Sync {
    /// The bytes of the blob `id`.
    ///
    /// # Errors
    /// When the object is missing or unreadable.
    fn read_blob(&self, id: gix::ObjectId) -> Result<Vec<u8>, ReadError>;
}

/// One state of the scanned tree.
#[derive(Clone, Default)]
pub struct Snapshot {
    /// Files of a known kind, sorted by path; of the rest only the number is kept.
    pub files: Vec<FileEntry>,
    /// What could not be read, sorted by path.
    pub not_read: Vec<NotRead>,
    /// Folders that were left out with all that is below them, sorted by path.
    pub skipped: Vec<Skipped>,
    /// Number of files met that are of no kind the product knows.
    pub other_files: usize,
    /// Reads [`Locator::Blob`] entries; `None` for a snapshot of the working directory.
    pub blobs: Option<Arc<dyn BlobReader>>,
}

/// Largest file that is read, in bytes. A migration or settings file of this size is not written by people.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

impl Snapshot {
    /// A snapshot of files in memory, for examples of rule pages and tests. Paths are relative with `/`.
    pub fn from_memory<P: Into<Arc<str>>, B: Into<Arc<[u8]>>>(
        files: impl IntoIterator<Item = (P, B)>,
    ) -> Self {
        let mut entries: Vec<FileEntry> = files
            .into_iter()
            .filter_map(|(path, bytes)| {
                let path: Arc<str> = path.into();
                let kind = FileKind::of_path(&path)?;
                Some(FileEntry { path, kind, locator: Locator::Memory(bytes.into()) })
            })
            .collect();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files: entries, ..Self::default() }
    }

    /// Brings everything into its order, whatever the order in which threads met it.
    pub(super) fn finish(&mut self) {
        self.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.files.dedup_by(|a, b| a.path == b.path);
        self.not_read.sort_by(|a, b| a.path.cmp(&b.path));
        self.not_read.dedup_by(|a, b| a.path == b.path);
        self.skipped.sort();
        self.skipped.dedup();
    }

    /// The bytes of a file of this snapshot.
    ///
    /// # Errors
    /// When the file cannot be read or is larger than [`MAX_FILE_BYTES`].
    pub fn read(&self, entry: &FileEntry) -> Result<Vec<u8>, ReadError> {
        match &entry.locator {
            Locator::Disk(path) => super::walk::read_file(path),
            Locator::Memory(bytes) => Ok(bytes.to_vec()),
            Locator::Blob(id) => match &self.blobs {
                Some(reader) => reader.read_blob(*id),
                None => Err(ReadError::Git(format!("no repository to read {id} from"))),
            },
        }
    }

    /// The entry with this path.
    pub fn get(&self, path: &str) -> Option<&FileEntry> {
        self.files.binary_search_by(|entry| entry.path.as_ref().cmp(path)).ok().map(|at| &self.files[at])
    }
}
