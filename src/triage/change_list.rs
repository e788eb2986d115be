//! The files of a change as a code host lists them, for a clone that does not hold the base.
//!
//! `bklog-lint github base` writes the list; any other program may. Without the base nobody can tell what the change
//! brought about outside of these lines, so findings that always matter are shown wherever they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version of the file that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The files of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeList {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What the change is compared with, as people know it.
    pub base: String,
    /// Files by their path from the top of the repository.
    pub files: BTreeMap<String, ListedFile>,
}

/// A file of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    /// What became of it.
    pub status: Status,
    /// Lines that are new or changed, as first and last line, 1-based. `None` when they are not known: all of the file
    /// counts then.
    #[serde(default)]
    pub lines: Option<Vec<(u32, u32)>>,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The base does not have it.
    Added,
    /// The base has it with other content, or under another name.
    Changed,
    /// Only the base has it.
    Removed,
}

/// The list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: not a list of changed files: {reason}", path.display())]
pub struct ChangeListError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl ChangeList {
    /// Reads the list at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is no such list.
    pub fn read(path: &Path) -> Result<Self, ChangeListError> {
        let error = |reason: String| ChangeListError { path: path.to_owned(), reason };
        let bytes = crate::source::read_given(path).map_err(|why| error(why.to_string()))?;
        let list: Self = serde_json::from_slice(&bytes).map_err(|why| error(why.to_string()))?;
        if list.schema_version != SCHEMA_VERSION {
            let found = list.schema_version;
            return Err(error(format!("schema_version is {found}, this program knows {SCHEMA_VERSION}")));
        }
        Ok(list)
    }
}
