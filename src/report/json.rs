//! The contract for other programs: an envelope with the tool, the summary and the findings.
//!
//! Findings that a person accepted (comment, configuration, baseline) stand in `findings` only with `verbose`, with
//! `suppressed` set; without it `suppressed` is null everywhere. What the scope leaves out (history, unchanged) is
//! counted in `summary.hidden` and never listed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::inspect::sql::entry_json;
use super::tally::{self, Tally};
use super::{NewMigrations, Options, Report, json_text, links};
use crate::findings::{Bilingual, Edit, Finding, Fix, Place, RuleId, Suppressed};

#[derive(Serialize)]
struct Envelope<'a> {
    schema_version: u32,
    tool: Tool,
    summary: Summary<'a>,
    /// With `--sql`, where there is a base: the entries of `inspect sql` for migrations that it does not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_migrations: Option<Vec<JsonMigrations<'a>>>,
    findings: Vec<JsonFinding<'a>>,
}

#[derive(Serialize)]
struct JsonMigrations<'a> {
    root: &'a str,
    server: &'a str,
    django: String,
    migrations: Vec<serde_json::Value>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary<'a> {
    by_severity: BySeverity,
    by_rule: BTreeMap<&'a str, usize>,
    projects: Vec<Project<'a>>,
    files: &'a BTreeMap<&'static str, usize>,
    not_analysed: Vec<Because<'a>>,
    not_django: Vec<Because<'a>>,
    unknown: Vec<Unknown<'a>>,
    hidden: BTreeMap<&'static str, Hidden<'a>>,
    notices: Vec<&'a str>,
}

#[derive(Serialize)]
struct BySeverity {
    error: usize,
    warning: usize,
    info: usize,
}

#[derive(Serialize)]
struct Project<'a> {
    root: &'a str,
    apps: usize,
    migrations: usize,
}

#[derive(Serialize)]
struct Because<'a> {
    path: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Unknown<'a> {
    path: &'a str,
    line: u32,
    reason: &'a str,
}

#[derive(Serialize)]
struct Hidden<'a> {
    total: usize,
    by_rule: BTreeMap<&'a str, usize>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    name: &'a str,
    family: &'a str,
    severity: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    url: String,
    path: &'a str,
    start: Position,
    end: Position,
    project: Option<&'a str>,
    app: Option<&'a str>,
    migration: Option<&'a str>,
    operation_index: Option<usize>,
    model: Option<&'a str>,
    field: Option<&'a str>,
    suggestion: Option<&'a str>,
    fix: Option<JsonFix<'a>>,
    related: Vec<Related<'a>>,
    fingerprint: &'a str,
    suppressed: Option<JsonSuppressed<'a>>,
}

/// What `--fix` does about a finding: the edits, or why there are none.
#[derive(Serialize)]
struct JsonFix<'a> {
    title: Option<&'a str>,
    edits: Vec<JsonEdit<'a>>,
    refused: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonEdit<'a> {
    path: &'a str,
    start: Position,
    end: Position,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
    byte: u64,
}

#[derive(Serialize)]
struct Related<'a> {
    path: &'a str,
    start: Position,
    end: Position,
    message: &'a str,
}

#[derive(Serialize)]
struct JsonSuppressed<'a> {
    by: &'static str,
    line: Option<u32>,
    entry: Option<usize>,
    reason: Option<&'a str>,
}

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let findings = tally::listed(report, options.verbose);
    let envelope = Envelope {
        schema_version: 1,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        summary: summary(report),
        new_migrations: report
            .new_migrations
            .as_ref()
            .map(|all| all.iter().map(|one| new_migrations(report, one)).collect()),
        findings: findings.into_iter().map(|finding| json_finding(report, finding)).collect(),
    };
    json_text::write(&envelope, out)
}

fn new_migrations<'a>(report: &Report, of_project: &'a NewMigrations) -> JsonMigrations<'a> {
    let entries = of_project.entries.iter().map(|entry| {
        let mut json = entry_json(entry);
        let path = of_project.paths.get(&(entry.app.clone(), entry.migration.clone()));
        if let (Some(object), Some(path)) = (json.as_object_mut(), path) {
            object.insert("path".to_owned(), path.as_ref().into());
        }
        json
    });
    JsonMigrations {
        root: &of_project.project,
        server: of_project.server.get(report.lang),
        django: of_project.django.to_string(),
        migrations: entries.collect(),
    }
}

fn summary(report: &Report) -> Summary<'_> {
    let tally = Tally::of(report);
    let [(_, error), (_, warning), (_, info)] = tally.by_severity;
    let of_run = &report.summary;
    Summary {
        by_severity: BySeverity { error, warning, info },
        by_rule: by_rule(&tally.by_rule),
        projects: of_run
            .projects
            .iter()
            .map(|project| Project {
                root: &project.name,
                apps: project.apps,
                migrations: project.migrations,
            })
            .collect(),
        files: &of_run.files,
        not_analysed: because(report, &of_run.not_analysed),
        not_django: because(report, &of_run.not_django),
        unknown: of_run
            .unknown
            .iter()
            .map(|(path, line, why)| Unknown { path, line: *line, reason: why.get(report.lang) })
            .collect(),
        hidden: tally
            .hidden
            .iter()
            .map(|(why, rules)| {
                (why.key(), Hidden { total: Tally::hidden_total(rules), by_rule: by_rule(rules) })
            })
            .collect(),
        notices: of_run.notices.iter().map(|notice| notice.get(report.lang)).collect(),
    }
}

fn because<'a>(report: &'a Report, list: &'a [(Arc<str>, Bilingual)]) -> Vec<Because<'a>> {
    list.iter().map(|(path, why)| Because { path, reason: why.get(report.lang) }).collect()
}

fn by_rule(rules: &[(&'static RuleId, usize)]) -> BTreeMap<&'static str, usize> {
    rules.iter().map(|(rule, n)| (rule.code, *n)).collect()
}

fn json_finding<'a>(report: &Report, finding: &'a Finding) -> JsonFinding<'a> {
    let subject = &finding.subject;
    let help = finding.help.get(report.lang);
    let (start, end) = positions(&finding.place);
    JsonFinding {
        rule: finding.rule.code,
        name: finding.rule.name,
        family: finding.rule.family,
        severity: finding.severity.key(),
        message: finding.message.get(report.lang),
        help: (!help.is_empty()).then_some(help),
        url: links::rule_page(finding.rule),
        path: &finding.place.path,
        start,
        end,
        project: subject.project.as_deref(),
        app: subject.app.as_deref(),
        migration: subject.migration.as_deref(),
        operation_index: subject.operation_index,
        model: subject.model.as_deref(),
        field: subject.field.as_deref(),
        suggestion: finding.suggestion.as_deref(),
        fix: finding.fix.as_ref().map(|fix| json_fix(report, fix)),
        related: finding
            .related
            .iter()
            .map(|(place, label)| {
                let (start, end) = positions(place);
                Related { path: &place.path, start, end, message: label.get(report.lang) }
            })
            .collect(),
        fingerprint: &finding.fingerprint,
        suppressed: finding.suppressed.as_ref().map(suppressed),
    }
}

fn json_fix<'a>(report: &Report, fix: &'a Fix) -> JsonFix<'a> {
    match fix {
        Fix::Refused(why) => JsonFix { title: None, edits: Vec::new(), refused: Some(why.get(report.lang)) },
        Fix::Safe { title, edits } => {
            let edit = |edit: &'a Edit| {
                let (start, end) = positions(&edit.place());
                JsonEdit { path: &edit.text.path, start, end, replacement: &edit.replacement }
            };
            let edits = edits.iter().map(edit).collect();
            JsonFix { title: Some(title.get(report.lang)), edits, refused: None }
        }
    }
}

fn positions(place: &Place) -> (Position, Position) {
    let position = |at: crate::source::LineColumn, byte| Position { line: at.line, column: at.column, byte };
    (position(place.start, place.bytes.0), position(place.end, place.bytes.1))
}

fn suppressed(why: &Suppressed) -> JsonSuppressed<'_> {
    let by = tally::Hidden::from(why).key();
    let (line, entry, reason) = match why {
        Suppressed::Inline { line, reason } => (Some(*line), None, Some(reason.as_str())),
        Suppressed::Configuration { entry, reason } => (None, Some(*entry), Some(reason.as_str())),
        Suppressed::Baseline | Suppressed::History | Suppressed::NotChanged => (None, None, None),
    };
    JsonSuppressed { by, line, entry, reason }
}
