//! The face: arguments, one file per subcommand, exit codes.

mod arguments;
mod baseline;
mod bug;
#[cfg(feature = "gate")]
mod calibrate;
mod check;
mod completions;
mod explain;
mod failure;
mod fixing;
#[cfg(feature = "gate")]
mod gate;
#[cfg(feature = "github")]
mod github;
mod init;
mod inspect;
mod language;
#[cfg(feature = "gate")]
mod live;
#[cfg(feature = "lsp")]
mod lsp;
mod merge;
mod output;
mod plan;
mod progress;
mod rules;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use crate::findings::Lang;
use arguments::{Arguments, Command};
use failure::{Failure, Outcome, exit_code};
use language::Speech;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    bug::report_panics();
    let result = run(Arguments::parse());
    ExitCode::from(exit_code(&result))
}

fn run(arguments: Arguments) -> Result<Outcome, Failure> {
    let command = arguments.command.unwrap_or(Command::Check(arguments.check));
    let face = command.face();
    terminal::set_color(face.color);
    let speech = Speech::of(face.lang).inspect_err(|failure| failure.tell(Lang::En))?;
    dispatch(command, speech).inspect_err(|failure| failure.tell(speech.lang()))
}

fn dispatch(command: Command, speech: Speech) -> Result<Outcome, Failure> {
    match command {
        Command::Check(arguments) => check::run(&arguments, speech),
        Command::Explain(arguments) => explain::run(&arguments, speech),
        Command::Rules(arguments) => rules::run(&arguments, speech),
        Command::Inspect(arguments) => inspect::run(&arguments, speech),
        Command::Plan(arguments) => plan::run(&arguments, speech),
        #[cfg(feature = "gate")]
        Command::Gate(arguments) => gate::run(&arguments, speech),
        Command::Baseline(arguments) => baseline::run(&arguments, speech),
        Command::Init(arguments) => init::run(&arguments, speech),
        #[cfg(feature = "lsp")]
        Command::Lsp(arguments) => lsp::run(&arguments, speech),
        #[cfg(feature = "github")]
        Command::Github(arguments) => github::run(&arguments, speech),
        Command::Merge(arguments) => merge::run(&arguments, speech),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}
