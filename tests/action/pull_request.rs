//! What the action makes of events, checkouts and tokens.

use std::path::Path;

use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::checkout::{Depth, Origin, cut_off, git};
use crate::runner::{Done, Job};
use crate::server::{Server, says};

/// A GitHub that grants everything, and knows the pull request of `origin`.
fn generous(origin: &Origin) -> Server {
    let (left, base, head) = (origin.left.clone(), origin.base.clone(), origin.head.clone());
    Server::new("", move |line, _, _| {
        let (method, path) = line.split_once(' ').unwrap();
        let compared = [&base, "main"].map(|base| format!("/repos/o/r/compare/{base}...{head}"));
        if compared.iter().any(|compared| path.starts_with(compared)) {
            let patch = |text: &str| {
                format!("@@ -0,0 +1,{} @@\n{}", text.lines().count(), "+x\n".repeat(7).trim_end())
            };
            return ResponseTemplate::new(200).set_body_json(json!({
                "merge_base_commit": {"sha": left},
                "files": [{"filename": "shop/migrations/0002_box_note.py", "status": "added", "changes": 7, "patch": patch("")}],
            }));
        }
        match method {
            "GET" => ResponseTemplate::new(200).set_body_json(json!([])),
            _ => ResponseTemplate::new(201).set_body_json(json!({"id": 5})),
        }
    })
}

/// A GitHub that lets this token only read.
fn reading(origin: &Origin) -> Server {
    let base = origin.base.clone();
    Server::new("", move |line, _, _| match line.split_once(' ').unwrap() {
        ("GET", path) if !path.contains(&base) => ResponseTemplate::new(200).set_body_json(json!([])),
        _ => says(403, "Resource not accessible by integration"),
    })
}

fn job(checkout: &Path, server: &Server, name: &str, git_ref: &str, sha: &str, event: &Json) -> Job {
    let mut job = Job::new(checkout);
    let path = job.temp().join("event.json");
    std::fs::write(&path, event.to_string()).unwrap();
    job.environment.extend([
        ("GITHUB_API_URL", server.url()),
        ("GITHUB_SERVER_URL", server.url()),
        ("GITHUB_REPOSITORY", "o/r".to_owned()),
        ("GITHUB_EVENT_NAME", name.to_owned()),
        ("GITHUB_EVENT_PATH", path.display().to_string()),
        ("GITHUB_SHA", sha.to_owned()),
        ("GITHUB_REF", git_ref.to_owned()),
        ("GITHUB_RUN_ID", "42".to_owned()),
        ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
    ]);
    job
}

fn on_pull_request(origin: &Origin, checkout: &Path, server: &Server, from: &str) -> Job {
    job(checkout, server, "pull_request", "refs/pull/7/merge", &origin.merge, &origin.pull_request(from))
}

/// The change brought a migration that depends on one that is gone, and nothing else.
#[track_caller]
fn only_the_change(done: &Done) {
    assert_eq!(done.rules(), ["GRA001"], "{done:?}");
    assert!(!done.passed && done.code == 1, "{done:?}");
    assert_eq!(done.outputs["verdict"], "failed");
    assert_eq!((&*done.outputs["errors"], &*done.outputs["warnings"]), ("1", "0"));
    let hidden = &done.report()["summary"]["hidden"]["not_changed"];
    assert_eq!(hidden["by_rule"]["PIN002"], 1, "the old fault is hidden and counted: {done:?}");
}

#[test]
fn every_depth_of_a_checkout_gives_the_same_verdict() {
    let origin = Origin::new(&[]);
    for depth in [Depth::Full, Depth::Commits(1), Depth::Commits(2)] {
        let checkout = origin.checkout(&origin.merge, depth);
        let server = generous(&origin);
        let done = on_pull_request(&origin, &checkout, &server, "o/r").run();
        only_the_change(&done);
        assert!(done.report()["summary"]["notices"].to_string().contains(&origin.base[..10]), "{done:?}");
        assert_eq!(
            server.lines(),
            [] as [&str; 0],
            "{depth:?}: nothing had to be asked, nothing was asked for"
        );
        let shallow = git(&checkout, &["rev-parse", "--is-shallow-repository"]);
        assert_eq!(shallow, if depth == Depth::Full { "false" } else { "true" }, "a full clone stays one");
        let error = "::error file=shop/migrations/0002_box_note.py,line=5,endLine=5";
        assert!(done.log.contains(error), "{}", done.log);
        assert!(
            done.summary.contains("GRA001") && done.summary.contains("What the new migrations run"),
            "{}",
            done.summary
        );
    }
}

#[test]
fn the_head_instead_of_the_merge_is_compared_with_where_it_left_the_base() {
    let origin = Origin::new(&[]);
    for depth in [Depth::Full, Depth::Commits(1)] {
        let checkout = origin.checkout(&origin.head, depth);
        let server = generous(&origin);
        let done = on_pull_request(&origin, &checkout, &server, "o/r").run();
        only_the_change(&done);
        assert!(done.report()["summary"]["notices"].to_string().contains(&origin.left[..10]), "{done:?}");
        // Where history does not reach back, GitHub knows the commit, and it is fetched.
        let asked = server.lines().len();
        assert_eq!(asked, usize::from(depth != Depth::Full), "{:?}", server.lines());
    }
}

#[test]
fn without_the_base_the_list_of_changed_files_tells_what_is_new() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    cut_off(&checkout);
    let server = generous(&origin);
    let done = on_pull_request(&origin, &checkout, &server, "o/r").run();
    only_the_change(&done);
    assert_eq!(server.lines().len(), 1);
    assert!(done.log.contains("could not be fetched"), "{}", done.log);
    assert!(done.summary.contains("this clone does not hold"), "{}", done.summary);
}

#[test]
fn with_nothing_to_compare_with_everything_is_judged_and_the_run_says_so() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    cut_off(&checkout);
    let server = reading(&origin);
    let done = on_pull_request(&origin, &checkout, &server, "o/r").run();
    assert_eq!(done.rules(), ["PIN002", "GRA001"], "{done:?}");
    assert!(done.log.contains("GitHub did not tell the changed files: 403"), "{}", done.log);
    assert!(done.log.contains("::notice title=bklog-lint::there is nothing to compare with"), "{}", done.log);
    assert!(done.summary.contains("everything counts as new"), "{}", done.summary);
}

#[test]
fn a_fork_degrades_to_annotations_and_summary() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let server = reading(&origin);
    let mut job = on_pull_request(&origin, &checkout, &server, "fork/r");
    job.input("check-run", "bklog-lint").input("comment", "true").input("sarif", "rest");
    let done = job.run();
    only_the_change(&done);
    assert!(done.log.contains("::error file=shop/migrations/0002_box_note.py"), "{}", done.log);
    for what in ["the check run", "the comment", "the SARIF report"] {
        assert!(
            done.log.contains(&format!("::notice title=bklog-lint::{what} was not accepted by GitHub (403")),
            "{}",
            done.log
        );
        assert!(done.summary.contains(&format!("- {what} was not accepted")), "{}", done.summary);
    }
    assert!(!done.log.contains("ghs_secret") && !done.summary.contains("ghs_secret"));
}

#[test]
fn everything_is_reported_where_it_is_allowed() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let server = generous(&origin);
    let mut job = on_pull_request(&origin, &checkout, &server, "o/r");
    job.input("check-run", "bklog-lint")
        .input("comment", "true")
        .input("category", "api")
        .input("lang", "zh");
    let done = job.run();
    only_the_change(&done);
    assert_eq!(
        server.lines(),
        [
            "POST /repos/o/r/check-runs",
            "GET /repos/o/r/issues/7/comments?per_page=100",
            "POST /repos/o/r/issues/7/comments"
        ]
    );
    let seen = server.seen();
    assert!(seen.iter().all(|one| one.token == "Bearer ghs_secret"));
    assert_eq!(seen[0].body["head_sha"], origin.head);
    assert_eq!(seen[0].body["conclusion"], "failure");
    assert_eq!(seen[0].body["output"]["annotations"][0]["path"], "shop/migrations/0002_box_note.py");
    let comment = seen[2].body["body"].as_str().unwrap();
    assert!(comment.starts_with("<!-- bklog-lint:api -->\n## bklog-lint"), "{comment}");
    assert!(
        comment.contains("ALTER TABLE") && comment.contains("ALGORITHM") && comment.contains("新迁移"),
        "{comment}"
    );
    // The check run holds the annotations.
    assert!(!done.log.contains("::error file="), "{}", done.log);
    let (action, given) = &done.used[0];
    assert!(action.starts_with("github/codeql-action/upload-sarif@") && action.len() > 70, "{action}");
    assert_eq!(given["sarif_file"], done.outputs["sarif-file"]);
    let sarif: Json = serde_json::from_str(&std::fs::read_to_string(&given["sarif_file"]).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "api/");
    assert!(std::fs::read_to_string(&done.outputs["markdown-file"]).unwrap().contains("GRA001"));
}

#[test]
fn alerts_are_uploaded_before_the_verdict_and_their_refusal_fails_nothing() {
    let origin = Origin::new(&[("shop/migrations/0002_box_note.py", "x = 1\n")]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let server = generous(&origin);
    let mut job = on_pull_request(&origin, &checkout, &server, "o/r");
    job.uses_fail = true;
    let done = job.input("fail-on", "never").run();
    assert!(done.passed, "{done:?}");
    assert_eq!(done.outputs["verdict"], "passed");
    assert!(
        done.log.contains("::notice title=bklog-lint::The alerts were not accepted by code scanning"),
        "{}",
        done.log
    );
    job.uses_fail = false;
    assert!(job.input("sarif", "false").run().used.is_empty());
}

#[test]
fn a_pull_request_cannot_switch_its_own_rules_off() {
    let silent = [("bklog-lint.toml", "select = [\"naming\"]\nfail-on = \"never\"\n")];
    let origin = Origin::new(&silent);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let done = on_pull_request(&origin, &checkout, &generous(&origin), "fork/r").run();
    assert_eq!(done.rules(), ["SUP005", "GRA001"], "{done:?}");
    assert_eq!(done.code, 1);
    assert!(done.log.contains("this change edits `bklog-lint.toml`"), "{}", done.log);

    // Without the base at hand, no configuration counts at all.
    cut_off(&checkout);
    let (left, base) = (origin.left.clone(), origin.base.clone());
    let server = Server::new("", move |line, _, _| {
        assert!(line.contains(&base), "{line}");
        let changed = |path: &str, status: &str| json!({"filename": path, "status": status, "patch": "@@ -1 +1,9 @@\n+x\n+x\n+x\n+x\n+x\n+x"});
        ResponseTemplate::new(200).set_body_json(json!({
            "merge_base_commit": {"sha": left},
            "files": [changed("bklog-lint.toml", "modified"), changed("shop/migrations/0002_box_note.py", "added")],
        }))
    });
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    cut_off(&checkout);
    let done = on_pull_request(&origin, &checkout, &server, "fork/r").run();
    assert!(done.rules().contains(&"GRA001".to_owned()), "{done:?}");
    assert_eq!(done.code, 1);
    assert!(
        done.log.contains("this change edits bklog-lint.toml, and the base's own is not at hand"),
        "{}",
        done.log
    );
}

#[test]
fn other_events() {
    let origin = Origin::new(&[]);
    let server = generous(&origin);
    // A push of two commits to a branch: what they brought.
    let push = |before: &str, forced: bool| json!({"before": before, "after": origin.head, "forced": forced, "repository": {"default_branch": "main"}});
    let checkout = origin.checkout(&origin.head, Depth::Commits(1));
    let event = push(&origin.left, false);
    only_the_change(&job(&checkout, &server, "push", "refs/heads/topic", &origin.head, &event).run());
    // A new branch, and one that was rewritten: against the default branch.
    for event in [push(&"0".repeat(40), false), push(&origin.base, true)] {
        let checkout = origin.checkout(&origin.head, Depth::Full);
        only_the_change(&job(&checkout, &server, "push", "refs/heads/topic", &origin.head, &event).run());
    }
    // A merge queue.
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let event = json!({"merge_group": {"base_sha": origin.base, "head_sha": origin.merge}, "repository": {"default_branch": "main"}});
    let queue = "refs/heads/gh-readonly-queue/main/pr-7";
    only_the_change(&job(&checkout, &server, "merge_group", queue, &origin.merge, &event).run());
    // By hand on the branch, and on the default branch, where nothing is new and what matters is told.
    let event = json!({"repository": {"default_branch": "main"}});
    for depth in [Depth::Full, Depth::Commits(1)] {
        let checkout = origin.checkout(&origin.head, depth);
        let run =
            job(&checkout, &server, "workflow_dispatch", "refs/heads/topic", &origin.head, &event).run();
        only_the_change(&run);
    }
    let checkout = origin.checkout(&origin.base, Depth::Commits(1));
    git(&checkout, &["update-ref", "refs/remotes/origin/main", &origin.base]);
    let done = job(&checkout, &server, "workflow_dispatch", "refs/heads/main", &origin.base, &event).run();
    assert_eq!(done.rules(), ["PIN002"], "{done:?}");
    assert!(done.log.contains("this run is about the default branch, main"), "{}", done.log);
}

#[test]
fn wrong_usage_and_work_that_cannot_be_done_are_red() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Commits(1));
    let server = generous(&origin);
    for (name, value, code) in
        [("select", "no-such-rule", 2), ("diff-base", "nowhere", 3), ("paths", "nowhere", 2)]
    {
        let mut job = on_pull_request(&origin, &checkout, &server, "o/r");
        let done = job.input(name, value).input("check-run", "").run();
        assert_eq!((done.passed, done.code), (false, code), "{name}: {done:?}");
        assert_eq!(done.outputs["verdict"], "error");
        assert_eq!(done.outputs["errors"], "");
        assert!(done.summary.contains("The check could not be done"), "{}", done.summary);
        assert!(done.used.is_empty(), "there is no report to upload");
    }
}

#[test]
fn inputs_are_data() {
    let origin = Origin::new(&[]);
    let checkout = origin.checkout(&origin.merge, Depth::Full);
    let server = generous(&origin);
    let mut job = on_pull_request(&origin, &checkout, &server, "o/r");
    job.input("paths", "--help\n$(touch pwned)\n`touch pwned`\n")
        .input("category", "x\"; touch pwned; \"")
        .input("fail-on", "error; touch pwned");
    let done = job.run();
    assert_eq!(done.outputs["verdict"], "error", "{done:?}");
    assert!(!checkout.join("pwned").exists());
    let mut job = on_pull_request(&origin, &checkout, &server, "o/r");
    job.input("sarif-file", "x.sarif\nverdict=passed").input("select", "graph,\n unpinned-requirement\n");
    let done = job.run();
    assert_eq!(done.outputs["verdict"], "failed", "an input wrote an output of its own: {done:?}");
    assert_eq!(done.rules(), ["GRA001"]);
}
