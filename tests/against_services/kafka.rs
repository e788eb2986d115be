//! The mock cluster of librdkafka, which speaks Kafka's protocol but knows no logins; for these a stand-in of ours, to
//! which librdkafka logs in as well.

use crate::project::{Judged, Project};
use crate::variable;

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_mock_cluster_answers() {
    let brokers = variable("BKLOG_LINT_TEST_KAFKA");
    let gate = format!(
        "[gate]\nretries = 0\nno-static-check = true\n[gate.kafka.default]\nbrokers = [\"{brokers}\"]\n"
    );
    let judged = Project::new(&gate).gate(&[]);
    judged.is("kafka.connect", "pass").is("kafka.brokers", "pass");
    // The mock is no release of Kafka: it offers a selection of requests.
    assert!(matches!(judged.status("kafka.version"), "warn" | "pass"), "{}", judged.shown());
}

/// The gate with a login at a port of the stand-in.
fn logged_in(mode: &str, mechanism: &str, password: &str) -> Judged {
    let ports = variable("BKLOG_LINT_TEST_KAFKA_LOGIN");
    let port = ports.split(' ').find_map(|one| one.strip_prefix(mode)?.strip_prefix('=')).unwrap();
    let project = Project::new(&format!(
        "[gate]\nretries = 0\nno-static-check = true\n[gate.kafka.default]\nbrokers = [\"127.0.0.1:{port}\"]\n\
         user = \"{}\"\npassword = \"file:password\"\n{mechanism}",
        variable("BKLOG_LINT_TEST_KAFKA_USER")
    ));
    project.write("password", password);
    let judged = project.gate(&[]);
    assert!(!judged.shown().contains(password), "{}", judged.shown());
    judged
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_user_logs_in_with_every_mechanism() {
    let password = variable("BKLOG_LINT_TEST_KAFKA_PASSWORD");
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let with = format!("mechanism = \"{mechanism}\"\n");
        logged_in("current", &with, &password).is("kafka.connect", "pass").is("kafka.login", "pass");
        let wrong = logged_in("current", &with, "none-of-theirs");
        // What a broker says before the login is known all the same.
        wrong.is("kafka.connect", "pass").is("kafka.brokers", "pass").is("kafka.login", "error");
        assert!(wrong.text("kafka.login", "message").contains("password"), "{}", wrong.shown());
        assert_ne!(wrong.verdict, "go");
    }
    // Brokers before 1.0.
    let plain = "mechanism = \"PLAIN\"\n";
    logged_in("old", plain, &password).is("kafka.login", "pass");
    logged_in("old", plain, "none-of-theirs").is("kafka.login", "error");
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_login_that_cannot_be_is_said() {
    let password = variable("BKLOG_LINT_TEST_KAFKA_PASSWORD");
    let scram = "mechanism = \"SCRAM-SHA-256\"\n";
    for (mode, mechanism, id, words) in [
        ("old", scram, "kafka.login", "the broker takes PLAIN, not SCRAM-SHA-256"),
        ("open", scram, "kafka.login", "takes no login"),
        // It would let anybody in, and so is not the broker that knows this user.
        ("liar", scram, "kafka.login", "SCRAM-SHA-256"),
        ("endless", scram, "kafka.login", "4000000000 rounds"),
        ("current", "", "kafka.connect", "needs a `mechanism`"),
    ] {
        let judged = logged_in(mode, mechanism, &password);
        judged.is(id, "error");
        assert!(judged.text(id, "observed").contains(words), "{mode}: {}", judged.shown());
    }
}
