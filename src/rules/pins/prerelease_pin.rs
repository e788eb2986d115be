//! PIN005: a pin to a pre-release.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::role::Role;
use crate::pins::{Group, facts};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// PIN005 prerelease-pin.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN005",
        name: "prerelease-pin",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/prerelease-pin.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for pin in inventory.entries(&[Role::Runtime, Role::Development]) {
        let Some(version) = pin.entry.pinned().filter(|version| version.any_prerelease()) else { continue };
        if pin.entry.group == Group::Locked || facts::has_only_prereleases(&pin.entry.name) {
            continue;
        }
        let (name, shown) = (&pin.entry.written, pin.shown());
        let message = Bilingual::new(
            format!("`{shown}` pins a pre-release of {name}"),
            format!("`{shown}` 锁定的是 {name} 的预发布版本"),
        );
        let development =
            pin.file.role == Role::Development || matches!(pin.entry.group, Group::Development(_));
        let severity = if development { Severity::Info } else { Severity::Warning };
        report(emit.graded(severity), project, &pin, &version.to_string(), message).help = Bilingual::new(
            "Pre-releases get no security fixes and may change without notice. Move to the final release, or write down why not.",
            "预发布版本没有安全修复，行为也可能随时变化。请改用正式版本，或写明不能改的原因。",
        );
    }
}
