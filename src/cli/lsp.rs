//! `bklog-lint lsp`: the language server, over standard input and output.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use lsp_server::Connection;

use super::arguments::{FaceArguments, InputArguments, RuleArguments, scope_parser};
use super::failure::{Failure, Outcome};
use super::language::Speech;
use crate::analysis::BaselineSource;
use crate::findings::Bilingual;
use crate::lsp::{self, Ending};
use crate::triage::Scope;

pub(super) const EXAMPLES: &str = "\
Editors start it and speak with it over standard input and output:
  Neovim  vim.lsp.config('bklog-lint', { cmd = { 'bklog-lint', 'lsp' }, root_markers = { '.git' } })
          vim.lsp.enable('bklog-lint')
  Helix   [language-server.bklog-lint]
          command = \"bklog-lint\"
          args = [\"lsp\"]

Exit codes:
  0  the editor said good-bye
  1  it went away without";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LspArguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    rules: RuleArguments,
    /// What to report on migrations: `auto` what is new or still matters, `changed` what is new, `all` applied
    /// history too
    #[arg(
        long,
        value_name = "SCOPE",
        value_parser = scope_parser(),
        default_value = "auto",
        help_heading = "What to report"
    )]
    scope: Scope,
    /// Git revision that tells what is new [default: where the default branch was left]
    #[arg(long, value_name = "REV", help_heading = "What to report")]
    diff_base: Option<String>,
    /// Versions to upgrade to, `django=5.2,python=3.12,mysql=8.0` [default: the configuration, else what is pinned]
    #[arg(long, value_name = "VERSIONS", help_heading = "What to report")]
    target: Option<String>,
    /// Findings accepted before, as `bklog-lint baseline` writes them [default: from the configuration]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to report")]
    baseline: Option<PathBuf>,
    /// Speak over standard input and output, which is what happens without it too: some editors pass it
    #[arg(long, hide = true)]
    stdio: bool,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

pub(super) fn run(arguments: &LspArguments, speech: Speech) -> Result<Outcome, Failure> {
    arguments.input.set_threads()?;
    let mut request = arguments.input.request(&[], speech);
    arguments.rules.apply(&mut request);
    request.scope = arguments.scope;
    request.diff_base.clone_from(&arguments.diff_base);
    request.target.clone_from(&arguments.target);
    if let Some(file) = &arguments.baseline {
        request.baseline = BaselineSource::File(file.clone());
    }
    let (connection, threads) = Connection::stdio();
    let ending = lsp::serve(connection, request);
    if ending.is_ok() {
        // What was said last has to leave before the process does; an editor that is gone is nobody's concern.
        let _ = threads.join();
    }
    match ending {
        Ok(Ending::Orderly) => Ok(Outcome::Done),
        Ok(Ending::Abrupt) => Ok(Outcome::Findings),
        Err(error) => Err(Failure::Work(Bilingual::new(
            format!("the editor did not begin a session: {error}"),
            format!("编辑器没有建立会话：{error}"),
        ))),
    }
}
