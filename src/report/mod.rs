//! What people and programs are told: one report, one file per format, each `fn(&Report, &Options, &mut dyn Write)`.
//!
//! [`write()`] chooses the format. Text that comes from the scanned repository is never trusted: every format escapes it
//! for the place where it is shown, and none can be made to print a terminal sequence, a workflow command, Markdown or
//! HTML that a file of the repository holds.

pub mod inspect;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use crate::django::Key;
use crate::django::editor::Entry;
use crate::django::version::DjangoVersion;
use crate::findings::{Bilingual, Finding, Lang};
use crate::source::SourceText;

#[cfg(feature = "lsp")]
pub(crate) mod editor;
mod excerpt;
pub mod explain;
mod github;
mod gitlab;
pub(crate) mod html;
mod json;
pub(crate) mod json_text;
mod junit;
mod links;
pub(crate) mod markdown;
mod next_steps;
mod page_text;
pub mod plan;
pub mod read;
pub(crate) mod risks;
mod sarif;
mod summary;
mod tally;
mod text;
pub(crate) mod visible;
pub(crate) mod words;

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people: source excerpts, help, summary.
    Text,
    /// The contract for other programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions, shown as annotations.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Markdown for a job summary.
    Markdown,
    /// Markdown short enough for a comment on a pull request.
    Comment,
    /// A page for a meeting: one file, both languages, pictures.
    Html,
}

impl Format {
    /// All formats, in the order in which they are documented.
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Markdown,
        Self::Comment,
        Self::Html,
    ];

    /// The name on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Comment => "comment",
            Self::Html => "html",
        }
    }

    /// The format with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.key() == key)
    }
}

/// Largest Markdown in a comment or the output of a check run: GitHub refuses more than 65,535 characters, and whoever
/// publishes it puts a line or two of its own above.
const MAX_COMMENT: usize = 60_000;

/// The category where none is named.
pub const CATEGORY: &str = "bklog-lint";

/// How a report is written.
#[derive(Debug, Clone)]
pub struct Options {
    /// Terminal colours (text).
    pub color: bool,
    /// Links to the pages of rules, for terminals that show them (text).
    pub links: bool,
    /// Whether running text is broken at `width`: for a terminal, not for what programs search line by line (text).
    pub wrap: bool,
    /// Whether to say how to go on where nothing is configured: for people at a terminal (text).
    pub next_steps: bool,
    /// Columns of the terminal (text); longer source lines are cut around the finding.
    pub width: usize,
    /// Findings and one closing line, nothing else (text).
    pub quiet: bool,
    /// Every entry of every list instead of the first few; hidden findings too (text, json, github, markdown, html).
    pub verbose: bool,
    /// Largest size in bytes of a Markdown report: 65,536 is a comment's limit, 1 MiB that of a job summary.
    pub max_markdown_bytes: usize,
    /// What tells this run from others on the same commit; code scanning replaces what has the same (sarif).
    pub category: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            links: false,
            wrap: false,
            next_steps: false,
            width: 120,
            quiet: false,
            verbose: false,
            max_markdown_bytes: 65_000,
            category: CATEGORY.to_owned(),
        }
    }
}

/// Writes `report` in `format`. Identical input gives identical bytes.
///
/// # Errors
/// Those of `out`.
pub fn write(format: Format, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, options, out),
        Format::Json => json::write(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::Github => github::write(report, options, out),
        Format::Gitlab => gitlab::write(report, options, out),
        Format::Junit => junit::write(report, options, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Html => html::write(report, options, out),
        Format::Comment => {
            let room = options.max_markdown_bytes.min(MAX_COMMENT);
            markdown::write(report, &Options { max_markdown_bytes: room, ..options.clone() }, out)
        }
    }
}

#[cfg(feature = "github")]
pub(crate) use github::notice as workflow_notice;

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
    /// The statements of migrations that the base does not have, by project, when they were asked for and there was a
    /// base to tell them by.
    pub new_migrations: Option<Vec<NewMigrations>>,
    /// Texts of the files that findings point at, by path.
    pub texts: BTreeMap<Arc<str>, Arc<SourceText>>,
}

/// What the new migrations of one project run.
pub struct NewMigrations {
    /// Name of the project as in `inspect graph`.
    pub project: Arc<str>,
    /// The server that the statements are for, in words.
    pub server: Bilingual,
    /// The release of Django that writes them.
    pub django: DjangoVersion,
    /// Paths of the migrations, by app label and name.
    pub paths: BTreeMap<Key, Arc<str>>,
    /// What each operation runs, in the order in which Django runs them.
    pub entries: Vec<Entry>,
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
    /// What the projects were judged by, where there is no configuration; empty where there is one.
    pub defaults: Vec<Bilingual>,
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

impl ScanRoot {
    /// The path of a finding relative to the top of its repository: what code hosts expect.
    fn repository_path(&self, path: &str) -> String {
        match self.in_repository.trim_matches('/') {
            "" => path.to_owned(),
            prefix => format!("{prefix}/{path}"),
        }
    }

    /// The path of a finding as a person in the working directory would write it.
    pub(crate) fn display_path(&self, path: &str) -> String {
        format!("{}{path}", self.display_prefix)
    }
}
