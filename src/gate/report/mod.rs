//! What people and programs are told of a gate: one file per format.

mod html;
mod json;
mod junit;
mod markdown;
mod nagios;
mod prometheus;
mod text;

use std::io::{self, Write};

use crate::findings::Lang;
use crate::report::{self as findings_report, Report};

use super::readiness::Readiness;

/// The formats of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// The contract for other programs.
    Json,
    /// JUnit XML.
    Junit,
    /// Markdown for the change ticket.
    Markdown,
    /// Text format of Prometheus, for the textfile collector of the node exporter.
    Prometheus,
    /// One line of a Nagios plugin.
    Nagios,
    /// SARIF 2.1.0 of the static check.
    Sarif,
    /// A page for a meeting: one file, both languages, pictures; the static check's findings with it.
    Html,
}

impl Format {
    /// All formats, in the order in which they are documented.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Json,
        Self::Junit,
        Self::Markdown,
        Self::Prometheus,
        Self::Nagios,
        Self::Sarif,
        Self::Html,
    ];

    /// The name on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Prometheus => "prometheus",
            Self::Nagios => "nagios",
            Self::Sarif => "sarif",
            Self::Html => "html",
        }
    }

    /// The format with this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.key() == key)
    }
}

/// How a result is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Terminal colours (text).
    pub color: bool,
    /// What is not as it should be, nothing else (text).
    pub quiet: bool,
    /// What was seen and wanted of every check (text).
    pub verbose: bool,
    /// Language of human text.
    pub lang: Lang,
}

/// Writes `readiness` in `format`. `report` is the static check, for SARIF and HTML.
///
/// # Errors
/// Those of `out`.
pub fn write(
    format: Format,
    readiness: &Readiness,
    report: Option<&Report>,
    options: Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(readiness, options, out),
        Format::Json => json::write(readiness, options, out),
        Format::Junit => junit::write(readiness, options, out),
        Format::Markdown => markdown::write(readiness, options, out),
        Format::Prometheus => prometheus::write(readiness, out),
        Format::Nagios => nagios::write(readiness, out),
        Format::Html => html::write(readiness, report, options, out),
        Format::Sarif => match report {
            Some(report) => findings_report::write(
                findings_report::Format::Sarif,
                report,
                &findings_report::Options::default(),
                out,
            ),
            None => Err(io::Error::other("the static check was left out, and SARIF holds nothing else")),
        },
    }
}
