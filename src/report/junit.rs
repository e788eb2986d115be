//! JUnit XML: a test suite per file with findings, a failed test case per finding.
//!
//! Findings of severity `info` and what was not analysed are skipped test cases: they must be seen and must not turn a
//! build red by themselves. The suite `bklog-lint` is always there, so that a clean run is not an empty file.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::summary::{self, Entry};
use super::words::Words;
use super::{Options, Report, visible};
use crate::findings::{Finding, Severity};

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut junit = quick_junit::Report::new("bklog-lint");
    junit.add_test_suite(run(report, options));
    for findings in report.findings.chunk_by(|a, b| a.place.path == b.place.path) {
        let path = report.root.repository_path(&findings[0].place.path);
        let mut suite = TestSuite::new(&*visible::line(&path));
        suite.add_test_cases(findings.iter().map(|finding| test_case(report, finding, &path)));
        junit.add_test_suite(suite);
    }
    let text = junit.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// The run itself: one test case that always passes and carries the summary, and one per thing not analysed.
fn run(report: &Report, options: &Options) -> TestSuite {
    let mut suite = TestSuite::new("bklog-lint");
    let mut analysis = TestCase::new("analysis", TestCaseStatus::success());
    analysis.set_classname("bklog-lint").set_system_out(summary_text(report, options));
    suite.add_test_case(analysis);
    for (path, why) in &report.summary.not_analysed {
        let mut status = TestCaseStatus::skipped();
        status.set_type("not-analysed").set_message(&*visible::line(why.get(report.lang)));
        let path = report.root.repository_path(path);
        let mut case = TestCase::new(&*visible::line(&path), status);
        case.set_classname("not-analysed");
        suite.add_test_case(case);
    }
    suite
}

fn summary_text(report: &Report, options: &Options) -> String {
    let words = Words(report.lang);
    let mut lines = Vec::new();
    for block in summary::blocks(report, options) {
        lines.push(visible::line(&block.heading).into_owned());
        lines.extend(block.entries.iter().map(|Entry { subject, text }| match subject {
            Some(subject) => format!("- {}{}{}", visible::line(subject), words.colon(), visible::line(text)),
            None => format!("- {}", visible::line(text)),
        }));
        if block.more > 0 {
            lines.push(format!("- {}", words.more(block.more)));
        }
    }
    lines.join("\n")
}

fn test_case(report: &Report, finding: &Finding, path: &str) -> TestCase {
    let mut status = match finding.severity {
        Severity::Error | Severity::Warning => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Severity::Info => TestCaseStatus::skipped(),
    };
    let place = &finding.place;
    let rule = finding.rule;
    let message = visible::line(finding.message.get(report.lang));
    let help = visible::lines(finding.help.get(report.lang));
    let mut name = format!("{} {}", rule.code, rule.name);
    let mut description = visible::line(path).into_owned();
    if !place.is_whole_file() {
        let position = format!("{}:{}", place.start.line, place.start.column);
        name = format!("{name} {position}");
        description = format!("{description}:{position}");
    }
    description = format!("{description}\n{message}");
    if !help.is_empty() {
        description = format!("{description}\n{help}");
    }
    status.set_type(finding.severity.key()).set_message(&*message).set_description(description);
    let mut case = TestCase::new(name, status);
    case.set_classname(&*visible::line(path));
    case.extra.insert("file".into(), (&*visible::line(path)).into());
    case.extra.insert("line".into(), place.start.line.to_string().into());
    case
}
