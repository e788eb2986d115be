//! `bklog-lint completions SHELL`: a script that lets a shell complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::arguments::Arguments;
use super::failure::{Failure, Outcome};
use super::terminal;

const EXAMPLES: &str = "\
Examples:
  bklog-lint completions bash > ~/.local/share/bash-completion/completions/bklog-lint
  bklog-lint completions fish > ~/.config/fish/completions/bklog-lint.fish";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub(super) fn run(arguments: &CompletionsArguments) -> Result<Outcome, Failure> {
    // The generator panics when its writer fails, so it writes into memory.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "bklog-lint", &mut script);
    terminal::print(|out| out.write_all(&script))?;
    Ok(Outcome::Done)
}
