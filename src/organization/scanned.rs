//! What a scan of one repository gives, as the file that it is kept in.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::source::replace;

/// The version of the file that this program reads and writes.
const SCHEMA_VERSION: u32 = 1;

/// The result for one repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    schema_version: u32,
    /// `owner/name`.
    pub repository: String,
    /// The commit that was scanned; empty when there was none to scan.
    pub commit: String,
    /// One result per target, in the order in which they were asked for.
    pub results: Vec<TargetResult>,
}

/// The result for one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetResult {
    /// As `--target` takes it; empty for what the repository pins.
    pub target: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The JSON report of `check`.
    Report(Json),
    /// There is nothing to check: no Django project. The reason.
    Nothing(String),
    /// It could not be checked. The reason.
    Error(String),
}

/// A result cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ScannedError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl Scanned {
    /// A result.
    pub fn new(repository: &str, commit: &str, results: Vec<TargetResult>) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            repository: repository.to_owned(),
            commit: commit.to_owned(),
            results,
        }
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is no such result.
    pub fn read(path: &Path) -> Result<Self, ScannedError> {
        let error = |reason: String| ScannedError { path: path.to_owned(), reason };
        let bytes = crate::source::read_given(path).map_err(|why| error(why.to_string()))?;
        let scanned: Self = serde_json::from_slice(&bytes)
            .map_err(|why| error(format!("not the result of a scan: {why}")))?;
        if scanned.schema_version != SCHEMA_VERSION {
            let found = scanned.schema_version;
            return Err(error(format!("schema_version is {found}, this program knows {SCHEMA_VERSION}")));
        }
        Ok(scanned)
    }

    /// Writes it below `folder` in one step.
    ///
    /// # Errors
    /// When the repository is no `owner/name`, or the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ScannedError> {
        let Some(name) = file_name(&self.repository) else {
            let reason = format!("`{}` is not `owner/name`", self.repository);
            return Err(ScannedError { path: folder.to_owned(), reason });
        };
        let path = folder.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
            replace(&path, |out| {
                serde_json::to_writer(&mut *out, self)?;
                writeln!(out)
            })
        });
        written.map_err(|why| ScannedError { path, reason: format!("cannot write: {why}") })
    }

    /// Whether this is what a scan for `targets` would give again: nothing failed, and the same was asked for.
    pub fn is_settled(&self, targets: &[String]) -> bool {
        let same = self.results.iter().map(|result| &result.target).eq(targets);
        same && !self.results.iter().any(|result| matches!(result.outcome, Outcome::Error(_)))
    }
}

/// The file of a repository, relative to the folder of results; `None` when it is no `owner/name`.
pub fn file_name(repository: &str) -> Option<PathBuf> {
    let (owner, name) = repository.split_once('/')?;
    let is_name = |part: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(plain)
    };
    // A repository may begin with a dot (`.github`), a file of results should not.
    let (owner_ok, name_ok) = (is_name(owner), is_name(name.trim_start_matches('.')));
    (owner_ok && name_ok).then(|| Path::new(owner).join(format!("_{name}.json")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_folder() {
        assert_eq!(file_name("o/r.e-x_1"), Some(PathBuf::from("o/_r.e-x_1.json")));
        assert_eq!(file_name("o/.github"), Some(PathBuf::from("o/_.github.json")));
        for bad in ["o", "o/", "/r", "../r", "o/..", "o/a/b", "o/a b", "o/\u{1b}[31m", "o/a\\b"] {
            assert_eq!(file_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_failed_is_scanned_again() {
        let result = |outcome| TargetResult { target: "django=5.2".to_owned(), outcome };
        let targets = ["django=5.2".to_owned()];
        let settled = Scanned::new("o/r", "", vec![result(Outcome::Nothing("no project".into()))]);
        assert!(settled.is_settled(&targets));
        assert!(!settled.is_settled(&[String::new()]));
        assert!(!Scanned::new("o/r", "", vec![result(Outcome::Error("no".into()))]).is_settled(&targets));
        let folder = tempfile::tempdir().unwrap();
        settled.write(folder.path()).unwrap();
        assert_eq!(Scanned::read(&folder.path().join("o/_r.json")).unwrap(), settled);
    }
}
