//! A secret that is planted in every field comes out nowhere, not even when servers and programs repeat it.

use crate::mysql_server::{self, Answers};
use crate::project::{PASSWORD, Project};
use crate::servers::{Fault, faulty, http};

/// Forms in which a secret could come out.
fn forms() -> Vec<String> {
    vec![PASSWORD.to_owned(), PASSWORD.replace('%', "%25").replace('/', "%2F"), PASSWORD.replace('/', "\\/")]
}

#[test]
fn planted_secrets_come_out_nowhere() {
    let echo = http(|path, head| {
        (
            200,
            format!("X-echo: {}\r\n", path.len()),
            format!("{{\"ok\": false, \"seen\": {:?}}}", format!("{head} {PASSWORD}")),
        )
    });
    let mut refusing = Answers::sound("8.0.36", "");
    refusing.refuse = Some(format!("Access denied for user 'bklog' (using password: {PASSWORD})"));
    let refusing = mysql_server::start(refusing);
    let mut telling = Answers::sound("8.0.36", PASSWORD);
    telling.fail("transactions", 1227, &format!("you need PROCESS, not {PASSWORD}"));
    telling.set("migrations", &[&["shop", PASSWORD]]);
    let telling = mysql_server::start(telling);
    let garbage = faulty(Fault::Garbage);
    let gate = format!(
        r#"[gate]
timeout = 2
retries = 0
no-static-check = true
[gate.mysql.default]
host = "127.0.0.1"
port = {telling}
database = "bklog"
password = "${{GATE_PASSWORD}}"
[gate.mysql.refusing]
host = "127.0.0.1"
port = {refusing}
password = "file:secret"
[gate.mysql.missing]
host = "127.0.0.1"
password = "cmd:sh -c 'cat secret; cat secret >&2; exit 1'"
[gate.redis.default]
nodes = ["127.0.0.1:{garbage}"]
user = "bklog"
password = "${{GATE_PASSWORD}}"
sentinel-password = "cmd:cat secret"
[gate.elasticsearch.default]
url = "http://127.0.0.1:{echo}"
user = "bklog"
password = "${{GATE_PASSWORD}}"
[gate.elasticsearch.key]
url = "http://127.0.0.1:{echo}"
api-key = "${{GATE_PASSWORD}}"
[gate.rabbitmq.default]
host = "127.0.0.1"
port = {garbage}
user = "bklog"
password = "${{GATE_PASSWORD}}"
[gate.component.cmdb]
health = "http://127.0.0.1:{echo}/healthz"
token = "${{GATE_PASSWORD}}"
"#
    );
    let project = Project::new(&gate);
    project.write("secret", format!("{PASSWORD}\n"));
    let mut outputs = Vec::new();
    for words in [
        vec!["--dry-run"],
        vec!["--collect", "facts.json"],
        vec!["--facts", "facts.json"],
        vec!["--verbose"],
        vec!["--format", "json"],
        vec!["--format", "junit"],
        vec!["--format", "markdown"],
        vec!["--format", "prometheus"],
        vec!["--format", "nagios"],
        vec!["--lang", "zh", "--output", "json=out.json", "--output", "markdown=out.md"],
    ] {
        let ran = project.run(&words);
        outputs.push((format!("{words:?} stdout"), ran.stdout));
        outputs.push((format!("{words:?} stderr"), ran.stderr));
    }
    for file in ["facts.json", "out.json", "out.md"] {
        outputs.push((file.to_owned(), project.read(file)));
    }
    for (name, text) in &outputs {
        for form in forms() {
            assert!(!text.contains(&form), "the secret is in {name}:\n{text}");
        }
        assert!(!text.contains("panicked"), "{name}");
    }
    assert!(outputs.iter().any(|(_, text)| text.contains("***")), "something was taken out");
}

#[test]
fn a_secret_written_out_is_refused_and_not_repeated() {
    for line in [
        format!("[gate.mysql.default]\npassword = \"{PASSWORD}\""),
        format!("[gate.redis.default]\nnodes = [\"redis://u:{PASSWORD}@host\"]"),
        format!("[gate.elasticsearch.default]\nurl = \"http://u:{PASSWORD}@host:9200\""),
        format!("[gate.component.cmdb]\ntoken = \"{PASSWORD}\""),
        format!("[gate.elasticsearch.default]\napi-key = \"x${{A}}{PASSWORD}\""),
    ] {
        let ran = Project::new(&line).run(&[]);
        assert_eq!(ran.code, 2, "{line}: {}", ran.stderr);
        assert!(!ran.stderr.contains(PASSWORD) && ran.stdout.is_empty(), "{}", ran.stderr);
    }
}
