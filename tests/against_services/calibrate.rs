//! `gate calibrate` on a real MariaDB: what it measures, and that nothing of it stays whatever happens.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use bklog_lint::gate::calibrate::{planned, statements};
use bklog_lint::gate::probe::statements::MYSQL;
use bklog_lint::plan::rates::{Calibration, Work};

use crate::project::{PASSWORD, Project};
use crate::{general_log, sql, variable};

/// A project whose gate reaches the server as a user with the rights that `calibrate` asks for.
fn project(user: &str, rights: &str) -> Project {
    sql(&format!("CREATE OR REPLACE USER {user} IDENTIFIED BY '{PASSWORD}'; {rights}"));
    let port = variable("BKLOG_LINT_TEST_MARIADB_PORT");
    Project::new(&format!(
        "[gate.calibrate]\nhost = \"localhost\"\nport = {port}\nuser = \"{user}\"\npassword = \"${{GATE_PASSWORD}}\"\n"
    ))
}

fn rights(user: &str) -> String {
    format!("GRANT ALL ON `bklog\\_lint\\_calibrate\\_%`.* TO {user}")
}

/// Scratch databases that are there; a test that asks holds [`crate::alone`].
fn scratches() -> Vec<String> {
    let names = sql(
        "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'bklog\\_lint\\_calibrate\\_%'",
    );
    names.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn what_it_measures_is_sane_and_nothing_stays() {
    let _alone = crate::alone();
    let project = project("cal_full", &rights("cal_full"));
    let (ran, log) = general_log("cal_full", || {
        project.run(&["calibrate", "--allow-writes", "--rows", "32768", "--output", "cal.toml"])
    });
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = project.read("cal.toml");
    for output in [&ran.stdout, &ran.stderr, &text] {
        assert!(!output.contains(PASSWORD), "{output}");
    }
    let found = Calibration::parse(&text).unwrap();
    let version = sql("SELECT VERSION()");
    assert_eq!(found.server, format!("mariadb-{}", version.split('-').next().unwrap()));
    for work in Work::ALL {
        let of: Vec<_> = found.measured.iter().filter(|one| one.work == work).collect();
        assert_eq!(of.iter().map(|one| one.rows).collect::<Vec<_>>(), [8192, 32768], "{work:?}");
        for one in of {
            assert!((100..600).contains(&(one.bytes / one.rows)), "{one:?}");
            assert!(one.ms < 60_000, "{one:?}");
        }
    }
    let ms =
        |work: Work| found.measured.iter().filter(|one| one.work == work).map(|one| one.ms).max().unwrap();
    assert!(ms(Work::Copy) > ms(Work::Instant), "{text}");
    assert_eq!(scratches(), Vec::<String>::new());
    // Everything that was said stands in one of the two lists.
    let listed: Vec<String> =
        planned().iter().map(|one| one.replace('…', "*")).map(|one| fold(&one)).collect();
    let own: Vec<String> = MYSQL.iter().map(|one| fold(one.sql)).collect();
    for line in &log {
        let at = line.find(statements::PREFIX);
        let general = at.map_or_else(
            || line.clone(),
            |at| match line.get(at..at + statements::PREFIX.len() + 16) {
                Some(name) => line.replace(name, &format!("{}*", statements::PREFIX)),
                None => line.clone(),
            },
        );
        let general = fold(&general);
        let asked = [statements::CONNECTION, statements::LEFT];
        assert!(
            listed.contains(&general) || own.contains(&general) || asked.contains(&general.as_str()),
            "not in a list: {general}"
        );
    }
    assert!(log.iter().any(|line| line.starts_with("DROP DATABASE")));
    // The plan takes it.
    let used = project.program(&[
        "plan",
        "--applied",
        "applied.tsv",
        "--calibration",
        "cal.toml",
        "--format",
        "json",
    ]);
    assert!(used.stderr.contains("applied.tsv"), "no such file: {}", used.stderr);
    project.write("applied.tsv", "app\tname\nshop\t0001_initial\n");
    project.write(
        "sizes.tsv",
        "table_name\ttable_rows\tdata_length\tindex_length\nshop_box\t1000\t9000000\t0\n",
    );
    let used = project.program(&[
        "plan",
        "--applied",
        "applied.tsv",
        "--stats",
        "sizes.tsv",
        "--calibration",
        "cal.toml",
        "--server",
        "mariadb-10.11",
        "--format",
        "json",
    ]);
    assert!(used.stdout.contains("\"source\": \"measured\""), "{} {}", used.stdout, used.stderr);
}

fn fold(text: &str) -> String {
    text.replace("\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn nothing_is_done_unasked_or_without_the_right() {
    let project = project("cal_poor", "GRANT SELECT ON mysql.* TO cal_poor");
    let (ran, log) = general_log("cal_poor", || project.run(&["calibrate"]));
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("--allow-writes") && ran.stdout.contains("CREATE DATABASE"),
        "{}",
        ran.stdout
    );
    assert_eq!(log, Vec::<String>::new(), "nobody was asked");
    let ran = project.run(&["calibrate", "--allow-writes"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("GRANT ALL ON `bklog\\_lint\\_calibrate\\_%`"), "{}", ran.stderr);
    assert!(!project.path("calibration.toml").exists());
}

/// Starts it with a table that takes a while, and waits until it is at work.
fn at_work(project: &Project, user: &str) -> Child {
    let mut command = project.command(&["gate", "calibrate", "--allow-writes", "--rows", "8388608"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    let busy = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{user}' AND INFO LIKE '%rows%'"
    );
    // Into the measurements, not only the filling.
    while sql(&busy).trim() == "0" || begin.elapsed() < Duration::from_secs(3) {
        assert!(begin.elapsed() < Duration::from_secs(60), "it never began");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(scratches().len(), 1);
    child
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn ctrl_c_and_a_lost_connection_leave_nothing() {
    let _alone = crate::alone();
    let project = project("cal_stop", &rights("cal_stop"));
    for how in ["interrupt", "terminate", "kill the connection"] {
        let child = at_work(&project, "cal_stop");
        let begin = Instant::now();
        match how {
            "interrupt" => drop(crate::shell(&format!("kill -INT {}", child.id()))),
            "terminate" => drop(crate::shell(&format!("kill -TERM {}", child.id()))),
            _ => {
                let ids = sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'cal_stop'");
                for id in ids.lines() {
                    sql(&format!("KILL {id}"));
                }
            }
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{how}: {said}");
        assert!(begin.elapsed() < Duration::from_secs(30), "{how}: {:?}", begin.elapsed());
        assert_eq!(scratches(), Vec::<String>::new(), "{how}");
        assert!(!project.path("calibration.toml").exists(), "{how}");
        assert!(!said.contains(PASSWORD));
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_time_limit_holds() {
    let _alone = crate::alone();
    let project = project("cal_limit", &rights("cal_limit"));
    let begin = Instant::now();
    let ran = project.run(&["calibrate", "--allow-writes", "--rows", "67108864", "--limit", "6"]);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert!(matches!(ran.code, 0 | 2), "{}", ran.stderr);
    assert!(ran.stderr.contains("--limit"), "{}", ran.stderr);
    assert_eq!(scratches(), Vec::<String>::new());
}
