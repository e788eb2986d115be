//! How a run ended: exit codes, and what is said on standard error.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::analysis::AnalysisError;
use crate::findings::{Bilingual, Lang};
use crate::report::visible;

/// How a run ended that could be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing to complain of.
    Done,
    /// Findings at or above `--fail-on`.
    Findings,
    /// What the command itself says: the verdict of a gate.
    #[cfg(feature = "gate")]
    Exit(u8),
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(super) enum Failure {
    /// The analysis could not be made.
    Analysis(AnalysisError),
    /// The user can mend it: an unknown rule, a file in the way, nothing to check.
    Usage(Bilingual),
    /// The tool could not do its work: it cannot write.
    Work(Bilingual),
}

impl From<AnalysisError> for Failure {
    fn from(error: AnalysisError) -> Self {
        Self::Analysis(error)
    }
}

/// The exit code of the process, as the contract has it.
pub(super) fn exit_code(result: &Result<Outcome, Failure>) -> u8 {
    match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Findings) => 1,
        #[cfg(feature = "gate")]
        Ok(Outcome::Exit(code)) => *code,
        Err(Failure::Usage(_)) => 2,
        Err(Failure::Analysis(error)) if error.is_usage() => 2,
        Err(Failure::Analysis(_) | Failure::Work(_)) => 3,
    }
}

impl Failure {
    /// Says on standard error what went wrong.
    pub(super) fn tell(&self, lang: Lang) {
        let text = match self {
            Self::Analysis(error) => error.text(lang),
            Self::Usage(text) | Self::Work(text) => text.get(lang).to_owned(),
        };
        say(Tone::Error, lang, &text);
    }
}

/// What kind of message it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    Error,
    Warning,
    Note,
}

/// Writes a message to standard error. Paths and other text of unknown origin in it are made harmless; a standard error
/// that is closed is nobody's concern.
pub(super) fn say(tone: Tone, lang: Lang, text: &str) {
    let (label, color) = match (tone, lang) {
        (Tone::Error, Lang::En) => ("error: ", AnsiColor::Red),
        (Tone::Error, Lang::Zh) => ("错误：", AnsiColor::Red),
        (Tone::Warning, Lang::En) => ("warning: ", AnsiColor::Yellow),
        (Tone::Warning, Lang::Zh) => ("警告：", AnsiColor::Yellow),
        (Tone::Note, Lang::En) => ("note: ", AnsiColor::Cyan),
        (Tone::Note, Lang::Zh) => ("说明：", AnsiColor::Cyan),
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#}{}", visible::lines(text));
}
