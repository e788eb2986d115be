//! SRV005: a client that does not work with a server that the configuration names.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts;
use crate::pins::series::Series;
use crate::project::Project;
use crate::rules::pins::report;
use crate::rules::{Check, Emit, Rule};

/// SRV005 client-against-server.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV005",
        name: "client-against-server",
        family: "servers",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/client-against-server.md"),
    check: Check::Project(check),
};

fn check(project: &Project, config: &Config, emit: &mut Emit<'_>) {
    for row in facts::client_server() {
        let Some(pin) = project.pins.inventory.chosen(&row.package) else { continue };
        if !pin.entry.pinned().is_some_and(|version| row.versions.contains(version)) {
            continue;
        }
        let named = config.services.all().into_iter().filter(|(service, _)| *service == row.service);
        for server in named.flat_map(|(_, versions)| versions) {
            if !Series::parse(server).is_some_and(|series| series.fits(&row.server)) {
                continue;
            }
            let (shown, service) = (pin.shown(), &row.service);
            let message = Bilingual::new(
                format!("`{shown}` against {service} {server}: {}", row.what),
                format!("`{shown}` 与 {service} {server}：{}", row.what_zh),
            );
            let discriminator = format!("{service} {server}");
            report(emit.graded(row.severity), project, &pin, &discriminator, message).help = Bilingual::new(
                "Use another version of the client for this server, or move the server.",
                "请为该服务端换用其他版本的客户端，或升级、更换服务端。",
            );
        }
    }
}
