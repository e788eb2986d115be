//! `bklog-lint merge`: the results of many scans as one table.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::arguments::FaceArguments;
use super::failure::{Failure, Outcome};
use super::language::Speech;
use super::output::refused;
use super::terminal;
use crate::findings::Bilingual;
use crate::organization::{Format, MergeError, Repositories, merge, write};
use crate::source::replace;

const FORMATS: [(&str, Format); 3] =
    [("markdown", Format::Markdown), ("json", Format::Json), ("sarif", Format::Sarif)];

const EXAMPLES: &str = "\
Examples:
  bklog-lint merge results
  bklog-lint merge results --list repositories.json --output json=table.json --output sarif=all.sarif";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArguments {
    /// Results of `github scan`, files or folders of them, in any order
    #[arg(value_name = "RESULT", required = true, value_hint = ValueHint::AnyPath)]
    results: Vec<PathBuf>,
    /// The list that was scanned: a repository without a result is told as such
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    list: Option<PathBuf>,
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), default_value = "markdown", help_heading = "Output")]
    format: Format,
    /// Write the table to a file too; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Output")]
    output: Vec<(Format, PathBuf)>,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &MergeArguments, speech: Speech) -> Result<Outcome, Failure> {
    let plain = |text: String| Bilingual::new(text.clone(), text);
    let list = arguments.list.as_deref().map(Repositories::read).transpose();
    let list = list.map_err(|error| Failure::Usage(plain(error.to_string())))?;
    let all = arguments.output.iter().map(|(format, _)| *format).chain([arguments.format]);
    let with_reports = all.into_iter().any(|format| format == Format::Sarif);
    let merged = merge(&arguments.results, list.as_ref(), with_reports).map_err(|error| match error {
        MergeError::Nothing => Failure::Usage(Bilingual::new(error.to_string(), "这里没有扫描结果")),
        other => Failure::Work(plain(other.to_string())),
    })?;
    for (format, file) in &arguments.output {
        replace(file, |out| write(*format, &merged, speech.lang(), out))
            .map_err(|error| refused(file, &error))?;
    }
    terminal::print(|out| write(arguments.format, &merged, speech.lang(), out))?;
    Ok(Outcome::Done)
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(FORMATS.map(|(word, _)| word))
        .try_map(|given| format(&given).ok_or("not in the list"))
}

fn format(word: &str) -> Option<Format> {
    FORMATS.into_iter().find(|(known, _)| *known == word).map(|(_, format)| format)
}

/// Reads `FORMAT=FILE`; the error is clap's, in English.
fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let known = || FORMATS.map(|(word, _)| word).join(", ");
    let (word, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or_else(|| format!("must be FORMAT=FILE, where FORMAT is one of {}", known()))?;
    let format =
        format(word).ok_or_else(|| format!("no format is called `{word}`; there are {}", known()))?;
    Ok((format, PathBuf::from(file)))
}
