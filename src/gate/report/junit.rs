//! JUnit XML: a test suite per section. Warnings are skipped test cases with their message: seen, and not red.

use std::io::{self, Write};
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::super::check::{Check, Section, Status};
use super::super::readiness::Readiness;
use super::Options;
use crate::report::visible;

pub(super) fn write(readiness: &Readiness, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let mut junit = Report::new("bklog-lint gate");
    for section in Section::ALL {
        let checks: Vec<&Check> = readiness.checks.iter().filter(|check| check.section == section).collect();
        if checks.is_empty() {
            continue;
        }
        let mut suite = TestSuite::new(section.key());
        suite.add_test_cases(checks.into_iter().map(|check| case(check, options)));
        junit.add_test_suite(suite);
    }
    let text = junit.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn case(check: &Check, options: Options) -> TestCase {
    let mut status = match (check.status, check.blocks()) {
        (Status::Pass, _) => TestCaseStatus::success(),
        (Status::Fail, true) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Status::Error, true) => TestCaseStatus::non_success(NonSuccessKind::Error),
        _ => TestCaseStatus::skipped(),
    };
    if check.status != Status::Pass {
        let line = |text: &str| visible::line(text).into_owned();
        let mut description = vec![line(check.message.get(options.lang))];
        let parts = [("observed", &check.observed), ("expected", &check.expected)];
        description.extend(
            parts
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(key, text)| format!("{key}: {}", line(text))),
        );
        if !check.remedy.get(options.lang).is_empty() {
            description.push(line(check.remedy.get(options.lang)));
        }
        if let Some(waived) = &check.waived {
            description.push(format!("waived: {}", line(waived)));
        }
        status.set_type(check.status.key()).set_message(line(check.message.get(options.lang)));
        // A skipped case has only a message.
        if !matches!(status, TestCaseStatus::Skipped { .. }) {
            status.set_description(description.join("\n"));
        }
    }
    let mut case = TestCase::new(check.id.clone(), status);
    case.set_classname(format!("gate.{}", check.section.key()))
        .set_time(Duration::from_millis(check.elapsed_ms));
    case
}
