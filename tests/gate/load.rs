//! Many databases, some of them slow: the gate answers within its deadline.

use std::time::{Duration, Instant};

use crate::mysql_server::{self, Answers};
use crate::project::Project;
use crate::servers::{Fault, faulty};

#[test]
fn twenty_databases_end_within_the_deadline() {
    let mut gate = "[gate]\ntimeout = 3\nretries = 1\ndeadline = 15\nno-static-check = true\n".to_owned();
    for at in 0..20 {
        let port = match at {
            7 => faulty(Fault::BlackHole),
            13 => faulty(Fault::Slow),
            _ => {
                let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
                answers.pause = Duration::from_millis(20);
                mysql_server::start(answers)
            }
        };
        gate.push_str(&format!(
            "[gate.mysql.db{at}]\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"bklog\"\n"
        ));
    }
    let project = Project::new(&gate);
    let begin = Instant::now();
    let judged = project.gate(&[]);
    assert!(begin.elapsed() < Duration::from_secs(25), "{:?}", begin.elapsed());
    assert!(judged.checks.len() >= 50, "{} checks", judged.checks.len());
    judged.is("mysql.db7.connect", "error").is("mysql.db13.connect", "error");
    for at in (0..20).filter(|at| ![7, 13].contains(at)) {
        judged.is(&format!("mysql.db{at}.version"), "pass");
    }
    assert_eq!(judged.verdict, "unknown");
}

#[test]
fn what_is_still_open_at_the_deadline_is_an_error() {
    let port = faulty(Fault::BlackHole);
    let mut gate =
        "[gate]\ntimeout = 60\nretries = 5\ndeadline = 2\nparallel = 1\nno-static-check = true\n".to_owned();
    for at in 0..3 {
        gate.push_str(&format!("[gate.mysql.db{at}]\nhost = \"127.0.0.1\"\nport = {port}\n"));
    }
    let begin = Instant::now();
    let judged = Project::new(&gate).gate(&[]);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    for at in 0..3 {
        judged.is(&format!("mysql.db{at}.connect"), "error");
    }
}
