//! The graph against Django's own loader. Needs Python with Django, see `scripts/test.d/20-django`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bklog_lint::django::graph::Declaration;
use bklog_lint::django::migration::Target;
use bklog_lint::django::{Dependency, Graph, Key};
use bklog_lint::project::{Options, assemble};
use bklog_lint::source::{Span, walk};
use serde_json::{Value as Json, json};

/// The interpreters to compare with: `BKLOG_LINT_TEST_PYTHON_32`, `_42`, `_52`.
fn pythons() -> Vec<(&'static str, PathBuf)> {
    let found: Vec<(&str, PathBuf)> = ["32", "42", "52"]
        .into_iter()
        .filter_map(|version| {
            Some((version, std::env::var_os(format!("BKLOG_LINT_TEST_PYTHON_{version}"))?.into()))
        })
        .collect();
    assert!(!found.is_empty(), "set BKLOG_LINT_TEST_PYTHON_42 to a Python with Django 4.2");
    found
}

fn truth(python: &Path, arguments: &[&str]) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/graph.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args(arguments)
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn key(json: &Json) -> Key {
    (json[0].as_str().unwrap().into(), json[1].as_str().unwrap().into())
}

fn keys(json: &Json) -> BTreeSet<Key> {
    json.as_array().unwrap().iter().map(key).collect()
}

fn pairs(json: &Json) -> BTreeSet<(Key, Key)> {
    json.as_array().unwrap().iter().map(|pair| (key(&pair[0]), key(&pair[1]))).collect()
}

fn ends(ends: &BTreeMap<Arc<str>, Vec<Arc<str>>>) -> BTreeSet<Key> {
    ends.iter().flat_map(|(app, names)| names.iter().map(|name| (app.clone(), name.clone()))).collect()
}

/// Compares the graph with what Django says of the apps in `ours`; says the first difference.
fn compare(graph: &Graph, django: &Json, ours: &BTreeSet<Arc<str>>) -> Result<(), String> {
    let error = &django["error"];
    let is_own = |key: &Key| ours.contains(&key.0);
    let differ = |what: &str, mine: String, theirs: String| -> Result<(), String> {
        Err(format!("{what}\n  ours:   {mine}\n  django: {theirs}"))
    };
    match error["type"].as_str() {
        None if !graph.unresolved.is_empty() => {
            return differ("unresolved", format!("{:?}", graph.unresolved), "none".into());
        }
        None if !graph.cycles.is_empty() => {
            return differ("cycles", format!("{:?}", graph.cycles), "none".into());
        }
        Some("missing") => {
            let node = key(&error["node"]);
            if !graph.unresolved.iter().any(|entry| (&entry.app, &entry.name) == (&node.0, &node.1)) {
                return differ("missing", format!("{:?}", graph.unresolved), format!("{node:?}"));
            }
        }
        Some("unresolved") => {
            // Django stops in the middle; there is nothing more to compare.
            let symbolic =
                graph.unresolved.iter().any(|entry| matches!(&*entry.name, "__first__" | "__latest__"));
            return if symbolic {
                Ok(())
            } else {
                differ("no migrations", format!("{:?}", graph.unresolved), error.to_string())
            };
        }
        Some("cycle") => {
            let cycle: Vec<Key> = error["nodes"].as_array().unwrap().iter().map(key).collect();
            let known: BTreeSet<(Key, Key)> = graph
                .cycle_edges
                .iter()
                .flatten()
                .map(|edge| (edge.child.clone(), edge.parent.clone()))
                .collect();
            for (at, parent) in cycle.iter().enumerate() {
                let child = &cycle[(at + 1) % cycle.len()];
                if !known.contains(&(child.clone(), parent.clone())) {
                    return differ("cycle", format!("{:?}", graph.cycles), format!("{cycle:?}"));
                }
            }
        }
        None => {}
        Some(other) => return Err(format!("unexpected: {other} {error}")),
    }
    let nodes: BTreeSet<Key> = graph.parents.keys().cloned().collect();
    let theirs: BTreeSet<Key> = keys(&django["nodes"]).into_iter().filter(is_own).collect();
    if nodes != theirs {
        return differ("nodes", format!("{nodes:?}"), format!("{theirs:?}"));
    }
    let edges: BTreeSet<(Key, Key)> = graph
        .parents
        .iter()
        .flat_map(|(child, parents)| parents.iter().map(|parent| (child.clone(), parent.clone())))
        .collect();
    let theirs: BTreeSet<(Key, Key)> = pairs(&django["edges"])
        .into_iter()
        .filter(|(child, parent)| is_own(child) && is_own(parent))
        .collect();
    if edges != theirs {
        return differ("edges", format!("{edges:?}"), format!("{theirs:?}"));
    }
    if error.is_null() {
        for (what, mine) in [("roots", &graph.roots), ("leaves", &graph.leaves)] {
            let theirs: BTreeSet<Key> = keys(&django[what]).into_iter().filter(is_own).collect();
            if ends(mine) != theirs {
                return differ(what, format!("{:?}", ends(mine)), format!("{theirs:?}"));
            }
        }
    }
    Ok(())
}

// Projects

/// The graph of the project in this folder, as the whole analyser reads it, and the apps that it holds.
fn analysed(folder: &Path) -> (Graph, BTreeSet<Arc<str>>) {
    let snapshot = walk::snapshot(folder, &walk::WalkOptions::default());
    let options = Options { name: "project".into(), ..Options::default() };
    let mut workspace = assemble(snapshot, &options);
    assert_eq!(workspace.projects.len(), 1, "{}", folder.display());
    let project = workspace.projects.remove(0);
    let labels = project.apps.values().filter(|app| app.has_init).map(|app| app.label.clone()).collect();
    (project.graph, labels)
}

#[test]
#[ignore = "needs Python with Django"]
fn projects_have_the_graph_of_django() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut projects: Vec<(PathBuf, &str)> = std::fs::read_dir(fixtures.join("graph"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| (path, "settings"))
        .collect();
    projects.sort();
    assert!(projects.len() >= 30, "{projects:?}");
    for (name, settings) in [
        ("logs", "settings"),
        ("shop", "shop.settings"),
        ("mono/agent", "agent.settings"),
        ("mono/console", "console.settings"),
    ] {
        projects.push((fixtures.join(name), settings));
    }
    let mut failures = Vec::new();
    for (version, python) in pythons() {
        for (folder, settings) in &projects {
            let django = truth(&python, &[folder.to_str().unwrap(), settings]);
            if django["error"]["type"] == "no_class" {
                continue; // Django stops at the file; the rule no-migration-class names it.
            }
            let (graph, labels) = analysed(folder);
            let own: BTreeSet<&str> =
                django["project_apps"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            // Where Django stops early it names no nodes.
            let nodes = django["nodes"].as_array().into_iter().flatten().map(key);
            for (app, _) in nodes {
                if own.contains(app.as_ref()) && !labels.contains(&app) {
                    failures.push(format!("Django {version}, {}: {app} was not found", folder.display()));
                }
            }
            if let Err(difference) = compare(&graph, &django, &labels) {
                failures.push(format!("Django {version}, {}: {difference}", folder.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

// Random graphs

/// A migration of a random graph.
#[derive(Debug, Default, Clone)]
struct Node {
    key: (String, String),
    dependencies: Vec<(String, String)>,
    run_before: Vec<(String, String)>,
    replaces: Vec<(String, String)>,
}

/// A small generator of its own, so that a case can be told by its number alone (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What a random case may hold. Deleted files and `__latest__` do not go together: then Django's own answer depends on
/// the order of a set.
#[derive(Debug, Clone, Copy)]
struct Taste {
    symbolic: bool,
    deleted: bool,
    missing: bool,
    cycles: bool,
}

fn random_case(seed: u64) -> (Vec<Node>, Vec<String>) {
    let mut random = Random(seed);
    let taste = Taste {
        symbolic: seed.is_multiple_of(2),
        deleted: seed % 2 == 1,
        missing: seed % 10 == 3,
        cycles: seed % 10 == 6,
    };
    let apps: Vec<String> = ["alpha", "beta", "gamma", "delta"][..1 + random.below(4)]
        .iter()
        .map(|app| (*app).to_owned())
        .collect();
    let mut nodes: Vec<Node> = Vec::new();
    let rounds = 1 + random.below(7);
    for round in 1..=rounds {
        for app in &apps {
            for twin in 0..1 + usize::from(random.chance(15)) {
                if random.chance(15) {
                    continue;
                }
                let node = random_node(&mut random, &nodes, &apps, app, format!("{round:04}_m{twin}"), taste);
                nodes.push(node);
            }
        }
    }
    if taste.cycles && nodes.len() > 2 {
        for _ in 0..1 + random.below(3) {
            let target = random.pick(&nodes).key.clone();
            let at = random.below(nodes.len());
            nodes[at].dependencies.push(target);
        }
    }
    add_squashes(&mut random, &mut nodes, &apps, taste);
    (nodes, apps)
}

fn random_node(
    random: &mut Random,
    nodes: &[Node],
    apps: &[String],
    app: &str,
    name: String,
    taste: Taste,
) -> Node {
    let mut node = Node { key: (app.to_owned(), name), ..Node::default() };
    let own: Vec<&Node> = nodes.iter().filter(|other| other.key.0 == app).collect();
    if let Some(last) = own.last() {
        let parent = if random.chance(80) { last.key.clone() } else { random.pick(&own).key.clone() };
        node.dependencies.push(parent);
        if random.chance(15) {
            node.dependencies.push(random.pick(&own).key.clone());
        }
    }
    let others: Vec<&Node> = nodes.iter().filter(|other| other.key.0 != app).collect();
    if !others.is_empty() && random.chance(35) {
        node.dependencies.push(random.pick(&others).key.clone());
    }
    if !others.is_empty() && random.chance(6) {
        node.run_before.push(random.pick(&others).key.clone());
    }
    if taste.symbolic && random.chance(15) {
        let target = random.pick(apps).clone();
        let symbol = if random.chance(50) || target == app { "__first__" } else { "__latest__" };
        node.dependencies.push((target, symbol.to_owned()));
    }
    if random.chance(8) {
        node.dependencies.push(("plain".to_owned(), "__first__".to_owned()));
    }
    if taste.missing && random.chance(10) {
        node.dependencies.push((random.pick(apps).clone(), "9999_gone".to_owned()));
    }
    node
}

/// Squashes of a run of files of an app, squashes of squashes, and files that are deleted afterwards.
fn add_squashes(random: &mut Random, nodes: &mut Vec<Node>, apps: &[String], taste: Taste) {
    let mut replaced: BTreeSet<(String, String)> = BTreeSet::new();
    for (number, app) in apps.iter().enumerate() {
        for round in 0..2 {
            if !random.chance(45) {
                continue;
            }
            let own: Vec<Node> = nodes
                .iter()
                .filter(|node| node.key.0 == *app && !replaced.contains(&node.key))
                .cloned()
                .collect();
            if own.is_empty() {
                continue;
            }
            let start = random.below(own.len());
            let end = start + 1 + random.below(own.len() - start);
            let run = &own[start..end];
            let mut squash = Node {
                key: (app.clone(), format!("{:04}_squashed_{round}_{number}", start)),
                ..Node::default()
            };
            squash.replaces = run.iter().map(|node| node.key.clone()).collect();
            for dependency in run.iter().flat_map(|node| &node.dependencies) {
                if !squash.replaces.contains(dependency) && !squash.dependencies.contains(dependency) {
                    squash.dependencies.push(dependency.clone());
                }
            }
            if random.chance(10) {
                squash.replaces.push((app.clone(), "0000_long_gone".to_owned()));
            }
            squash.replaces.sort();
            replaced.extend(squash.replaces.iter().cloned());
            nodes.push(squash);
        }
    }
    if taste.deleted {
        // A squash that another one replaces stays: without it nothing says what it stood for.
        nodes.retain(|node| !(replaced.contains(&node.key) && node.replaces.is_empty() && random.chance(60)));
    }
}

fn dependencies(list: &[(String, String)]) -> Vec<Dependency> {
    list.iter()
        .map(|(app, name)| Dependency {
            span: Span::default(),
            target: Target::Migration { app: app.as_str().into(), name: name.as_str().into() },
        })
        .collect()
}

#[test]
#[ignore = "needs Python with Django"]
fn random_graphs_are_those_of_django() {
    const CASES: u64 = 1_000;
    let cases: Vec<(Vec<Node>, Vec<String>)> = (0..CASES).map(random_case).collect();
    let declared: Vec<Json> = cases
        .iter()
        .map(|(nodes, apps)| {
            let migrations: Vec<Json> = nodes
                .iter()
                .map(|node| {
                    json!({
                        "key": node.key,
                        "dependencies": node.dependencies,
                        "run_before": node.run_before,
                        "replaces": node.replaces,
                    })
                })
                .collect();
            json!({ "labels": apps, "unmigrated": ["plain"], "migrations": migrations })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("declared.json");
    std::fs::write(&file, serde_json::to_vec(&declared).unwrap()).unwrap();
    for (version, python) in pythons() {
        let answers = truth(&python, &["--declared", file.to_str().unwrap()]);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (seed, ((nodes, apps), django)) in cases.iter().zip(answers.as_array().unwrap()).enumerate() {
            let lists: Vec<[Vec<Dependency>; 3]> = nodes
                .iter()
                .map(|node| {
                    [&node.dependencies, &node.run_before, &node.replaces].map(|list| dependencies(list))
                })
                .collect();
            let declarations: Vec<Declaration<'_>> = nodes
                .iter()
                .zip(&lists)
                .map(|(node, [dependencies, run_before, replaces])| Declaration {
                    key: (node.key.0.as_str().into(), node.key.1.as_str().into()),
                    dependencies,
                    run_before,
                    replaces,
                })
                .collect();
            let labels: BTreeSet<Arc<str>> = apps.iter().map(|app| app.as_str().into()).collect();
            let graph = Graph::from_declarations(&declarations, &labels, &BTreeMap::new());
            if let Err(difference) = compare(&graph, django, &labels) {
                panic!("Django {version}, case {seed}: {difference}\n{nodes:#?}");
            }
            *seen.entry(django["error"]["type"].as_str().unwrap_or("sound").to_owned()).or_default() += 1;
        }
        println!("Django {version}: {seen:?}");
        for kind in ["sound", "missing", "cycle", "unresolved"] {
            assert!(seen.get(kind).is_some_and(|count| *count >= 5), "too few cases of {kind}: {seen:?}");
        }
    }
}
