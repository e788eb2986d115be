//! `bklog-lint rules`: the catalogue.

use clap::Args;

use super::arguments::{FaceArguments, TextOrJson, text_or_json};
use super::failure::{Failure, Outcome};
use super::language::Speech;
use super::terminal;
use crate::report::explain;
use crate::rules::ALL;

#[derive(Debug, Args)]
pub(super) struct RulesArguments {
    /// Format on standard output
    #[arg(long, value_name = "FORMAT", value_parser = text_or_json(), default_value = "text", help_heading = "Output")]
    format: TextOrJson,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &RulesArguments, speech: Speech) -> Result<Outcome, Failure> {
    terminal::print(|out| match arguments.format {
        TextOrJson::Text => explain::catalogue(ALL, speech.lang(), &terminal::options(), out),
        TextOrJson::Json => explain::catalogue_json(ALL, out),
    })?;
    Ok(Outcome::Done)
}
