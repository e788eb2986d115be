//! The whole run as a library call: read, assemble, judge, sort out.

use std::path::PathBuf;

use crate::config::{ConfigError, Date, FailOn, Loaded};
use crate::findings::{Bilingual, Lang};
use crate::project::Workspace;
use crate::report::{Report, ScanRoot};
use crate::source::git::GitError;
use crate::triage::Scope;
use crate::triage::baseline::BaselineError;

/// What to analyse and how: what the command line says, before the configuration file is read.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files and folders to judge; empty means the working directory.
    pub paths: Vec<PathBuf>,
    /// Where the configuration comes from.
    pub configuration: ConfigurationSource,
    /// Rules to run instead of those that the configuration selects; empty leaves the choice to it.
    pub select: Vec<String>,
    /// Rules to leave out beside those that the configuration leaves out.
    pub ignore: Vec<String>,
    /// From which severity on the run fails, instead of what the configuration says.
    pub fail_on: Option<FailOn>,
    /// Language of messages, when the command line names one.
    pub lang: Option<Lang>,
    /// Language where neither the command line nor the configuration names one: that of the locale.
    pub locale: Lang,
    /// Field library for every project, instead of what the configuration says.
    pub field_library: Option<PathBuf>,
    /// Baseline, instead of what the configuration says.
    pub baseline: BaselineSource,
    /// What is shown.
    pub scope: Scope,
    /// Git revision to compare with.
    pub diff_base: Option<String>,
    /// The day of the run, for `until` dates.
    pub today: Date,
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default)]
pub enum ConfigurationSource {
    /// The nearest file beside or above the scanned root.
    #[default]
    Found,
    /// This file.
    File(PathBuf),
    /// No file: the defaults (`--no-config`).
    Defaults,
}

/// Which baseline counts.
#[derive(Debug, Clone, Default)]
pub enum BaselineSource {
    /// The one that the configuration names, if it names one.
    #[default]
    Configured,
    /// This file.
    File(PathBuf),
    /// None: `baseline` itself accepts everything that stands today.
    None,
}

/// What was read: the state of the tree with the configuration that counts for it.
pub struct Opened {
    /// Everything that was read.
    pub workspace: Workspace,
    /// The configuration.
    pub loaded: Loaded,
    /// The language of human text.
    pub lang: Lang,
    /// The scanned root and how its paths are shown.
    pub root: ScanRoot,
    /// The scanned folder, absolute, links resolved.
    pub folder: PathBuf,
}

/// A finished run.
pub struct Run {
    /// What to tell.
    pub report: Report,
    /// From which severity on it fails.
    pub fail_on: FailOn,
    /// The scanned folder, absolute, links resolved.
    pub folder: PathBuf,
    /// The baseline that the configuration names, absolute.
    pub configured_baseline: Option<PathBuf>,
    /// Why there was nothing to check, with a hint what to do; the run must not look green then.
    pub nothing_to_check: Option<Bilingual>,
}

/// Why a run could not be done.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// A path that is not there, or several that have nothing in common.
    #[error("{}", .0.en)]
    Usage(Bilingual),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A field library or another file that the user named cannot be read.
    #[error("{}", .0.en)]
    Read(Bilingual),
    /// The repository cannot answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The baseline cannot be read.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

impl AnalysisError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Usage(text) | Self::Read(text) => text.get(lang).to_owned(),
            Self::Config(error) => error.text(lang),
            Self::Git(error) if lang == Lang::Zh => error.chinese(),
            Self::Git(error) => error.to_string(),
            Self::Baseline(error) => error.text(lang),
        }
    }

    /// True when the user can mend it in the command line or the configuration (exit code 2), false when the tool
    /// could not do its work (exit code 3).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Config(_))
    }
}

/// Reads the tree and the configuration, without judging: what `inspect` shows.
///
/// # Errors
/// When a path or the configuration cannot be used.
pub fn open(_request: &Request) -> Result<Opened, AnalysisError> {
    Err(AnalysisError::Usage(Bilingual::new("not written yet", "尚未实现")))
}

/// Reads, judges and sorts out.
///
/// # Errors
/// When a path, the configuration, the baseline or the base revision cannot be used.
pub fn check(_request: &Request) -> Result<Run, AnalysisError> {
    Err(AnalysisError::Usage(Bilingual::new("not written yet", "尚未实现")))
}
