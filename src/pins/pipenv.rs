//! Pipenv's `Pipfile` and `Pipfile.lock`.

use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::VersionSpecifiers;
use pep508_rs::MarkerTree;
use toml::de::{DeTable, DeValue};

use super::pyproject::{indexes, link_of};
use super::toml_tree::{self, Node, array, inner_span, string, table, text as text_of};
use super::{
    Declared, Entry, Group, Problem, ProblemKind, PythonClaim, Wants, normalised, requirement,
    requirement::Requirement, runtime,
};
use crate::source::Span;

/// Reads a `Pipfile`.
pub fn read_pipfile(text: &str) -> Declared {
    let mut out = Declared::default();
    let root = match toml_tree::parse(text) {
        Ok(root) => root,
        Err(problem) => {
            out.problems.push(problem);
            return out;
        }
    };
    for (key, group) in [("packages", Group::Main), ("dev-packages", Group::Development("dev".into()))] {
        for (name, node) in table(&root, &[key]).into_iter().flatten() {
            entry(name.get_ref(), node, &group, text, &mut out);
        }
    }
    for key in ["python_version", "python_full_version"] {
        let Some(node) = table(&root, &["requires"]).and_then(|requires| requires.get(key)) else { continue };
        if let Some(versions) = text_of(node).and_then(runtime::series) {
            out.pythons.push(PythonClaim { versions, exact: true, span: inner_span(text, node) });
        }
    }
    indexes(&root, "source", text, &mut out);
    out.entries.sort_by_key(|entry| entry.span);
    out
}

fn entry(name: &str, node: &Node<'_>, group: &Group, source: &str, out: &mut Declared) {
    let span = inner_span(source, node);
    let (mut extras, mut marker) = (Vec::new(), MarkerTree::TRUE);
    let version = match node.get_ref() {
        DeValue::String(version) => version.to_string(),
        DeValue::Table(entry) => {
            for item in array(entry, &["extras"]).into_iter().flatten() {
                extras.extend(text_of(item).map(|extra| Arc::from(normalised(extra))));
            }
            marker = table_marker(entry);
            if let Some(wants) = link_of(entry, source, &mut out.secrets) {
                push(name, extras, wants, marker, group.clone(), span, out);
                return;
            }
            string(entry, "version").unwrap_or("*").to_owned()
        }
        _ => return,
    };
    extras.sort();
    match wants(&version) {
        Some(wants) => push(name, extras, wants, marker, group.clone(), span, out),
        None => {
            let detail = "expected versions by PEP 440".into();
            out.problems.push(Problem { kind: ProblemKind::Requirement, span, detail });
        }
    }
}

/// Pipenv's `"*"` is any version; everything else is PEP 440.
fn wants(version: &str) -> Option<Wants> {
    if version.trim() == "*" {
        return Some(Wants::Versions(VersionSpecifiers::empty()));
    }
    if let Some(variable) = requirement::variable_in(version) {
        return Some(Wants::Variable(variable));
    }
    VersionSpecifiers::from_str(version).ok().map(Wants::Versions)
}

/// `markers`, and the single markers that Pipenv takes as keys.
fn table_marker(entry: &DeTable<'_>) -> MarkerTree {
    let mut marker = MarkerTree::TRUE;
    let mut limit = |text: &str| {
        if let Ok(one) = requirement::parse_marker(text) {
            marker.and(one);
        }
    };
    if let Some(text) = string(entry, "markers") {
        limit(text);
    }
    for key in ["sys_platform", "platform_system", "platform_machine", "python_version", "os_name"] {
        if let Some(text) = string(entry, key) {
            limit(&format!("{key} {text}"));
        }
    }
    marker
}

fn push(
    name: &str,
    extras: Vec<Arc<str>>,
    wants: Wants,
    marker: MarkerTree,
    group: Group,
    span: Span,
    out: &mut Declared,
) {
    let requirement = Requirement { name: name.into(), extras, wants, marker };
    out.entries.push(Entry::new(requirement, group, span));
}

/// Reads a `Pipfile.lock`.
pub fn read_lock(text: &str) -> Declared {
    let mut out = Declared::default();
    let root: serde_json::Value = match serde_json::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            let at = offset_of(text, error.line(), error.column());
            let span = Span { start: at, end: at };
            out.problems.push(Problem { kind: ProblemKind::File, span, detail: error.to_string().into() });
            return out;
        }
    };
    for (section, group) in [("default", Group::Locked), ("develop", Group::Development("locked".into()))] {
        let from = key_span(text, section, 0).map_or(0, |span| span.end as usize);
        for (name, value) in root.get(section).and_then(serde_json::Value::as_object).into_iter().flatten() {
            let Some(version) = value.get("version").and_then(serde_json::Value::as_str).and_then(wants)
            else {
                continue;
            };
            let markers = value.get("markers").and_then(serde_json::Value::as_str).unwrap_or_default();
            let marker = requirement::parse_marker(markers).unwrap_or_default();
            let span = key_span(text, name, from).unwrap_or_default();
            push(name, Vec::new(), version, marker, group.clone(), span, &mut out);
        }
    }
    let sources = root.pointer("/_meta/sources").and_then(serde_json::Value::as_array);
    for url in sources.into_iter().flatten().filter_map(|source| source.get("url")?.as_str()) {
        // The URL stands in the file as it is unless it holds an escape.
        let start = text.find(url).unwrap_or_default() as u32;
        let secret = requirement::secret_span(url, start);
        out.secrets.extend(secret);
        let host = requirement::host(url).into();
        let span = Span { start, end: start + url.len() as u32 };
        out.indexes.push(super::Index { option: "sources".into(), host, secret, span });
    }
    out.entries.sort_by_key(|entry| entry.span);
    out
}

/// Where the key `"name":` stands, from offset `from` on, without its quotation marks.
fn key_span(text: &str, name: &str, from: usize) -> Option<Span> {
    let quoted = format!("\"{name}\"");
    let mut at = from;
    loop {
        let start = at + text.get(at..)?.find(&quoted)?;
        let end = start + quoted.len();
        if text.get(end..)?.trim_start().starts_with(':') {
            return Some(Span { start: start as u32 + 1, end: end as u32 - 1 });
        }
        at = end;
    }
}

/// The byte offset of a 1-based line and column.
fn offset_of(text: &str, line: usize, column: usize) -> u32 {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}

#[cfg(test)]
mod tests {
    use super::super::pyproject::tests::shown;
    use super::*;

    #[test]
    fn pipfile_and_its_lock() {
        let pipfile = r#"
[[source]]
url = "https://u:pa55@index.example/simple"
[packages]
django = "*"
pymysql = {version = "==1.1.0", markers = "python_version >= '3.8'", extras = ["rsa"]}
x = {editable = true, path = "."}
[dev-packages]
pytest = ">=8"
[requires]
python_version = "3.11"
"#;
        let lock = r#"{"_meta": {"hash": {}, "sources": [{"url": "https://${U}:${P}@index.example/simple"}]},
            "default": {"django": {"version": "==4.1", "hashes": []}, "x": {"git": "https://x", "ref": "abc"}},
            "develop": {"pytest": {"version": "==8.3.4"}}}"#;
        let declared = read_pipfile(pipfile);
        assert!(!format!("{declared:?}").contains("pa55"));
        insta::assert_snapshot!(format!(
            "{}\n--\n{}",
            shown(pipfile, &declared),
            shown(lock, &read_lock(lock))
        ));
        assert_eq!(read_lock("{").problems.len(), 1);
    }
}
