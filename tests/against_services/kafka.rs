//! The mock cluster of librdkafka, which speaks Kafka's protocol.

use crate::project::Project;
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
