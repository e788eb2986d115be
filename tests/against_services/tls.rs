//! TLS to every service that the gate speaks it with: the right authority passes, everything else is an error in time.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::project::{Judged, PASSWORD, Project};
use crate::{file, sql, tls, variable};

/// Services by the name of their check, with the port of the real one, or of a stand-in where there is none.
fn services() -> [(&'static str, u16); 6] {
    let port = |name: &str| variable(name).parse::<u16>().unwrap();
    let kafka = variable("BKLOG_LINT_TEST_KAFKA");
    let kafka = kafka.split(',').next().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    [
        ("mysql", port("BKLOG_LINT_TEST_MARIADB_PORT")),
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

/// TLS with a certificate before the service at a port.
fn before(service: &str, to: u16, certificate: &str) -> u16 {
    let key = file(if certificate == "other.pem" { "other.key" } else { "server.key" });
    match service {
        "mysql" => tls::before_mysql(to, &file(certificate), &key, &file("ca.pem")),
        _ => tls::before(to, &file(certificate), &key),
    }
}

fn judged(service: &str, port: u16, ca: Option<&str>) -> Judged {
    let ca = ca.map(|name| format!(", ca = \"{}\"", file(name).display())).unwrap_or_default();
    let target = match service {
        "mysql" => format!(
            "[gate.mysql.default]\nhost = \"localhost\"\nport = {port}\nuser = \"gate_tls_faults\"\npassword = \"${{GATE_PASSWORD}}\"\ndatabase = \"mysql\"\n"
        ),
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
    sql(&format!("CREATE OR REPLACE USER gate_tls_faults IDENTIFIED BY '{PASSWORD}' REQUIRE SSL"));
    for (service, to) in services() {
        let port = before(service, to, "server.pem");
        let judged = judged(service, port, Some("ca.pem"));
        assert_eq!(judged.status(&id(service)), "pass", "{service}: {}", judged.shown());
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_bad_certificate_is_an_error_that_says_what_is_wrong_with_it() {
    let faults = |(service, to): (&'static str, u16)| {
        let ca = Some("ca.pem");
        let other_host = "certificate not valid for name \"localhost\"; certificate is only valid for DnsName(\"elsewhere.example.com\")";
        for (name, certificate, ca, message, observed) in [
            (
                "signed by nobody that is trusted",
                "stranger.pem",
                ca,
                "signed by no authority",
                "UnknownIssuer",
            ),
            (
                "signed by itself",
                "other.pem",
                ca,
                "is not one for a service",
                "it is the certificate of an authority",
            ),
            (
                "of an authority that is not public",
                "server.pem",
                None,
                "signed by no authority",
                "UnknownIssuer",
            ),
            ("for another host", "elsewhere.pem", ca, "is for another host", other_host),
            (
                "expired",
                "expired.pem",
                ca,
                "has expired",
                "not valid after 2024-02-01 12:34:56 UTC; the clock here says 20",
            ),
            (
                "early",
                "early.pem",
                ca,
                "not valid yet",
                "not valid before 2099-01-01 00:00:00 UTC; the clock here says 20",
            ),
            ("no TLS at all", "", ca, "", ""),
        ] {
            let port = if certificate.is_empty() { to } else { before(service, to, certificate) };
            // The real server has TLS.
            if certificate.is_empty() && service == "mysql" {
                continue;
            }
            let begin = Instant::now();
            let judged = judged(service, port, ca);
            assert!(begin.elapsed() < Duration::from_secs(15), "{service}, {name}: {:?}", begin.elapsed());
            let (id, shown) = (id(service), judged.shown());
            assert_eq!(judged.status(&id), "error", "{service}, {name}: {shown}");
            assert_eq!((judged.code, judged.verdict.as_str()), (3, "unknown"), "{service}, {name}: {shown}");
            assert!(judged.text(&id, "message").contains(message), "{service}, {name}: {shown}");
            assert!(judged.text(&id, "observed").starts_with(observed), "{service}, {name}: {shown}");
            let of_service = judged.checks.keys().filter(|key| key.starts_with(service)).count();
            assert_eq!(of_service, 1, "{service}, {name}: nothing else is said of it: {shown}");
        }
    };
    // Side by side: most of the time is spent waiting for those that have no TLS.
    std::thread::scope(|scope| {
        let runs: Vec<_> = services().into_iter().map(|one| scope.spawn(move || faults(one))).collect();
        for run in runs {
            run.join().unwrap();
        }
    });
}
