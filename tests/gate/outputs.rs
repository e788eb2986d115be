//! What other programs read of a gate: JUnit, Prometheus, Nagios. Held to their own rules, with text that tries to break out.

use std::collections::BTreeSet;

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use crate::mysql_server::{self, Answers};
use crate::project::{Project, Ran};
use crate::servers::{Fault, faulty};

/// A name that ends labels, lines, elements and texts where it is not escaped.
const HOSTILE: &str = "a\\\"b<c>&|d";

fn gate(port: u16, more: &str) -> Project {
    let key = HOSTILE.replace('\\', "\\\\").replace('"', "\\\"");
    Project::new(&format!(
        "[gate]\ntimeout = 1\nretries = 0\nno-static-check = true\n[gate.mysql.default]\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"bklog\"\n[gate.mysql.\"{key}\"]\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"bklog\"\n{more}"
    ))
}

/// A server in order, one that is read-only, one that does not answer: go, no-go, unknown.
fn cases() -> [(Project, &'static str); 3] {
    let sound = mysql_server::start(Answers::sound("8.0.36", "MySQL Community Server - GPL"));
    let mut answers = Answers::sound("8.0.36", "MySQL Community Server - GPL");
    answers.set("variables", &[&["read_only", "ON"]]);
    let read_only = mysql_server::start(answers);
    [(gate(sound, ""), "go"), (gate(read_only, ""), "no-go"), (gate(faulty(Fault::Refused), ""), "unknown")]
}

fn as_format(project: &Project, format: &str) -> Ran {
    project.run(&["--format", format])
}

#[test]
fn junit_is_well_formed_and_counts_what_it_holds() {
    for (project, verdict) in cases() {
        let judged = project.gate(&[]);
        assert_eq!(judged.verdict, verdict, "{}", judged.shown());
        let ran = as_format(&project, "junit");
        let mut reader = Reader::from_str(&ran.stdout);
        let (mut cases, mut inside) = (BTreeSet::new(), [0usize; 3]);
        let mut told = [0usize; 4];
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{}", ran.stdout)) {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => {
                    let value = |name: &str| {
                        let found = tag.try_get_attribute(name).unwrap()?;
                        Some(found.normalized_value(XmlVersion::Implicit1_0).unwrap().into_owned())
                    };
                    match tag.name().as_ref() {
                        b"testsuite" => {
                            for (at, name) in
                                ["tests", "failures", "errors", "disabled"].into_iter().enumerate()
                            {
                                told[at] += value(name).unwrap_or_default().parse::<usize>().unwrap_or(0);
                            }
                        }
                        b"testcase" => {
                            assert!(
                                cases.insert(value("name").unwrap()),
                                "twice: {}",
                                value("name").unwrap()
                            );
                            assert!(value("classname").unwrap().starts_with("gate."));
                        }
                        b"failure" => inside[0] += 1,
                        b"error" => inside[1] += 1,
                        b"skipped" => inside[2] += 1,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let ids: BTreeSet<String> = judged.checks.keys().cloned().collect();
        assert_eq!(cases, ids, "{verdict}: a case for every check");
        let count = |status: &str| ids.iter().filter(|id| judged.status(id) == status).count();
        assert_eq!(inside, [count("fail"), count("error"), count("warn") + count("skip")], "{verdict}");
        assert_eq!(told, [ids.len(), inside[0], inside[1], inside[2]], "{verdict}: the suites count right");
        assert!(ids.iter().any(|id| id.contains("<c>")), "the hostile name is there");
    }
}

#[test]
fn prometheus_can_be_scraped() {
    for (project, verdict) in cases() {
        let judged = project.gate(&[]);
        let ran = as_format(&project, "prometheus");
        let (mut described, mut series) = (BTreeSet::new(), BTreeSet::new());
        for line in ran.stdout.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                let mut words = rest.split(' ');
                let (what, name) = (words.next().unwrap(), words.next().unwrap());
                assert!(matches!(what, "HELP" | "TYPE"), "{line}");
                described.insert((what.to_owned(), name.to_owned()));
                continue;
            }
            let (labelled, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap_or_else(|_| panic!("no number: {line}"));
            let name = labelled.split('{').next().unwrap();
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{line}");
            for what in ["HELP", "TYPE"] {
                assert!(described.contains(&(what.to_owned(), name.to_owned())), "{what} before {line}");
            }
            assert!(series.insert(labelled.to_owned()), "twice: {labelled}");
            assert!(labels_end_right(labelled), "{line}");
        }
        assert!(series.contains(&format!("bklog_gate_verdict{{verdict=\"{verdict}\"}}")));
        let holds: Vec<&str> = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with("bklog_gate_verdict{") && line.ends_with(" 1"))
            .collect();
        assert_eq!(holds.len(), 1, "{holds:?}");
        let checks = series.iter().filter(|one| one.starts_with("bklog_gate_check{")).count();
        assert_eq!(checks, judged.checks.len());
    }
}

/// Whether every quoted value ends where the next label or the brace follows.
fn labels_end_right(text: &str) -> bool {
    let Some((_, rest)) = text.split_once('{') else { return true };
    let (mut quoted, mut escaped) = (false, false);
    let mut last = ' ';
    for c in rest.chars() {
        match (quoted, escaped, c) {
            (true, true, _) => escaped = false,
            (true, false, '\\') => escaped = true,
            (_, _, '"') => quoted = !quoted,
            (false, _, '<' | '>' | '&' | '|') => return false,
            _ => {}
        }
        last = c;
    }
    !quoted && last == '}'
}

#[test]
fn nagios_gets_one_line_and_its_own_exit_codes() {
    for ((project, verdict), (word, code)) in
        cases().into_iter().zip([("OK", 0), ("CRITICAL", 2), ("UNKNOWN", 3)])
    {
        let ran = as_format(&project, "nagios");
        // The sound one has a warning or not; both are a go.
        let warned = ran.stdout.starts_with("GATE WARNING");
        let (word, code) = if verdict == "go" && warned { ("WARNING", 1) } else { (word, code) };
        assert_eq!(ran.code, code, "{}", ran.stdout);
        assert!(ran.stdout.starts_with(&format!("GATE {word} - {verdict}")), "{}", ran.stdout);
        assert_eq!(ran.stdout.lines().count(), 1);
        let parts: Vec<&str> = ran.stdout.trim_end().split('|').collect();
        let [_, data] = parts.as_slice() else { panic!("one bar: {}", ran.stdout) };
        for pair in data.split_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            assert!(!name.is_empty() && value.parse::<u64>().is_ok(), "{pair}");
        }
    }
}
