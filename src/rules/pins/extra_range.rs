//! PIN013: a pin that another package declares not to work with, in an extra that is not asked for.

use std::str::FromStr;

use pep508_rs::ExtraName;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::compact;
use crate::pins::{Asked, Wants, normalised};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{relate, report};

/// PIN013 extra-range.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN013",
        name: "extra-range",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/extra-range.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    let asked = Asked::of(inventory);
    for pin in inventory.all_chosen() {
        let Some(version) = pin.entry.pinned().filter(|_| asked.installs(&pin.entry.name)) else { continue };
        let Some((package, _)) = inventory.known(&pin.entry.name, version) else { continue };
        for need in &package.requires {
            let name = normalised(&need.name);
            // An extra that is called as what it needs is how a package declares which versions it works with.
            let Ok(extra) = ExtraName::from_str(&name) else { continue };
            let only_in_extra = inventory.markers.holds(&need.marker) == Some(false)
                && inventory.markers.holds_with(&need.marker, std::slice::from_ref(&extra)) == Some(true)
                && !asked.extras(&pin.entry.name).any(|asked| *asked == extra)
                // What only such an extra would bring is not installed, whatever a constraint says of its version.
                && asked.installs(&name);
            let (Some(other), Wants::Versions(range)) = (inventory.chosen(&name), &need.wants) else {
                continue;
            };
            let Some(found) = other.entry.pinned().filter(|found| only_in_extra && !range.contains(found))
            else {
                continue;
            };
            let (shown, written, range) = (pin.shown(), &pin.entry.written, compact(range));
            let message = Bilingual::new(
                format!("`{shown}` works with {name}{range}, as its extra `{name}` says; {found} is pinned"),
                format!("`{shown}` 的可选依赖 `{name}` 声明需要 {name}{range}，而锁定的是 {found}"),
            );
            let finding = report(emit, project, &pin, &name, message);
            finding.help = Bilingual::new(
                format!(
                    "No resolver looks at an extra that nobody asks for. Write `{written}[{name}]` so that pip checks it, or change the pin."
                ),
                format!(
                    "没有请求的可选依赖不会被任何解析器检查。请写成 `{written}[{name}]` 让 pip 校验，或调整锁定的版本。"
                ),
            );
            relate(finding, &other);
        }
    }
}
