//! PIN006: a package whose module the standard library has.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts;
use crate::pins::role::Role;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// PIN006 shadows-standard-library.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN006",
        name: "shadows-standard-library",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/shadows-standard-library.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    let Some(python) = &project.pins.aims.python.version else { return };
    for pin in inventory.entries(&[Role::Runtime, Role::Development]) {
        let Some(fact) = facts::standard_library().iter().find(|fact| *fact.name == *pin.entry.name) else {
            continue;
        };
        if !python.fits(&fact.python) || inventory.markers.holds(&pin.entry.marker) == Some(false) {
            continue;
        }
        let (shown, module) = (pin.shown(), &fact.module);
        let message = Bilingual::new(
            format!("`{shown}` brings a module `{module}` that Python {python} has itself: {}", fact.what),
            format!("`{shown}` 带来的模块 `{module}` 在 Python {python} 中已是标准库：{}", fact.what_zh),
        );
        report(emit.graded(fact.severity), project, &pin, "", message).help = Bilingual::new(
            "Remove the pin, or limit it with a marker to the Pythons that lack the module.",
            "请删除该依赖，或用环境标记把它限定在缺少该模块的 Python 版本上。",
        );
    }
}
