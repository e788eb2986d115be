//! `bklog-lint plan`: the upgrade from one revision to another.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::arguments::{FaceArguments, InputArguments};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{progress, terminal};
use crate::analysis::plan::{PlanRequest, plan};
use crate::django::version::DjangoVersion;
use crate::mysql::Server;
use crate::report::json_text;
use crate::report::plan::{plan_html, plan_json, plan_markdown, plan_text};

pub(super) const EXAMPLES: &str = "\
Examples:
  bklog-lint plan --from v4.8
  bklog-lint plan bklog --from v4.8 --to HEAD --server mysql-8.0.36 --stats sizes.tsv
  bklog-lint plan --applied django_migrations.tsv --format markdown
  bklog-lint plan --from v4.8 --format html > plan.html";

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
    let request = PlanRequest {
        tree: arguments.input.request(std::slice::from_ref(&arguments.path), speech),
        from: arguments.from.clone(),
        applied: arguments.applied.clone(),
        to: arguments.to.clone(),
        server: arguments.server.clone(),
        django: arguments.django,
        sizes: arguments.stats.clone(),
    };
    let planned = progress::during(speech.lang(), || plan(&request))?;
    let (plan, lang) = (&planned.plan, planned.lang);
    terminal::print(|out| match arguments.format {
        PlanFormat::Json => json_text::write(&plan_json(plan), out),
        PlanFormat::Text => writeln!(out, "{}", plan_text(plan, lang).trim_end()),
        PlanFormat::Html => plan_html(plan, lang, out),
        PlanFormat::Markdown => writeln!(out, "{}", plan_markdown(plan, lang).trim_end()),
    })?;
    for missing in &planned.not_analysed {
        say(Tone::Warning, lang, &format!("{}: {}", missing.path, missing.why.describe().get(lang)));
    }
    Ok(if plan.blockers().is_empty() { Outcome::Done } else { Outcome::Findings })
}
