//! The repositories of an organization that are to be scanned, and how they are shared out among jobs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The version of the list that this program reads and writes.
const SCHEMA_VERSION: u32 = 1;

/// Jobs that a matrix of GitHub Actions may have.
const MAX_CHUNKS: usize = 256;

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repositories {
    schema_version: u32,
    /// The organization or the account.
    pub organization: String,
    /// What to scan, sorted by name.
    pub repositories: Vec<Repository>,
    /// What is not scanned, sorted by name, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A repository to scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// `owner/name`.
    pub repository: String,
    /// The branch that is scanned.
    pub default_branch: String,
}

/// A repository that is not scanned.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// `owner/name`.
    pub repository: String,
    /// Why.
    pub reason: String,
}

/// The list cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: not a list of repositories: {reason}", path.display())]
pub struct ListError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl Repositories {
    /// A list, brought into its order.
    pub fn new(organization: &str, mut repositories: Vec<Repository>, mut left_out: Vec<LeftOut>) -> Self {
        repositories.sort();
        repositories.dedup_by(|a, b| a.repository == b.repository);
        left_out.sort();
        left_out.dedup_by(|a, b| a.repository == b.repository);
        Self { schema_version: SCHEMA_VERSION, organization: organization.to_owned(), repositories, left_out }
    }

    /// Reads the list at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no such list, or names something that is no repository.
    pub fn read(path: &Path) -> Result<Self, ListError> {
        let error = |reason: String| ListError { path: path.to_owned(), reason };
        let bytes = crate::source::read_given(path).map_err(|why| error(why.to_string()))?;
        let list: Self = serde_json::from_slice(&bytes).map_err(|why| error(why.to_string()))?;
        if list.schema_version != SCHEMA_VERSION {
            let found = list.schema_version;
            return Err(error(format!("schema_version is {found}, this program knows {SCHEMA_VERSION}")));
        }
        if let Some(bad) = list.repositories.iter().find(|one| super::file_name(&one.repository).is_none()) {
            return Err(error(format!("`{}` is not `owner/name`", bad.repository)));
        }
        Ok(Self::new(&list.organization, list.repositories, list.left_out))
    }
}

/// How many jobs share `repositories`: as many as a matrix may have, and none without work.
pub fn chunk_count(repositories: usize, at_most: usize) -> usize {
    repositories.min(at_most.clamp(1, MAX_CHUNKS))
}

/// The part of `all` that job `number` (from 0) of `count` takes: parts differ in size by one at most.
pub fn chunk_of<T>(all: &[T], number: usize, count: usize) -> &[T] {
    let count = count.max(1);
    let from = |number: usize| all.len() * number.min(count) / count;
    all.get(from(number)..from(number + 1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once_and_are_even() {
        for n in [0, 1, 2, 255, 256, 257, 1_000, 4_321] {
            let all: Vec<usize> = (0..n).collect();
            let count = chunk_count(n, MAX_CHUNKS);
            assert!(count <= 256 && (count > 0) == (n > 0));
            let chunks: Vec<&[usize]> = (0..count).map(|number| chunk_of(&all, number, count)).collect();
            assert_eq!(chunks.concat(), all);
            let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.len()).collect();
            if let (Some(least), Some(most)) = (sizes.iter().min(), sizes.iter().max()) {
                assert!(*least > 0 && most - least <= 1, "{n}: {least} to {most}");
            }
        }
        assert_eq!(chunk_count(10, 4), 4);
        assert_eq!(chunk_of(&[1, 2], 7, 2), &[] as &[i32], "a job that is not there has nothing to do");
    }
}
