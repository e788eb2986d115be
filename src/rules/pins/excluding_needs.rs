//! PIN012: a pin that another pin declares not to work with.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::compact;
use crate::pins::series::overlap;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{needs, relate, report};

/// PIN012 excluding-needs.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN012",
        name: "excluding-needs",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/excluding-needs.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for pin in inventory.all_chosen() {
        let Some(version) = pin.entry.pinned() else { continue };
        let Some((package, _)) = inventory.known(&pin.entry.name, version) else { continue };
        for (name, range) in needs(inventory, &pin, &package.requires) {
            // Django is judged by the version that the project is to run on.
            let Some(other) = inventory.chosen(&name).filter(|_| name != "django") else { continue };
            let fits = match (other.entry.pinned(), other.entry.versions()) {
                (Some(version), _) => range.contains(version),
                (None, Some(versions)) => overlap(versions, range),
                (None, None) => continue,
            };
            if fits {
                continue;
            }
            let (shown, needed, other_shown) = (pin.shown(), compact(range), other.shown());
            let message = Bilingual::new(
                format!("`{shown}` needs {name}{needed}, and `{other_shown}` does not fit"),
                format!("`{shown}` 需要 {name}{needed}，`{other_shown}` 不满足"),
            );
            let finding = report(emit, project, &pin, &name, message);
            finding.help = Bilingual::new(
                "pip refuses the two together. Change one of the pins.",
                "pip 会拒绝同时安装两者。请调整其中一项。",
            );
            relate(finding, &other);
        }
    }
}
