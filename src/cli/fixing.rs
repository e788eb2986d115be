//! `--fix`: makes the edits that findings carry, and says on standard error what was done and what was left.

use std::io::IsTerminal;

use super::failure::{Failure, Tone, say};
use crate::analysis::Run;
use crate::findings::{Bilingual, Finding, Fix, Lang};
use crate::fix::{self, Plan};
use crate::report::visible;

/// Findings of each kind that are named; the rest is counted.
const NAMED: usize = 20;

/// The edits as a patch; says what it leaves.
pub(super) fn patch(run: &Run, verbose: bool) -> String {
    let plan = Plan::of(&run.report.findings);
    tell(run, &plan, &plan.left, false, verbose);
    let patch = fix::unified(&plan, &run.report.root.display_prefix);
    if std::io::stdout().is_terminal() {
        // What controls a terminal is for a file alone.
        patch
            .split_inclusive('\n')
            .map(|line| format!("{}\n", visible::line(line.trim_end_matches('\n'))))
            .collect()
    } else {
        patch
    }
}

/// Makes the edits; tells whether any file was written.
pub(super) fn apply(run: &Run, verbose: bool) -> Result<bool, Failure> {
    let mut plan = Plan::of(&run.report.findings);
    let written = fix::apply(&plan, &run.workspace.snapshot)
        .map_err(|error| Failure::Work(Bilingual::new(error.text(Lang::En), error.text(Lang::Zh))))?;
    let late = written.left.iter().filter_map(|(at, why)| Some((*plan.fixed.get(*at)?, why.clone())));
    let mut left = plan.left.clone();
    left.extend(late);
    let mut at = 0;
    plan.fixed.retain(|_| {
        at += 1;
        !written.left.iter().any(|(late, _)| *late == at - 1)
    });
    tell(run, &plan, &left, true, verbose);
    Ok(!written.files.is_empty())
}

/// Says what was fixed, or would be, and what was left and why.
fn tell(run: &Run, plan: &Plan<'_>, left: &[(&Finding, Bilingual)], done: bool, verbose: bool) {
    let lang = run.report.lang;
    let (fixed, without) = (plan.fixed.len(), plan.without);
    let heading = match (lang, done) {
        (Lang::En, true) => format!("fixed: {fixed} of {} findings", fixed + left.len() + without),
        (Lang::En, false) => format!("can be fixed: {fixed} of {} findings", fixed + left.len() + without),
        (Lang::Zh, true) => format!("已修复 {fixed} 个问题（共 {} 个）", fixed + left.len() + without),
        (Lang::Zh, false) => format!("可修复 {fixed} 个问题（共 {} 个）", fixed + left.len() + without),
    };
    let title = |finding: &Finding| match &finding.fix {
        Some(Fix::Safe { title, .. }) => title.get(lang).to_owned(),
        _ => String::new(),
    };
    let lines = plan.fixed.iter().map(|finding| line(run, finding, &title(finding)));
    say(Tone::Note, lang, &list(heading, lines.collect(), verbose, lang));
    if !left.is_empty() {
        let heading = match lang {
            Lang::En => format!("left, since it would not be safe: {}", left.len()),
            Lang::Zh => format!("未修复（不安全）：{}", left.len()),
        };
        let lines = left.iter().map(|(finding, why)| line(run, finding, why.get(lang)));
        say(Tone::Note, lang, &list(heading, lines.collect(), verbose, lang));
    }
    if without > 0 {
        let text = match lang {
            Lang::En => format!("left, since their rules know no mechanical remedy: {without}"),
            Lang::Zh => format!("未修复（规则没有机械的修复办法）：{without}"),
        };
        say(Tone::Note, lang, &text);
    }
}

fn line(run: &Run, finding: &Finding, what: &str) -> String {
    let place = &finding.place;
    let path = run.report.root.display_path(&place.path);
    let at = match place.is_whole_file() {
        true => String::new(),
        false => format!(":{}:{}", place.start.line, place.start.column),
    };
    format!("\n  - {}{at} {}: {}", visible::line(&path), finding.rule.code, visible::line(what))
}

fn list(heading: String, lines: Vec<String>, verbose: bool, lang: Lang) -> String {
    let shown = if verbose { lines.len() } else { NAMED };
    let more = match (lines.len().saturating_sub(shown), lang) {
        (0, _) => String::new(),
        (more, Lang::En) => format!("\n  - and {more} more (--verbose lists all)"),
        (more, Lang::Zh) => format!("\n  - 另有 {more} 项（--verbose 可列出全部）"),
    };
    let lines: String = lines.into_iter().take(shown).collect();
    format!("{heading}{lines}{more}")
}
