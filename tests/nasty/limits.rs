//! What is larger, deeper or more than anything that people write: each limit is met with a message, never in silence.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use bklog_lint::analysis;
use bklog_lint::findings::Lang;

use crate::tree::{ANSWER, Tree, one_wrong_name, request, within};

fn tree() -> Tree {
    Tree::new().module("0001_initial", one_wrong_name())
}

/// The findings of these families, `RULE message`.
fn said(tree: &Tree, families: &[&str]) -> Vec<String> {
    let mut request = request(&tree.path(""));
    request.select = families.iter().map(|family| (*family).to_owned()).collect();
    let run = analysis::check(&request).unwrap_or_else(|error| panic!("{}", error.text(Lang::En)));
    run.report
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.rule.code, finding.message.en))
        .collect()
}

#[test]
fn z01_a_gigabyte_of_each_kind() {
    let tree = tree();
    let paths = [
        "box/migrations/0002_large.py",
        "settings.py",
        "box/sql/0001.sql",
        "app_desc.yml",
        "requirements.txt",
        "uv.lock",
        "poetry.lock",
        "Pipfile.lock",
        "setup.cfg",
    ];
    for path in paths {
        fs::create_dir_all(tree.path(path).parent().unwrap()).unwrap();
        // Sparse: it takes no room.
        File::create(tree.path(path)).unwrap().set_len(1 << 30).unwrap();
    }
    // Files of a kind are opened when a rule wants them, so all rules run.
    let said = within(30, || said(&tree, &[]));
    let told = said.iter().filter(|line| line.starts_with("ANA003") && line.contains("67108864")).count();
    assert_eq!(told, paths.len(), "{said:#?}");
}

#[test]
fn z02_a_library_and_a_configuration_of_a_gigabyte_end_the_run() {
    for (configuration, large) in
        [("field-library = \"large.csv\"\n", "large.csv"), ("baseline = \"large.json\"\n", "large.json")]
    {
        let tree = tree().file("bklog-lint.toml", configuration);
        File::create(tree.path(large)).unwrap().set_len(1 << 30).unwrap();
        let error = tree.try_check().err().map(|error| error.text(Lang::En)).unwrap_or_default();
        assert!(error.contains(large) && error.contains("268435456"), "{error}");
    }
    // Whether `pyproject.toml` holds the configuration is known only when it is read.
    for name in ["bklog-lint.toml", "pyproject.toml"] {
        let tree = tree();
        File::create(tree.path(name)).unwrap().set_len(1 << 30).unwrap();
        assert!(tree.try_check().is_err_and(|error| error.text(Lang::En).contains("268435456")));
    }
}

#[test]
fn z03_markers_that_nest_and_lines_without_end() {
    let nested = format!("a==1; {}python_version>'3'{}\n", "(".repeat(20_000), ")".repeat(20_000));
    let fits = format!("b==1; {}python_version>'3'{}\n", "(".repeat(40), ")".repeat(40));
    let long = format!("c=={}1\n", "1.".repeat(100_000));
    let tree = tree().file("requirements.txt", [nested, fits, long].concat());
    let said = within(30, || said(&tree, &["PIN001"]));
    assert_eq!(
        said,
        [
            "PIN001 not a requirement: parentheses nested more than 50 deep",
            "PIN001 not a requirement: longer than 65536 bytes",
        ]
    );
}

#[test]
fn z04_one_package_ten_thousand_times() {
    let tree = tree().file("requirements.txt", "a==1\n".repeat(10_000));
    let said = within(60, || said(&tree, &["PIN"]));
    let limits = said.iter().filter(|line| line.contains("100 of one package; the rest is left out"));
    assert_eq!(limits.count(), 1, "{said:#?}");
}

#[test]
fn z05_nesting_of_every_kind() {
    let deep = 20_000;
    let mut tree = tree();
    for (number, value) in [
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("{}1", "-".repeat(deep)),
        vec!["1"; deep].join(" + "),
        format!("x{}", ".f(1)".repeat(deep)),
        format!("{}1", "lambda: ".repeat(deep)),
        format!("{}1", "1 if x else ".repeat(deep)),
    ]
    .iter()
    .enumerate()
    {
        tree = tree.file(&format!("crate/m{number}.py"), format!("X = {value}\n"));
        tree = tree.module(&format!("0002_{number}"), format!("X = {value}\n"));
    }
    let tree = tree
        .file("settings.py", format!("DATABASES = {}1\n", "-".repeat(deep)))
        .file("app_desc.yml", "- ".repeat(deep))
        .file("support-files/iam/a.json", "[".repeat(deep))
        .file("pyproject.toml", format!("a = {}{}\n", "[".repeat(deep), "]".repeat(deep)))
        .file("uv.lock", format!("a = {}1{}\n", "{a = ".repeat(deep), "}".repeat(deep)))
        .file("box/sql/0001.sql", format!("SELECT {}1{};\n", "(".repeat(deep), ")".repeat(deep)));
    within(120, || {
        let mut request = request(&tree.path(""));
        request.select = Vec::new();
        analysis::check(&request).map(|run| assert!(!run.report.findings.is_empty())).unwrap();
    });
}

#[test]
fn z06_folders_as_deep_as_a_path_may_be() {
    let tree = tree();
    let mut folder = tree.path("");
    // 4,096 bytes is the most that Linux takes in one call.
    while folder.as_os_str().len() < 4_000 {
        folder.push("d");
    }
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.py"), "x = 1\n").unwrap();
    symlink(tree.path("d/d"), folder.join("l")).unwrap();
    within(60, || {
        tree.check().is(&[ANSWER]);
    });
}

#[test]
fn z07_links_to_what_never_ends() {
    let tree = tree();
    for path in ["requirements.txt", "app_desc.yml", "box/migrations/0002_zero.py"] {
        symlink("/dev/zero", tree.path(path)).unwrap();
    }
    let run = within(30, || tree.check());
    assert_eq!(run.not_analysed().len(), 3, "{}", run.text());
}
