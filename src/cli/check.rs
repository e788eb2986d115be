//! `bklog-lint [check]`: analyse, report, and let the exit code say how it went.

use std::path::PathBuf;

use clap::CommandFactory;

use super::arguments::{Arguments, CheckArguments};
use super::failure::{Failure, Outcome, Tone, say};
use super::language::Speech;
use super::{fixing, output, progress, terminal};
use crate::analysis::{self, AnalysisError, Run};
use crate::config::selector::nearest;
use crate::findings::Lang;
use crate::report::{Format, Options, Report};

/// Lines on standard error about what was not analysed; the rest is counted.
const NOT_ANALYSED: usize = 10;

pub(super) fn run(arguments: &CheckArguments, speech: Speech) -> Result<Outcome, Failure> {
    output::prepare(&arguments.output)?;
    arguments.input.set_threads()?;
    let request = arguments.request(speech);
    let analyse = || progress::during(speech.lang(), || analysis::check(&request));
    let mut run = analyse().map_err(|error| with_commands(error, &arguments.paths))?;
    let CheckArguments { format, output, quiet, verbose, category, fix, dry_run, .. } = arguments;
    let patch = match (fix, dry_run) {
        (false, _) => None,
        (true, true) => Some(fixing::patch(&run, *verbose)),
        (true, false) => {
            if fixing::apply(&run, *verbose)? {
                run = analyse()?;
            }
            None
        }
    };
    let options =
        Options { quiet: *quiet, verbose: *verbose, category: category.clone(), ..Options::default() };
    let written = match patch {
        Some(patch) => output::write_files(&run.report, output, &options)
            .and(terminal::print(|out| out.write_all(patch.as_bytes()))),
        None => output::write(&run.report, *format, output, &options),
    };
    if !matches!(format, Format::Text | Format::Github | Format::Markdown | Format::Comment) {
        // Those for people say it themselves.
        tell_not_analysed(&run.report);
    }
    written?;
    verdict(run)
}

fn verdict(run: Run) -> Result<Outcome, Failure> {
    if let Some(why) = run.nothing_to_check {
        return Err(Failure::Usage(why));
    }
    let fails = run.report.findings.iter().any(|finding| run.fail_on.is_met_by(finding.severity));
    Ok(if fails { Outcome::Findings } else { Outcome::Done })
}

/// Adds to an error about paths which of them are likely commands in the wrong place or with a slip in them.
fn with_commands(error: AnalysisError, paths: &[PathBuf]) -> Failure {
    let AnalysisError::Usage(mut text) = error else { return error.into() };
    let commands = Arguments::command();
    let names: Vec<&str> = commands.get_subcommands().map(clap::Command::get_name).collect();
    for word in paths.iter().filter(|path| !path.exists()).filter_map(|path| path.to_str()) {
        if let Some(name) = nearest(word, names.iter().copied()) {
            text.en.push_str(&format!(
                "\n`{word}` was taken for a path; the command is `bklog-lint {name}`, and it comes first"
            ));
            text.zh.push_str(&format!(
                "\n`{word}` 被当作路径；相应的命令是 `bklog-lint {name}`，且须写在最前面"
            ));
        }
    }
    Failure::Usage(text)
}

/// Says on standard error what was not analysed, and what the user should know about the run.
fn tell_not_analysed(report: &Report) {
    let lang = report.lang;
    let list = &report.summary.not_analysed;
    for (path, why) in list.iter().take(NOT_ANALYSED) {
        let text = format!("{}{path}: {}", report.root.display_prefix, why.get(lang));
        say(Tone::Warning, lang, &text);
    }
    if let Some(more) = list.len().checked_sub(NOT_ANALYSED).filter(|more| *more > 0) {
        let text = match lang {
            Lang::En => format!("{more} more were not analysed; the reports list them"),
            Lang::Zh => format!("另有 {more} 项未分析；详见报告"),
        };
        say(Tone::Warning, lang, &text);
    }
    for notice in &report.summary.notices {
        say(Tone::Note, lang, notice.get(lang));
    }
}
