//! The contract for other programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::check::Check;
use super::super::readiness::Readiness;
use super::Options;

pub(super) fn write(readiness: &Readiness, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let checks: Vec<Value> = readiness.checks.iter().map(|check| value(check, options)).collect();
    let all = json!({
        "schema_version": 1,
        "tool": { "name": "bklog-lint", "version": env!("CARGO_PKG_VERSION") },
        "verdict": readiness.verdict.key(),
        "collected_at": readiness.collected_at.to_string(),
        "judged_at": readiness.judged_at.to_string(),
        "checks": checks,
    });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn value(check: &Check, options: Options) -> Value {
    json!({
        "id": check.id,
        "section": check.section.key(),
        "status": check.status.key(),
        "observed": check.observed,
        "expected": check.expected,
        "message": check.message.get(options.lang),
        "remedy": check.remedy.get(options.lang),
        "elapsed_ms": check.elapsed_ms,
        "optional": check.optional,
        "waived": check.waived,
    })
}
