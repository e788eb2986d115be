//! What a rule says of the examples of its page, whole: texts in both languages, places, subject, fix and fingerprint.

use std::fmt::Write as _;

use bklog_lint::findings::{Bilingual, Finding, Fix, Place, Subject};

/// The findings of one example as text, for a snapshot that a person reads.
pub(crate) fn said(example: &str, findings: &[Finding]) -> String {
    let mut out = format!("## example {example}\n");
    for finding in findings {
        out.push('\n');
        write(&mut out, finding).unwrap();
    }
    out
}

fn write(out: &mut String, finding: &Finding) -> std::fmt::Result {
    writeln!(out, "{} {}", place(&finding.place), finding.severity.key())?;
    both(out, "", &finding.message)?;
    both(out, "help ", &finding.help)?;
    for (at, label) in &finding.related {
        writeln!(out, "  related {}", place(at))?;
        both(out, "  ", label)?;
    }
    writeln!(out, "  subject {}", subject(&finding.subject))?;
    if let Some(suggestion) = &finding.suggestion {
        writeln!(out, "  suggestion {suggestion}")?;
    }
    match &finding.fix {
        None => {}
        Some(Fix::Refused(why)) => both(out, "no fix ", why)?,
        Some(Fix::Safe { title, edits }) => {
            both(out, "fix ", title)?;
            for edit in edits {
                writeln!(out, "    {} {:?}", place(&edit.place()), edit.replacement)?;
            }
        }
    }
    writeln!(out, "  fingerprint {}", finding.fingerprint)
}

fn both(out: &mut String, what: &str, text: &Bilingual) -> std::fmt::Result {
    if *text == Bilingual::default() {
        return Ok(());
    }
    // A text of several lines keeps to its column.
    let indented = |text: &str| text.replace('\n', "\n     ");
    writeln!(out, "  {what}en {}", indented(&text.en))?;
    writeln!(out, "  {what}zh {}", indented(&text.zh))
}

fn place(place: &Place) -> String {
    if place.is_whole_file() {
        return place.path.to_string();
    }
    let (start, end) = (place.start, place.end);
    format!("{}:{}:{}-{}:{}", place.path, start.line, start.column, end.line, end.column)
}

/// The parts that apply, each with its name.
fn subject(subject: &Subject) -> String {
    let index = subject.operation_index.map(|index| index.to_string());
    let parts = [
        ("project", subject.project.as_deref()),
        ("app", subject.app.as_deref()),
        ("migration", subject.migration.as_deref()),
        ("operation", index.as_deref()),
        ("model", subject.model.as_deref()),
        ("field", subject.field.as_deref()),
    ];
    let named = parts.iter().filter_map(|(name, value)| Some(format!("{name}={}", (*value)?)));
    named.collect::<Vec<_>>().join(" ")
}
