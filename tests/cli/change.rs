//! How a change is judged: which of its lines count, by whose configuration, and what its migrations run.

use crate::sandbox::{Ran, Sandbox};

const BOX: &str = "    operations = [migrations.CreateModel(\"Box\", [(\"id\", models.AutoField(primary_key=True)), (\"tag\", models.CharField(max_length=8, default=\"\"))])]";

/// `main` has old pins; the branch that is checked out edits one of its three lines and adds a migration.
fn repository() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", BOX)]);
    sandbox.write(
        "requirements.txt",
        "Django==4.2.30\nrequests\ncelery\nredis==4.4.4\nkombu==5.3.7\npytz==2025.2\n",
    );
    sandbox.git("init -q -b main");
    sandbox.git("add -A");
    sandbox.git("commit -qm first");
    sandbox.git("checkout -qb topic");
    sandbox.write(
        "requirements.txt",
        "Django==4.2.30\nrequests\nflower\nredis==4.4.4\nkombu==5.3.7\npytz==2025.2\n",
    );
    sandbox.migration(
        "0002_box_note",
        "    dependencies = [(\"shop\", \"0001_initial\")]\n    operations = [migrations.AddField(\"box\", \"note\", models.CharField(max_length=9, null=True))]",
    );
    sandbox.git("add -A");
    sandbox.git("commit -qm second");
    sandbox
}

/// Lines of `requirements.txt` with a finding of `rule`.
fn lines(ran: &Ran, rule: &str) -> Vec<u64> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    findings.iter().filter(|it| it["rule"] == rule).map(|it| it["start"]["line"].as_u64().unwrap()).collect()
}

fn unpinned(sandbox: &Sandbox, line: &str) -> Vec<u64> {
    lines(&sandbox.run(&format!("--format json --select unpinned-requirement {line}")), "PIN002")
}

#[test]
fn only_lines_of_the_change_count() {
    let sandbox = repository();
    assert_eq!(unpinned(&sandbox, "--diff-base main"), [2, 3]);
    assert_eq!(unpinned(&sandbox, "--diff-base main --diff nofilter"), [2, 3]);
    assert_eq!(unpinned(&sandbox, "--diff-base main --diff file"), [2, 3]);
    assert_eq!(unpinned(&sandbox, "--diff-base main --diff added"), [3]);
    let hidden =
        sandbox.run("--format json --select unpinned-requirement --diff-base main --diff added").json();
    assert_eq!(hidden["summary"]["hidden"]["not_changed"]["total"], 1);
    // A line that is touched counts although the base has the same finding.
    sandbox.write(
        "requirements.txt",
        "Django==4.2.30\nrequests  # http\nflower\nredis==4.4.4\nkombu==5.3.7\npytz==2025.2\n",
    );
    assert_eq!(unpinned(&sandbox, "--diff-base main --diff added"), [2, 3]);
    assert_eq!(unpinned(&sandbox, "--diff-base main --scope changed"), [3]);
    // Nothing of an unchanged file, whatever stands in it.
    sandbox.git("checkout -qf main");
    sandbox.write("settings.py", "DEBUG = False\n");
    assert_eq!(unpinned(&sandbox, "--diff added"), [] as [u64; 0]);
}

#[test]
fn what_the_change_breaks_elsewhere_is_reported() {
    let sandbox = repository();
    sandbox.git("checkout -q main");
    sandbox
        .migration("0002_box_note", "    dependencies = [(\"shop\", \"0001_initial\")]\n    operations = []");
    sandbox.git("add -A");
    sandbox.git("commit -qm merged");
    sandbox.git("checkout -qb other");
    sandbox.git("rm -q shop/migrations/0001_initial.py");
    let ran = sandbox.run("--format json --diff-base main --diff added");
    assert!(ran.rules().contains(&"GRA001".to_owned()), "the other file depends on what is gone: {ran}");
}

#[test]
fn a_list_of_files_stands_in_for_a_base_that_is_not_there() {
    let sandbox = repository();
    sandbox.write(
        "changes.json",
        r#"{"schema_version": 1, "base": "0123abc", "files": {
            "requirements.txt": {"status": "changed", "lines": [[3, 3]]},
            "shop/migrations/0002_box_note.py": {"status": "added"}}}"#,
    );
    assert_eq!(unpinned(&sandbox, "--changes changes.json --diff added"), [3]);
    assert_eq!(unpinned(&sandbox, "--changes changes.json --diff file"), [2, 3]);
    assert_eq!(unpinned(&sandbox, "--changes changes.json"), [2, 3]);
    let json = sandbox.run("--format json --changes changes.json --sql").json();
    let notices = json["summary"]["notices"].to_string();
    assert!(notices.contains("this clone does not hold 0123abc"), "{notices}");
    let new = &json["new_migrations"][0]["migrations"];
    assert_eq!(new[0]["migration"], "0002_box_note", "{new}");
    assert_eq!(new.as_array().unwrap().len(), 1, "what is not added is not new: {new}");
    sandbox.write("changes.json", r#"{"schema_version": 2, "base": "x", "files": {}}"#);
    sandbox.run("--changes changes.json").exits(3).complains("schema_version is 2, this program knows 1");
    sandbox.run("--changes nowhere.json").exits(3).complains("nowhere.json: not a list of changed files");
    sandbox.run("--changes changes.json --diff-base main").exits(2);
}

#[test]
fn a_change_is_judged_by_the_configuration_of_its_base() {
    let sandbox = repository();
    sandbox.git("checkout -q main");
    sandbox.write(
        "bklog-lint.toml",
        "select = [\"unpinned-requirement\", \"suppression\"]\nfail-on = \"info\"\n",
    );
    sandbox.git("add -A");
    sandbox.git("commit -qm configured");
    sandbox.git("checkout -q topic");
    sandbox.git("merge -q --no-edit main");
    let rules = |line: &str| {
        let json = sandbox.run(line).json();
        let findings = json["findings"].as_array().unwrap();
        let mut rules: Vec<String> =
            findings.iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect();
        rules.dedup();
        rules
    };
    let obeying = "--format json --diff-base main --config-revision main";
    assert_eq!(rules(obeying), ["PIN002"]);
    sandbox.write("bklog-lint.toml", "select = [\"graph\"]\nfail-on = \"never\"\n");
    assert_eq!(rules("--format json --diff-base main"), [] as [&str; 0]);
    assert_eq!(rules(obeying), ["SUP005", "PIN002"]);
    sandbox.run(obeying).exits(1).prints("this change edits `bklog-lint.toml`");
    // Neither deleting it nor putting another one below helps.
    std::fs::remove_file(sandbox.path("bklog-lint.toml")).unwrap();
    assert_eq!(rules(obeying), ["SUP005", "PIN002"]);
    sandbox.run(obeying).exits(1).prints("this change deletes `bklog-lint.toml`");
    sandbox.run("--config-revision nowhere").exits(3).complains("has no revision \"nowhere\"");
}

#[test]
fn a_change_cannot_accept_its_own_findings_by_the_baseline() {
    let sandbox = repository();
    sandbox.git("checkout -q main");
    sandbox.write("bklog-lint.toml", "select = [\"unpinned-requirement\", \"suppression\"]\nbaseline = \"accepted.json\"\nfail-on = \"info\"\n");
    sandbox.run("baseline").exits(0);
    sandbox.git("add -A");
    sandbox.git("commit -qm configured");
    sandbox.git("checkout -q topic");
    sandbox.git("merge -q --no-edit main");
    assert_eq!(
        unpinned(&sandbox, "--diff-base main --config-revision main"),
        [3],
        "the base accepted line 2"
    );
    sandbox.run("baseline").exits(0);
    assert_eq!(unpinned(&sandbox, "--diff-base main"), [] as [u64; 0]);
    let ran = sandbox.run("--format json --diff-base main --config-revision main").exits(1);
    assert_eq!(lines(&ran, "PIN002"), [3]);
    ran.prints("this change edits `accepted.json`");
}

#[test]
fn the_statements_of_new_migrations_are_told_when_asked_for() {
    let sandbox = repository();
    let json = sandbox.run("--format json --diff-base main --sql").json();
    let of_project = &json["new_migrations"][0];
    assert_eq!(of_project["django"], "4.2");
    let inspected = sandbox
        .run("inspect sql --server mysql-8.0.36 --django 4.2 --only shop.0002_box_note --format json")
        .json();
    let mut entry = of_project["migrations"][0].clone();
    assert_eq!(entry.as_object_mut().unwrap().remove("path").unwrap(), "shop/migrations/0002_box_note.py");
    assert_eq!(entry, inspected["projects"][0]["migrations"][0]);
    assert!(sandbox.run("--format json --diff-base main").json().get("new_migrations").is_none());
    let filters = vec![(r"\.tmp\w+", "[TOP]"), ("[0-9a-f]{10}", "[COMMIT]")];
    insta::with_settings!({filters => filters}, {
        for lang in ["en", "zh"] {
            let line = format!("--format markdown --select graph --diff-base main --sql --lang {lang}");
            insta::assert_snapshot!(format!("new_migrations_{lang}"), sandbox.run(&line).stdout);
        }
    });
}

#[test]
fn a_base_may_be_compared_with_as_it_is() {
    let sandbox = repository();
    // The base went on: what it did meanwhile is no part of the change.
    sandbox.git("checkout -q main");
    sandbox.write(
        "requirements.txt",
        "Django==4.2.30\nrequests==2\ncelery\nredis==4.4.4\nkombu==5.3.7\npytz==2025.2\n",
    );
    sandbox.git("commit -qam later");
    sandbox.git("checkout -q topic");
    assert_eq!(unpinned(&sandbox, "--diff-base main --diff added"), [3]);
    assert_eq!(unpinned(&sandbox, "--diff-base main --no-merge-base --diff added"), [2, 3]);
    sandbox.run("--no-merge-base").exits(2);
}

#[test]
fn a_comment_stays_below_what_github_takes() {
    let sandbox = repository();
    for n in 3..700 {
        let before = if n == 3 { "0002_box_note".to_owned() } else { format!("{:04}_box", n - 1) };
        sandbox.migration(
            &format!("{n:04}_box"),
            &format!("    dependencies = [(\"shop\", \"{before}\")]\n    operations = [migrations.AddField(\"box\", \"field_{n}\", models.CharField(max_length=9, null=True))]"),
        );
    }
    let line =
        "--select naming --diff-base main --sql --output comment=comment.md --output markdown=summary.md";
    sandbox.run(line).exits(0);
    let (comment, summary) = (sandbox.read("comment.md"), sandbox.read("summary.md"));
    assert!(comment.len() <= 60_000 && summary.len() <= 1_000_000, "{} {}", comment.len(), summary.len());
    let shown = comment.matches("ADD COLUMN").count();
    assert!(
        comment.contains(&format!("\n{} migrations more, not shown here", 698 - shown)),
        "{shown}: {comment}"
    );
    assert_eq!(summary.matches("ADD COLUMN").count(), 698);
    assert_eq!(comment.matches("<details").count(), comment.matches("</details>").count());
}
