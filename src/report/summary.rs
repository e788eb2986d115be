//! What a report says beside its findings, as blocks of a heading and entries that every human-readable format lays
//! out in its own way. A run that hid something or did not look at something says so here, whatever was found.

use std::sync::Arc;

use super::tally::{Hidden, Tally, hidden_by};
use super::words::Words;
use super::{Options, Report};
use crate::findings::{Bilingual, Finding, RuleId, Suppressed};

/// Entries of a list that are shown without `--verbose`.
const SHORT_LIST: usize = 10;

/// What a block speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Findings,
    Analysed,
    Hidden,
    NotAnalysed,
    NotDjango,
    Unknown,
    Notices,
}

/// A heading with entries below it.
pub(super) struct Block {
    pub(super) topic: Topic,
    pub(super) heading: String,
    pub(super) entries: Vec<Entry>,
    /// Number of entries left out.
    pub(super) more: usize,
}

/// One entry. Nothing of it is escaped yet.
pub(super) struct Entry {
    /// A rule, a path: what is set in code style.
    pub(super) subject: Option<String>,
    /// What is said of it.
    pub(super) text: String,
}

/// All blocks of a report, the empty ones left out.
pub(super) fn blocks(report: &Report, options: &Options) -> Vec<Block> {
    let words = Words(report.lang);
    let tally = Tally::of(report);
    let mut blocks = vec![findings(report, &tally, words), analysed(report, words)];
    for (why, rules) in &tally.hidden {
        blocks.extend(hidden(report, *why, rules, options, words));
    }
    blocks.extend([not_analysed(report, words), not_django(report, words), unknown(report, words)]);
    blocks.push(Block {
        topic: Topic::Notices,
        heading: words.notices().to_owned(),
        entries: report.summary.notices.iter().map(|notice| Entry::text(notice.get(report.lang))).collect(),
        more: 0,
    });
    blocks.retain(|block| {
        !block.entries.is_empty() || matches!(block.topic, Topic::Findings | Topic::Analysed)
    });
    for block in &mut blocks {
        let is_list = matches!(block.topic, Topic::NotAnalysed | Topic::NotDjango | Topic::Unknown);
        if is_list && !options.verbose && block.entries.len() > SHORT_LIST {
            block.more = block.entries.len() - SHORT_LIST;
            block.entries.truncate(SHORT_LIST);
        }
    }
    blocks
}

impl Entry {
    fn new(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { subject: Some(subject.into()), text: text.into() }
    }

    fn text(text: impl Into<String>) -> Self {
        Self { subject: None, text: text.into() }
    }
}

fn findings(report: &Report, tally: &Tally, words: Words) -> Block {
    let heading = match report.findings.len() {
        0 => words.no_findings().to_owned(),
        n => format!("{}{}{}", words.findings(n), words.colon(), words.severities(&tally.by_severity)),
    };
    Block { topic: Topic::Findings, heading, entries: rule_counts(&tally.by_rule), more: 0 }
}

fn analysed(report: &Report, words: Words) -> Block {
    let summary = &report.summary;
    let mut parts = Vec::new();
    if !summary.projects.is_empty() {
        parts.push(words.projects(summary.projects.len()));
    }
    parts.extend(summary.files.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| words.files(kind, *n)));
    if parts.is_empty() {
        parts.push(words.nothing().to_owned());
    }
    Block {
        topic: Topic::Analysed,
        heading: format!("{}{}{}", words.analysed(), words.colon(), parts.join(words.comma())),
        entries: summary
            .projects
            .iter()
            .map(|project| {
                Entry::new(&*project.name, words.apps_and_migrations(project.apps, project.migrations))
            })
            .collect(),
        more: 0,
    }
}

/// One line per rule; with `--verbose` one per finding that a person accepted, with the reason.
fn hidden(
    report: &Report,
    why: Hidden,
    rules: &[(&'static RuleId, usize)],
    options: &Options,
    words: Words,
) -> Option<Block> {
    let total = Tally::hidden_total(rules);
    let entries = if options.verbose && why.is_accepted() {
        let findings = report.hidden.iter().filter(|finding| hidden_by(finding) == Some(why));
        findings.map(|finding| accepted(report, finding, words)).collect()
    } else {
        rule_counts(rules)
    };
    let heading = format!("{}{}{}", words.hidden(why), words.colon(), words.findings(total));
    (total > 0).then_some(Block { topic: Topic::Hidden, heading, entries, more: 0 })
}

fn accepted(report: &Report, finding: &Finding, words: Words) -> Entry {
    let place = position(report, finding);
    let rule = finding.rule;
    let reason = match &finding.suppressed {
        Some(Suppressed::Inline { reason, .. } | Suppressed::Configuration { reason, .. }) => {
            format!(" ({})", words.suppressed_reason(reason))
        }
        _ => String::new(),
    };
    Entry::new(place, format!("{} {}{reason}", rule.code, rule.name))
}

fn not_analysed(report: &Report, words: Words) -> Block {
    let list = &report.summary.not_analysed;
    paths(report, Topic::NotAnalysed, words.not_analysed(list.len()), list)
}

fn not_django(report: &Report, words: Words) -> Block {
    let list = &report.summary.not_django;
    paths(report, Topic::NotDjango, words.not_django(list.len()), list)
}

fn paths(report: &Report, topic: Topic, heading: String, list: &[(Arc<str>, Bilingual)]) -> Block {
    let entry = |(path, why): &(Arc<str>, Bilingual)| {
        Entry::new(report.root.display_path(path), why.get(report.lang))
    };
    Block { topic, heading, entries: list.iter().map(entry).collect(), more: 0 }
}

fn unknown(report: &Report, words: Words) -> Block {
    let list = &report.summary.unknown;
    Block {
        topic: Topic::Unknown,
        heading: words.unknown(list.len()),
        entries: list
            .iter()
            .map(|(path, line, why)| {
                Entry::new(format!("{}:{line}", report.root.display_path(path)), why.get(report.lang))
            })
            .collect(),
        more: 0,
    }
}

fn rule_counts(rules: &[(&'static RuleId, usize)]) -> Vec<Entry> {
    rules.iter().map(|(rule, n)| Entry::new(format!("{} {}", rule.code, rule.name), n.to_string())).collect()
}

/// `path:line:column` of a finding as people in the working directory write it; the path alone for a whole file.
pub(super) fn position(report: &Report, finding: &Finding) -> String {
    let place = &finding.place;
    let path = report.root.display_path(&place.path);
    if place.is_whole_file() { path } else { format!("{path}:{}:{}", place.start.line, place.start.column) }
}
