//! PIN007: a package whose work something else does now.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts::{self, Superseded};
use crate::project::Project;
use crate::project::pins::Aims;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// PIN007 superseded-package.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN007",
        name: "superseded-package",
        family: "pins",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/superseded-package.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    for pin in pins.inventory.all_chosen().filter(|pin| pin.entry.group != crate::pins::Group::Locked) {
        let Some(fact) = facts::superseded().iter().find(|fact| *fact.name == *pin.entry.name) else {
            continue;
        };
        let package = fact.package.as_deref().is_none_or(|name| {
            let version = pins.inventory.version(name);
            version.zip(fact.versions.as_ref()).is_some_and(|(version, range)| range.contains(version))
        });
        if !package || !holds(fact, &pins.aims) {
            continue;
        }
        let shown = pin.shown();
        let message = Bilingual::new(
            format!("`{shown}` is superseded by {}", fact.by),
            format!("`{shown}` 已被 {} 取代", fact.by_zh),
        );
        report(emit, project, &pin, "", message).help = Bilingual::new(
            "Move to it while the upgrade is prepared; a package that nobody develops any more blocks a later one.",
            "建议在准备升级时一并替换；没有人维护的包迟早会妨碍后续升级。",
        );
    }
}

/// Whether the Python and the Django that the row asks for run here.
fn holds(fact: &Superseded, aims: &Aims) -> bool {
    let fits = |range: &Option<pep440_rs::VersionSpecifiers>, aim: &crate::project::pins::Aim| {
        range.as_ref().is_none_or(|range| aim.version.as_ref().is_some_and(|version| version.fits(range)))
    };
    fits(&fact.python, &aims.python) && fits(&fact.django, &aims.django)
}
