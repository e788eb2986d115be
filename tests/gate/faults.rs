//! Services that refuse, stay silent, dribble, hang up, talk nonsense or are something else: each is a question that could
//! not be asked, in time, and nothing else suffers from it.

use std::time::{Duration, Instant};

use crate::mysql_server::{self, Answers};
use crate::project::Project;
use crate::servers::{FAULTS, Fault, faulty, http};

const IDS: [&str; 7] = [
    "mysql.connect",
    "redis.connect",
    "redis.sentinel.connect",
    "redis.cluster.connect",
    "elasticsearch.connect",
    "kafka.connect",
    "rabbitmq.connect",
];

fn configuration(port: u16, sound: u16, well: u16) -> String {
    format!(
        r#"[gate]
timeout = 1
retries = 1
deadline = 12
no-static-check = true
[gate.mysql.default]
host = "127.0.0.1"
port = {port}
user = "bklog"
password = "${{GATE_PASSWORD}}"
[gate.mysql.sound]
host = "127.0.0.1"
port = {sound}
database = "bklog"
[gate.redis.default]
nodes = ["127.0.0.1:{port}"]
password = "${{GATE_PASSWORD}}"
[gate.redis.sentinel]
mode = "sentinel"
nodes = ["127.0.0.1:{port}"]
master = "mymaster"
[gate.redis.cluster]
mode = "cluster"
nodes = ["127.0.0.1:{port}"]
[gate.elasticsearch.default]
url = "http://127.0.0.1:{port}"
[gate.kafka.default]
brokers = ["127.0.0.1:{port}"]
[gate.rabbitmq.default]
host = "127.0.0.1"
port = {port}
user = "bklog"
password = "${{GATE_PASSWORD}}"
[gate.component.cmdb]
health = "http://127.0.0.1:{port}/healthz"
[gate.component.well]
health = "http://127.0.0.1:{well}/ping"
"#
    )
}

#[test]
fn a_fault_is_an_error_in_time_and_spares_the_others() {
    let sound = mysql_server::start(Answers::sound("8.0.36", "MySQL Community Server - GPL"));
    let well = http(|_, _| (200, String::new(), "pong".to_owned()));
    let one = |fault: Fault| {
        let project = Project::new(&configuration(faulty(fault), sound, well));
        let begin = Instant::now();
        let judged = project.gate(&[]);
        let elapsed = begin.elapsed();
        assert!(elapsed < Duration::from_secs(20), "{fault:?} took {elapsed:?}");
        for id in IDS {
            assert_eq!(judged.status(id), "error", "{fault:?} {id}: {}", judged.checks[id]);
            let service = id.trim_end_matches("connect");
            let others = judged.checks.keys().filter(|other| {
                other.starts_with(service)
                    && *other != id
                    && other.matches('.').count() == id.matches('.').count()
            });
            assert_eq!(others.count(), 0, "{fault:?}: nothing is said of a service that gave no answer");
        }
        let cmdb = judged.status("component.cmdb");
        assert!(cmdb == "error" || cmdb == "fail", "{fault:?} {cmdb}");
        judged
            .is("mysql.sound.connect", "pass")
            .is("mysql.sound.version", "pass")
            .is("component.well", "pass");
        assert!(matches!(judged.code, 1 | 3) && judged.verdict != "go", "{fault:?} {}", judged.verdict);
    };
    // Side by side: most of the time is spent waiting.
    std::thread::scope(|scope| {
        let runs: Vec<_> = FAULTS.into_iter().map(|fault| scope.spawn(move || one(fault))).collect();
        for run in runs {
            run.join().unwrap();
        }
    });
}

#[test]
fn the_kind_of_trouble_is_named() {
    let said = |fault| {
        let gate = format!(
            "[gate]\ntimeout = 1\nretries = 0\nno-static-check = true\n[gate.kafka.default]\nbrokers = [\"127.0.0.1:{}\"]\n",
            faulty(fault)
        );
        let judged = Project::new(&gate).gate(&[]);
        assert_eq!((judged.code, judged.verdict.as_str()), (3, "unknown"));
        judged.text("kafka.connect", "message").to_owned()
    };
    assert!(said(Fault::Refused).contains("refused"));
    assert!(said(Fault::BlackHole).contains("time limit"));
    assert!(said(Fault::Slow).contains("protocol") || said(Fault::Slow).contains("time limit"));
    assert!(said(Fault::Closed).contains("closed"));
    assert!(said(Fault::OtherService).contains("protocol"));
    assert!(said(Fault::MysqlGreeting).contains("protocol"));
}

/// An interpreter that is not there, hangs, fails, or says something else.
#[test]
fn an_interpreter_that_does_not_answer_is_an_error_in_time() {
    for (command, name) in [
        ("[\"/nowhere/python\"]", "absent"),
        ("[\"sh\", \"-c\", \"sleep 60\"]", "hangs"),
        ("[\"sh\", \"-c\", \"exit 3\"]", "fails"),
        ("[\"sh\", \"-c\", \"echo nonsense\"]", "garbage"),
        ("[\"sh\", \"-c\", \"head -c 3000000 /dev/zero\"]", "a flood of bytes"),
    ] {
        let gate = format!(
            "[gate]\ntimeout = 2\nretries = 0\ndeadline = 60\nno-static-check = true\n[gate.python.default]\ncommand = {command}\n"
        );
        let begin = Instant::now();
        let judged = Project::new(&gate).gate(&[]);
        assert!(begin.elapsed() < Duration::from_secs(10), "{name}: {:?}", begin.elapsed());
        assert_eq!(judged.status("python.connect"), "error", "{name}: {}", judged.shown());
        assert_eq!((judged.code, judged.verdict.as_str()), (3, "unknown"), "{name}: {}", judged.shown());
        let of_python = judged.checks.keys().filter(|key| key.starts_with("python")).count();
        assert_eq!(of_python, 1, "{name}: {}", judged.shown());
    }
}

#[test]
fn an_unhealthy_body_is_a_fault_whatever_the_status() {
    let port = http(|path, _| match path {
        "/ok" => (200, String::new(), "{\"ok\": true, \"result\": true}".into()),
        "/bad" => (200, String::new(), "{\"ok\": false, \"result\": false}".into()),
        "/login" => (302, "Location: /elsewhere\r\n".into(), String::new()),
        _ => (200, String::new(), "<html>a page</html>".into()),
    });
    let status = |path: &str| {
        let gate = format!(
            "[gate]\nno-static-check = true\n[gate.component.cmdb]\nhealth = \"http://127.0.0.1:{port}{path}\"\n"
        );
        Project::new(&gate).gate(&[]).status("component.cmdb").to_owned()
    };
    assert_eq!(status("/ok"), "pass");
    assert_eq!(status("/bad"), "fail");
    assert_eq!(status("/login"), "fail");
    assert_eq!(status("/page"), "fail");
}
