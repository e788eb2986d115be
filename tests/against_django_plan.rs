//! The plan against Django's own executor. Needs Python with Django, see `scripts/test.d/20-django`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bklog_lint::django::Key;
use bklog_lint::findings::Bilingual;
use bklog_lint::plan::{Basis, Plan, Start};
use bklog_lint::project::{Options, Workspace, assemble};
use bklog_lint::source::walk;
use serde_json::{Value as Json, json};

/// Cases per project beside the prefixes of its history.
const RANDOM_CASES: usize = 25;

fn truth(python: &Path, folder: &Path, settings: &str, cases: &[BTreeSet<Key>]) -> Vec<Json> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/plan.py");
    let mut child = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args([folder.to_str().unwrap(), settings])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python starts");
    child.stdin.take().unwrap().write_all(json!(cases).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", folder.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn planned(workspace: &Workspace, applied: &BTreeSet<Key>) -> Json {
    let basis = Basis::new("mysql-8.0.36".parse().unwrap());
    let plan =
        Plan::new(("database", &Bilingual::new("tree", "tree")), &Start::Applied(applied), workspace, &basis);
    let [project] = plan.projects.as_slice() else { panic!("one project") };
    if !project.history.inconsistent.is_empty() {
        return json!({ "inconsistent": true });
    }
    let keys: Vec<Json> = project.pending.iter().map(|it| json!([it.app, it.name])).collect();
    json!({ "plan": keys })
}

/// Sets of applied migrations: every prefix of the history, and others that hold what is left out as well as squashes
/// beside what they replace.
fn cases(workspace: &Workspace) -> Vec<BTreeSet<Key>> {
    let project = &workspace.projects[0];
    let all: Vec<Key> = project.migrations.iter().map(|it| (it.app.clone(), it.name.clone())).collect();
    let order = project.graph.full_plan();
    let mut cases: Vec<BTreeSet<Key>> =
        (0..=order.len()).map(|end| order[..end].iter().cloned().collect()).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..RANDOM_CASES {
        let mut case = BTreeSet::new();
        for key in &all {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 33 & 1 == 1 {
                case.insert(key.clone());
            }
        }
        cases.push(case);
    }
    cases
}

#[test]
#[ignore = "needs Python with Django: scripts/test.d/20-django"]
fn what_is_pending_is_what_django_would_run() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut projects: Vec<(PathBuf, &str)> = std::fs::read_dir(fixtures.join("graph"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| (path, "settings"))
        .collect();
    projects.sort();
    projects.push((fixtures.join("logs"), "settings"));
    projects.push((fixtures.join("shop"), "shop.settings"));
    let mut compared = 0;
    for release in ["42", "52"] {
        let python = std::env::var_os(format!("BKLOG_LINT_TEST_PYTHON_{release}"));
        let python = PathBuf::from(python.expect("set BKLOG_LINT_TEST_PYTHON_42 and _52"));
        for (folder, settings) in &projects {
            let workspace = assemble(walk::snapshot(folder, &Default::default()), &Options::default());
            // What is broken by itself is compared as a graph.
            let project = &workspace.projects[0];
            let graph = &project.graph;
            if !graph.unresolved.is_empty() || !graph.cycles.is_empty() || !project.other_files.is_empty() {
                continue;
            }
            let cases = cases(&workspace);
            for (case, django) in cases.iter().zip(truth(&python, folder, settings, &cases)) {
                if django.get("error").is_some() {
                    continue;
                }
                let ours = planned(&workspace, case);
                let name = folder.file_name().unwrap().to_string_lossy();
                assert_eq!(ours, django, "Django {release}, {name}, applied: {case:?}");
                compared += 1;
            }
        }
    }
    println!("{compared} plans compared");
    assert!(compared > 500, "{compared}");
}
