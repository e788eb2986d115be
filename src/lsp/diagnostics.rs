//! Findings as the editor lists them.

use std::collections::BTreeMap;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    Position, Range, Url,
};

use super::judged::Judged;
use super::positions::{self, Encoding};
use crate::config;
use crate::findings::{Finding, Lang, Severity};
use crate::report::{editor, visible};

/// Who speaks, in lists that hold what several programs found.
pub(super) const SOURCE: &str = "bklog-lint";

/// Other places of a finding that are listed.
const RELATED: usize = 10;

/// The findings of a folder by file.
pub(super) fn of(judged: &Judged, encoding: Encoding, related: bool) -> BTreeMap<Url, Vec<Diagnostic>> {
    let mut out: BTreeMap<Url, Vec<Diagnostic>> = BTreeMap::new();
    for finding in &judged.run.report.findings {
        if let Some(uri) = judged.uri(&finding.place.path) {
            out.entry(uri).or_default().push(diagnostic(judged, finding, encoding, related));
        }
    }
    out
}

/// One finding.
pub(super) fn diagnostic(
    judged: &Judged,
    finding: &Finding,
    encoding: Encoding,
    related: bool,
) -> Diagnostic {
    let lang = judged.run.report.lang;
    let rule = finding.rule;
    let others = finding.related.iter().take(RELATED).filter(|_| related).filter_map(|(place, label)| {
        let range = positions::place(judged.text(&place.path).map(AsRef::as_ref), place, encoding);
        let location = Location { uri: judged.uri(&place.path)?, range };
        let message = visible::line(label.get(lang)).into_owned();
        Some(DiagnosticRelatedInformation { location, message })
    });
    let others: Vec<_> = others.collect();
    let text = judged.text(&finding.place.path).map(AsRef::as_ref);
    Diagnostic {
        range: positions::place(text, &finding.place, encoding),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(rule.code.to_owned())),
        code_description: Url::parse(&editor::rule_url(rule)).ok().map(|href| CodeDescription { href }),
        source: Some(SOURCE.to_owned()),
        message: editor::message(finding, lang),
        related_information: (!others.is_empty()).then_some(others),
        tags: None,
        data: None,
    }
}

/// What is wrong with a configuration file, at its place.
pub(super) fn of_configuration(error: &config::ConfigError, lang: Lang) -> Option<(Url, Vec<Diagnostic>)> {
    let (path, problems) = match error {
        config::ConfigError::Invalid { path, problems } => (path, problems.as_slice()),
        config::ConfigError::Read { path, .. } => (path, &[][..]),
        config::ConfigError::UnknownRule { .. } => return None,
    };
    let uri = Url::from_file_path(path.canonicalize().unwrap_or_else(|_| path.clone())).ok()?;
    let at = |line: usize, column: usize| Position {
        line: line.saturating_sub(1) as u32,
        character: column.saturating_sub(1) as u32,
    };
    let diagnostic = |start: Position, message: String| Diagnostic {
        range: Range { start, end: Position { character: start.character + 1, ..start } },
        severity: Some(DiagnosticSeverity::ERROR),
        source: Some(SOURCE.to_owned()),
        message,
        ..Diagnostic::default()
    };
    let mut all: Vec<Diagnostic> = problems
        .iter()
        .map(|problem| {
            let message = visible::line(problem.message.get(lang)).into_owned();
            diagnostic(at(problem.line, problem.column), message)
        })
        .collect();
    if all.is_empty() {
        all.push(diagnostic(Position::default(), visible::lines(&error.text(lang))));
    }
    Some((uri, all))
}
