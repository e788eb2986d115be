//! Workflow commands of GitHub Actions, which the runner turns into annotations.
//!
//! GitHub shows 10 annotations per level and step; the worst come first and what is left out is counted. The runner
//! takes a command from any line that starts with `::` and from `##[` anywhere in a line, so nothing of the scanned
//! repository reaches the output unescaped.

use std::io::{self, Write};

use super::summary::{self, Topic};
use super::words::Words;
use super::{Options, Report, visible};
use crate::findings::{Finding, Severity};

/// Annotations of one level that GitHub shows per step.
const SHOWN: usize = 10;

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let words = Words(report.lang);
    let mut left_out = Vec::new();
    for severity in Severity::ALL {
        let all: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.severity == severity).collect();
        // What was left out of the worse levels is told in notices, which count towards the notices' own limit.
        let room = if severity == Severity::Info { SHOWN - left_out.len() } else { SHOWN };
        let shown = match all.len() {
            n if options.verbose || n <= room => n,
            _ if severity == Severity::Info => room - 1,
            _ => room,
        };
        for finding in &all[..shown] {
            annotation(report, finding, out)?;
        }
        if shown < all.len() {
            left_out.push((severity, all.len() - shown));
        }
    }
    for (severity, n) in left_out {
        writeln!(out, "{}", notice(&words.more_annotations(severity, n)))?;
    }
    for block in summary::blocks(report, options) {
        writeln!(out, "bklog-lint: {}", visible::line(&block.heading))?;
        if !matches!(block.topic, Topic::NotAnalysed | Topic::Notices) {
            continue;
        }
        for entry in &block.entries {
            let subject = entry.subject.iter().flat_map(|subject| [subject.as_str(), words.colon()]);
            let line: String = subject.chain([entry.text.as_str()]).collect();
            writeln!(out, "bklog-lint:   {}", visible::line(&line))?;
        }
        if block.more > 0 {
            writeln!(out, "bklog-lint:   {}", words.more(block.more))?;
        }
    }
    Ok(())
}

fn annotation(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = &finding.place;
    write!(out, "::{command} file={}", property(&report.root.repository_path(&place.path)))?;
    if !place.is_whole_file() {
        write!(out, ",line={},endLine={}", place.start.line, place.end.line)?;
        // GitHub refuses columns on an annotation of several lines.
        if place.start.line == place.end.line {
            let last = place.end.column.saturating_sub(1).max(place.start.column);
            write!(out, ",col={},endColumn={last}", place.start.column)?;
        }
    }
    let rule = finding.rule;
    write!(out, ",title={}", property(&format!("{} {}", rule.code, rule.name)))?;
    let mut message = visible::line(finding.message.get(report.lang)).into_owned();
    let help = finding.help.get(report.lang);
    if !help.is_empty() {
        message = format!(
            "{message}\n{}{}{}",
            Words(report.lang).help(),
            Words(report.lang).colon(),
            visible::lines(help)
        );
    }
    writeln!(out, "::{}", escape(&message))
}

/// A command that shows `text` as a notice of the job.
pub(crate) fn notice(text: &str) -> String {
    format!("::notice title=bklog-lint::{}", data(text))
}

/// The message of a command; one line.
fn data(text: &str) -> String {
    escape(&visible::line(text))
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The runner's own escapes; `%` first, or the others would be escaped twice.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
