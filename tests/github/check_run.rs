//! Check runs: batches, and requests that were lost on their way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bklog_lint::github::ApiError;
use bklog_lint::github::check_run::{CheckRun, Created, annotations, create};
use bklog_lint::report::read::ReadReport;
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::server::{HEAD, Server, says};

/// Check runs as GitHub keeps them: annotations of later requests are added to the earlier ones.
#[derive(Default)]
struct Kept {
    runs: BTreeMap<u64, Json>,
    annotations: Vec<String>,
}

/// What the server does with a request before it answers, by the number of the request that writes.
#[derive(Clone, Copy, PartialEq)]
enum Mishap {
    None,
    /// It takes the request and fails to say so.
    Deaf(usize),
    /// It fails before it takes the request.
    Fails(usize),
}

fn keeper(mishap: Mishap) -> (Server, Arc<Mutex<Kept>>) {
    let kept: Arc<Mutex<Kept>> = Arc::default();
    let state = kept.clone();
    let writes = Mutex::new(0);
    let server = Server::new("", move |line, body, _| {
        let mut kept = state.lock().unwrap();
        let (method, path) = line.split_once(' ').unwrap();
        if method == "GET" {
            return match path.strip_prefix("/repos/o/r/check-runs/") {
                Some(_) => ResponseTemplate::new(200)
                    .set_body_json(json!({"output": {"annotations_count": kept.annotations.len()}})),
                None => ResponseTemplate::new(200)
                    .set_body_json(json!({"check_runs": kept.runs.values().collect::<Vec<_>>()})),
            };
        }
        let mut writes = writes.lock().unwrap();
        *writes += 1;
        if mishap == Mishap::Fails(*writes) {
            return says(502, "");
        }
        let batch = body["output"]["annotations"].as_array().unwrap();
        assert!(batch.len() <= 50, "GitHub refuses more");
        kept.annotations.extend(batch.iter().map(|one| one["message"].as_str().unwrap().to_owned()));
        let run =
            json!({"id": 5, "external_id": body["external_id"], "html_url": "https://example.com/run/5"});
        if method == "POST" {
            kept.runs.insert(5, run.clone());
        }
        if mishap == Mishap::Deaf(*writes) {
            return says(500, "");
        }
        ResponseTemplate::new(if method == "POST" { 201 } else { 200 }).set_body_json(run)
    });
    (server, kept)
}

fn numbered(n: usize) -> Vec<Json> {
    (0..n).map(|n| json!({"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": n.to_string()})).collect()
}

fn send(server: &Server, n: usize) -> Result<Created, ApiError> {
    let run = CheckRun {
        name: "bklog-lint",
        head: HEAD,
        conclusion: "failure",
        title: "2 errors",
        summary: "## bklog-lint",
        annotations: numbered(n),
    };
    let environment = server.environment("");
    create(&server.api(&environment), &environment, &run)
}

fn expected(n: usize) -> Vec<String> {
    (0..n).map(|n| n.to_string()).collect()
}

#[test]
fn a_hundred_and_twenty_annotations_go_in_three_batches() {
    let (server, kept) = keeper(Mishap::None);
    let created = send(&server, 120).unwrap();
    assert_eq!(created, Created { annotations: 120, url: "https://example.com/run/5".to_owned() });
    assert_eq!(
        server.lines(),
        ["POST /repos/o/r/check-runs", "PATCH /repos/o/r/check-runs/5", "PATCH /repos/o/r/check-runs/5"]
    );
    assert_eq!(kept.lock().unwrap().annotations, expected(120));
    let bodies: Vec<Json> = server.seen().into_iter().map(|seen| seen.body).collect();
    let sizes: Vec<usize> =
        bodies.iter().map(|body| body["output"]["annotations"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    let states: Vec<_> =
        bodies.iter().map(|body| (body["status"].as_str().unwrap(), body["conclusion"].as_str())).collect();
    assert_eq!(states, [("in_progress", None), ("in_progress", None), ("completed", Some("failure"))]);
    assert_eq!(bodies[0]["head_sha"], HEAD);
    assert_eq!(bodies[0]["name"], "bklog-lint");
    assert_eq!(bodies[0]["external_id"], "bklog-lint-42-1");
}

#[test]
fn few_annotations_take_one_request() {
    for n in [0, 50] {
        let (server, kept) = keeper(Mishap::None);
        send(&server, n).unwrap();
        assert_eq!(server.lines(), ["POST /repos/o/r/check-runs"]);
        assert_eq!(server.seen()[0].body["status"], "completed");
        assert_eq!(kept.lock().unwrap().annotations.len(), n);
    }
}

#[test]
fn no_annotation_is_lost_or_doubled_whatever_becomes_of_a_request() {
    for at in 1..=3 {
        for mishap in [Mishap::Deaf(at), Mishap::Fails(at)] {
            let (server, kept) = keeper(mishap);
            let created = send(&server, 120).unwrap();
            assert_eq!(created.annotations, 120);
            let kept = kept.lock().unwrap();
            assert_eq!(kept.annotations, expected(120));
            assert_eq!(kept.runs.len(), 1);
        }
    }
}

#[test]
fn refusals_are_handed_on() {
    for status in [403, 404, 422] {
        let server = Server::new("", move |_, _, _| says(status, "no"));
        let error = send(&server, 120).unwrap_err();
        assert_eq!(error, ApiError::Refused { status, message: "no".to_owned() });
        assert_eq!(server.lines().len(), 1);
    }
}

#[test]
fn annotations_are_the_findings_worst_first() {
    let finding = |rule: &str, severity: &str, line: u32, end: (u32, u32)| {
        json!({"rule": rule, "name": "x", "severity": severity, "message": "a\n::error::b \u{1b}[31m", "help": "##[group] do",
            "path": "shop/m.py", "start": {"line": line, "column": 3}, "end": {"line": end.0, "column": end.1},
            "fingerprint": "f", "suppressed": null})
    };
    let mut hidden = finding("GRA002", "error", 9, (9, 9));
    hidden["suppressed"] = json!({"by": "inline"});
    let mut report = ReadReport::from_json(json!({
        "schema_version": 1,
        "summary": {"by_severity": {}, "by_rule": {}, "not_analysed": [], "hidden": {}},
        "findings": [finding("NAM001", "info", 1, (1, 9)), finding("GRA001", "error", 4, (6, 1)), hidden],
    }))
    .unwrap();
    report.in_repository = "src/api".to_owned();
    let annotations = annotations(&report);
    assert_eq!(annotations.len(), 2, "what was accepted is not annotated");
    assert_eq!(
        annotations[0],
        json!({"path": "src/api/shop/m.py", "start_line": 4, "end_line": 6, "annotation_level": "failure",
            "title": "GRA001 x", "message": "a␊::error::b ␛[31m\n# #[group] do"})
    );
    assert_eq!(annotations[1]["annotation_level"], "notice");
    assert_eq!((&annotations[1]["start_column"], &annotations[1]["end_column"]), (&json!(3), &json!(8)));
}
