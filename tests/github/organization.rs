//! Listing an organization, scanning it in chunks, putting the results together.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bklog_lint::github::repositories::{ListingError, Wanted, list};
use bklog_lint::organization::Repositories;
use serde_json::{Value as Json, json};
use wiremock::ResponseTemplate;

use crate::server::{Server, says};

const REPOSITORIES: usize = 250;

/// An organization of 250 repositories, a hundred a page; every third is a Django project. `allowed` requests are
/// answered, then the rate limit is used up.
fn organization(allowed: Arc<AtomicUsize>) -> Server {
    Server::new("/api/v3", move |line, _, _| {
        if allowed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
            return says(403, "API rate limit exceeded").insert_header("retry-after", "3600");
        }
        let path = line.strip_prefix("GET ").unwrap();
        if path.starts_with("/orgs/") {
            let page: usize = path.split("&page=").nth(1).map_or(1, |page| page.parse().unwrap());
            let all: Vec<Json> = (0..REPOSITORIES).skip((page - 1) * 100).take(100).map(repository).collect();
            let answer = ResponseTemplate::new(200).set_body_json(json!(all));
            if page * 100 >= REPOSITORIES {
                return answer;
            }
            let next = format!(
                "</orgs/o/repos?per_page=100&type=all&sort=full_name&page={}>; rel=\"next\"",
                page + 1
            );
            return answer.insert_header("link", next.as_str());
        }
        let number: usize = path.split('/').nth(3).unwrap().strip_prefix('r').unwrap().parse().unwrap();
        let tree = |paths: &[&str]| {
            let tree: Vec<Json> = paths.iter().map(|path| json!({"path": path, "type": "blob"})).collect();
            ResponseTemplate::new(200).set_body_json(json!({"tree": tree, "truncated": number == 7}))
        };
        match number {
            9 => says(409, "Git Repository is empty."),
            10 => says(451, "Repository access blocked\n::error::x"),
            _ if number.is_multiple_of(3) => tree(&["src/manage.py", "README.md"]),
            _ => tree(&["README.md", "my_migrations/__init__.py"]),
        }
    })
}

fn repository(number: usize) -> Json {
    json!({"full_name": format!("o/r{number:03}"), "default_branch": "ma in", "archived": number == 3, "fork": number == 6})
}

fn run(server: &Server, journal: &Path) -> Result<Repositories, ListingError> {
    list(&server.api(&server.environment("/api/v3")), "o", Wanted::default(), journal, &|_, _| {})
}

#[test]
fn the_django_repositories_of_an_organization() {
    let folder = tempfile::tempdir().unwrap();
    let server = organization(Arc::new(AtomicUsize::new(usize::MAX)));
    let found = run(&server, &folder.path().join("journal")).unwrap();
    // Every third, without the archived one, the fork and the empty one; with the one whose tree was cut short.
    let mut expected: Vec<String> = (0..REPOSITORIES)
        .filter(|n| n.is_multiple_of(3) && ![3, 6, 9].contains(n) || *n == 7)
        .map(|n| format!("o/r{n:03}"))
        .collect();
    expected.sort();
    let names: Vec<&str> = found.repositories.iter().map(|one| one.repository.as_str()).collect();
    assert_eq!(names, expected);
    assert_eq!(
        found.repositories.len() + found.left_out.len(),
        REPOSITORIES,
        "none is dropped without a word"
    );
    let reason =
        |name: &str| found.left_out.iter().find(|one| one.repository == name).unwrap().reason.clone();
    assert_eq!(reason("o/r003"), "archived");
    assert_eq!(reason("o/r006"), "a fork");
    assert_eq!(reason("o/r009"), "empty");
    assert_eq!(reason("o/r010"), "its files cannot be listed: 451: Repository access blocked␊::error::x");
    assert_eq!(reason("o/r001"), "no manage.py and no migrations");
    assert_eq!(server.lines().len(), 3 + REPOSITORIES - 2);
    assert!(server.lines().contains(&"GET /repos/o/r001/git/trees/ma%20in?recursive=1".to_owned()));
}

#[test]
fn a_list_goes_on_where_the_rate_limit_stopped_it() {
    let folder = tempfile::tempdir().unwrap();
    let whole =
        run(&organization(Arc::new(AtomicUsize::new(usize::MAX))), &folder.path().join("whole")).unwrap();
    let allowed = Arc::new(AtomicUsize::new(0));
    let server = organization(allowed.clone());
    let journal = folder.path().join("journal");
    let mut tries = 0;
    let pieces = loop {
        tries += 1;
        allowed.store(40, Ordering::SeqCst);
        match run(&server, &journal) {
            Ok(found) => break found,
            Err(error) => assert!(error.to_string().contains("the next run goes on from there"), "{error}"),
        }
    };
    assert_eq!(pieces, whole);
    assert_eq!(tries, 7, "251 requests, 40 at a time");
    // Nothing was asked twice but what was refused.
    assert_eq!(server.lines().len(), 3 + REPOSITORIES - 2 + tries - 1);
}

/// Git repositories below `folder/o`, as a server would hold them; every fourth one is not there.
fn generate(folder: &Path, count: usize) -> PathBuf {
    let server = folder.join("server");
    let mut listed = Vec::new();
    for number in 0..count {
        let name = format!("r{number:03}");
        listed.push(json!({"repository": format!("o/{name}"), "default_branch": "main"}));
        if number % 4 == 3 {
            continue;
        }
        let top = server.join("o").join(&name);
        let put = |path: &str, text: &str| {
            let path = top.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("README.md", "| x | ::error::y\n");
        if number % 4 != 2 {
            put("manage.py", "from django.core.management import execute_from_command_line\n");
            put("requirements.txt", "Django==4.2.1\npymysql==0.9.2\n");
            put("shop/migrations/__init__.py", "");
            // Every other one names a migration that is not there.
            let dependency = if number % 4 == 1 { "0000_gone" } else { "0001_initial" };
            put(
                "shop/migrations/0001_initial.py",
                "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    operations = []\n",
            );
            put(
                "shop/migrations/0002_x.py",
                &format!(
                    "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"{dependency}\")]\n    operations = []\n"
                ),
            );
        }
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(&top)
                .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
                .args(arguments);
            git.envs([
                ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
                ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
            ]);
            let done = git.output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        git(&["init", "-q", "-b", "main"]);
        git(&["add", "-A"]);
        git(&["commit", "-qm", "x"]);
    }
    let list = json!({"schema_version": 1, "organization": "o", "repositories": listed,
        "left_out": [{"repository": "o/|<b>", "reason": "[x](javascript:1) @all"}]});
    std::fs::write(folder.join("list.json"), list.to_string()).unwrap();
    server
}

fn program(folder: &Path, line: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bklog-lint"));
    command.current_dir(folder).args(line.split_whitespace());
    for name in ["GITHUB_TOKEN", "GITHUB_SERVER_URL", "BKLOG_LINT_LANG", "LANG", "LC_ALL"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_scan_in_chunks_that_was_killed_gives_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    let server = generate(top, 12);
    let targets = "--target django=4.2 --target django=5.2";
    let scan = |results: &str, chunk: &str| {
        let line = format!(
            "github scan --list list.json --server file://{} --results {results} --chunk {chunk} {targets}",
            server.display()
        );
        let (code, out, said) = program(top, &line);
        assert_eq!(code, 0, "{said}");
        out
    };
    assert_eq!(scan("whole", "0/1"), "known=0\nscanned=9\nfailed=3\n");
    for chunk in ["2/3", "0/3", "1/3"] {
        scan("pieces", chunk);
    }
    // A job that is killed leaves some results, one of them half written under a name of its own, and goes on.
    let kept = top.join("pieces/o/_r000.json");
    let before = std::fs::metadata(&kept).unwrap().modified().unwrap();
    std::fs::remove_file(top.join("pieces/o/_r001.json")).unwrap();
    std::fs::write(top.join("pieces/o/.bklog-lint-x"), "{\"schema").unwrap();
    assert_eq!(scan("pieces", "0/3"), "known=2\nscanned=1\nfailed=1\n", "what failed is tried again");
    assert_eq!(
        std::fs::metadata(&kept).unwrap().modified().unwrap(),
        before,
        "what is there is not scanned again"
    );

    let merge = |results: &str, format: &str| {
        let (code, out, said) = program(top, &format!("merge {results} --list list.json --format {format}"));
        assert_eq!(code, 0, "{said}");
        out
    };
    for format in ["markdown", "json", "sarif"] {
        assert_eq!(merge("whole", format), merge("pieces", format), "{format}");
    }
    let table = merge("pieces", "markdown");
    insta::with_settings!({filters => vec![(r"\S+/server/", "[SERVER]/")]}, { insta::assert_snapshot!(table) });
    let json: Json = serde_json::from_str(&merge("pieces", "json")).unwrap();
    assert_eq!(json["targets"], json!(["django=4.2", "django=5.2"]));
    assert_eq!(json["repositories"].as_array().unwrap().len(), 12);
    assert_eq!(json["repositories"][1]["results"][0]["rules"]["GRA001"], 1);
    let sarif: Json = serde_json::from_str(&merge("pieces", "sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let first = results.iter().find(|one| one["ruleId"] == "GRA001").unwrap();
    assert_eq!(
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "o/r001/shop/migrations/0002_x.py"
    );
    assert_eq!(results.iter().filter(|one| one["ruleId"] == "GRA001").count(), 3, "once for both targets");
}

#[test]
fn a_repository_without_a_result_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    let server = generate(top, 2);
    let line =
        format!("github scan --list list.json --server file://{} --results r --chunk 0/2", server.display());
    assert_eq!(program(top, &line).1, "known=0\nscanned=1\nfailed=0\n");
    let (_, table, _) = program(top, "merge r --list list.json");
    assert!(table.contains("| o/r001 | **not checked**: no job has a result for it |"), "{table}");
    let (_, alone, _) = program(top, "merge r");
    assert!(!alone.contains("r001"));
    std::fs::create_dir(top.join("empty")).unwrap();
    let (code, _, said) = program(top, "merge empty");
    assert_eq!((code, said.as_str()), (2, "error: no results of a scan here\n"));
    std::fs::write(top.join("r/o/_r009.json"), "{}").unwrap();
    let (code, _, said) = program(top, "merge r");
    assert!(code == 3 && said.contains("_r009.json: not the result of a scan"), "{said}");
}

#[test]
fn two_results_that_contradict_each_other_are_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    let put = |name: &str, commit: &str, outcome: Json| {
        let mut result = json!({"target": ""});
        result.as_object_mut().unwrap().extend(outcome.as_object().unwrap().clone());
        let scanned =
            json!({"schema_version": 1, "repository": "o/r", "commit": commit, "results": [result]});
        std::fs::write(top.join(name), scanned.to_string()).unwrap();
    };
    put("a.json", "1", json!({"nothing": "no project"}));
    put("b.json", "1", json!({"nothing": "no project"}));
    assert_eq!(program(top, "merge .").0, 0, "a job that was started again says the same");
    put("b.json", "", json!({"error": "the network"}));
    assert!(program(top, "merge .").1.contains("| o/r | no Django project |"), "what failed gives way");
    put("b.json", "2", json!({"nothing": "no project"}));
    let (code, _, said) = program(top, "merge .");
    assert!(code == 3 && said.contains("o/r: two different results"), "{said}");
}
