//! The comment that accepts a finding, as an edit: what an editor offers.

use std::sync::Arc;

use super::comments;
use crate::findings::{Edit, Finding};
use crate::source::{SourceText, Span};

/// The edit that puts `# bklog-lint: ignore[CODE] reason` above what `finding` points at, or above the operation at
/// `operation` where no comment can stand there; for a finding on a whole file `ignore-file` at its top. `None` where
/// the file knows no comments or none would be obeyed.
pub fn ignore_comment(
    text: &Arc<SourceText>,
    finding: &Finding,
    operation: Option<Span>,
    reason: &str,
) -> Option<Edit> {
    if finding.rule.family == super::FAMILY {
        return None;
    }
    let sign = sign(text)?;
    let code = finding.rule.code;
    if finding.place.is_whole_file() {
        let comment = format!("{sign} bklog-lint: ignore-file[{code}] {reason}");
        return above(text, first_free_line(text), &comment);
    }
    let comment = format!("{sign} bklog-lint: ignore[{code}] {reason}");
    let call = operation.map(|span| text.line_column(span.start).line);
    std::iter::once(finding.place.start.line).chain(call).find_map(|line| above(text, line, &comment))
}

/// What begins a comment in a file of this kind.
fn sign(text: &SourceText) -> Option<&'static str> {
    let (_, extension) = text.path.rsplit('/').next()?.rsplit_once('.')?;
    match extension {
        "py" | "txt" | "in" | "toml" | "cfg" | "ini" | "conf" | "yml" | "yaml" | "env" => Some("#"),
        _ if extension.eq_ignore_ascii_case("sql") => Some("--"),
        _ => None,
    }
}

/// The first line before which a comment may stand: behind what has to come first in a file.
fn first_free_line(text: &SourceText) -> u32 {
    let is_first = |line: &str| line.starts_with("#!") || (line.starts_with('#') && line.contains("coding"));
    (1..=2).find(|number| !is_first(text.line(*number))).unwrap_or(3)
}

/// The edit that puts `comment` above a line, indented like it; `None` where it would be no comment there.
fn above(text: &Arc<SourceText>, line: u32, comment: &str) -> Option<Edit> {
    let goes_on = |number: u32| text.line(number).ends_with('\\');
    if line > 1 && goes_on(line - 1) || holds_blocks(text) {
        return None;
    }
    let (at, written) = (text.line_span(line).start, text.line(line));
    let indent = &written[..written.len() - written.trim_start().len()];
    let end = if text.text.contains("\r\n") { "\r\n" } else { "\n" };
    let inserted = format!("{indent}{comment}{end}");
    let (before, after) = text.text.split_at_checked(at as usize)?;
    let after =
        SourceText::decode_plain(text.path.clone(), format!("{before}{inserted}{after}").as_bytes()).ok()?;
    let start = at + indent.len() as u32;
    let obeyed = comments::of(&after).into_iter().any(|found| found.own_line && found.span.start == start);
    obeyed.then(|| Edit::new(text, Span { start: at, end: at }, inserted))
}

/// Whether the file may hold texts of several lines in which a `#` begins no comment, and which are not told apart here.
fn holds_blocks(text: &SourceText) -> bool {
    let extension = text.path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "toml" => text.text.contains("\"\"\"") || text.text.contains("'''"),
        "yml" | "yaml" => {
            let opens = |line: &str| line.trim_end().trim_end_matches(['-', '+']).ends_with(['|', '>']);
            text.text.lines().any(opens)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Bilingual, Place, Severity};
    use crate::rules::{analysis, naming, suppression};

    fn finding(rule: &'static crate::findings::RuleId, place: Place) -> Finding {
        Finding::new(rule, Severity::Error, Bilingual::default(), place)
    }

    fn inserted(path: &str, source: &str, at: &str, operation: Option<&str>) -> Option<String> {
        let text = Arc::new(SourceText::decode_plain(path.into(), source.as_bytes()).unwrap());
        let span = |part: &str| {
            let start = source.find(part).unwrap() as u32;
            Span { start, end: start + part.len() as u32 }
        };
        let place = Place::new(&text, span(at));
        let edit = ignore_comment(
            &text,
            &finding(&naming::field_name::RULE.id, place),
            operation.map(span),
            "reason",
        )?;
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        Some(format!("{}{}{}", &source[..start], edit.replacement, &source[end..]))
    }

    #[test]
    fn it_stands_above_and_is_obeyed() {
        assert_eq!(
            inserted("a.py", "x = [\r\n    'here',\r\n]\r\n", "'here'", None).unwrap(),
            "x = [\r\n    # bklog-lint: ignore[NAM001] reason\r\n    'here',\r\n]\r\n"
        );
        assert_eq!(
            inserted("a.sql", "SELECT 1;\nSELECT 2;\n", "SELECT 2", None).unwrap(),
            "SELECT 1;\n-- bklog-lint: ignore[NAM001] reason\nSELECT 2;\n"
        );
        // Within a string there are no comments: above the operation then.
        let source = "x = [\n    run('''\nSELECT 1''')\n]\n";
        assert_eq!(inserted("a.py", source, "SELECT", None), None);
        assert_eq!(
            inserted("a.py", source, "SELECT", Some("run")).unwrap(),
            "x = [\n    # bklog-lint: ignore[NAM001] reason\n    run('''\nSELECT 1''')\n]\n"
        );
        assert_eq!(inserted("a.py", "x = 1 + \\\n    2\n", "2", None), None, "a line that goes on");
        assert_eq!(inserted("a.sql", "/* a\nb */\n", "b", None), None);
        assert_eq!(inserted("a.yml", "a: |\n  b\n", "b", None), None);
        assert_eq!(inserted("Dockerfile", "FROM a\n", "a", None), None);
    }

    #[test]
    fn a_whole_file_and_rules_on_comments() {
        let source = "#!/usr/bin/env python\n# coding: utf-8\nx = 1\n";
        let text = Arc::new(SourceText::decode_plain("a.py".into(), source.as_bytes()).unwrap());
        let whole = finding(&analysis::syntax_error::RULE.id, Place::whole_file("a.py".into()));
        let edit = ignore_comment(&text, &whole, None, "reason").unwrap();
        assert_eq!(&*edit.replacement, "# bklog-lint: ignore-file[ANA001] reason\n");
        assert_eq!(text.line_column(edit.span.start).line, 3);
        let own = finding(&suppression::unused_ignore::RULE.id, Place::whole_file("a.py".into()));
        assert!(ignore_comment(&text, &own, None, "reason").is_none());
    }
}
