//! `bklog-lint plan`: the upgrade from one revision to another.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::arguments::{FaceArguments, InputArguments, fail_on_parser};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{progress, terminal};
use crate::analysis::Request;
use crate::analysis::plan::{Database, PlanRequest, plan};
use crate::config::FailOn;
use crate::django::version::DjangoVersion;
use crate::mysql::Server;
use crate::report::json_text;
use crate::report::plan::{plan_html, plan_json, plan_markdown, plan_text};

pub(super) const EXAMPLES: &str = "\
Examples:
  bklog-lint plan --from v4.8
  bklog-lint plan bklog --from v4.8 --to HEAD --server mysql-8.0.36 --stats sizes.tsv
  bklog-lint plan --applied django_migrations.tsv --format markdown
  bklog-lint plan --facts facts.json             what `gate --collect` saved of the database
  bklog-lint plan --live --from v4.8             ask the database of [gate.mysql.default] first
  bklog-lint plan --from v4.8 --format html > plan.html   a page for a meeting

Exit codes:
  0  nothing stands in the way, and no finding at or above --fail-on
  1  something must be mended first, or a finding that the upgrade brings is at or above it
  2  wrong usage or configuration, or nothing to plan
  3  the plan could not be made: a revision or the database could not be read";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlanArguments {
    /// Repository or project [default: the working directory]
    #[arg(value_name = "PATH", default_value = ".", hide_default_value = true, value_hint = ValueHint::AnyPath)]
    path: PathBuf,
    /// Git revision that runs now
    #[arg(long, value_name = "REV", help_heading = "What to plan")]
    from: Option<String>,
    /// What the database has applied, in place of a revision: rows of django_migrations with a heading, or the output
    /// of `showmigrations --plan`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "from", help_heading = "What to plan")]
    applied: Option<PathBuf>,
    /// What a live database said, in place of a revision or beside it: a file of `gate --collect`. Tells the applied
    /// migrations, sizes, the server, and which migrations have run in part
    #[cfg(feature = "gate")]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "applied", help_heading = "What to plan")]
    facts: Option<PathBuf>,
    /// Ask the database first, as the gate does (it only reads); with several, which entry of [gate.mysql]
    #[cfg(feature = "gate")]
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with_all = ["applied", "facts"], help_heading = "What to plan")]
    live: Option<String>,
    /// Git revision to upgrade to [default: the working tree]
    #[arg(long, value_name = "REV", help_heading = "What to plan")]
    to: Option<String>,
    /// Server that runs the statements: mysql-8.0.36, mariadb-10.11 [default: that of the configuration]
    #[arg(long, value_name = "SERVER", help_heading = "What to plan")]
    server: Option<Server>,
    /// Release of Django that runs the migrations: 2.2, 3.2, 4.2 or 5.2 [default: the one that the project pins]
    #[arg(long, value_name = "VERSION", help_heading = "What to plan")]
    django: Option<DjangoVersion>,
    /// Sizes of the tables, for the time that statements take: table_name, table_rows, data_length, index_length of
    /// information_schema.tables, with a heading, between tabs or commas
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to plan")]
    stats: Option<PathBuf>,
    /// How fast the server is, as `gate calibrate` measured it [default: that of the configuration, else usual rates]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "What to plan")]
    calibration: Option<PathBuf>,
    /// Lowest severity of a finding that makes the exit code 1 [default: error]
    #[arg(long, value_name = "SEVERITY", value_parser = fail_on_parser(), help_heading = "Configuration")]
    fail_on: Option<FailOn>,
    /// Format on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", help_heading = "Output")]
    format: PlanFormat,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    pub(super) face: FaceArguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlanFormat {
    Text,
    Json,
    Markdown,
    Html,
}

pub(super) fn run(arguments: &PlanArguments, speech: Speech) -> Result<Outcome, Failure> {
    arguments.input.set_threads()?;
    let mut tree = arguments.input.request(std::slice::from_ref(&arguments.path), speech);
    tree.fail_on = arguments.fail_on;
    let request = PlanRequest {
        database: database(arguments, &tree)?,
        tree,
        from: arguments.from.clone(),
        applied: arguments.applied.clone(),
        to: arguments.to.clone(),
        server: arguments.server.clone(),
        django: arguments.django,
        sizes: arguments.stats.clone(),
        calibration: arguments.calibration.clone(),
    };
    let planned = progress::during(speech.lang(), || plan(&request))?;
    let lang = planned.lang;
    terminal::print(|out| match arguments.format {
        PlanFormat::Json => json_text::write(&plan_json(&planned.plan), out),
        PlanFormat::Text => writeln!(out, "{}", plan_text(&planned.plan, lang).trim_end()),
        PlanFormat::Html => plan_html(&planned.plan, lang, out),
        PlanFormat::Markdown => writeln!(out, "{}", plan_markdown(&planned.plan, lang).trim_end()),
    })?;
    for missing in &planned.not_analysed {
        say(Tone::Warning, lang, &format!("{}: {}", missing.path, missing.why.describe().get(lang)));
    }
    Ok(if planned.fails() { Outcome::Findings } else { Outcome::Done })
}

/// What a live database says: from a file, or asked now.
#[cfg(feature = "gate")]
fn database(arguments: &PlanArguments, tree: &Request) -> Result<Option<Database>, Failure> {
    match (&arguments.facts, &arguments.live) {
        (Some(file), _) => super::live::of_file(file, tree).map(Some),
        (None, Some(name)) => super::live::of_server(name, tree).map(Some),
        (None, None) => Ok(None),
    }
}

#[cfg(not(feature = "gate"))]
fn database(_: &PlanArguments, _: &Request) -> Result<Option<Database>, Failure> {
    Ok(None)
}
