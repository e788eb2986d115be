//! The examples of every rule page, run: each is a mini repository, and the rule reports what the page marks and
//! nothing else, in the words of the snapshots.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod said;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use bklog_lint::analysis::{self, BaselineSource, ChangeOptions, ConfigurationSource, Request};
use bklog_lint::findings::{Finding, Lang};
use bklog_lint::rules::page::{Example, ExampleFile, Page, Verdict};
use bklog_lint::rules::{self, Rule};
use bklog_lint::triage::{Scope, baseline};

const FURTHER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rule_pages/further");

/// A finding as a page marks it: code, path, line (none for a whole file).
type Mark = (String, String, Option<u32>);

/// One test for each family, so that they run side by side.
macro_rules! families {
    ($($test:ident: $family:literal,)*) => {
        $(
            #[test]
            fn $test() {
                examples_are_reported_as_their_pages_say($family);
            }
        )*

        #[test]
        fn every_family_has_its_test() {
            assert_eq!(BTreeSet::from([$($family),*]), rules::families().into_iter().collect());
        }
    };
}

families! {
    analysis: "analysis",
    atomicity: "atomicity",
    config_files: "config-files",
    data_loss: "data-loss",
    data_migration: "data-migration",
    existing_data: "existing-data",
    graph: "graph",
    history: "history",
    limits: "limits",
    locking: "locking",
    names: "names",
    naming: "naming",
    pins: "pins",
    raw_sql: "raw-sql",
    reversibility: "reversibility",
    rolling_deploy: "rolling-deploy",
    servers: "servers",
    settings: "settings",
    sql: "sql",
    suppression: "suppression",
    urls: "urls",
}

fn examples_are_reported_as_their_pages_say(family: &str) {
    let mut failures = Vec::new();
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for rule in rules::ALL.iter().filter(|rule| rule.id.family == family) {
        let page = rule.read_page().unwrap();
        let verdicts: Vec<Verdict> = page.examples.iter().map(|example| example.verdict).collect();
        for wanted in [Verdict::Bad, Verdict::Good] {
            if !verdicts.contains(&wanted) {
                failures.push(format!("{}: no example is {wanted:?}", rule.id.code));
            }
        }
        for example in page.examples.iter().chain(&further(rule)) {
            match run(rule.id.code, example) {
                Ok(found) if found.is_empty() => {}
                Ok(found) => {
                    let text = texts.entry(rule.id.code).or_insert_with(|| format!("# {}\n", rule.id.name));
                    text.push('\n');
                    text.push_str(&said::said(&example.name, &found));
                }
                Err(why) => failures.push(format!("{} example {}: {why}", rule.id.code, example.name)),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    for (code, text) in texts {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(code, text);
        });
    }
}

/// Examples that would be too many for the reader of a page, written as on a page: `tests/rule_pages/further/CODE.md`.
fn further(rule: &Rule) -> Vec<Example> {
    let path = Path::new(FURTHER).join(format!("{}.md", rule.id.code));
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let front = rule.page.split("+++").nth(1).unwrap();
    let page = Page::parse(&format!("+++{front}+++\n\n{text}")).unwrap();
    assert!(!page.examples.is_empty(), "{} has no example", rule.id.code);
    page.examples
}

#[test]
fn further_examples_are_of_a_rule() {
    for file in std::fs::read_dir(FURTHER).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name.strip_suffix(".md").and_then(rules::find).is_some(), "{name}");
    }
}

/// Holds the rule called `code` to the marks of an example; gives what it said there.
fn run(code: &str, example: &Example) -> Result<Vec<Finding>, String> {
    let folder = tempfile::tempdir().unwrap();
    // The folder's name is that of the project in what is said.
    let root = &folder.path().join("site");
    std::fs::create_dir(root).unwrap();
    let has_base = example.files.iter().any(|file| file.base);
    if has_base {
        write(root, example, |file| file.base);
        git(root, &["init", "--quiet", "--initial-branch=main"]);
        git(root, &["add", "--all", "--force"]);
        git(root, &["commit", "--quiet", "--message=base"]);
        for file in example.files.iter().filter(|file| file.base) {
            std::fs::remove_file(root.join(&file.path)).unwrap();
        }
    }
    write(root, example, |file| !file.base);
    let expected: BTreeSet<Mark> = example.files.iter().flat_map(marks).collect();
    // Other rules may have their say on an example; only those that it marks are held to be complete.
    let codes: BTreeSet<&str> = expected.iter().map(|mark| mark.0.as_str()).chain([code]).collect();
    let accepted = root.join(baseline::FILE_NAME);
    let mut request = Request {
        paths: vec![root.to_owned()],
        configuration: ConfigurationSource::Found,
        select: Vec::new(),
        ignore: Vec::new(),
        fail_on: None,
        lang: Some(Lang::En),
        locale: Lang::En,
        field_library: None,
        baseline: if accepted.exists() { BaselineSource::File(accepted) } else { BaselineSource::Configured },
        scope: Scope::All,
        diff_base: has_base.then(|| "HEAD".to_owned()),
        change: ChangeOptions {
            configuration_at: has_base.then(|| "HEAD".to_owned()),
            ..ChangeOptions::default()
        },
        target: None,
        environment: None,
        index: false,
        today: "2026-11-20".parse().unwrap(),
        also: bklog_lint::project::Parts::NONE,
        overlay: Default::default(),
    };
    let good = example.verdict == Verdict::Good;
    if good && !expected.is_empty() || !good && !expected.iter().any(|mark| mark.0 == code) {
        return Err(format!("a {:?} example with the marks {expected:?}", example.verdict));
    }
    let found = judge(&request, &codes, &expected)?;
    // Alone, with nothing read but what these rules ask for. Suppressions are judged by what all rules say.
    if codes.iter().all(|code| !code.starts_with("SUP")) {
        request.select = codes.iter().map(|code| (*code).to_owned()).collect();
        judge(&request, &codes, &expected).map_err(|why| format!("selected alone: {why}"))?;
    }
    Ok(found.into_iter().filter(|finding| finding.rule.code == code).collect())
}

/// Compares what the rules with these codes say with what is expected of them; gives all that was found.
fn judge(
    request: &Request,
    codes: &BTreeSet<&str>,
    expected: &BTreeSet<Mark>,
) -> Result<Vec<Finding>, String> {
    let run = analysis::check(request).map_err(|error| error.to_string())?;
    let found: BTreeSet<Mark> = run
        .report
        .findings
        .iter()
        .filter(|finding| codes.contains(finding.rule.code))
        .map(|finding| {
            let line = (!finding.place.is_whole_file()).then_some(finding.place.start.line);
            (finding.rule.code.to_owned(), finding.place.path.to_string(), line)
        })
        .collect();
    if found == *expected {
        return Ok(run.report.findings);
    }
    Err(format!(
        "\n  missing: {:?}\n  too much: {:?}",
        expected.difference(&found).collect::<Vec<_>>(),
        found.difference(expected).collect::<Vec<_>>()
    ))
}

fn marks(file: &ExampleFile) -> Vec<Mark> {
    file.expected.iter().map(|(code, line)| (code.clone(), file.path.clone(), *line)).collect()
}

/// Writes the files of an example that `which` takes, and, unless it is bare, what makes them a project.
fn write(root: &Path, example: &Example, which: impl Fn(&ExampleFile) -> bool) {
    let put = |path: &Path, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    if !example.bare {
        put(&root.join("manage.py"), b"from django.core.management import execute_from_command_line\n");
    }
    for file in example.files.iter().filter(|file| which(file)) {
        let path = root.join(&file.path);
        let package = path.parent().unwrap();
        if !example.bare && package.ends_with("migrations") && !package.join("__init__.py").exists() {
            put(&package.join("__init__.py"), b"");
        }
        if file.unreadable {
            std::fs::create_dir_all(package).unwrap();
            // Refused for every user, root included, which reads files of any mode.
            std::os::unix::net::UnixListener::bind(&path).unwrap();
            continue;
        }
        match &file.encoding {
            None => put(&path, file.text.as_bytes()),
            Some(name) => {
                let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
                put(&path, &encoding.encode(&file.text).0);
            }
        }
    }
}

fn git(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(root)
        .args(["-c", "user.name=Test", "-c", "user.email=test@example.com"])
        .args(arguments);
    let output = command.output().expect("git starts");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
