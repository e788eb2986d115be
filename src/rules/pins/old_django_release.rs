//! PIN008: a pin of Django to which later releases of its series brought fixes.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::compatibility;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// PIN008 old-django-release.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN008",
        name: "old-django-release",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/old-django-release.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    // Who is about to leave the series need not be told of its last release.
    if pins.aims.django.is_raised() {
        return;
    }
    let Some(pin) = pins.inventory.chosen("django") else { return };
    let Some(version) = pin.entry.pinned() else { return };
    let feature = (version.release().first().copied(), version.release().get(1).copied());
    let (Some(major), Some(minor)) = feature else { return };
    let Some(release) = compatibility::release((major, minor)) else { return };
    if *version >= release.latest {
        return;
    }
    let (latest, series) = (&release.latest, &release.version);
    let mut message = Bilingual::new(
        format!("Django {version} is older than {latest}, the newest release of its series"),
        format!("Django {version} 低于该系列最新的 {latest}"),
    );
    if let Some(end) = &release.support_end {
        message.en.push_str(&format!("; security fixes for {series} end with {end}"));
        message.zh.push_str(&format!("；{series} 系列的安全修复截止到 {end}"));
    }
    report(emit, project, &pin, &version.to_string(), message).help = Bilingual::new(
        "Releases of one series fix bugs and security holes and change nothing else: raise it first, before anything larger.",
        "同一系列的新版本只修复缺陷和安全漏洞：请先升级到最新的小版本，再做更大的升级。",
    );
}
