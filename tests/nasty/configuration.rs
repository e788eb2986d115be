//! Configuration files that cannot be used say where and why, and the run is not made.

use bklog_lint::analysis::AnalysisError;
use bklog_lint::findings::Lang;

use crate::tree::{ANSWER, Tree, one_wrong_name, within};

fn tree() -> Tree {
    Tree::new().module("0001_initial", one_wrong_name())
}

/// The error in English; that there is one in Chinese, and that it is one that the user can mend, goes for all.
#[track_caller]
fn refused(tree: &Tree) -> String {
    match tree.try_check() {
        Ok(_) => panic!("it was taken"),
        Err(error) => {
            assert!(matches!(error, AnalysisError::Config(_)) && error.is_usage(), "{error:?}");
            assert!(!error.text(Lang::Zh).is_ascii(), "{}", error.text(Lang::Zh));
            error.text(Lang::En)
        }
    }
}

#[test]
fn c01_not_toml() {
    for text in [
        "select = [",
        "select",
        "= 1",
        "[ignore",
        "a = 1\na = 2",
        "x = \"\\q\"",
        "\0",
        "select = ['GRA'\n[x]\n",
    ] {
        let said = refused(&tree().file("bklog-lint.toml", text));
        assert!(said.contains("bklog-lint.toml:"), "{text:?}: {said}");
    }
}

#[test]
fn c02_not_utf8() {
    let said = refused(&tree().file("bklog-lint.toml", b"# \xb4\xb4\nfail-on = \"error\"\n"));
    assert!(said.contains("bklog-lint.toml:1:3: not valid UTF-8"), "{said}");
}

#[test]
fn c03_ten_thousand_deep() {
    for text in [
        format!("x = {}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("x = {}1{}", "{a=".repeat(10_000), "}".repeat(10_000)),
        format!("{}x = 1", "a.".repeat(10_000)),
        format!("[{}x]\n", "a.".repeat(10_000)),
    ] {
        let said = within(60, || refused(&tree().file("bklog-lint.toml", &text)));
        assert!(said.len() < 5_000, "{} bytes", said.len());
    }
}

#[test]
fn c04_keys_and_values_of_every_wrong_kind() {
    for (text, part) in [
        ("selekt = []", "did you mean `select`?"),
        ("select = \"GRA\"", "select"),
        ("select = [1]", "select"),
        ("select = [\"GRA0O1\"]", "did you mean `GRA001`?"),
        ("fail-on = true", "fail-on"),
        ("lang = \"de\"", "lang"),
        ("exclude = [\"[\"]", "exclude"),
        ("severity = []", "severity"),
        ("[severity]\nGRA001 = \"fatal\"", "severity.GRA001"),
        ("[[ignore]]\npath = \"x\"", "reason"),
        ("[[ignore]]\npath = \"x\"\nreason = \"y\"\nuntil = 2026-02-30", ""),
        ("[ignore]\npath = \"x\"", "ignore"),
        ("[[project]]\n", "root"),
        ("[database]\nserver = 8", "database.server"),
    ] {
        let said = refused(&tree().file("bklog-lint.toml", text));
        assert!(said.contains(part), "{text:?}: {said}");
    }
}

#[test]
fn c05_all_faults_at_once() {
    let said = refused(&tree().file("bklog-lint.toml", "selekt = []\nlang = \"de\"\nfail-on = 3\n"));
    assert_eq!(said.lines().count(), 3, "{said}");
}

#[test]
fn c06_a_folder_in_the_place_of_the_file() {
    let tree = tree();
    std::fs::create_dir(tree.path("bklog-lint.toml")).unwrap();
    tree.check().is(&[ANSWER]);
}

#[test]
fn c07_a_mark_and_line_ends_of_windows() {
    let text = "\u{feff}[severity]\r\nfield-name = \"info\"\r\n";
    let said = tree().file("bklog-lint.toml", text).check();
    said.is(&[ANSWER]);
    assert!(!said.fails());
}

#[test]
fn c08_a_pyproject_that_is_not_ours_is_left_alone() {
    for text in ["not toml at all [", "[tool.black]\nline-length = 100\n", "\u{feff}[project]\n", ""] {
        tree().file("pyproject.toml", text).check().is(&[ANSWER]);
    }
    tree().file("pyproject.toml", b"# \xb4\xb4\n").check().is(&[ANSWER]);
    let said = refused(&tree().file("pyproject.toml", "[tool.bklog-lint]\nselekt = []\n"));
    assert!(said.contains("pyproject.toml:2:1"), "{said}");
}

#[test]
fn c09_what_it_names_is_not_there() {
    let library = tree().file("bklog-lint.toml", "field-library = \"lost.csv\"\n").try_check();
    assert!(library.is_err_and(|error| error.text(Lang::En).contains("lost.csv")));
    let baseline = tree().file("bklog-lint.toml", "baseline = \"lost.json\"\n").try_check();
    assert!(baseline.is_err_and(|error| error.text(Lang::En).contains("lost.json")));
}

#[test]
fn c10_a_pattern_that_takes_long() {
    let pattern = "**/".repeat(40) + &"*a".repeat(40);
    let text = format!("[[ignore]]\npath = \"{pattern}\"\nreason = \"x\"\n");
    let said = within(60, || tree().file("bklog-lint.toml", &text).check());
    assert_eq!(said.names(), ["ctime"], "{}", said.text());
}

#[test]
fn c11_a_baseline_that_is_none() {
    for text in [
        "",
        "{",
        "[]",
        "{\"schema_version\": 99, \"findings\": []}",
        "{\"schema_version\": 1, \"findings\": 1}",
    ] {
        let tree = tree().file("bklog-lint.toml", "baseline = \"b.json\"\n").file("b.json", text);
        assert!(tree.try_check().is_err_and(|error| error.text(Lang::En).contains("b.json")), "{text}");
    }
    let deep = "[".repeat(10_000);
    let tree = tree().file("bklog-lint.toml", "baseline = \"b.json\"\n").file("b.json", deep);
    assert!(tree.try_check().is_err());
}
