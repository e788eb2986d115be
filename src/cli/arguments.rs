//! What the command line accepts.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueHint};

use super::completions::CompletionsArguments;
use super::explain::ExplainArguments;
use super::failure::Failure;
#[cfg(feature = "gate")]
use super::gate::GateArguments;
use super::init::InitArguments;
use super::inspect::InspectArguments;
use super::language::Speech;
use super::output::Output;
use super::plan::PlanArguments;
use super::rules::RulesArguments;
use crate::analysis::{BaselineSource, ChangeOptions, ConfigurationSource, Request};
use crate::config::{Date, FailOn};
use crate::findings::{Bilingual, Lang};
use crate::project::Parts;
use crate::report::{CATEGORY, Format};
use crate::triage::{DiffFilter, Scope};

const EXAMPLES: &str = "\
Examples:
  bklog-lint                              check the working directory
  bklog-lint services/log --all           check one project, applied history included
  bklog-lint --output sarif=log.sarif     text on the terminal, SARIF in a file
  bklog-lint explain multiple-leaf-nodes  what a rule checks, why, and how to fix it
  bklog-lint inspect graph --only orders  the migration graph of one app
  bklog-lint -- rules                     check a folder that is called like a command

Exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it
  2  wrong usage or configuration, or nothing to check
  3  the check could not be done";

const CHECK_EXAMPLES: &str = "\
Examples:
  bklog-lint check                              check the working directory
  bklog-lint check orders/migrations/0007_x.py  one file, judged together with its project
  bklog-lint check --diff-base origin/main      what is new since that revision
  bklog-lint check --fix --dry-run                  what can be mended mechanically, as a patch
  bklog-lint check --format github --output sarif=log.sarif --output markdown=summary.md

Environment:
  BKLOG_LINT_LANG          as --lang
  BKLOG_LINT_CACHE_DIR     cache of --index [default: the system's folder for caches]
  RAYON_NUM_THREADS        as --threads
  NO_COLOR CLICOLOR_FORCE  as --color never, --color always";

const BASELINE_EXAMPLES: &str = "\
Examples:
  bklog-lint baseline                             accept what is found today
  bklog-lint --baseline bklog-lint-baseline.json  report only what came later";

/// Tells a Django team on MySQL or MariaDB what would go wrong with an upgrade, before it starts
#[derive(Debug, Parser)]
#[command(
    name = "bklog-lint",
    version,
    max_term_width = 110,
    args_conflicts_with_subcommands = true,
    after_help = EXAMPLES
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArguments,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check files, projects or a whole repository; the word `check` may be left out
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Print the page of a rule: what it checks, why it matters, how to fix it
    Explain(ExplainArguments),
    /// List all rules
    Rules(RulesArguments),
    /// Print what the analyser understood, without judging it
    Inspect(InspectArguments),
    /// Plan an upgrade: pending migrations with their statements, locks and time, what else changes, the way back
    Plan(PlanArguments),
    /// Ask the live environment whether the upgrade may begin: go or no-go, with evidence and remedies
    #[cfg(feature = "gate")]
    Gate(Box<GateArguments>),
    /// Accept today's findings: write a baseline that hides them from now on
    #[command(after_help = BASELINE_EXAMPLES)]
    Baseline(BaselineArguments),
    /// Write a commented configuration file
    Init(InitArguments),
    /// Judge files while they are written: the language server, for editors
    #[cfg(feature = "lsp")]
    Lsp(Box<super::lsp::LspArguments>),
    /// Talk to GitHub: what a change is compared with, reports, the repositories of an organization
    #[cfg(feature = "github")]
    Github(super::github::GithubArguments),
    /// Put the results of `github scan` together: repositories, what stands in their way, target versions
    Merge(super::merge::MergeArguments),
    /// Print shell completions
    Completions(CompletionsArguments),
}

impl Command {
    /// How the program is to speak.
    pub(super) fn face(&self) -> FaceArguments {
        match self {
            Self::Check(arguments) => arguments.face,
            Self::Explain(arguments) => arguments.face,
            Self::Rules(arguments) => arguments.face,
            Self::Inspect(arguments) => arguments.view.shared().face,
            Self::Plan(arguments) => arguments.face,
            #[cfg(feature = "gate")]
            Self::Gate(arguments) => arguments.face(),
            Self::Baseline(arguments) => arguments.face,
            Self::Init(arguments) => arguments.face,
            #[cfg(feature = "lsp")]
            Self::Lsp(arguments) => arguments.face,
            #[cfg(feature = "github")]
            Self::Github(arguments) => arguments.face(),
            Self::Merge(arguments) => arguments.face,
            Self::Completions(_) => FaceArguments::default(),
        }
    }
}

/// How the program speaks.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct FaceArguments {
    /// Language of messages [default: BKLOG_LINT_LANG, else the configuration, else the locale]
    #[arg(long, value_parser = lang_parser(), value_name = "LANG")]
    pub(super) lang: Option<Lang>,
    /// When to use colour; `auto` honours NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_parser = color_parser(), default_value = "auto", value_name = "WHEN")]
    pub(super) color: anstream::ColorChoice,
}

/// What every run over a tree takes.
#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// Configuration file [default: the nearest bklog-lint.toml, or pyproject.toml with [tool.bklog-lint]]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) no_config: bool,
    /// Installed environment whose packages say what they need: a virtual environment, or its site-packages
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, help_heading = "Configuration")]
    pub(super) environment: Option<PathBuf>,
    /// Ask the package index, as pip is configured, what the pinned versions need and support, over the
    /// network; answers are kept in BKLOG_LINT_CACHE_DIR
    #[arg(long, help_heading = "Configuration")]
    pub(super) index: bool,
    /// Number of threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
}

/// Which rules run, and what they are held to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct RuleArguments {
    /// Run these rules only: codes, names, families or starts of codes, separated by commas
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Leave these rules out; where both name a rule, the more exact one wins
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Library of field names (CSV) [default: the project's own field_library.csv, else the built-in one]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) field_library: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Files and folders to check [default: the working directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) input: InputArguments,
    #[command(flatten)]
    pub(super) rules: RuleArguments,
    /// Lowest severity that makes the exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = fail_on_parser(), help_heading = "Configuration")]
    pub(super) fail_on: Option<FailOn>,
    /// What to report on migrations: `auto` what is new or still matters, `changed` what is new, `all` applied
    /// history too
    #[arg(
        long,
        value_name = "SCOPE",
        value_parser = scope_parser(),
        default_value = "auto",
        help_heading = "What to report"
    )]
    pub(super) scope: Scope,
    /// Short for `--scope all`
    #[arg(long, conflicts_with = "scope", help_heading = "What to report")]
    pub(super) all: bool,
    /// Git revision that tells what is new [default: where the default branch was left]
    #[arg(long, value_name = "REV", help_heading = "What to report")]
    pub(super) diff_base: Option<String>,
    /// Compare with the commit of --diff-base itself, not with where HEAD left it
    #[arg(long, requires = "diff_base", help_heading = "What to report")]
    pub(super) no_merge_base: bool,
    /// Which part of the change counts: lines that it adds or edits, files that it touches, or no filter. What the
    /// base does not have is reported wherever it stands [default: nofilter]
    #[arg(long, value_name = "MODE", value_parser = diff_parser(), help_heading = "What to report")]
    pub(super) diff: Option<DiffFilter>,
    /// List of changed files, as `bklog-lint github base` writes it, where the clone does not hold the base
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with = "diff_base",
        help_heading = "What to report"
    )]
    pub(super) changes: Option<PathBuf>,
    /// Tell the statements of every migration that the base does not have (JSON, Markdown)
    #[arg(long, help_heading = "What to report")]
    pub(super) sql: bool,
    /// Versions to upgrade to, `django=5.2,python=3.12,mysql=8.0` [default: the configuration, else what is pinned]
    #[arg(long, value_name = "VERSIONS", help_heading = "What to report")]
    pub(super) target: Option<String>,
    /// Findings accepted before, as `bklog-lint baseline` writes them [default: from the configuration]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to report")]
    pub(super) baseline: Option<PathBuf>,
    /// Take configuration and baseline as they stand in this git revision, so that a change cannot edit them for itself
    #[arg(long, value_name = "REV", conflicts_with = "no_config", help_heading = "Configuration")]
    pub(super) config_revision: Option<String>,
    /// Make the edits of rules that know a safe one, and report what is left. Migrations that the base has are
    /// never touched
    #[arg(long, help_heading = "Fixing")]
    pub(super) fix: bool,
    /// With --fix: write nothing, and print the edits as a patch instead of the report
    #[arg(long, requires = "fix", conflicts_with = "format", help_heading = "Fixing")]
    pub(super) dry_run: bool,
    /// Format on standard output
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = format_parser(),
        default_value = "text",
        help_heading = "Output"
    )]
    pub(super) format: Format,
    /// Write a report to a file too, in any format; may be given several times. Markdown is kept within a job
    /// summary's limit (1 MiB) in a file, within a comment's (65,000 bytes) on standard output
    #[arg(
        long,
        value_name = "FORMAT=FILE",
        value_parser = Output::parse,
        value_hint = ValueHint::FilePath,
        help_heading = "Output"
    )]
    pub(super) output: Vec<Output>,
    /// What tells this run from others on the same commit; code scanning replaces what has the same (SARIF)
    #[arg(long, value_name = "NAME", default_value = CATEGORY, help_heading = "Output")]
    pub(super) category: String,
    /// Findings and what was not analysed, nothing else
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Lists in full, and every accepted finding with its reason
    #[arg(long, short, help_heading = "Output")]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

#[derive(Debug, Args)]
pub(super) struct BaselineArguments {
    /// Files and folders whose findings are accepted [default: the working directory]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) input: InputArguments,
    #[command(flatten)]
    pub(super) rules: RuleArguments,
    /// File to write [default: the configured one, else bklog-lint-baseline.json beside the configuration]
    #[arg(long, visible_alias = "baseline", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

impl InputArguments {
    /// Sets the size of the pool that all parallel work runs in.
    pub(super) fn set_threads(&self) -> Result<(), Failure> {
        let Some(threads) = self.threads else { return Ok(()) };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
        pool.map_err(|error| {
            Failure::Work(Bilingual::new(
                format!("cannot start {threads} threads: {error}"),
                format!("无法启动 {threads} 个线程：{error}"),
            ))
        })
    }

    /// A request for `paths` that leaves everything else to the configuration.
    pub(super) fn request(&self, paths: &[PathBuf], speech: Speech) -> Request {
        let configuration = match &self.config {
            Some(file) => ConfigurationSource::File(file.clone()),
            None if self.no_config => ConfigurationSource::Defaults,
            None => ConfigurationSource::Found,
        };
        Request {
            paths: paths.to_vec(),
            configuration,
            select: Vec::new(),
            ignore: Vec::new(),
            fail_on: None,
            lang: speech.named,
            locale: speech.locale,
            field_library: None,
            baseline: BaselineSource::Configured,
            scope: Scope::All,
            diff_base: None,
            change: ChangeOptions::default(),
            target: None,
            environment: self.environment.clone(),
            index: self.index,
            today: Date::today(),
            also: Parts::NONE,
            overlay: Default::default(),
        }
    }
}

impl RuleArguments {
    /// Puts into `request` what was given.
    pub(super) fn apply(&self, request: &mut Request) {
        request.select.clone_from(&self.select);
        request.ignore.clone_from(&self.ignore);
        request.field_library.clone_from(&self.field_library);
    }
}

impl CheckArguments {
    pub(super) fn request(&self, speech: Speech) -> Request {
        let mut request = self.input.request(&self.paths, speech);
        self.rules.apply(&mut request);
        request.fail_on = self.fail_on;
        request.scope = if self.all { Scope::All } else { self.scope };
        request.diff_base.clone_from(&self.diff_base);
        request.target.clone_from(&self.target);
        request.change = ChangeOptions {
            exact_base: self.no_merge_base,
            list: self.changes.clone(),
            diff: self.diff,
            configuration_at: self.config_revision.clone(),
            sql: self.sql,
        };
        if let Some(file) = &self.baseline {
            request.baseline = BaselineSource::File(file.clone());
        }
        request
    }
}

/// A parser for one word out of a list, each with its meaning.
fn words<T: Clone + Send + Sync + 'static>(
    list: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(list.iter().map(|(word, _)| *word)).try_map(move |given| {
        let found = list.iter().find(|(word, _)| *word == given);
        found.map(|(_, meaning)| meaning.clone()).ok_or("not in the list")
    })
}

fn lang_parser() -> impl TypedValueParser<Value = Lang> {
    words(&[("en", Lang::En), ("zh", Lang::Zh)])
}

fn color_parser() -> impl TypedValueParser<Value = anstream::ColorChoice> {
    use anstream::ColorChoice::{Always, Auto, Never};
    words(&[("auto", Auto), ("always", Always), ("never", Never)])
}

pub(super) fn fail_on_parser() -> impl TypedValueParser<Value = FailOn> {
    words(&[
        ("error", FailOn::Error),
        ("warning", FailOn::Warning),
        ("info", FailOn::Info),
        ("never", FailOn::Never),
    ])
}

fn diff_parser() -> impl TypedValueParser<Value = DiffFilter> {
    words(&[("added", DiffFilter::Added), ("file", DiffFilter::File), ("nofilter", DiffFilter::NoFilter)])
}

pub(super) fn scope_parser() -> impl TypedValueParser<Value = Scope> {
    words(&[("auto", Scope::Auto), ("changed", Scope::Changed), ("all", Scope::All)])
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::key))
        .try_map(|given| Format::from_key(&given).ok_or("not in the list"))
}

/// Text or JSON, for commands that know these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextOrJson {
    Text,
    Json,
}

/// The parser of `--format` for commands that know text and JSON.
pub(super) fn text_or_json() -> impl TypedValueParser<Value = TextOrJson> {
    words(&[("text", TextOrJson::Text), ("json", TextOrJson::Json)])
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;
