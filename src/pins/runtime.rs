//! The version of Python that a repository runs on, from the files that name one.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use super::{Declared, Problem, ProblemKind, PythonClaim};
use crate::source::Span;

/// `3.11.10` as `==3.11.10`, `3.11` and `3` as a series: `==3.11.*`, `==3.*`.
pub fn series(text: &str) -> Option<VersionSpecifiers> {
    let version = Version::from_str(text.trim()).ok()?;
    let release = version.release();
    if release.first().is_none_or(|major| !(2..=9).contains(major)) {
        return None;
    }
    let star = if release.len() < 3 && version.is_stable() { ".*" } else { "" };
    VersionSpecifiers::from_str(&format!("=={version}{star}")).ok()
}

/// Reads a `runtime.txt` (`python-3.11.10`).
pub fn read_runtime_txt(text: &str) -> Declared {
    lines(text, |word| word.strip_prefix("python-").or(Some(word)).and_then(series))
}

/// Reads a `.python-version` of pyenv or uv; an interpreter that is not CPython is left out.
pub fn read_python_version(text: &str) -> Declared {
    lines(text, |word| {
        let word = word.strip_prefix("python-").or_else(|| word.strip_prefix("cpython-")).unwrap_or(word);
        series(word.split('-').next().unwrap_or_default())
    })
}

fn lines(text: &str, parse: impl Fn(&str) -> Option<VersionSpecifiers>) -> Declared {
    let mut out = Declared::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.split('#').next().unwrap_or_default();
        let word = body.trim();
        let start = at + (body.len() - body.trim_start().len());
        let span = Span { start: start as u32, end: (start + word.len()) as u32 };
        at += line.len();
        if word.is_empty() {
            continue;
        }
        match parse(word) {
            Some(versions) => out.pythons.push(PythonClaim { versions, exact: true, span }),
            None if word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.starts_with("python-") => {}
            None => {
                let detail = "expected a version of Python".into();
                out.problems.push(Problem { kind: ProblemKind::Requirement, span, detail });
            }
        }
    }
    out
}

/// Reads a `Dockerfile`: the tag of every `FROM …python:TAG`, with the defaults of `ARG` filled in. An image of
/// another name, or a tag that names no version, says nothing.
pub fn read_dockerfile(text: &str) -> Declared {
    let mut out = Declared::default();
    let mut arguments: BTreeMap<&str, &str> = BTreeMap::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mut words = line.split_whitespace();
        let Some(instruction) = words.next() else { continue };
        if instruction.eq_ignore_ascii_case("ARG") {
            for (name, value) in words.filter_map(|word| word.split_once('=')) {
                arguments.insert(name, value.trim_matches(['"', '\'']));
            }
        } else if instruction.eq_ignore_ascii_case("FROM") {
            let Some(word) = words.find(|word| !word.starts_with("--")) else { continue };
            let Some(image) = filled(word, &arguments) else { continue };
            let name = image.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            let Some(("python", tag)) = name.split_once(':') else { continue };
            let Some(versions) = series(tag.split('-').next().unwrap_or_default()) else { continue };
            let from = start + line.find(word).unwrap_or_default();
            let span = Span { start: from as u32, end: (from + word.len()) as u32 };
            out.pythons.push(PythonClaim { versions, exact: true, span });
        }
    }
    out
}

/// `word` with `${NAME}`, `${NAME:-default}` and `$NAME` filled in; `None` when one has no value.
fn filled(word: &str, arguments: &BTreeMap<&str, &str>) -> Option<String> {
    let mut out = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, default, tail) = match after.strip_prefix('{') {
            Some(inner) => {
                let (inner, tail) = inner.split_once('}')?;
                let (name, default) =
                    inner.split_once(":-").map_or((inner, None), |(name, value)| (name, Some(value)));
                (name, default, tail)
            }
            None => {
                let tail = after.trim_start_matches(is_name);
                (after.get(..after.len() - tail.len())?, None, tail)
            }
        };
        out.push_str(arguments.get(name).copied().or(default)?);
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// Reads the `python-version` values of a GitHub workflow, a matrix among them. Versions there are what is tested, a
/// range of what is fine, so none of them is exact.
pub fn read_workflow(text: &str) -> Declared {
    let mut out = Declared::default();
    let mut at = 0;
    // Indentation of the `python-version:` whose list follows on its own lines.
    let mut list: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.split(" #").next().unwrap_or_default();
        let indent = body.len() - body.trim_start().len();
        let trimmed = body.trim();
        if let Some(outer) = list {
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            if let Some(item) = trimmed.strip_prefix("- ").filter(|_| indent >= outer) {
                versions_in(item, start + line.find(item).unwrap_or_default(), &mut out);
                continue;
            }
            list = None;
        }
        let key = trimmed.trim_start_matches("- ").trim_start_matches(['"', '\'']);
        let Some(rest) = key.strip_prefix("python-version").or_else(|| key.strip_prefix("python_version"))
        else {
            continue;
        };
        let Some(value) = rest.trim_start_matches(['s', '"', '\'']).trim_start().strip_prefix(':') else {
            continue;
        };
        if value.trim().is_empty() {
            list = Some(indent);
        } else if !value.contains("${{") {
            versions_in(
                value,
                start + (line.len() - line.trim_start().len()) + trimmed.len() - value.len(),
                &mut out,
            );
        }
    }
    out
}

/// The versions of `3.11`, `"3.11"` or `[3.8, "3.9"]`; `at` is where `value` starts.
fn versions_in(value: &str, at: usize, out: &mut Declared) {
    let mut from = at;
    for part in value.split(',') {
        let bare = part.trim_matches([' ', '[', ']', '"', '\'', '\t']);
        if let Some(versions) = series(bare) {
            let start = from + part.find(bare).unwrap_or_default();
            let span = Span { start: start as u32, end: (start + bare.len()) as u32 };
            out.pythons.push(PythonClaim { versions, exact: false, span });
        }
        from += part.len() + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::pyproject::tests::shown;
    use super::*;

    #[test]
    fn runtime_txt_and_python_version() {
        let text = "python-3.11.10\n";
        assert_eq!(shown(text, &read_runtime_txt(text)), "python ==3.11.10 | python-3.11.10");
        let text = "# comment\n3.11\npypy3.9-7.3.9\n";
        assert_eq!(shown(text, &read_python_version(text)), "python ==3.11.* | 3.11");
        assert_eq!(read_runtime_txt("python-x\n").problems.len(), 1);
    }

    #[test]
    fn images_of_python() {
        let text = "ARG V=3.11\nARG BASE=tencentos/minimal:4.4\nFROM ${BASE} AS x\nFROM --platform=linux/amd64 python:${V}-bullseye AS base\n\
                    FROM registry.example:5000/library/python:3.9.18\nFROM node:20\nFROM python:latest\nFROM python:${UNSET}\n\
                    FROM python:${UNSET:-3.8}-slim\n";
        insta::assert_snapshot!(shown(text, &read_dockerfile(text)));
    }

    #[test]
    fn workflow_matrices() {
        let text = "jobs:\n  test:\n    strategy:\n      matrix:\n        python-version: [3.8, \"3.11\"] # both\n    steps:\n      \
                    - uses: actions/setup-python@v5\n        with:\n          python-version: ${{ matrix.python-version }}\n      \
                    - with:\n          python-version: '3.12'\n  other:\n    python-version:\n      - \"3.9\"\n      - 3.10\n    x: 1\n";
        insta::assert_snapshot!(shown(text, &read_workflow(text)));
    }
}
