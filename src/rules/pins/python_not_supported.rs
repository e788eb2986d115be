//! PIN009: a pin that declares not to run on the Python that the project is to run on.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts;
use crate::pins::inventory::compact;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// PIN009 python-not-supported.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN009",
        name: "python-not-supported",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/python-not-supported.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    let Some(python) = &pins.aims.python.version else { return };
    for pin in pins.inventory.all_chosen().filter(|pin| &*pin.entry.name != "django") {
        let Some(version) = pin.entry.pinned() else { continue };
        let Some((package, _)) = pins.inventory.known(&pin.entry.name, version) else { continue };
        let Some(range) = package.requires_python.as_ref().filter(|range| !python.fits(range)) else {
            continue;
        };
        let (shown, range) = (pin.shown(), compact(range));
        let message = Bilingual::new(
            format!("`{shown}` declares Python {range}, which leaves out Python {python}"),
            format!("`{shown}` 声明支持 Python {range}，不包括 Python {python}"),
        );
        let known = facts::versions(&pin.entry.name).iter().filter(|known| {
            known.package.version > *version
                && known.package.requires_python.as_ref().is_none_or(|range| python.fits(range))
        });
        let mut help = Bilingual::new(
            "pip refuses to install it on that Python; `uv pip compile` accepts it, since it does not look at upper bounds. \
             Raise the pin before Python.",
            "pip 会拒绝在该 Python 上安装；`uv pip compile` 不看上限，会放行。请先升级该依赖，再升级 Python。",
        );
        if let Some(known) = known.map(|known| &known.package.version).min() {
            help.en.push_str(&format!(" {known} is known to take it."));
            help.zh.push_str(&format!("已知 {known} 支持该版本。"));
        }
        report(emit, project, &pin, &python.to_string(), message).help = help;
    }
}
