//! The statements of migrations against those of Django's own schema editor. Needs Python with Django and PyMySQL, see
//! `scripts/test.d/20-django`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../against_django_state/generator/mod.rs"]
#[allow(dead_code)]
mod any_history;
mod expressions;
mod generator;
#[path = "../against_django_state/random.rs"]
mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use bklog_lint::django::editor::{Entry, Run, Statement};
use bklog_lint::django::fields::FieldClasses;
use bklog_lint::django::state::{Context, States};
use bklog_lint::django::{DjangoVersion, Graph, Migration, reader};
use bklog_lint::project::assemble;
use bklog_lint::source::{SourceText, walk};
use serde_json::{Value as Json, json};

type File = (String, String, String);

const CASES: u64 = 500;
/// Histories about expressions.
const EXPRESSION_CASES: u64 = 200;
/// Histories of the generator that the state is tested with.
const OTHER_CASES: u64 = 150;

/// The interpreters to compare with: `BKLOG_LINT_TEST_PYTHON_22`, `_32`, `_42`, `_52`.
fn pythons() -> Vec<(u32, PathBuf)> {
    let found: Vec<(u32, PathBuf)> = [22, 32, 42, 52]
        .into_iter()
        .filter_map(|version| {
            Some((version, std::env::var_os(format!("BKLOG_LINT_TEST_PYTHON_{version}"))?.into()))
        })
        .collect();
    assert!(!found.is_empty(), "set BKLOG_LINT_TEST_PYTHON_42 to a Python with Django 4.2 and PyMySQL");
    found
}

/// Servers that a release of Django takes.
fn servers(version: u32) -> &'static [&'static str] {
    match version {
        52 => &["mysql-8.0.36", "mariadb-10.6.4", "mariadb-10.11.6"],
        42 => &["mysql-8.0.36", "mariadb-10.4.32", "mariadb-10.11.6"],
        _ => &["mysql-5.7.44", "mysql-8.0.36", "mariadb-10.11.6"],
    }
}

/// Whether migrations run each by itself, as `sqlmigrate` prints them, or all in one `migrate`.
#[derive(Clone, Copy, PartialEq)]
enum Runs {
    Alone,
    Together,
}

fn truth(python: &Path, arguments: &[&str], runs: Runs) -> Json {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/sql.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .env("TRUTH_TOGETHER", if runs == Runs::Together { "1" } else { "" })
        .arg(script)
        .args(arguments)
        .output()
        .expect("python starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn django(version: u32) -> DjangoVersion {
    DjangoVersion::new(u64::from(version / 10), u64::from(version % 10))
}

/// White space folded, without a semicolon at the end.
fn fold(sql: &str) -> String {
    let folded = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    folded.trim_end_matches(';').trim_end().to_owned()
}

/// Whether a statement is Django's; holes match anything.
fn same(ours: &Statement, theirs: &str) -> bool {
    let (ours_text, theirs) = (fold(&ours.sql), fold(theirs));
    let mut rest = theirs.as_str();
    let mut mine = ours_text.as_str();
    for hole in &ours.holes {
        let hole = fold(hole);
        let Some((before, after)) = mine.split_once(hole.as_str()) else { return false };
        let Some(behind) = rest.strip_prefix(before) else { return false };
        let next = after.split("<computed").next().unwrap_or("");
        let found = if next.is_empty() { Some(behind.len()) } else { behind.find(next) };
        let Some(at) = found else { return false };
        rest = &behind[at..];
        mine = after;
    }
    rest == mine
}

/// Whether statements are Django's in another order.
fn same_set(ours: &[Statement], theirs: &[&str]) -> bool {
    // Statements without holes come first, so that none with one takes what belongs to them.
    let mut ours: Vec<&Statement> = ours.iter().collect();
    ours.sort_by_key(|statement| statement.holes.len());
    let mut rest = theirs.to_vec();
    ours.iter().all(|statement| {
        let found = rest.iter().position(|theirs| same(statement, theirs));
        found.map(|at| rest.swap_remove(at)).is_some()
    }) && rest.is_empty()
}

#[derive(Default, Debug)]
struct Count {
    statements: usize,
    holes: usize,
    unknown: usize,
    refused: usize,
    reasons: BTreeMap<String, usize>,
}

/// Compares the entries of one history; says the first difference.
fn compare(version: u32, ours: &[Entry], theirs: &[Json], count: &mut Count) -> Result<(), String> {
    let mut mine: BTreeMap<(&str, &str, Option<u64>), &Entry> = BTreeMap::new();
    for entry in ours {
        mine.insert((&entry.app, &entry.migration, entry.op_index.map(|at| at as u64)), entry);
    }
    for entry in theirs {
        let place = (
            entry["app"].as_str().unwrap(),
            entry["migration"].as_str().unwrap(),
            entry["op_index"].as_u64(),
        );
        let found = mine.remove(&place);
        let sql: Vec<&str> =
            entry["sql"].as_array().unwrap().iter().map(|sql| sql.as_str().unwrap()).collect();
        if !entry["error"].is_null() {
            // Django itself stops here, and what comes after it is not in its answer.
            count.refused += 1;
            *count.reasons.entry(entry["error"].as_str().unwrap().chars().take(60).collect()).or_default() +=
                1;
            return Ok(());
        }
        let Some(found) = found else { return Err(format!("{place:?}: no entry; Django: {sql:#?}")) };
        let statements = match &found.sql {
            Ok(statements) if found.incomplete.is_none() => statements,
            Ok(_) => {
                count.unknown += 1;
                continue;
            }
            Err(why) => {
                count.unknown += 1;
                *count.reasons.entry(why.to_string()).or_default() += 1;
                continue;
            }
        };
        let equal = statements.len() == sql.len()
            && statements.iter().zip(&sql).all(|(ours, theirs)| same(ours, theirs));
        // What Django keeps in sets has no order: fields that belong together, and models that it renders again, hence
        // the relations of a model (which it sorts for `AlterField` since 4.1).
        let unordered = match entry["op"].as_str() {
            Some("AlterUniqueTogether" | "AlterIndexTogether" | "RenameModel") => true,
            Some("AlterField") => version < 41,
            _ => false,
        };
        let as_set = unordered && same_set(statements, &sql);
        if !equal && !as_set {
            let ours: Vec<&str> = statements.iter().map(|it| it.sql.as_str()).collect();
            return Err(format!("{place:?} {}\n  ours:   {ours:#?}\n  django: {sql:#?}", entry["op"]));
        }
        count.statements += sql.len();
        count.holes += statements.iter().filter(|it| !it.holes.is_empty()).count();
    }
    for (place, entry) in mine {
        if let Ok(statements) = &entry.sql
            && !statements.is_empty()
        {
            return Err(format!("{place:?}: Django runs nothing here; ours: {:?}", statements[0].sql));
        }
    }
    Ok(())
}

fn read_files(files: &[File]) -> Vec<Migration> {
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

fn run(files: &[File], version: u32, server: &str, runs: Runs) -> Vec<Entry> {
    let migrations = read_files(files);
    let labels: BTreeSet<Arc<str>> = migrations.iter().map(|migration| migration.app.clone()).collect();
    let swappable: BTreeMap<Arc<str>, Arc<str>> = [("AUTH_USER_MODEL".into(), "alpha.Account".into())].into();
    let graph = Graph::build(&migrations, &labels, &swappable);
    let classes = FieldClasses::default();
    let auto: Arc<str> = "django.db.models.BigAutoField".into();
    // Before 3.2 there is no DEFAULT_AUTO_FIELD.
    let auto = Some(&auto).filter(|_| version >= 32);
    let context = Context::new(&classes, &swappable, auto, &BTreeSet::new());
    let states = States::new(&migrations, &graph, &context);
    let server = server.parse().unwrap();
    Run::together(&states, &context, django(version), &server, &|_| runs == Runs::Together).entries
}

fn declared((app, name, source): &File) -> Json {
    json!({ "app": app, "name": name, "source": source })
}

/// How many histories to compare: `count` (a quarter of it on Django 2.2, which few still run), or what
/// `BKLOG_LINT_TEST_CASES` says.
fn cases(count: u64, version: u32) -> u64 {
    let given = std::env::var("BKLOG_LINT_TEST_CASES").ok().and_then(|text| text.parse().ok());
    given.unwrap_or(if version < 30 { count / 4 } else { count })
}

fn compare_all(
    name: &str,
    make: impl Fn(u64, u32) -> Vec<File>,
    count_of_cases: u64,
    runs: Runs,
) -> Vec<(u32, Count)> {
    let folder = tempfile::tempdir().unwrap();
    let mut counts = Vec::new();
    let mut differences = Vec::new();
    for (version, python) in pythons() {
        let histories: Vec<Vec<File>> =
            (0..cases(count_of_cases, version)).map(|seed| make(seed, version)).collect();
        let mut count = Count::default();
        let servers = servers(version);
        for (at, server) in servers.iter().enumerate() {
            // Every history runs on one server, so that all of them together take no longer than one of them alone.
            let share: Vec<(usize, &Vec<File>)> =
                histories.iter().enumerate().filter(|(seed, _)| seed % servers.len() == at).collect();
            let declared: Vec<Json> =
                share.iter().map(|(_, files)| files.iter().map(declared).collect()).collect();
            let file = folder.path().join("declared.json");
            std::fs::write(&file, serde_json::to_vec(&declared).unwrap()).unwrap();
            let answers = truth(&python, &[server, "--declared", file.to_str().unwrap()], runs);
            for ((seed, files), answer) in share.iter().zip(answers.as_array().unwrap()) {
                let ours = run(files, version, server, runs);
                if let Err(difference) = compare(version, &ours, answer.as_array().unwrap(), &mut count) {
                    differences.push(format!("Django {version}, {server}, case {seed}: {difference}"));
                }
            }
        }
        println!("{name}, Django {version}: {count:?}");
        counts.push((version, count));
    }
    let shown = differences.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} histories differ\n{shown}", differences.len());
    counts
}

#[test]
#[ignore = "needs Python with Django and PyMySQL"]
fn random_changes_of_columns_give_the_statements_of_django() {
    for (version, count) in compare_all("columns", generator::history, CASES, Runs::Alone) {
        assert!(count.statements > 3_000 && count.refused <= 50, "Django {version}: {count:?}");
        assert!(count.unknown * 50 < count.statements, "Django {version}: {count:?}");
    }
}

#[test]
#[ignore = "needs Python with Django and PyMySQL"]
fn random_expressions_give_the_statements_of_django() {
    for (version, count) in compare_all("expressions", expressions::history, EXPRESSION_CASES, Runs::Alone) {
        assert!(count.statements > 150 && count.refused <= 10, "Django {version}: {count:?}");
        assert!(count.unknown * 50 < count.statements, "Django {version}: {count:?}");
    }
}

#[test]
#[ignore = "needs Python with Django and PyMySQL"]
fn random_histories_give_the_statements_of_django() {
    for (version, count) in compare_all("histories", any_history::history, OTHER_CASES, Runs::Alone) {
        assert!(count.statements > 500, "Django {version}: {count:?}");
    }
}

#[test]
#[ignore = "needs Python with Django and PyMySQL"]
fn fixtures_have_the_statements_of_django() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for (version, python) in pythons().into_iter().filter(|(version, _)| *version >= 32) {
        for (project, statements) in [("shop", 6), ("logs", 6), ("mono/agent", 1), ("mono/console", 1)] {
            for server in servers(version) {
                let root = fixtures.join(project);
                let theirs = truth(&python, &[server, root.to_str().unwrap()], Runs::Alone);
                let snapshot = walk::snapshot(&root, &walk::WalkOptions::default());
                let workspace = assemble(snapshot, &Default::default());
                let [read] = workspace.projects.as_slice() else { panic!("one project in {project}") };
                let classes = read.field_classes(&workspace.snapshot);
                let context = read.state_context(&classes);
                let run =
                    Run::new(&read.states(&context), &context, django(version), &server.parse().unwrap());
                let own: BTreeSet<&str> = run.entries.iter().map(|entry| entry.app.as_ref()).collect();
                let theirs: Vec<Json> = theirs[0]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|entry| own.contains(entry["app"].as_str().unwrap()))
                    .cloned()
                    .collect();
                let mut count = Count::default();
                if let Err(difference) = compare(version, &run.entries, &theirs, &mut count) {
                    panic!("Django {version}, {server}, {project}: {difference}");
                }
                assert!(count.statements >= statements && count.refused == 0, "{project}: {count:?}");
            }
        }
    }
}
