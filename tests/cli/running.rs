//! A run over projects: what is checked, from where, and how it ends.

use std::collections::BTreeSet;
use std::io::Read;
use std::process::{Command, Stdio};

use crate::sandbox::{Ran, Sandbox};

const BAD_NAME: &str = "    dependencies = [(\"shop\", \"0001_initial\")]\n    \
    operations = [migrations.AddField(\"box\", \"create_time\", models.DateTimeField(null=True))]";

/// A project with one finding of severity error.
fn with_an_error() -> Sandbox {
    let sandbox = Sandbox::project(&[
        ("0001_initial", "    operations = [migrations.CreateModel(\"Box\", [])]"),
        ("0002_box_create_time", BAD_NAME),
    ]);
    sandbox.write("field_library.csv", "name,why,wrong\ncreated_at,when it came into being,create_time\n");
    sandbox
}

#[test]
fn sound_projects_are_green() {
    for fixture in ["shop", "logs", "mono"] {
        let sandbox = Sandbox::with(fixture);
        let ran = sandbox.run(&format!("{fixture} --select graph,analysis")).exits(0).keeps_stderr_empty();
        assert!(!ran.stdout.is_empty());
    }
}

#[test]
fn a_broken_project_is_not() {
    let sandbox = Sandbox::with("broken");
    let ran = sandbox.run("broken --format json").exits(1);
    let rules: BTreeSet<String> = ran.rules().into_iter().collect();
    for rule in ["ANA001", "ANA002", "ANA004", "GRA001", "GRA003", "GRA004", "GRA005", "GRA006"] {
        assert!(rules.contains(rule), "{rule} is missing:\n{ran}");
    }
}

#[test]
fn the_exit_code_follows_fail_on() {
    let sandbox = with_an_error();
    sandbox.run(".").exits(1).prints("created_at").keeps_stderr_empty();
    sandbox.run("--fail-on never").exits(0).prints("created_at");
    sandbox.run("--ignore naming").exits(0);
    sandbox.run("--select graph").exits(0);
    sandbox.write("bklog-lint.toml", "[severity]\nfield-name = \"warning\"\n");
    sandbox.run(".").exits(0).prints("created_at");
    sandbox.run("--fail-on warning").exits(1);
    sandbox.run("--fail-on warning --no-config").exits(1);
    sandbox.write("bklog-lint.toml", "fail-on = \"never\"\n");
    sandbox.run(".").exits(0);
    sandbox.run("--fail-on error").exits(1);
}

#[test]
fn check_may_be_left_out() {
    let sandbox = with_an_error();
    let said = sandbox.run("check .").exits(1).stdout;
    assert_eq!(sandbox.run(".").exits(1).stdout, said);
    assert_eq!(sandbox.run("").exits(1).stdout, said);
    assert_eq!(sandbox.run("check").exits(1).stdout, said);
}

#[test]
fn a_folder_may_be_called_like_a_command() {
    let sandbox = Sandbox::with("shop");
    std::fs::rename(sandbox.path("shop"), sandbox.path("rules")).unwrap();
    for line in ["check rules", "-- rules", "./rules", "--quiet rules"] {
        let graph = format!("--format json --select graph {line}");
        let line =
            if line.starts_with("check") { format!("{line} --format json --select graph") } else { graph };
        let json = sandbox.run(&line).exits(0).json();
        assert_eq!(json["summary"]["projects"][0]["root"], "rules", "{line}");
    }
    sandbox.run("rules").exits(0).prints("GRA003  multiple-leaf-nodes");
}

#[test]
fn the_working_directory_does_not_matter() {
    let sandbox = with_an_error();
    let findings = |ran: Ran| ran.exits(1).json()["findings"].clone();
    let whole = findings(sandbox.run("--format json"));
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    assert_eq!(findings(sandbox.run_in("elsewhere", "--format json ..")), whole);
    assert_eq!(
        findings(sandbox.run_in("elsewhere", &format!("--format json {}", sandbox.path("").display()))),
        whole
    );
    // Text names the files as they are reached from where one stands.
    sandbox.run_in("elsewhere", "..").exits(1).prints("../shop/migrations/0002_box_create_time.py:6:");
    sandbox.run_in("shop", "..").exits(1).prints("../shop/migrations/0002_box_create_time.py:6:");
    sandbox.run(".").exits(1).prints(" shop/migrations/0002_box_create_time.py:6:");
}

#[test]
fn a_part_of_a_project_is_judged_as_part_of_it() {
    let sandbox = with_an_error();
    sandbox.git("init -q -b main");
    for path in ["shop", "shop/migrations", "shop/migrations/0002_box_create_time.py"] {
        let ran = sandbox.run(&format!("--format json {path}")).exits(1);
        // No dependency is missing because only a part was named, and the library at the top counts.
        assert_eq!(ran.rules(), ["NAM001"], "{path}\n{ran}");
    }
    let ran = sandbox.run("--format json shop/migrations/0001_initial.py").exits(0);
    assert_eq!(ran.rules(), Vec::<String>::new());
    sandbox.run_in("shop/migrations", "0002_box_create_time.py").exits(1).prints("created_at");
}

#[test]
fn several_paths_are_one_run() {
    let sandbox = Sandbox::with("mono");
    let json = sandbox.run("--format json mono/agent mono/console --fail-on never").exits(0).json();
    let projects = json["summary"]["projects"].as_array().unwrap();
    assert_eq!(projects.len(), 2, "{json:#}");
    let one = sandbox.run("--format json mono/agent --fail-on never").exits(0).json();
    assert_eq!(one["summary"]["projects"].as_array().unwrap().len(), 1);
    let files = "mono/agent/jobs/migrations/0001_initial.py mono/console/fleet/migrations/0001_initial.py";
    sandbox.run(&format!("--fail-on never --all {files}")).exits(0);
}

#[test]
fn threads_change_nothing() {
    let every = ["text", "json", "sarif", "github", "gitlab", "junit", "markdown"];
    for (fixture, formats) in
        [("shop", &every[1..2]), ("logs", &every[1..2]), ("mono", &every[1..2]), ("broken", &every[..])]
    {
        let sandbox = Sandbox::with(fixture);
        for format in formats {
            let line = format!("{fixture} --all --verbose --format {format}");
            let one = sandbox.run(&format!("{line} --threads 1"));
            for _ in 0..2 {
                let eight = sandbox.run(&format!("{line} --threads 8"));
                assert_eq!(one.stdout, eight.stdout, "{format}");
                assert_eq!((one.code, &one.stderr), (eight.code, &eight.stderr), "{format}");
            }
        }
    }
}

#[test]
fn the_language_comes_from_option_environment_configuration_locale() {
    let sandbox = with_an_error();
    let chinese = |ran: Ran| ran.exits(1).stdout.contains("错误");
    assert!(!chinese(sandbox.run(".")));
    assert!(chinese(sandbox.run("--lang zh")));
    assert!(chinese(sandbox.run_with(("LANG", "zh_CN.UTF-8"), ".")));
    assert!(chinese(sandbox.run_with(("BKLOG_LINT_LANG", "zh"), ".")));
    assert!(!chinese(sandbox.run_with(("BKLOG_LINT_LANG", "zh"), "--lang en")));
    sandbox.write("bklog-lint.toml", "lang = \"zh\"\n");
    assert!(chinese(sandbox.run(".")));
    assert!(!chinese(sandbox.run_with(("BKLOG_LINT_LANG", "en"), ".")));
    assert!(!chinese(sandbox.run("--lang en")));
    sandbox.write("bklog-lint.toml", "lang = \"en\"\n");
    assert!(!chinese(sandbox.run_with(("LC_ALL", "zh_CN.UTF-8"), ".")));
}

#[test]
fn colour_is_for_terminals_unless_asked_for() {
    let sandbox = with_an_error();
    let colored = |ran: Ran| ran.exits(1).stdout.contains('\u{1b}');
    assert!(!colored(sandbox.run(".")));
    assert!(colored(sandbox.run("--color always")));
    assert!(colored(sandbox.run_with(("CLICOLOR_FORCE", "1"), ".")));
    assert!(!colored(sandbox.run_with(("CLICOLOR_FORCE", "1"), "--color never")));
    assert!(colored(sandbox.run_with(("NO_COLOR", "1"), "--color always")));
    assert!(!colored(sandbox.run("--color always --format json")));
    assert!(sandbox.run("--color always nowhere").stderr.contains('\u{1b}'));
    assert!(!sandbox.run("nowhere").stderr.contains('\u{1b}'));
}

#[test]
fn quiet_keeps_findings_and_verbose_adds_to_them() {
    let sandbox = with_an_error();
    let lines = |line: &str| sandbox.run(line).exits(1).prints("created_at").stdout.lines().count();
    assert!(lines("--quiet") < lines("."));
    assert!(lines(".") <= lines("--verbose"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    // More than a pipe holds, so that the program is still writing when its reader is gone.
    let operations = "    operations = [\n".to_owned()
        + &"        migrations.AddField(\"box\", \"create_time\", models.DateTimeField(null=True)),\n"
            .repeat(400)
        + "    ]";
    let sandbox = Sandbox::project(&[("0001_initial", &operations)]);
    for format in ["text", "json", "sarif", "junit", "gitlab"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
            .args(["--all", "--format", format, "--output", "json=report.json"])
            .current_dir(sandbox.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 16];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{format}");
        // The verdict stands: it does not depend on who reads.
        assert_eq!(ended.status.code(), Some(1), "{format}");
        assert!(sandbox.json("report.json")["findings"].as_array().unwrap().len() >= 400);
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
        .arg("rules")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let sandbox = with_an_error();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
        .current_dir(sandbox.path(""))
        .env("LC_ALL", "C")
        .stdout(full())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot write to standard output"));
    sandbox.run("--output json=/dev/full").exits(3).complains("cannot write /dev/full");
    sandbox.run("--output json=/dev/null").exits(1);
}

#[test]
fn a_module_that_only_its_own_docstring_names_is_loaded_by_nobody() {
    let sandbox = Sandbox::project(&[("0001_initial", "    operations = []")]);
    let gone = "from django.utils.decorators import available_attrs\n";
    sandbox
        .write("shop/old.py", format!("\"\"\"Use:\n\n    >>> from shop.old import wrapped\n\"\"\"\n{gone}"));
    sandbox.write("shop/used.py", gone);
    sandbox.write("shop/views.py", "from shop.used import available_attrs\n");
    let ran = sandbox.run("--target django=5.2 --select API001 --format json").exits(1);
    let json = ran.json();
    let found: Vec<(&str, &str)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["path"].as_str().unwrap(), it["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [("shop/old.py", "info"), ("shop/used.py", "error")], "{ran}");
}
