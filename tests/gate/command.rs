//! The command line of the gate: what it shows, saves, judges, leaves out and refuses.

use crate::mysql_server::{self, Answers};
use crate::project::Project;

fn gate(port: u16, more: &str) -> String {
    format!(
        "[gate]\nno-static-check = true\n{more}\n[gate.mysql.default]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"${{GATE_USER:-bklog}}\"\npassword = \"${{GATE_PASSWORD}}\"\ndatabase = \"bklog\"\n"
    )
}

fn sound() -> u16 {
    mysql_server::start(Answers::sound("8.0.36", "MySQL Community Server - GPL"))
}

fn read_only() -> u16 {
    let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
    answers.set("variables", &[&["read_only", "ON"]]);
    mysql_server::start(answers)
}

#[test]
fn dry_run_asks_nothing() {
    // Nobody listens there.
    let project = Project::new(&gate(1, ""));
    let ran = project.run(&["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("bklog at 127.0.0.1:1, database bklog"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("SET SESSION TRANSACTION READ ONLY") && ran.stdout.contains("django_migrations")
    );
}

#[test]
fn facts_are_collected_here_and_judged_there() {
    let project = Project::new(&gate(sound(), ""));
    let ran = project.run(&["--collect", "facts.json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // The server is not asked again: it is another port now.
    project.configure(&gate(1, ""));
    let judged = project.gate(&["--facts", "facts.json"]);
    assert_eq!(judged.verdict, "go", "{}", judged.shown());
    let old = project.read("facts.json");
    let at = old.find("\"collected_at\": \"").unwrap() + "\"collected_at\": \"".len();
    project.write("facts.json", format!("{}2020{}", &old[..at], &old[at + 4..]));
    let judged = project.gate(&["--facts", "facts.json"]);
    judged.is("facts.age", "fail");
    assert_eq!(judged.code, 1);
    project.write("facts.json", "{}");
    assert_eq!(project.run(&["--facts", "facts.json"]).code, 2);
}

#[test]
fn a_plan_is_made_from_what_a_database_said() {
    let project = Project::new(&gate(sound(), ""));
    assert_eq!(project.run(&["--collect", "facts.json"]).code, 0);
    let plan = |words: &[&str]| {
        project.program(&[&["plan", "--format", "json", "--fail-on", "error"], words].concat())
    };
    let from_file = plan(&["--facts", "facts.json"]);
    let json: serde_json::Value = serde_json::from_str(&from_file.stdout).unwrap();
    assert_eq!(json["server"], "mysql-8.0.36");
    assert_eq!(json["projects"][0]["pending"][0]["migration"], "0002_box_size");
    assert!(json["projects"][0]["pending"][0]["estimate_seconds"].is_object(), "the size is known: {json:#}");
    let live = plan(&["--live"]);
    let live: serde_json::Value = serde_json::from_str(&live.stdout).unwrap();
    assert_eq!(live["projects"], json["projects"]);
    // Nobody there, no such entry, another file.
    project.configure(&gate(1, "retries = 0"));
    assert_eq!(plan(&["--live"]).code, 3);
    assert_eq!(plan(&["--live=nowhere"]).code, 2);
    project.write("other.json", "{}");
    assert_eq!(plan(&["--facts", "other.json"]).code, 2);
    let both = plan(&["--facts", "facts.json", "--live"]);
    assert_eq!(both.code, 2, "{}", both.stderr);
}

#[test]
fn what_has_run_in_part_is_a_no_go() {
    let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
    answers.set("migrations", &[]);
    let project = Project::new(&gate(mysql_server::start(answers), ""));
    let judged = project.gate(&["--include", "mysql.half-applied"]);
    judged.is("mysql.half-applied", "fail");
    assert_eq!(judged.text("mysql.half-applied", "observed"), "shop.0001_initial");
    assert!(judged.text("mysql.half-applied", "remedy").contains("migrate --fake shop 0001_initial"));
    let project = Project::new(&gate(sound(), ""));
    project.gate(&[]).is("mysql.half-applied", "pass");
    let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
    answers.fail("columns", 3024, "maximum statement execution time exceeded");
    let project = Project::new(&gate(mysql_server::start(answers), ""));
    project.gate(&[]).is("mysql.half-applied", "warn");
}

#[test]
fn checks_are_chosen_and_unknown_names_are_said() {
    let port = sound();
    let project = Project::new(&gate(port, ""));
    let judged = project.gate(&["--include", "mysql.version"]);
    assert_eq!(judged.checks.keys().collect::<Vec<_>>(), ["mysql.version"]);
    let judged = project.gate(&["--exclude", "mysql.version,mysql.grants"]);
    assert!(!judged.checks.contains_key("mysql.version") && judged.checks.contains_key("mysql.history"));
    project.configure(&gate(port, "optional = [\"mysql.verison\"]"));
    project.gate(&[]).is("configuration.names", "warn");
}

#[test]
fn optional_and_waived_checks_do_not_decide() {
    let port = read_only();
    let project = Project::new(&gate(port, ""));
    assert_eq!(project.gate(&["--include", "mysql.read-only"]).code, 1);
    project.configure(&gate(port, "optional = [\"mysql\"]"));
    let judged = project.gate(&["--include", "mysql.read-only"]);
    assert_eq!((judged.code, judged.status("mysql.read-only")), (0, "fail"));
    let waiver = |until: &str| {
        format!(
            "[[gate.waiver]]\ncheck = \"mysql.read-only\"\nowner = \"ops\"\nreason = \"switched at night\"\nuntil = \"{until}\"\n"
        )
    };
    project.configure(&(gate(port, "") + &waiver("2999-01-01")));
    let judged = project.gate(&["--include", "mysql.read-only"]);
    assert_eq!(judged.code, 0);
    assert!(judged.text("mysql.read-only", "waived").contains("ops: switched at night"));
    project.configure(&(gate(port, "") + &waiver("2020-01-01")));
    let judged = project.gate(&["--include", "mysql.read-only"]);
    assert_eq!(judged.code, 1);
    judged.is("waiver.mysql.read-only", "fail");
}

#[test]
fn every_format_says_no_go() {
    let project = Project::new(&gate(read_only(), ""));
    let run = |format: &str| {
        let ran = project.run(&["--include", "mysql.read-only", "--format", format]);
        (ran.code, ran.stdout)
    };
    let (code, text) = run("text");
    assert_eq!(code, 1);
    assert!(text.contains("NO-GO: 1 fail"), "{text}");
    let (code, line) = run("nagios");
    assert_eq!(code, 2, "the exit code of a plugin");
    assert_eq!(line, "GATE CRITICAL - no-go: mysql.read-only | fail=1 error=0 warn=0 skip=0 pass=0\n");
    let (_, metrics) = run("prometheus");
    assert!(metrics.contains("bklog_gate_verdict{verdict=\"no-go\"} 1"), "{metrics}");
    let (_, junit) = run("junit");
    assert!(junit.contains("<failure") && junit.contains("mysql.read-only"), "{junit}");
    let (_, markdown) = run("markdown");
    assert!(markdown.contains("**No-go**") && markdown.contains("`mysql.read-only`"), "{markdown}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let refused = |toml: &str| {
        let ran = Project::new(toml).run(&[]);
        assert_eq!(ran.code, 2, "{toml}\n{}", ran.stderr);
        ran.stderr
    };
    assert!(refused("").contains("gate init"));
    assert!(refused("[gate.mysql.default]\nhots = \"a\"\n").contains("hots"));
    assert!(refused("[gate.components]\nprofile = \"bklogs\"\n").contains("bklogs"));
    assert!(refused("[gate.backup.a]\npath = \"a\"\nmysql = \"nowhere\"\n").contains("nowhere"));
    assert!(refused("[gate.redis.a]\nmode = \"claster\"\n").contains("cluster"));
}

#[test]
fn the_static_check_decides_too() {
    let project = Project::new("[gate.window]\nstart = \"2999-01-01T00:00Z\"\nend = \"2999-01-01T06:00Z\"\n");
    project.write("shop/migrations/0003_bad.py", "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0009_gone')]\n    operations = []\n");
    let judged = project.gate(&[]);
    judged.is("check.findings", "fail").is("risk.permissions", "pass");
    judged.is("window.length", "pass").is("window.notice", "fail");
    assert_eq!(judged.code, 1);
}

#[test]
fn init_writes_what_the_repository_reads_of_its_environment() {
    let project = Project::new("lang = \"en\"\n");
    let ran = project.run(&["init", "--profile", "bklog"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = project.read("bklog-lint.toml");
    for part in [
        "lang = \"en\"",
        "password = \"${DB_PASSWORD}\"",
        "database = \"${DB_NAME}\"",
        "profile = \"bklog\"",
        "bklog_grafana",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    // What it wrote is understood.
    let ran = project.run(&["--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("${DB_HOST}"), "{}", ran.stdout);
    assert_eq!(project.run(&["init"]).code, 2, "it is there already");
}
