//! The lock files of Poetry and uv: which versions were chosen and what those packages declare.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::MarkerTree;
use toml::de::{DeTable, DeValue};

use super::requirement::{self, Requirement};
use super::toml_tree::{self, Node, array, inner_span, string, table, text as text_of};
use super::{Declared, Entry, Group, Package, PythonClaim, Wants, normalised, poetry};

/// Reads a `poetry.lock`.
pub fn read_poetry(text: &str) -> Declared {
    read(text, |root, out| {
        if let Some(node) = table(root, &["metadata"]).and_then(|metadata| metadata.get("python-versions")) {
            claim(node, text, poetry::specifiers, out);
        }
        for item in array(root, &["package"]).into_iter().flatten() {
            let Some(package) = item.get_ref().as_table() else { continue };
            let Some(mut found) = locked(package, text, out) else { continue };
            if is_by_choice(package) {
                out.by_choice.insert(found.name.clone());
            }
            found.requires_python = string(package, "python-versions").and_then(poetry::specifiers);
            found.requires = poetry_requires(package);
            out.packages.push(found);
        }
    })
}

/// Whether Poetry installs a package only for an extra or a group that somebody has to choose.
fn is_by_choice(package: &DeTable<'_>) -> bool {
    let optional = package.get("optional").and_then(|node| node.get_ref().as_bool()) == Some(true);
    // Lock files of Poetry 1.0 to 1.4 have a category, those of 2.0 and later the groups.
    let groups = array(package, &["groups"]);
    let aside = groups.is_some_and(|groups| !groups.iter().any(|group| text_of(group) == Some("main")));
    optional || aside || string(package, "category").is_some_and(|category| category != "main")
}

/// Reads a `uv.lock`. It names what a package needs and not in which versions, so those are not known from it.
pub fn read_uv(text: &str) -> Declared {
    read(text, |root, out| {
        if let Some(node) = root.get("requires-python") {
            claim(node, text, |text| VersionSpecifiers::from_str(text).ok(), out);
        }
        let packages = array(root, &["package"]);
        let installed =
            uv_installed(packages.into_iter().flatten().filter_map(|item| item.get_ref().as_table()));
        for item in packages.into_iter().flatten() {
            let Some(package) = item.get_ref().as_table() else { continue };
            // The project itself and its workspace are no pins.
            if is_own(package) {
                continue;
            }
            if let Some(found) = locked(package, text, out) {
                if installed.as_ref().is_some_and(|installed| !installed.contains(&*found.name)) {
                    out.by_choice.insert(found.name.clone());
                }
                out.packages.push(found);
            }
        }
    })
}

/// Whether a package of uv is the project itself or of its workspace.
fn is_own(package: &DeTable<'_>) -> bool {
    let source = table(package, &["source"]);
    ["virtual", "editable", "directory"]
        .into_iter()
        .any(|key| source.is_some_and(|source| source.contains_key(key)))
}

/// The packages that uv installs without being asked for an extra or a group of the project: what its own packages depend
/// on, with what that needs. `None` where the file holds no package of the project.
fn uv_installed<'t>(packages: impl Iterator<Item = &'t DeTable<'t>>) -> Option<BTreeSet<String>> {
    let mut by_name: BTreeMap<String, Vec<&DeTable<'_>>> = BTreeMap::new();
    let mut open: Vec<(String, Vec<String>)> = Vec::new();
    for package in packages {
        let Some(name) = string(package, "name").map(normalised) else { continue };
        if is_own(package) {
            open.push((name.clone(), Vec::new()));
        }
        // Several versions of a package may be locked, for several interpreters.
        by_name.entry(name).or_default().push(package);
    }
    if open.is_empty() {
        return None;
    }
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut installed: BTreeSet<String> = BTreeSet::new();
    while let Some((name, extras)) = open.pop() {
        installed.insert(name.clone());
        // Its own needs stand under the empty name.
        for extra in extras.into_iter().chain([String::new()]) {
            if !seen.insert((name.clone(), extra.clone())) {
                continue;
            }
            for package in by_name.get(&name).into_iter().flatten() {
                let needs = match extra.as_str() {
                    "" => array(package, &["dependencies"]),
                    extra => array(package, &["optional-dependencies", extra]),
                };
                for need in needs.into_iter().flatten().filter_map(|need| need.get_ref().as_table()) {
                    let Some(name) = string(need, "name").map(normalised) else { continue };
                    let extras = array(need, &["extra"]).into_iter().flatten();
                    let extras = extras.filter_map(text_of).map(str::to_owned).collect();
                    open.push((name, extras));
                }
            }
        }
    }
    Some(installed)
}

fn read(text: &str, fill: impl FnOnce(&DeTable<'_>, &mut Declared)) -> Declared {
    let mut out = Declared::default();
    match toml_tree::parse(text) {
        Ok(root) => fill(&root, &mut out),
        Err(problem) => out.problems.push(problem),
    }
    out
}

fn claim(
    node: &Node<'_>,
    source: &str,
    parse: impl Fn(&str) -> Option<VersionSpecifiers>,
    out: &mut Declared,
) {
    if let Some(versions) = text_of(node).and_then(parse) {
        out.pythons.push(PythonClaim { versions, exact: false, span: inner_span(source, node) });
    }
}

/// The pin of a `[[package]]`, as an entry and as the beginning of what is known of the package.
fn locked(package: &DeTable<'_>, source: &str, out: &mut Declared) -> Option<Package> {
    let written = string(package, "name")?;
    let node = package.get("version")?;
    let version = Version::from_str(text_of(node)?).ok()?;
    let span = inner_span(source, node);
    let name: std::sync::Arc<str> = normalised(written).into();
    let wants = Wants::Versions(pep440_rs::VersionSpecifier::equals_version(version.clone()).into());
    out.entries.push(Entry {
        name: name.clone(),
        written: written.into(),
        extras: Vec::new(),
        wants,
        marker: string(package, "markers")
            .and_then(|text| requirement::parse_marker(text).ok())
            .unwrap_or_default(),
        group: Group::Locked,
        hashed: true,
        span,
    });
    Some(Package { name, version, requires_python: None, requires: Vec::new(), span })
}

/// `[package.dependencies]` of Poetry; needs of an extra are optional and left out.
fn poetry_requires(package: &DeTable<'_>) -> Vec<Requirement> {
    let mut requires = Vec::new();
    for (name, node) in table(package, &["dependencies"]).into_iter().flatten() {
        let alternatives: Vec<&Node<'_>> = match node.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![node],
        };
        for node in alternatives {
            let (version, marker) = match node.get_ref() {
                DeValue::String(version) => (version.to_string(), MarkerTree::TRUE),
                DeValue::Table(entry) => {
                    let optional =
                        entry.get("optional").and_then(|node| node.get_ref().as_bool()) == Some(true);
                    let Some(version) = string(entry, "version").filter(|_| !optional) else { continue };
                    let marker = string(entry, "markers").unwrap_or_default();
                    let Ok(marker) = requirement::parse_marker(marker) else { continue };
                    (version.to_owned(), marker)
                }
                _ => continue,
            };
            let name = name.get_ref().as_ref().into();
            requires.push(Requirement { name, extras: Vec::new(), wants: poetry::wants(&version), marker });
        }
    }
    requires
}

#[cfg(test)]
mod tests {
    use super::super::pyproject::tests::shown;
    use super::*;

    #[test]
    fn poetry_and_uv() {
        let poetry = r#"
[[package]]
name = "Django"
version = "4.2.16"
python-versions = ">=3.8"
[package.dependencies]
sqlparse = ">=0.3.1"
tzdata = {version = "*", markers = "sys_platform == \"win32\""}
argon2-cffi = {version = ">=19.1.0", optional = true, markers = "extra == \"argon2\""}
[metadata]
lock-version = "2.0"
python-versions = "^3.8"
"#;
        let uv = r#"
version = 1
requires-python = "==3.11.*"
[[package]]
name = "django"
version = "5.2"
source = { registry = "https://index.example.org/simple" }
[[package]]
name = "own"
version = "0.1"
source = { virtual = "." }
"#;
        insta::assert_snapshot!(format!(
            "{}\n--\n{}",
            shown(poetry, &read_poetry(poetry)),
            shown(uv, &read_uv(uv))
        ));
    }

    #[test]
    fn what_somebody_has_to_choose_is_told_from_what_is_installed() {
        let poetry = r#"
[[package]]
name = "redis"
version = "4.4.4"
optional = true
[[package]]
name = "celery"
version = "5.4.0"
optional = false
groups = ["main", "dev"]
[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]
[[package]]
name = "mypy"
version = "1.0"
category = "dev"
"#;
        let chosen: Vec<String> = read_poetry(poetry).by_choice.iter().map(ToString::to_string).collect();
        assert_eq!(chosen, ["mypy", "pytest", "redis"]);
        let uv = r#"
[[package]]
name = "own"
version = "0.1"
source = { editable = "." }
dependencies = [{ name = "celery", extra = ["redis"] }]
[package.optional-dependencies]
search = [{ name = "elasticsearch" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "celery"
version = "5.4.0"
dependencies = [{ name = "kombu" }]
[package.optional-dependencies]
redis = [{ name = "redis" }]
sqs = [{ name = "boto3" }]
[[package]]
name = "kombu"
version = "5.3.7"
[[package]]
name = "redis"
version = "5.0"
[[package]]
name = "boto3"
version = "1.0"
[[package]]
name = "elasticsearch"
version = "7.0"
[[package]]
name = "pytest"
version = "8.0"
"#;
        let chosen: Vec<String> = read_uv(uv).by_choice.iter().map(ToString::to_string).collect();
        assert_eq!(chosen, ["boto3", "elasticsearch", "pytest"]);
    }
}
