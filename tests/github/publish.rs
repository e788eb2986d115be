//! The whole of `github publish`: what goes where, and what is said when GitHub refuses.

use std::path::Path;

use bklog_lint::findings::Lang;
use bklog_lint::github::event::{Event, Kind};
use bklog_lint::github::publish::{Asked, publish};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::server::{HEAD, Server, says};

/// The files that `check` wrote.
fn files(folder: &Path) -> Asked {
    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let report = json!({
        "schema_version": 1,
        "summary": {"by_severity": {"error": 1, "warning": 2, "info": 0}, "by_rule": {}, "not_analysed": [],
            "hidden": {"baseline": {"total": 3}}},
        "findings": [{"rule": "GRA001", "name": "missing-dependency", "severity": "error", "message": "m", "help": null,
            "path": "a.py", "start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 2},
            "fingerprint": "f", "suppressed": null}],
    });
    Asked {
        report: put("report.json", &report.to_string()),
        in_repository: String::new(),
        exit_code: 1,
        annotations: put("annotations", "::error file=a.py,line=1::m\n"),
        summary: put("summary.md", "## the long one\n"),
        comment: put("comment.md", "## the short one\n"),
        keep_comment: true,
        check_run: Some("bklog-lint".to_owned()),
        sarif: put("report.sarif", "{}"),
        category: "bklog-lint".to_owned(),
        lang: Lang::En,
    }
}

struct Published {
    out: String,
    summary: String,
    outputs: String,
}

fn run(server: &Server, asked: &Asked, folder: &Path) -> Published {
    let mut environment = server.environment("");
    environment.step_summary = Some(folder.join("step-summary"));
    environment.output = Some(folder.join("outputs"));
    let event = Event {
        kind: Kind::PullRequest { number: 7, base: "a".repeat(40), head: HEAD.to_owned(), from_fork: true },
        default_branch: None,
    };
    let api = server.api(&environment);
    let mut out = Vec::new();
    publish(asked, &environment, Some(&event), Ok(&api), &mut out).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    Published {
        out: String::from_utf8(out).unwrap(),
        summary: read("step-summary"),
        outputs: read("outputs"),
    }
}

fn generous() -> Server {
    Server::new("", |line, _, _| match line.split(' ').next() {
        Some("GET") if line.contains("/sarifs/") => {
            ResponseTemplate::new(200).set_body_json(json!({"processing_status": "complete"}))
        }
        Some("GET") => ResponseTemplate::new(200).set_body_json(json!([])),
        _ => ResponseTemplate::new(201)
            .set_body_json(json!({"id": if line.contains("sarifs") { json!("s") } else { json!(5) }})),
    })
}

#[test]
fn everything_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let server = generous();
    let told = run(&server, &files(folder.path()), folder.path());
    assert_eq!(
        told.out,
        "bklog-lint: check run with 1 annotations\nbklog-lint: comment created\nbklog-lint: SARIF uploaded\n"
    );
    assert_eq!(told.summary, "## the long one\n\n");
    assert_eq!(told.outputs, "verdict=failed\nerrors=1\nwarnings=2\ninfos=0\n");
    let run = &server.seen()[0].body;
    assert_eq!(run["head_sha"], HEAD, "on the tip of the branch, not on the merge that is tested");
    assert_eq!(run["conclusion"], "failure");
    assert_eq!(run["output"]["title"], "1 error, 2 warnings, 0 info; 3 accepted, 0 not analysed");
    assert_eq!(run["output"]["summary"], "## the short one\n");
}

#[test]
fn a_token_that_may_only_read_degrades_and_fails_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new("", |line, _, _| match line.split(' ').next() {
        Some("GET") => ResponseTemplate::new(200).set_body_json(json!([])),
        _ => says(403, "Resource not accessible by integration"),
    });
    let told = run(&server, &files(folder.path()), folder.path());
    let mut lines = told.out.lines();
    assert_eq!(lines.next(), Some("::error file=a.py,line=1::m"), "annotations take the check run's place");
    let notices: Vec<&str> = lines.collect();
    assert_eq!(notices.len(), 3);
    assert!(notices[0].starts_with("::notice title=bklog-lint::the check run was not accepted by GitHub (403: Resource not accessible by integration; the token may only read"), "{}", told.out);
    assert!(told.summary.starts_with("## the long one\n"));
    assert!(told.summary.contains("\n- the comment was not accepted"), "{}", told.summary);
    assert_eq!(told.outputs, "verdict=failed\nerrors=1\nwarnings=2\ninfos=0\n");
}

#[test]
fn code_scanning_that_is_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new("", |_, _, _| says(404, "no code scanning here\n::error::x"));
    let asked = Asked { check_run: None, keep_comment: false, ..files(folder.path()) };
    let told = run(&server, &asked, folder.path());
    assert_eq!(told.out.lines().count(), 2);
    assert!(told.out.contains("no code scanning here␊::error::x; it is switched off here"), "{}", told.out);
}

#[test]
fn a_run_without_a_report_is_no_green_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = generous();
    let mut asked = files(folder.path());
    for file in [&asked.report, &asked.comment, &asked.summary, &asked.annotations, &asked.sarif]
        .into_iter()
        .flatten()
    {
        std::fs::remove_file(file).unwrap();
    }
    asked.exit_code = 3;
    let told = run(&server, &asked, folder.path());
    let run = &server.seen()[0].body;
    assert_eq!(
        (&run["conclusion"], &run["output"]["title"]),
        (&json!("failure"), &json!("The check could not be done"))
    );
    assert_eq!(told.outputs, "verdict=error\nerrors=\nwarnings=\ninfos=\n");
    assert!(told.summary.starts_with("The check could not be done\n"), "{}", told.summary);
    assert!(told.out.contains("::notice title=bklog-lint::"), "{}", told.out);
}

#[test]
fn the_summary_stays_below_what_github_takes() {
    let folder = tempfile::tempdir().unwrap();
    let server = generous();
    let asked = files(folder.path());
    // Another tool wrote to it before.
    std::fs::write(folder.path().join("step-summary"), "x".repeat(1024 * 1024 - 100)).unwrap();
    std::fs::write(asked.summary.as_ref().unwrap(), "y".repeat(200)).unwrap();
    let told = run(&server, &asked, folder.path());
    assert!(told.summary.len() <= 1024 * 1024);
    assert!(told.summary.ends_with("## the short one\n\n"));
}
