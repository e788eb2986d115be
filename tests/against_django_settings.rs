//! Settings against Django: what the model calls known is what Django has. Needs Python with Django, see
//! `scripts/test.d/20-django`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use bklog_lint::django::settings::{Environment, environ};
use bklog_lint::project::read_settings;
use bklog_lint::source::walk::{self, WalkOptions};
use bklog_lint::syntax::{Expr, Value};
use serde_json::{Value as Json, json};

/// Projects below `fixtures/`, with the variables that choose an environment.
const PROJECTS: [(&str, &[(&str, &str)]); 7] = [
    ("shop", &[]),
    ("mono/agent", &[]),
    ("mono/console", &[]),
    ("logs", &[("LOGS_ENV", "")]),
    ("settings/package", &[]),
    ("settings/shapes", &[]),
    ("settings/cascade", &[("CASCADE_ENV", ""), ("CASCADE_ROLE", "web")]),
];

#[test]
#[ignore = "needs Python with Django"]
fn known_settings_are_those_that_django_has() {
    let mut compared = 0;
    for (release, python) in pythons() {
        for (project, variables) in PROJECTS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(project);
            let snapshot = walk::snapshot(&folder, &WalkOptions::default());
            let settings = read_settings(&snapshot, "");
            assert!(settings.problem.is_none(), "{project}: {:?}", settings.problem);
            for environment in &settings.environments {
                let truth = truth(&python, &folder, environment, variables);
                compared += compare(environment, &truth)
                    .unwrap_or_else(|why| panic!("{project}, {}, Django {release}: {why}", environment.name));
            }
        }
    }
    // A comparison of nothing must not look like agreement.
    assert!(compared > 150, "{compared} values compared");
}

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

fn truth(python: &Path, folder: &Path, environment: &Environment, variables: &[(&str, &str)]) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/settings.py");
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(folder).arg(environment.module.as_ref());
    for (name, value) in variables {
        // An empty value stands for the name of the environment.
        command.env(name, if value.is_empty() { environment.name.as_ref() } else { value });
    }
    let output = command.output().expect("python starts");
    assert!(
        output.status.success(),
        "{folder:?} {}: {}",
        environment.name,
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Compares an environment with Django's settings; the number of known values, or the first difference.
fn compare(environment: &Environment, truth: &Json) -> Result<usize, String> {
    let theirs: BTreeSet<&str> = truth.as_object().unwrap().keys().map(String::as_str).collect();
    let ours: BTreeSet<&str> = environment.settings.keys().map(AsRef::as_ref).collect();
    if !environment.open && environment.dynamic_writes.is_empty() && ours != theirs {
        let (more, less): (Vec<_>, Vec<_>) =
            (ours.difference(&theirs).collect(), theirs.difference(&ours).collect());
        return Err(format!("only in ours: {more:?}, only in Django: {less:?}"));
    }
    let mut compared = 0;
    for (name, setting) in &environment.settings {
        if !environ::is_known(&setting.value) {
            continue;
        }
        let ours = encode(&setting.value);
        if ours != truth[name.as_ref()] {
            return Err(format!("{name}\n  ours:   {ours}\n  django: {}", truth[name.as_ref()]));
        }
        compared += 1;
    }
    Ok(compared)
}

/// As `scripts/truth/settings.py` encodes values.
fn encode(expr: &Expr) -> Json {
    let all = |items: &[Expr]| items.iter().map(encode).collect::<Vec<Json>>();
    match &expr.value {
        Value::None => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(number) => json!(number),
        Value::Str(text) => json!(text.as_ref()),
        Value::Number(text) => json!({ "number": text.as_ref() }),
        Value::List(items) => json!({ "list": all(items) }),
        Value::Tuple(items) => json!({ "tuple": all(items) }),
        Value::Set(items) => {
            let mut items = all(items);
            items.sort_by_key(|item| item.to_string());
            json!({ "set": items })
        }
        Value::Dict(entries) => {
            let pairs: Vec<Json> =
                entries.iter().map(|(key, value)| json!([encode(key), encode(value)])).collect();
            json!({ "dict": pairs })
        }
        other => panic!("{other:?} is not known"),
    }
}
