//! The model state against Django's own. Needs Python with Django, see `scripts/test.d/20-django`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod generator;
mod ours;
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bklog_lint::django::fields::FieldClasses;
use bklog_lint::django::state::{Context, States};
use bklog_lint::django::{Graph, Migration, reader};
use bklog_lint::mysql::Features;
use bklog_lint::project::assemble;
use bklog_lint::source::{SourceText, walk};
use serde_json::{Value as Json, json};

const CASES: u64 = 500;
const SERVERS: [&str; 2] = ["mysql-8.0.36", "mariadb-10.11.6"];

/// The interpreters to compare with: `BKLOG_LINT_TEST_PYTHON_32`, `_42`, `_52`.
fn pythons() -> Vec<(u32, PathBuf)> {
    let found: Vec<(u32, PathBuf)> = [32, 42, 52]
        .into_iter()
        .filter_map(|version| {
            Some((version, std::env::var_os(format!("BKLOG_LINT_TEST_PYTHON_{version}"))?.into()))
        })
        .collect();
    assert!(!found.is_empty(), "set BKLOG_LINT_TEST_PYTHON_42 to a Python with Django 4.2");
    found
}

fn truth(python: &Path, arguments: &[&str]) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/state.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args(arguments)
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn features(version: u32, server: &str) -> Features {
    let django = format!("{}.{}", version / 10, version % 10);
    Features::new(django.parse().unwrap(), &server.parse().unwrap())
}

/// Says where two values differ first, with the path to it.
fn difference(path: &str, ours: &Json, theirs: &Json) -> Option<String> {
    match (ours, theirs) {
        // What depends on conditional code is said to be so, and nothing else.
        (Json::Object(a), Json::Object(b)) if a.contains_key("uncertain") => {
            difference(&format!("{path}/name"), &a["name"], &b["name"])
        }
        (Json::Object(a), Json::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let at = format!("{path}/{key}");
                difference(&at, a.get(key).unwrap_or(&Json::Null), b.get(key).unwrap_or(&Json::Null))
            })
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (ours, theirs))| difference(&format!("{path}/{at}"), ours, theirs)),
        _ if ours == theirs => None,
        _ => Some(format!("{path}\n  ours:   {ours}\n  django: {theirs}")),
    }
}

fn read_files(files: &[generator::File]) -> Vec<Migration> {
    let mut migrations: Vec<Migration> = files
        .iter()
        .map(|(app, name, source)| {
            let path = format!("{app}/migrations/{name}.py");
            let text = SourceText::decode(path.as_str().into(), source.as_bytes()).unwrap();
            let file = Arc::new(reader::read(Arc::new(text)));
            Migration { app: app.as_str().into(), name: name.as_str().into(), file }
        })
        .collect();
    migrations.sort_by(|a, b| (&a.app, &a.name).cmp(&(&b.app, &b.name)));
    migrations
}

#[test]
#[ignore = "needs Python with Django"]
fn random_histories_give_the_state_of_django() {
    let folder = tempfile::tempdir().unwrap();
    for (version, python) in pythons() {
        let histories: Vec<Vec<generator::File>> =
            (0..CASES).map(|seed| generator::history(seed, version)).collect();
        let entries: Vec<Json> = histories
            .iter()
            .map(|files| json!({ "migrations": files, "stop": [files.len() / 2, files.len()] }))
            .collect();
        let file = folder.path().join("sequences.json");
        std::fs::write(&file, serde_json::to_vec(&entries).unwrap()).unwrap();
        let server = SERVERS[usize::from(version >= 50)];
        let answers = truth(&python, &["--server", server, "--sequences", file.to_str().unwrap()]);
        let features = features(version, server);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (seed, (files, answer)) in histories.iter().zip(answers.as_array().unwrap()).enumerate() {
            let show = || files.iter().map(|(_, _, source)| body(source)).collect::<String>();
            assert!(
                answer["error"].is_null(),
                "Django {version}, case {seed}: {}\n{}",
                answer["error"],
                show()
            );
            let migrations = read_files(files);
            let labels: BTreeSet<Arc<str>> = ["alpha".into(), "beta".into()].into();
            let swappable: BTreeMap<Arc<str>, Arc<str>> =
                [("AUTH_USER_MODEL".into(), "alpha.Account".into())].into();
            let graph = Graph::build(&migrations, &labels, &swappable);
            let classes = FieldClasses::default();
            let auto: Arc<str> = "django.db.models.BigAutoField".into();
            let context = Context::new(&classes, &swappable, Some(&auto), &BTreeSet::new());
            let states = States::new(&migrations, &graph, &context);
            for (stop, theirs) in
                [files.len() / 2, files.len()].into_iter().zip(answer["states"].as_array().unwrap())
            {
                let (app, name, _) = &files[stop - 1];
                let step = states.get(&app.as_str().into(), &name.as_str().into()).unwrap();
                let ours = ours::describe(&step.after, &features);
                if let Some(difference) = difference("", &ours, theirs) {
                    panic!("Django {version}, case {seed}, after {stop}: {difference}\n{}", show());
                }
                assert_eq!(step.after.doubts().count(), 0, "case {seed}");
            }
            for step in states.iter().flat_map(|step| &step.operations) {
                for operation in step.operation.walk() {
                    *seen.entry(operation.class.to_string()).or_default() += 1;
                }
                assert_eq!(step.problems, [], "Django {version}, case {seed}\n{}", show());
            }
        }
        println!("Django {version}: {seen:?}");
        assert!(seen.len() >= 19, "too few kinds of operations: {seen:?}");
    }
}

/// A migration without the head that all of them share.
fn body(source: &str) -> &str {
    source.find("class Migration").map_or(source, |at| &source[at..])
}

#[test]
#[ignore = "needs Python with Django"]
fn fixtures_have_the_state_of_django() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let projects = ["shop", "logs", "mono/agent", "mono/console"];
    for (version, python) in pythons() {
        for project in projects {
            for server in SERVERS {
                let root = fixtures.join(project);
                let theirs = truth(&python, &["--server", server, root.to_str().unwrap()]);
                let snapshot = walk::snapshot(&root, &walk::WalkOptions::default());
                let workspace = assemble(snapshot, &Default::default());
                let [project_read] = workspace.projects.as_slice() else {
                    panic!("one project in {project}")
                };
                let classes = project_read.field_classes(&workspace.snapshot);
                let context = project_read.state_context(&classes);
                let states = project_read.states(&context);
                let ours = ours::describe(states.last(), &features(version, server));
                if let Some(difference) = difference("", &ours, &theirs) {
                    panic!("Django {version}, {project}, {server}: {difference}");
                }
                assert!(ours.as_object().is_some_and(|models| !models.is_empty()), "{project}: {ours}");
            }
        }
    }
}
