//! Text format of Prometheus, for the textfile collector of the node exporter.

use std::io::{self, Write};

use super::super::check::Status;
use super::super::readiness::{Readiness, Verdict};

pub(super) fn write(readiness: &Readiness, out: &mut dyn Write) -> io::Result<()> {
    head(out, "bklog_gate_verdict", "The verdict of the gate: 1 for the one that holds.")?;
    for verdict in [Verdict::Go, Verdict::NoGo, Verdict::Unknown] {
        let holds = u8::from(verdict == readiness.verdict);
        writeln!(out, "bklog_gate_verdict{{verdict=\"{}\"}} {holds}", verdict.key())?;
    }
    head(out, "bklog_gate_checks", "Checks by how they ended.")?;
    for status in Status::ALL {
        writeln!(out, "bklog_gate_checks{{status=\"{}\"}} {}", status.key(), readiness.count(status))?;
    }
    head(out, "bklog_gate_check", "1 for how a check ended.")?;
    for check in &readiness.checks {
        writeln!(
            out,
            "bklog_gate_check{{id=\"{}\",section=\"{}\",status=\"{}\",blocks=\"{}\"}} 1",
            escaped(&check.id),
            check.section.key(),
            check.status.key(),
            check.blocks()
        )?;
    }
    head(out, "bklog_gate_collected_timestamp_seconds", "When the environment was asked.")?;
    writeln!(out, "bklog_gate_collected_timestamp_seconds {}", readiness.collected_at.as_second())
}

fn head(out: &mut dyn Write, name: &str, help: &str) -> io::Result<()> {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge")
}

/// The value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
