//! `setup.cfg` of setuptools, in the form of Python's `configparser`.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::requirement;
use super::{Declared, Entry, Group, Include, Problem, ProblemKind, PythonClaim};
use crate::source::Span;

/// Reads a `setup.cfg`.
pub fn read(text: &str) -> Declared {
    let mut out = Declared::default();
    for value in values(text) {
        let group = match (value.section, value.key) {
            ("options", "install_requires") => Group::Main,
            ("options", "tests_require" | "setup_requires") => Group::Development(value.key.into()),
            ("options.extras_require", extra) => Group::Extra(extra.into()),
            ("options", "python_requires") => {
                python(&value, &mut out);
                continue;
            }
            _ => continue,
        };
        for (line, at) in &value.lines {
            requirements(line, *at, &group, &mut out);
        }
    }
    out
}

fn python(value: &Value<'_>, out: &mut Declared) {
    let Some((line, at)) = value.lines.first() else { return };
    let span = Span { start: *at as u32, end: (at + line.len()) as u32 };
    match VersionSpecifiers::from_str(line) {
        Ok(versions) => out.pythons.push(PythonClaim { versions, exact: false, span }),
        Err(_) => {
            let detail = "expected a range of Python versions".into();
            out.problems.push(Problem { kind: ProblemKind::Requirement, span, detail });
        }
    }
}

/// One line of a list. setuptools also cuts at `;`, where that does not open a marker; `file:` pulls in other files.
fn requirements(line: &str, at: usize, group: &Group, out: &mut Declared) {
    if let Some(files) = line.strip_prefix("file:") {
        let mut from = at + "file:".len();
        for file in files.split(',') {
            let start = from + (file.len() - file.trim_start().len());
            let target = file.trim();
            if !target.is_empty() {
                let span = Span { start: start as u32, end: (start + target.len()) as u32 };
                out.includes.push(Include { target: target.into(), constraint: false, span });
            }
            from += file.len() + 1;
        }
        return;
    }
    let span = Span { start: at as u32, end: (at + line.len()) as u32 };
    out.secrets.extend(requirement::secret_span(line, span.start));
    match requirement::parse(line, false) {
        Ok(found) => out.entries.push(Entry::new(found, group.clone(), span)),
        Err(detail) => {
            out.problems.push(Problem { kind: ProblemKind::Requirement, span, detail: detail.into() })
        }
    }
}

/// A key of a section with the lines of its value.
pub(crate) struct Value<'t> {
    pub(crate) section: &'t str,
    pub(crate) key: &'t str,
    /// Lines that are not empty and no comment, with their offset.
    pub(crate) lines: Vec<(&'t str, usize)>,
}

/// Keys and values in the form of `configparser`, in source order.
pub(crate) fn values(text: &str) -> Vec<Value<'_>> {
    let mut values: Vec<Value<'_>> = Vec::new();
    let mut section = "";
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at + (raw.len() - raw.trim_start().len());
        at += raw.len();
        let line = raw.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        if raw.starts_with([' ', '\t']) {
            if let Some(value) = values.last_mut() {
                value.lines.push((line, start));
            }
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = name.trim();
            // Continuation lines never cross a section.
            values.push(Value { section, key: "", lines: Vec::new() });
        } else if let Some(cut) = line.find(['=', ':']) {
            let (key, rest) = line.split_at(cut);
            let rest = rest.get(1..).unwrap_or_default();
            let first = rest.trim();
            let first_at = start + cut + 1 + (rest.len() - rest.trim_start().len());
            let lines = if first.is_empty() { Vec::new() } else { vec![(first, first_at)] };
            values.push(Value { section, key: key.trim(), lines });
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::super::pyproject::tests::shown;
    use super::*;

    #[test]
    fn options_and_extras() {
        let text = "[metadata]\nname = x\n[options]\npython_requires = >=3.8\ninstall_requires =\n    Django>=4.2,<5\n    \
                    # a comment\n    PyMySQL==1.1.0; python_version < \"3.12\"\n    no good =\ntests_require = pytest\n\
                    [options.extras_require]\nmysql =\n    mysqlclient>=1.4.3\nall = file: all.txt, more.txt\n";
        insta::assert_snapshot!(shown(text, &read(text)));
    }
}
