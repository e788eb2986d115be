//! The one type that all rules give and all formats take.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Fix;
use crate::source::{LineColumn, SourceText, Span};

/// How bad a finding is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing breaks.
    Info,
    /// Worth a decision before the upgrade.
    Warning,
    /// Breaks the upgrade, the service or the data.
    Error,
}

impl Severity {
    /// All severities, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Info];

    /// `error`, `warning` or `info`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// The language of human text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// A text in both languages of the product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Bilingual {
    /// A text from its English and Chinese versions.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}

/// A family of rules; the folder below `rules/` and `src/rules/` that holds them.
pub type Family = &'static str;

/// When a rule's findings matter under `--scope auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Always: a broken graph or an unread file breaks the next upgrade however old it is.
    Always,
    /// Only where the migration is new: applied history cannot be changed.
    NewMigrations,
    /// Always, since it speaks of today's files: pins, settings, configuration, SQL files.
    Today,
}

/// What identifies a rule in every output.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct RuleId {
    /// Three capitals and three digits, `GRA001`.
    pub code: &'static str,
    /// Lower-case words with hyphens, `missing-dependency`.
    pub name: &'static str,
    /// The family.
    pub family: Family,
    /// Severity unless the rule or the configuration says otherwise.
    pub severity: Severity,
    /// When its findings matter.
    pub standing: Standing,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Relative to the scanned root.
    pub path: Arc<str>,
    /// Byte range in the decoded text; empty at 0 for a finding on the whole file.
    pub span: Span,
    /// First position.
    pub start: LineColumn,
    /// One past the last position.
    pub end: LineColumn,
    /// Offset in the file's own bytes of `start` and `end`.
    pub bytes: (u64, u64),
}

/// What a finding speaks of, beside its place. Empty parts do not apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Root of the Django project, as `inspect graph` names it.
    pub project: Option<Arc<str>>,
    /// App label.
    pub app: Option<Arc<str>>,
    /// Name of the migration (its module name).
    pub migration: Option<Arc<str>>,
    /// Index of the top-level operation in `operations`.
    pub operation_index: Option<usize>,
    /// Model, as written in the migration.
    pub model: Option<Arc<str>>,
    /// Field.
    pub field: Option<Arc<str>>,
}

/// Why a finding is kept but not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suppressed {
    /// An inline comment, at this 1-based line, with its reason.
    Inline {
        /// Line of the comment.
        line: u32,
        /// The reason given, empty when there is none.
        reason: String,
    },
    /// An `[[ignore]]` entry of the configuration (0-based index) with its reason.
    Configuration {
        /// Index of the entry.
        entry: usize,
        /// The reason given.
        reason: String,
    },
    /// The baseline file holds its fingerprint.
    Baseline,
    /// `--scope`: the migration is applied history.
    History,
    /// `--diff-base`: the base has it too.
    NotChanged,
}

/// One finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static RuleId,
    /// Severity after configuration.
    pub severity: Severity,
    /// What is wrong, one or two sentences, no trailing line break.
    pub message: Bilingual,
    /// What to do, may be empty.
    pub help: Bilingual,
    /// Where. The span is short: the name or the operation's callee, not the whole file.
    pub place: Place,
    /// Other places that explain it, each with a label.
    pub related: Vec<(Place, Bilingual)>,
    /// What it speaks of.
    pub subject: Subject,
    /// The name that should stand there instead.
    pub suggestion: Option<Arc<str>>,
    /// What can be done about it mechanically, where the rule knows.
    pub fix: Option<Fix>,
    /// What tells this finding apart from others of the same rule and subject, independent of lines and file names.
    pub discriminator: String,
    /// Set by triage: stable over line moves and file renames; unique within a run.
    pub fingerprint: String,
    /// Set by triage when it is hidden.
    pub suppressed: Option<Suppressed>,
}

impl Finding {
    /// A finding that says `message` of a place; what else there is to say is left empty.
    pub fn new(rule: &'static RuleId, severity: Severity, message: Bilingual, place: Place) -> Self {
        Self {
            rule,
            severity,
            message,
            help: Bilingual::default(),
            place,
            related: Vec::new(),
            subject: Subject::default(),
            suggestion: None,
            fix: None,
            discriminator: String::new(),
            fingerprint: String::new(),
            suppressed: None,
        }
    }

    /// When it matters: as its rule says, and what a rule on today's files finds in a migration matters where the
    /// migration is new.
    pub fn standing(&self) -> Standing {
        match self.rule.standing {
            Standing::Today if self.subject.migration.is_some() => Standing::NewMigrations,
            standing => standing,
        }
    }
}

impl Place {
    /// The place of `span` in `text`.
    pub fn new(text: &SourceText, span: Span) -> Self {
        Self {
            path: text.path.clone(),
            span,
            start: text.line_column(span.start),
            end: text.line_column(span.end),
            bytes: (text.file_offset(span.start), text.file_offset(span.end)),
        }
    }

    /// The first position of a file of which there is no text.
    pub fn whole_file(path: Arc<str>) -> Self {
        let first = LineColumn { line: 1, column: 1 };
        Self { path, span: Span::default(), start: first, end: first, bytes: (0, 0) }
    }

    /// True for a finding on a whole file or folder, which has no line of its own.
    pub fn is_whole_file(&self) -> bool {
        self.span == Span::default()
    }
}
