//! TLS to every service that the gate speaks it with: the right authority passes, everything else is an error in time.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::project::{Judged, Project};
use crate::{file, tls, variable};

/// Services by the name of their check, with the port of the real one, or of a stand-in where there is none.
fn services() -> [(&'static str, u16); 5] {
    let port = |name: &str| variable(name).parse::<u16>().unwrap();
    let kafka = variable("BKLOG_LINT_TEST_KAFKA");
    let kafka = kafka.split(',').next().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    [
        ("redis", port("BKLOG_LINT_TEST_REDIS_MASTER_PORT")),
        ("rabbitmq", port("BKLOG_LINT_TEST_RABBITMQ_PORT")),
        ("kafka", kafka),
        ("elasticsearch", http(r#"{"version": {"number": "7.17.9"}, "tagline": "You Know, for Search"}"#)),
        ("component.cmdb", http(r#"{"ok": true, "result": true}"#)),
    ]
}

/// A stand-in that answers every request with `body`.
fn http(body: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while matches!(stream.read(&mut buffer), Ok(length) if length > 0) {
                    let head = "HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\n";
                    let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
                    if stream.write_all(text.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

fn judged(service: &str, port: u16, ca: Option<&str>) -> Judged {
    let ca = ca.map(|name| format!(", ca = \"{}\"", file(name).display())).unwrap_or_default();
    let target = match service {
        "redis" => format!("[gate.redis.default]\nnodes = [\"localhost:{port}\"]\n"),
        "rabbitmq" => format!("[gate.rabbitmq.default]\nhost = \"localhost\"\nport = {port}\n"),
        "kafka" => format!("[gate.kafka.default]\nbrokers = [\"localhost:{port}\"]\n"),
        "elasticsearch" => format!("[gate.elasticsearch.default]\nurl = \"https://localhost:{port}\"\n"),
        _ => format!("[gate.component.cmdb]\nhealth = \"https://localhost:{port}/healthz\"\n"),
    };
    let tls = format!("tls = {{ enabled = true{ca} }}\n");
    let gate = format!("[gate]\ntimeout = 4\nretries = 0\nno-static-check = true\n{target}{tls}");
    Project::new(&gate).gate(&[])
}

fn id(service: &str) -> String {
    if service.contains('.') { service.to_owned() } else { format!("{service}.connect") }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_right_authority_passes() {
    for (service, to) in services() {
        let port = tls::before(to, &file("server.pem"), &file("server.key"));
        let judged = judged(service, port, Some("ca.pem"));
        assert_eq!(judged.status(&id(service)), "pass", "{service}: {}", judged.shown());
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_bad_certificate_is_an_error_never_a_pass() {
    for (service, to) in services() {
        let signed = tls::before(to, &file("server.pem"), &file("server.key"));
        let by_nobody = tls::before(to, &file("other.pem"), &file("other.key"));
        let elsewhere = tls::before(to, &file("elsewhere.pem"), &file("server.key"));
        for (name, port, ca) in [
            ("signed by nobody that is trusted", by_nobody, Some("ca.pem")),
            ("signed by an authority that is not public", signed, None),
            ("for another host", elsewhere, Some("ca.pem")),
            ("no TLS at all", to, Some("ca.pem")),
        ] {
            let begin = Instant::now();
            let judged = judged(service, port, ca);
            assert!(begin.elapsed() < Duration::from_secs(15), "{service}, {name}: {:?}", begin.elapsed());
            let (id, shown) = (id(service), judged.shown());
            assert_eq!(judged.status(&id), "error", "{service}, {name}: {shown}");
            assert_eq!((judged.code, judged.verdict.as_str()), (3, "unknown"), "{service}, {name}: {shown}");
            let message = judged.text(&id, "message");
            let told = message.contains("TLS") || name == "no TLS at all";
            assert!(told, "{service}, {name}: {shown}");
            let of_service = judged.checks.keys().filter(|key| key.starts_with(service)).count();
            assert_eq!(of_service, 1, "{service}, {name}: nothing else is said of it: {shown}");
        }
    }
}
