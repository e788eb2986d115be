//! A real RabbitMQ.

use crate::project::Project;
use crate::variable;

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_greeting_and_the_login() {
    let port = variable("BKLOG_LINT_TEST_RABBITMQ_PORT");
    let judged = |more: &str, password: &str| {
        let project = Project::new(&format!(
            "[gate]\nretries = 0\nno-static-check = true\n[gate.rabbitmq.default]\nhost = \"127.0.0.1\"\nport = {port}\n{more}"
        ));
        project.write("password", password);
        project.gate(&[])
    };
    let anonymous = judged("", "");
    anonymous.is("rabbitmq.version", "pass");
    assert!(
        anonymous.text("rabbitmq.version", "observed").starts_with("RabbitMQ 3."),
        "{}",
        anonymous.shown()
    );
    let login = "user = \"guest\"\npassword = \"file:password\"\n";
    judged(login, "guest").is("rabbitmq.login", "pass");
    let wrong = judged(login, "wrong");
    wrong.is("rabbitmq.version", "pass").is("rabbitmq.login", "error");
    assert!(wrong.text("rabbitmq.login", "message").contains("password"), "{}", wrong.shown());
    judged(&format!("{login}vhost = \"nowhere\"\n"), "guest").is("rabbitmq.login", "error");
}
