//! `pyproject.toml`: PEP 621 dependencies and extras, PEP 735 groups, and the tables of Poetry, uv and PDM.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::VersionSpecifiers;
use pep508_rs::MarkerTree;
use toml::de::{DeArray, DeTable, DeValue};

use super::requirement::{self, Requirement};
use super::toml_tree::{self, Node, array, inner_span, span, string, table, text as text_of};
use super::{Declared, Entry, Group, Index, Problem, ProblemKind, PythonClaim, Wants, normalised, poetry};
use crate::source::Span;

/// Reads a `pyproject.toml`.
pub fn read(text: &str) -> Declared {
    let mut reader = Reader { text, out: Declared::default() };
    match toml_tree::parse(text) {
        Ok(root) => reader.document(&root),
        Err(problem) => reader.out.problems.push(problem),
    }
    // The tables of a document come in the order of their names.
    reader.out.entries.sort_by_key(|entry| entry.span);
    reader.out.problems.sort_by_key(|problem| problem.span);
    reader.out.secrets.sort();
    reader.out
}

struct Reader<'t> {
    text: &'t str,
    out: Declared,
}

impl Reader<'_> {
    fn document(&mut self, root: &DeTable<'_>) {
        self.project(root);
        self.groups(root);
        self.poetry(root);
        self.uv(root);
        self.pdm(root);
    }

    fn project(&mut self, root: &DeTable<'_>) {
        let Some(project) = table(root, &["project"]) else { return };
        if let Some(node) = project.get("requires-python") {
            self.python(node, |text| VersionSpecifiers::from_str(text).ok());
        }
        if let Some(list) = array(project, &["dependencies"]) {
            self.requirements(list, &Group::Main);
        }
        for (extra, node) in table(project, &["optional-dependencies"]).into_iter().flatten() {
            if let Some(list) = node.get_ref().as_array() {
                self.requirements(list, &Group::Extra(extra.get_ref().as_ref().into()));
            }
        }
    }

    /// PEP 735. A group that includes another repeats nothing: the included entries stand in their own group.
    fn groups(&mut self, root: &DeTable<'_>) {
        let Some(groups) = table(root, &["dependency-groups"]) else { return };
        let mut includes: BTreeMap<String, Vec<(String, &Node<'_>)>> = BTreeMap::new();
        for (name, node) in groups {
            let key = normalised(name.get_ref());
            let list = node.get_ref().as_array();
            let included = includes.entry(key.clone()).or_default();
            for item in list.into_iter().flatten() {
                if let Some(other) = item.get_ref().as_table().and_then(|table| table.get("include-group")) {
                    included.extend(text_of(other).map(|other_name| (normalised(other_name), other)));
                }
            }
            if let Some(list) = list {
                self.requirements(list, &Group::Development(key.into()));
            }
        }
        // Groups of a cycle that was told already.
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for (name, included) in &includes {
            for (other, node) in included {
                let kind = if !includes.contains_key(other) {
                    ProblemKind::MissingGroup
                } else if reaches(&includes, other, name) && !told.contains(name.as_str()) {
                    let in_cycle =
                        |group: &&String| reaches(&includes, other, group) && reaches(&includes, group, name);
                    told.extend(includes.keys().filter(in_cycle).map(String::as_str));
                    ProblemKind::GroupCycle
                } else {
                    continue;
                };
                let detail = format!("{name} -> {other}").into();
                self.out.problems.push(Problem { kind, span: span(node), detail });
            }
        }
    }

    fn poetry(&mut self, root: &DeTable<'_>) {
        let Some(tool) = table(root, &["tool", "poetry"]) else { return };
        if let Some(node) = table(tool, &["dependencies"]).and_then(|all| all.get("python")) {
            self.python(node, poetry::specifiers);
        }
        let mut tables = vec![(Group::Main, table(tool, &["dependencies"]))];
        tables.push((Group::Development("dev".into()), table(tool, &["dev-dependencies"])));
        for (name, group) in table(tool, &["group"]).into_iter().flatten() {
            let entries = group.get_ref().as_table().and_then(|group| table(group, &["dependencies"]));
            tables.push((Group::Development(name.get_ref().as_ref().into()), entries));
        }
        for (group, entries) in tables {
            for (name, node) in entries.into_iter().flatten().filter(|(name, _)| name.get_ref() != "python") {
                let alternatives: Vec<&Node<'_>> = match node.get_ref() {
                    DeValue::Array(list) => list.iter().collect(),
                    _ => vec![node],
                };
                for node in alternatives {
                    self.poetry_entry(name.get_ref(), node, &group);
                }
            }
        }
        self.indexes(tool, "source");
    }

    fn poetry_entry(&mut self, name: &str, node: &Node<'_>, group: &Group) {
        let mut marker = MarkerTree::TRUE;
        let mut extras = Vec::new();
        let wants = match node.get_ref() {
            DeValue::String(version) => poetry::wants(version),
            DeValue::Table(entry) => {
                for item in array(entry, &["extras"]).into_iter().flatten() {
                    extras.extend(text_of(item).map(|extra| Arc::from(normalised(extra))));
                }
                marker = poetry_marker(entry);
                match self.link_of(entry) {
                    Some(link) => link,
                    None => poetry::wants(string(entry, "version").unwrap_or("*")),
                }
            }
            _ => return,
        };
        extras.sort();
        let optional = node.get_ref().as_table().and_then(|entry| entry.get("optional"));
        let group = match optional.and_then(|node| node.get_ref().as_bool()) {
            Some(true) if *group == Group::Main => Group::Extra("optional".into()),
            _ => group.clone(),
        };
        self.push(Requirement { name: name.into(), extras, wants, marker }, group, node);
    }

    /// The place that a table of Poetry, Pipenv or uv names instead of versions.
    fn link_of(&mut self, entry: &DeTable<'_>) -> Option<Wants> {
        let (key, node) =
            ["git", "url", "path", "file"].iter().find_map(|key| Some((*key, entry.get(*key)?)))?;
        let place = text_of(node)?;
        if let Some(secret) = requirement::secret_span(place, inner_span(self.text, node).start) {
            self.out.secrets.push(secret);
        }
        let place =
            if key == "git" && !place.contains('+') { format!("git+{place}") } else { place.to_owned() };
        Some(match requirement::variable_in(&place) {
            Some(variable) => Wants::Variable(variable),
            None => Wants::Link(requirement::link(&place)),
        })
    }

    fn uv(&mut self, root: &DeTable<'_>) {
        let Some(uv) = table(root, &["tool", "uv"]) else { return };
        let lists = [
            ("dev-dependencies", Group::Development("dev".into())),
            ("override-dependencies", Group::Override),
            ("constraint-dependencies", Group::Constraint),
        ];
        for (key, group) in lists {
            if let Some(list) = array(uv, &[key]) {
                self.requirements(list, &group);
            }
        }
        for (name, source) in table(uv, &["sources"]).into_iter().flatten() {
            let Some(link) = source.get_ref().as_table().and_then(|table| self.link_of(table)) else {
                continue;
            };
            let key = normalised(name.get_ref());
            for entry in self.out.entries.iter_mut().filter(|entry| *entry.name == *key) {
                entry.wants = link.clone();
            }
        }
        self.indexes(uv, "index");
    }

    fn pdm(&mut self, root: &DeTable<'_>) {
        let Some(pdm) = table(root, &["tool", "pdm"]) else { return };
        for (name, node) in table(pdm, &["dev-dependencies"]).into_iter().flatten() {
            if let Some(list) = node.get_ref().as_array() {
                self.requirements(list, &Group::Development(name.get_ref().as_ref().into()));
            }
        }
        self.indexes(pdm, "source");
    }

    /// The array of tables `key`, each with a `url` of a package index.
    fn indexes(&mut self, parent: &DeTable<'_>, key: &str) {
        for item in array(parent, &[key]).into_iter().flatten() {
            let Some(node) = item.get_ref().as_table().and_then(|table| table.get("url")) else { continue };
            let Some(url) = text_of(node) else { continue };
            let span = inner_span(self.text, node);
            let secret = requirement::secret_span(url, span.start);
            self.out.secrets.extend(secret);
            self.out.indexes.push(Index {
                option: key.into(),
                host: requirement::host(url).into(),
                secret,
                span,
            });
        }
    }

    fn python(&mut self, node: &Node<'_>, parse: impl Fn(&str) -> Option<VersionSpecifiers>) {
        match text_of(node).and_then(parse) {
            Some(versions) => {
                self.out.pythons.push(PythonClaim {
                    versions,
                    exact: false,
                    span: inner_span(self.text, node),
                });
            }
            None => self.problem(node, "expected a range of Python versions"),
        }
    }

    fn requirements(&mut self, list: &DeArray<'_>, group: &Group) {
        for node in list {
            let Some(text) = text_of(node) else {
                let is_include =
                    node.get_ref().as_table().is_some_and(|table| table.contains_key("include-group"));
                if !is_include {
                    self.problem(node, "expected a requirement as a string");
                }
                continue;
            };
            if let Some(secret) = requirement::secret_span(text, inner_span(self.text, node).start) {
                self.out.secrets.push(secret);
            }
            let editable = text.trim_start().strip_prefix("-e ");
            match requirement::parse(editable.unwrap_or(text), editable.is_some()) {
                Ok(found) => self.push(found, group.clone(), node),
                Err(detail) => self.problem(node, &detail),
            }
        }
    }

    fn problem(&mut self, node: &Node<'_>, detail: &str) {
        let span = inner_span(self.text, node);
        self.out.problems.push(Problem { kind: ProblemKind::Requirement, span, detail: detail.into() });
    }

    fn push(&mut self, requirement: Requirement, group: Group, node: &Node<'_>) {
        let span = inner_span(self.text, node);
        self.out.entries.push(Entry::new(requirement, group, span));
    }
}

/// The place that a table of Poetry, Pipenv or uv names instead of versions; its credentials go to `secrets`.
pub(super) fn link_of(entry: &DeTable<'_>, source: &str, secrets: &mut Vec<Span>) -> Option<Wants> {
    let (key, node) = ["git", "url", "path", "file"].iter().find_map(|key| Some((*key, entry.get(*key)?)))?;
    let place = text_of(node)?;
    secrets.extend(requirement::secret_span(place, inner_span(source, node).start));
    let place = if key == "git" && !place.contains('+') { format!("git+{place}") } else { place.to_owned() };
    Some(match requirement::variable_in(&place) {
        Some(variable) => Wants::Variable(variable),
        None => Wants::Link(requirement::link(&place)),
    })
}

/// Adds the indexes of an array of tables, each with a `url`.
pub(super) fn indexes(parent: &DeTable<'_>, key: &str, source: &str, out: &mut Declared) {
    for item in array(parent, &[key]).into_iter().flatten() {
        let Some(node) = item.get_ref().as_table().and_then(|table| table.get("url")) else { continue };
        let Some(url) = text_of(node) else { continue };
        let span = inner_span(source, node);
        let secret = requirement::secret_span(url, span.start);
        out.secrets.extend(secret);
        out.indexes.push(Index { option: key.into(), host: requirement::host(url).into(), secret, span });
    }
}

/// The marker of a Poetry entry: `markers`, `python` and `platform` together.
fn poetry_marker(entry: &DeTable<'_>) -> MarkerTree {
    let mut marker =
        string(entry, "markers").and_then(|text| requirement::parse_marker(text).ok()).unwrap_or_default();
    let mut limit = |text: &str| {
        if let Ok(one) = requirement::parse_marker(text) {
            marker.and(one);
        }
    };
    for one in string(entry, "python").and_then(poetry::specifiers).into_iter().flatten() {
        let key = if one.version().release().len() > 2 { "python_full_version" } else { "python_version" };
        limit(&format!("{key} {} '{}'", one.operator(), one.version()));
    }
    if let Some(platform) = string(entry, "platform").filter(|text| !text.contains('\'')) {
        limit(&format!("sys_platform == '{platform}'"));
    }
    marker
}

/// Whether `from` includes `to`, over any number of steps.
fn reaches(includes: &BTreeMap<String, Vec<(String, &Node<'_>)>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(includes.get(name).into_iter().flatten().map(|(other, _)| other.as_str()));
        }
    }
    false
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Entries and problems, one a line, with the text that each points at.
    pub(crate) fn shown(text: &str, declared: &Declared) -> String {
        let at = |span: Span| text[span.start as usize..span.end as usize].to_owned();
        let mut lines: Vec<String> = Vec::new();
        for entry in &declared.entries {
            let wants = match &entry.wants {
                Wants::Versions(versions) => versions.to_string(),
                other => format!("{other:?}"),
            };
            let marker = entry.marker.try_to_string().unwrap_or_default();
            lines.push(format!(
                "{:?} {} {:?} {wants} ; {marker} | {}",
                entry.group,
                entry.name,
                entry.extras,
                at(entry.span)
            ));
        }
        lines.extend(
            declared.pythons.iter().map(|python| format!("python {} | {}", python.versions, at(python.span))),
        );
        lines.extend(declared.indexes.iter().map(|index| format!("index {} {}", index.option, index.host)));
        for package in &declared.packages {
            let requires: Vec<String> =
                package.requires.iter().map(|one| format!("{} {:?}", one.name, one.wants)).collect();
            let python = package.requires_python.as_ref().map(ToString::to_string).unwrap_or_default();
            lines.push(format!(
                "package {} {} python {python} requires {}",
                package.name,
                package.version,
                requires.join(", ")
            ));
        }
        lines
            .extend(declared.includes.iter().map(|one| format!("include {} {}", one.target, one.constraint)));
        lines.extend(declared.problems.iter().map(|p| format!("{:?} {} | {}", p.kind, p.detail, at(p.span))));
        lines.join("\n")
    }

    #[test]
    fn every_table_that_declares_requirements() {
        let text = r#"
[project]
requires-python = '>=3.8'
dependencies = ['Django>=4.2,<5', "PyMySQL==1.1.0 ; python_version<'3.12'", "no good ="]
[project.optional-dependencies]
mysql = ['mysqlclient>=1.4.3']
[dependency-groups]
dev = [{include-group = 'test'}, 'pytest']
test = [{include-group = 'dev'}, {include-group = 'gone'}]
[tool.poetry.dependencies]
python = '^3.8'
django = {version = '^3.2', extras = ['argon2'], optional = true}
foo = [{version = '1.0', python = '<3.8'}, {version = '2.0', python = '>=3.8'}]
bar = {git = 'https://user:pa55@x.example/y', tag = 'v1'}
[[tool.poetry.source]]
name = "private"
url = "https://user:pa55@index.example/simple"
[tool.poetry.group.docs.dependencies]
sphinx = "*"
[tool.uv]
override-dependencies = ['django==5.2']
[tool.uv.sources]
pytest = { path = "../pytest", editable = true }
[tool.pdm.dev-dependencies]
a = ['-e file:///${PROJECT_ROOT}/a']
"#;
        let declared = read(text);
        assert!(!format!("{declared:?}").contains("pa55"));
        let secrets: Vec<&str> =
            declared.secrets.iter().map(|span| &text[span.start as usize..span.end as usize]).collect();
        assert_eq!(secrets, ["pa55", "pa55"]);
        insta::assert_snapshot!(shown(text, &declared));
    }

    #[test]
    fn broken_toml_is_one_problem() {
        let declared = read("[project]\ndependencies = [\n  'Django==4.2.16'\n  'x'\n");
        assert_eq!(declared.problems.len(), 1);
        assert_eq!(declared.problems[0].kind, ProblemKind::File);
        assert!(declared.entries.is_empty());
    }
}
