//! RabbitMQ.

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::RabbitmqFacts;
use super::{Checks, clients};

/// Judges a RabbitMQ.
pub fn judge(id: &str, facts: &RabbitmqFacts, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Environment);
    let seen = format!("{} {}", facts.product, facts.version);
    let check = match facts.product.as_str() {
        "RabbitMQ" => checks.check("version", Status::Pass, "known", "版本已知"),
        _ => checks
            .check(
                "version",
                Status::Fail,
                "it speaks AMQP 0-9-1 and is no RabbitMQ",
                "它使用 AMQP 0-9-1，但不是 RabbitMQ",
            )
            .advise(say("correct host and port", "改正主机和端口")),
    };
    checks.add(check.saw(seen.trim()));
    checks.on("login", &facts.login, |checks, ()| {
        checks.check("login", Status::Pass, "the user may use the virtual host", "该用户可使用此虚拟主机")
    });
    if facts.product == "RabbitMQ" && !facts.version.is_empty() {
        clients(&mut checks, context, "rabbitmq", std::slice::from_ref(&facts.version));
    }
    checks.done()
}
