//! What people and programs are told: one report, one file per format, each `fn(&Report, &mut dyn Write)`.

pub mod inspect;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::findings::{Bilingual, Finding, Lang};
use crate::source::SourceText;

/// A finished run. Identical input gives an identical report, whatever the number of threads.
pub struct Report {
    /// Language of human text.
    pub lang: Lang,
    /// The scanned root.
    pub root: ScanRoot,
    /// Findings to show, sorted by path, position and code.
    pub findings: Vec<Finding>,
    /// Findings that were hidden, each with its reason in `suppressed`; sorted likewise.
    pub hidden: Vec<Finding>,
    /// Figures of the run.
    pub summary: Summary,
    /// Texts of the files that findings point at, by path.
    pub texts: BTreeMap<Arc<str>, Arc<SourceText>>,
}

/// The scanned root and how its paths are shown.
#[derive(Debug, Clone, Default)]
pub struct ScanRoot {
    /// Path of the scanned root within its git repository, `bklog`; empty at the top or outside a repository.
    /// Formats for code hosts put it before every path.
    pub in_repository: String,
    /// What to put before a path so that it is relative to the working directory; empty or ending in `/`.
    pub display_prefix: String,
}

/// Figures of a run; no times, so that identical input gives identical output.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Projects with the number of their apps and migrations, sorted by name.
    pub projects: Vec<ProjectSummary>,
    /// Files read, by kind.
    pub files: BTreeMap<&'static str, usize>,
    /// What was not analysed, with the reason, sorted by path.
    pub not_analysed: Vec<(Arc<str>, Bilingual)>,
    /// Files in migrations folders that are not Django's, with the reason, sorted by path.
    pub not_django: Vec<(Arc<str>, Bilingual)>,
    /// Parts that could not be known (`operations` built by a function), as path, 1-based line and reason.
    pub unknown: Vec<(Arc<str>, u32, Bilingual)>,
    /// Things that the user should know about the run itself: which base was taken, or why none.
    pub notices: Vec<Bilingual>,
}

/// One project in the summary.
#[derive(Debug, Clone, Default)]
pub struct ProjectSummary {
    /// Name as in `inspect graph`.
    pub name: Arc<str>,
    /// Apps with migrations.
    pub apps: usize,
    /// Migrations of Django.
    pub migrations: usize,
}
