//! SRV006: what a client asks of its server, where the configuration does not name the server.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts::{self, ClientServer};
use crate::project::Project;
use crate::rules::pins::report;
use crate::rules::{Check, Emit, Rule};

/// SRV006 client-needs.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SRV006",
        name: "client-needs",
        family: "servers",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/servers/client-needs.md"),
    check: Check::Project(check),
};

fn check(project: &Project, config: &Config, emit: &mut Emit<'_>) {
    let mut rows: BTreeMap<&str, Vec<&ClientServer>> = BTreeMap::new();
    for row in facts::client_server() {
        rows.entry(&row.package).or_default().push(row);
    }
    let services = config.services.all();
    let is_named = |row: &&ClientServer| {
        services.iter().any(|(service, versions)| *service == row.service && !versions.is_empty())
    };
    for (package, rows) in rows {
        let Some(pin) = project.pins.inventory.chosen(package) else { continue };
        let Some(version) = pin.entry.pinned() else { continue };
        let rows: Vec<&ClientServer> = rows
            .into_iter()
            .filter(|row| row.versions.contains(version) && row.severity > Severity::Info)
            .collect();
        // One named server of those that the client may talk to is enough: the rest is not in use.
        if rows.is_empty() || rows.iter().any(is_named) {
            continue;
        }
        let shown = pin.shown();
        let join = |texts: Vec<&str>, between: &str| texts.join(between);
        let en = join(rows.iter().map(|row| row.what.as_str()).collect(), "; ");
        let zh = join(rows.iter().map(|row| row.what_zh.as_str()).collect(), "；");
        let message = Bilingual::new(
            format!("`{shown}` is not judged, since no server is named: {en}"),
            format!("没有写明服务端版本，`{shown}` 未能判断：{zh}"),
        );
        let mut keys: Vec<&str> = rows.iter().map(|row| row.service.as_str()).collect();
        keys.dedup();
        let keys = keys.join("` / `");
        report(emit, project, &pin, "", message).help = Bilingual::new(
            format!("Name what is in use under [services] in the configuration: `{keys}`."),
            format!("请在配置的 [services] 中写明所用的服务端：`{keys}`。"),
        );
    }
}
