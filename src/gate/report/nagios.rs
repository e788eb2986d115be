//! One line as a Nagios plugin prints it, with performance data.

use std::io::{self, Write};

use super::super::check::{Check, Status};
use super::super::readiness::{Readiness, Verdict};
use crate::report::visible;

/// Names in the line.
const NAMES: usize = 8;

pub(super) fn write(readiness: &Readiness, out: &mut dyn Write) -> io::Result<()> {
    let word = match (readiness.verdict, readiness.count(Status::Warn)) {
        (Verdict::Go, 0) => "OK",
        (Verdict::Go, _) => "WARNING",
        (Verdict::NoGo, _) => "CRITICAL",
        (Verdict::Unknown, _) => "UNKNOWN",
    };
    let blocking: Vec<&Check> = readiness.checks.iter().filter(|check| check.blocks()).collect();
    let names: Vec<&str> = blocking.iter().take(NAMES).map(|check| check.id.as_str()).collect();
    let more = blocking.len().saturating_sub(NAMES);
    let mut text = format!("GATE {word} - {}", readiness.verdict.key());
    if !names.is_empty() {
        text.push_str(&format!(": {}", names.join(", ")));
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
    }
    let data: Vec<String> =
        Status::ALL.iter().map(|status| format!("{}={}", status.key(), readiness.count(*status))).collect();
    // A bar would end the text.
    writeln!(out, "{} | {}", visible::line(&text).replace('|', "/"), data.join(" "))
}
