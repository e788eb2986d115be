//! The baseline: a file of fingerprints of findings that were there when the team began.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Judge;
use super::paths::Paths;
use crate::findings::{Bilingual, Finding, Lang, Suppressed};
use crate::rules::suppression::stale_baseline_entry;
use crate::source::{SourceText, Span, replace};

/// The version of the file that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Name of the file where none is given.
pub const FILE_NAME: &str = "bklog-lint-baseline.json";

/// A baseline that was read.
#[derive(Debug)]
pub struct Baseline {
    entries: Vec<Entry>,
    text: Arc<SourceText>,
    /// Leads from paths of findings to those of the entries.
    paths: Paths,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema_version: u32,
    findings: Vec<Entry>,
}

/// An accepted finding. Only the fingerprint decides; the rest is for the reader of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    rule: String,
    message: String,
    fingerprint: String,
}

/// The baseline cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It cannot be read.
    #[error("{}: cannot read the baseline: {reason}; `bklog-lint baseline` writes one", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// It is no baseline.
    #[error("{}:{line}: not a baseline of bklog-lint: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// It was written by a newer program.
    #[error(
        "{}: schema_version is {found}, this program knows {SCHEMA_VERSION}; write it again with `bklog-lint baseline`",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
    },
    /// It cannot be written.
    #[error("{}: cannot write the baseline: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
}

impl BaselineError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, _) => self.to_string(),
            (Lang::Zh, Self::Read { path, reason }) => {
                format!("{}：无法读取基线：{reason}；可用 `bklog-lint baseline` 生成", path.display())
            }
            (Lang::Zh, Self::Broken { path, line, reason }) => {
                format!("{}:{line}: 不是 bklog-lint 的基线文件：{reason}", path.display())
            }
            (Lang::Zh, Self::Version { path, found }) => format!(
                "{}：schema_version 为 {found}，本程序支持 {SCHEMA_VERSION}；请用 `bklog-lint baseline` 重新生成",
                path.display()
            ),
            (Lang::Zh, Self::Write { path, reason }) => {
                format!("{}：无法写入基线：{reason}", path.display())
            }
        }
    }
}

impl Baseline {
    /// Reads the file. `shown_as` is its path in findings; `paths` says how the scanned root lies to its folder.
    ///
    /// # Errors
    /// When it cannot be read or is no baseline of a version that is known.
    pub fn read(path: &Path, shown_as: Arc<str>, paths: Paths) -> Result<Self, BaselineError> {
        let read = |reason: String| BaselineError::Read { path: path.to_owned(), reason };
        let bytes = crate::source::read_given(path).map_err(|error| read(error.to_string()))?;
        Self::from_bytes(path, &bytes, shown_as, paths)
    }

    /// As [`Self::read`], of bytes that were read elsewhere: in a git revision.
    ///
    /// # Errors
    /// When it is no baseline of a version that this program knows.
    pub fn from_bytes(
        path: &Path,
        bytes: &[u8],
        shown_as: Arc<str>,
        paths: Paths,
    ) -> Result<Self, BaselineError> {
        let read = |reason: String| BaselineError::Read { path: path.to_owned(), reason };
        let text = SourceText::decode_plain(shown_as, bytes).map_err(|error| read(error.to_string()))?;
        let broken = |error: serde_json::Error| BaselineError::Broken {
            path: path.to_owned(),
            line: error.line(),
            reason: error.to_string(),
        };
        #[derive(Deserialize)]
        struct Versioned {
            schema_version: u32,
        }
        // The version first: a newer file may hold keys that this program does not know.
        let Versioned { schema_version: found } = serde_json::from_str(&text.text).map_err(broken)?;
        if found != SCHEMA_VERSION {
            return Err(BaselineError::Version { path: path.to_owned(), found });
        }
        let document: Document = serde_json::from_str(&text.text).map_err(broken)?;
        Ok(Self { entries: document.findings, text: Arc::new(text), paths })
    }

    /// The text of the file, for excerpts.
    pub fn text(&self) -> &Arc<SourceText> {
        &self.text
    }

    /// Hides what the baseline holds, and returns a finding for every entry that nothing stands behind any more.
    pub(super) fn apply(&self, judge: &Judge<'_>, findings: &mut [Finding]) -> Vec<Finding> {
        let accepted: HashSet<&str> = self.entries.iter().map(|entry| entry.fingerprint.as_str()).collect();
        let mut met: HashSet<&str> = HashSet::new();
        for finding in findings.iter_mut() {
            if let Some(known) = accepted.get(finding.fingerprint.as_str()) {
                met.insert(known);
                finding.suppressed.get_or_insert(Suppressed::Baseline);
            }
        }
        let stale = self.entries.iter().filter(|entry| {
            !met.contains(entry.fingerprint.as_str())
                && self.paths.scans(&entry.path)
                && judge.could_tell_code(&entry.rule)
        });
        let mut out = Vec::new();
        for entry in stale {
            let span = self.place(&entry.fingerprint);
            judge.emit(&stale_baseline_entry::RULE, &mut out, |emit| {
                let Entry { path, rule, message, fingerprint } = entry;
                stale_baseline_entry::report(emit, &self.text, span, rule, path, message, fingerprint);
            });
        }
        out
    }

    fn place(&self, fingerprint: &str) -> Span {
        let text = self.text.text.as_bytes();
        let at = memchr::memmem::find(text, fingerprint.as_bytes()).unwrap_or(0) as u32;
        Span { start: at, end: at + fingerprint.len() as u32 }
    }
}

/// Writes a baseline that accepts exactly these findings, in one step: a reader sees the old file or the new one.
///
/// `paths` says how the scanned root lies to the folder of `path`. Equal findings give an equal file.
///
/// # Errors
/// When the file cannot be written; the old one is then as it was.
pub fn write<'f>(
    path: &Path,
    paths: &Paths,
    findings: impl IntoIterator<Item = &'f Finding>,
) -> Result<usize, BaselineError> {
    let entries: BTreeMap<(String, &str, &str), Entry> = findings
        .into_iter()
        .map(|finding| {
            let from_here = paths.to_configuration(&finding.place.path);
            let shown = from_here.unwrap_or_else(|| finding.place.path.to_string());
            let entry = Entry {
                path: shown.clone(),
                rule: finding.rule.code.to_owned(),
                message: finding.message.get(Lang::En).to_owned(),
                fingerprint: finding.fingerprint.clone(),
            };
            ((shown, finding.rule.code, finding.fingerprint.as_str()), entry)
        })
        .collect();
    let count = entries.len();
    let document = Document { schema_version: SCHEMA_VERSION, findings: entries.into_values().collect() };
    let refused = |reason: String| BaselineError::Write { path: path.to_owned(), reason };
    let mut bytes = serde_json::to_vec_pretty(&document).map_err(|error| refused(error.to_string()))?;
    bytes.push(b'\n');
    replace(path, |out| out.write_all(&bytes)).map_err(|error| refused(error.to_string()))?;
    Ok(count)
}

/// What `baseline` tells the user when it is done.
pub fn written(path: &Path, count: usize) -> Bilingual {
    let shown = path.display();
    let findings = if count == 1 { "finding" } else { "findings" };
    Bilingual::new(
        format!(
            "{shown}: {count} {findings} accepted; check with `--baseline {shown}` or `baseline = …` in the configuration"
        ),
        format!("{shown}：已接受 {count} 个问题；检查时使用 `--baseline {shown}`，或在配置中设置 `baseline`"),
    )
}
