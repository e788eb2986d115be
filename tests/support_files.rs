//! SQL and configuration files, from the folder to the findings.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;

use bklog_lint::analysis::{self, BaselineSource, ChangeOptions, ConfigurationSource, Request, Run};
use bklog_lint::findings::Lang;
use bklog_lint::triage::Scope;

fn check(root: &Path) -> Run {
    let request = Request {
        paths: vec![root.to_owned()],
        configuration: ConfigurationSource::Defaults,
        select: ["sql", "config-files", "analysis", "suppression"].map(str::to_owned).to_vec(),
        ignore: Vec::new(),
        fail_on: None,
        lang: Some(Lang::En),
        locale: Lang::En,
        field_library: None,
        baseline: BaselineSource::None,
        scope: Scope::All,
        diff_base: None,
        change: ChangeOptions::default(),
        target: None,
        environment: None,
        index: false,
        today: "2026-11-20".parse().unwrap(),
        also: bklog_lint::project::Parts::NONE,
        overlay: Default::default(),
    };
    analysis::check(&request).unwrap()
}

/// `SQL002 a.sql:3` of every finding.
fn found(run: &Run) -> Vec<String> {
    let findings = run.report.findings.iter();
    findings
        .map(|finding| format!("{} {}:{}", finding.rule.code, finding.place.path, finding.place.start.line))
        .collect()
}

fn in_folder(files: &[(&str, &[u8])]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    check(folder.path())
}

#[test]
fn nothing_of_sound_files_is_reported() {
    let run = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs"));
    assert_eq!(found(&run), ["SQL013 support-files/sql/0001_logs_20230105-0000_mysql.sql:2"]);
    let files = &run.report.summary.files;
    for (kind, count) in [
        ("sql", 2),
        ("environment_file", 2),
        ("app_description", 1),
        ("package_description", 1),
        ("iam_model", 2),
        ("template", 2),
    ] {
        assert_eq!(files.get(kind), Some(&count), "{kind}");
    }
}

#[test]
fn comments_empty_files_and_other_dialects_are_quiet() {
    let run = in_folder(&[
        ("sql/empty.sql", b""),
        ("sql/only.sql", b"-- only\n/* comments */\n;\n"),
        ("sql/pg.sql", b"CREATE TABLE t (id SERIAL PRIMARY KEY, j JSONB DEFAULT '{}'::jsonb) ENGINE=MyISAM;\nDROP TABLE t\n"),
    ]);
    assert_eq!(found(&run), [""; 0]);
    let notices: Vec<&str> = run.report.summary.notices.iter().map(|notice| notice.en.as_str()).collect();
    assert_eq!(notices, ["sql/pg.sql: SQL of PostgreSQL, not of MySQL; it was not checked"]);
}

#[test]
fn a_directive_in_a_comment_hides_a_finding() {
    let run = in_folder(&[(
        "a.sql",
        b"SET NAMES utf8; -- bklog-lint: ignore[sql-utf8mb3] the old client\n# bklog-lint: ignore[SQL002] as above\nSET NAMES utf8;\n/* bklog-lint: ignore[SQL003] nothing */\n-- bklog-lint: ignore[SQL003] nothing\nSET NAMES utf8;\n",
    )]);
    assert_eq!(found(&run), ["SUP001 a.sql:5", "SQL002 a.sql:6"]);
    assert_eq!(run.report.hidden.len(), 2);
}

#[test]
fn bytes_that_are_no_text_are_told() {
    let run = in_folder(&[
        ("a.sql", b"-- \xb6\xa9\xb5\xa5\nDROP TABLE IF EXISTS t;\n"),
        ("prod.env.yml", b"a: \xb6\n"),
        ("support-files/templates/logo.bin", b"\x00\x01"),
    ]);
    assert_eq!(
        found(&run),
        ["ANA004 a.sql:1", "ANA004 prod.env.yml:1", "ANA004 support-files/templates/logo.bin:1"]
    );
    let first = &run.report.findings[0];
    assert!(first.message.en.contains("UTF-8"), "{}", first.message.en);
}

#[test]
fn a_long_insert_is_no_burden() {
    let rows: Vec<String> = (0..100_000).map(|at| format!("({at},'{}')", "x".repeat(40))).collect();
    let text = format!("INSERT INTO t VALUES {};\nDROP TABLE t;\n", rows.join(","));
    let begun = std::time::Instant::now();
    let run = in_folder(&[("a.sql", text.as_bytes())]);
    assert_eq!(found(&run), ["SQL010 a.sql:2", "SQL011 a.sql:2"]);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
