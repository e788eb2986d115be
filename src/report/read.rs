//! Reads the JSON report that this program wrote, so that nothing is analysed twice.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use super::{Report, ScanRoot, Summary};
use crate::findings::{Bilingual, Finding, Lang, Place, Severity};
use crate::rules;
use crate::source::{LineColumn, Span};

/// The version of the report that this program reads.
const SCHEMA_VERSION: u32 = 1;

/// A report. Keys that are not listed are passed over: later versions may add some.
#[derive(Debug, Clone, Deserialize)]
pub struct ReadReport {
    schema_version: u32,
    /// Where the scanned root is in its repository, which the report does not say; empty at the top.
    #[serde(skip)]
    pub in_repository: String,
    /// Figures.
    pub summary: ReadSummary,
    #[serde(default)]
    new_migrations: Vec<serde_json::Value>,
    /// Findings, with `--verbose` those that a person accepted as well.
    pub findings: Vec<ReadFinding>,
}

/// Figures of a report.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ReadSummary {
    /// By severity.
    pub by_severity: BTreeMap<Severity, usize>,
    /// By code of the rule.
    pub by_rule: BTreeMap<String, usize>,
    /// What was not analysed.
    pub not_analysed: Vec<NotAnalysed>,
    /// What was hidden, by reason.
    pub hidden: BTreeMap<String, Hidden>,
}

/// A file or folder that was not analysed.
#[derive(Debug, Clone, Deserialize)]
pub struct NotAnalysed {
    /// Relative to the scanned root.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Findings hidden for one reason.
#[derive(Debug, Clone, Deserialize)]
pub struct Hidden {
    /// How many.
    pub total: usize,
}

/// One finding.
#[derive(Debug, Clone, Deserialize)]
pub struct ReadFinding {
    /// Code of the rule.
    pub rule: String,
    /// Name of the rule.
    pub name: String,
    /// Severity after configuration.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Relative to the scanned root.
    pub path: String,
    /// First position.
    pub start: Position,
    /// One past the last position.
    pub end: Position,
    /// Stable over line moves and renames.
    pub fingerprint: String,
    /// Why it is hidden.
    pub suppressed: Option<serde_json::Value>,
}

/// A position.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Position {
    /// 1-based.
    pub line: u32,
    /// 1-based, in code points.
    pub column: u32,
}

/// The report cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: not a JSON report of bklog-lint: {reason}", path.display())]
pub struct ReadReportError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

impl ReadReport {
    /// Reads the report at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is no such report.
    pub fn read(path: &Path) -> Result<Self, ReadReportError> {
        let error = |reason: String| ReadReportError { path: path.to_owned(), reason };
        let bytes = crate::source::read_given(path).map_err(|why| error(why.to_string()))?;
        let report: Self = serde_json::from_slice(&bytes).map_err(|why| error(why.to_string()))?;
        report.known_version().map_err(error)
    }

    /// Reads a report that is part of another document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_json(value: serde_json::Value) -> Result<Self, String> {
        serde_json::from_value::<Self>(value).map_err(|why| why.to_string())?.known_version()
    }

    fn known_version(self) -> Result<Self, String> {
        match self.schema_version {
            SCHEMA_VERSION => Ok(self),
            found => Err(format!("schema_version is {found}, this program knows {SCHEMA_VERSION}")),
        }
    }

    /// Whether the change brings migrations that the base does not have, as far as they were asked for.
    pub fn has_new_migrations(&self) -> bool {
        !self.new_migrations.is_empty()
    }

    /// The number of findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.summary.by_severity.get(&severity).copied().unwrap_or(0)
    }

    /// The path of a finding from the top of its repository.
    pub fn repository_path(&self, path: &str) -> String {
        ScanRoot { in_repository: self.in_repository.clone(), ..ScanRoot::default() }.repository_path(path)
    }
}

impl ReadFinding {
    /// The finding as rules give it, its path put below `folder`; `None` for a rule that this program does not have.
    fn finding(&self, report: &ReadReport, folder: &str) -> Option<Finding> {
        let rule = &rules::find(&self.rule)?.id;
        let both = |text: &str| Bilingual::new(text, text);
        let position = |at: Position| LineColumn { line: at.line, column: at.column };
        let is_whole =
            (self.start.line, self.start.column) == (1, 1) && (self.end.line, self.end.column) == (1, 1);
        // Without the text nobody needs the span; one that is empty at 0 stands for a whole file.
        let span = if is_whole { Span::default() } else { Span { start: 1, end: 1 } };
        let path = format!("{folder}/{}", report.repository_path(&self.path));
        let (start, end) = (position(self.start), position(self.end));
        let place = Place { path: path.into(), span, start, end, bytes: (0, 0) };
        Some(Finding {
            help: both(self.help.as_deref().unwrap_or_default()),
            fingerprint: self.fingerprint.clone(),
            ..Finding::new(rule, self.severity, both(&self.message), place)
        })
    }
}

/// Several reports as one, each below the folder that is given with it, for formats that show findings. Findings of
/// rules that this program does not have are told as not analysed.
pub fn joined<'a>(reports: impl Iterator<Item = (&'a str, &'a ReadReport)>, lang: Lang) -> Report {
    let mut findings = Vec::new();
    let mut not_analysed: Vec<(Arc<str>, Bilingual)> = Vec::new();
    // What stands in several reports on one folder is one finding.
    let mut seen = std::collections::HashSet::new();
    for (folder, report) in reports {
        for finding in report.findings.iter().filter(|finding| finding.suppressed.is_none()) {
            if !seen.insert((folder, finding.rule.as_str(), finding.fingerprint.as_str())) {
                continue;
            }
            match finding.finding(report, folder) {
                Some(finding) => findings.push(finding),
                None => {
                    let rule = &finding.rule;
                    let why = Bilingual::new(
                        format!("a finding of {rule}, a rule that this version does not have"),
                        format!("规则 {rule} 的问题，当前版本没有该规则"),
                    );
                    not_analysed.push((format!("{folder}/{}", finding.path).into(), why));
                }
            }
        }
        for gap in &report.summary.not_analysed {
            let why = Bilingual::new(gap.reason.clone(), gap.reason.clone());
            not_analysed.push((format!("{folder}/{}", report.repository_path(&gap.path)).into(), why));
        }
    }
    Report {
        lang,
        root: ScanRoot::default(),
        findings,
        hidden: Vec::new(),
        summary: Summary { not_analysed, ..Summary::default() },
        new_migrations: None,
        texts: BTreeMap::new(),
    }
}
