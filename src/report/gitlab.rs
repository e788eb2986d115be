//! GitLab's code quality report: a JSON array that merge requests show beside the diff.

use std::io::{self, Write};

use serde::Serialize;

use super::{Options, Report, json_text, visible};
use crate::findings::{Finding, Severity};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn write(report: &Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let issues: Vec<Issue<'_>> = report.findings.iter().map(|finding| issue(report, finding)).collect();
    json_text::write(&issues, out)
}

fn issue<'a>(report: &Report, finding: &'a Finding) -> Issue<'a> {
    let place = &finding.place;
    let rule = finding.rule;
    Issue {
        description: format!(
            "{} {}: {}",
            rule.code,
            rule.name,
            visible::line(finding.message.get(report.lang))
        ),
        check_name: rule.code,
        fingerprint: &finding.fingerprint,
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location {
            path: report.root.repository_path(&place.path),
            lines: Lines { begin: place.start.line, end: place.end.line },
        },
    }
}
