//! PIN010: a pin that declares not to work with the Django that the project is to run on.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts;
use crate::pins::inventory::{Inventory, Pin, compact};
use crate::pins::series::Series;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{needs, report};

/// PIN010 django-not-supported.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN010",
        name: "django-not-supported",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/django-not-supported.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    let Some(django) = &pins.aims.django.version else { return };
    for pin in pins.inventory.all_chosen() {
        let Some(version) = pin.entry.pinned() else { continue };
        let Some((package, _)) = pins.inventory.known(&pin.entry.name, version) else { continue };
        let needs = needs(&pins.inventory, &pin, &package.requires);
        let Some((_, range)) = needs.iter().find(|(name, range)| name == "django" && !django.fits(range))
        else {
            continue;
        };
        let (shown, range) = (pin.shown(), compact(range));
        let message = Bilingual::new(
            format!("`{shown}` declares Django {range}, which leaves out Django {django}"),
            format!("`{shown}` 声明支持 Django {range}，不包括 Django {django}"),
        );
        report(emit, project, &pin, &django.to_string(), message).help = help(&pins.inventory, &pin, django);
    }
}

fn help(inventory: &Inventory, pin: &Pin<'_>, django: &Series) -> Bilingual {
    let mut help = Bilingual::new(
        "pip refuses the two together. Raise this pin, before Django or with it.",
        "pip 会拒绝同时安装两者。请在升级 Django 之前或同时升级该依赖。",
    );
    let takes = |known: &&facts::Known| {
        let needs = needs(inventory, pin, &known.package.requires);
        let declared = needs.iter().filter(|(name, _)| name == "django").all(|(_, range)| django.fits(range));
        declared && known.newest_django.is_some_and(|newest| newest >= django.feature())
    };
    let known = facts::versions(&pin.entry.name).iter().filter(takes).map(|known| &known.package.version);
    if let Some(version) = known.min() {
        help.en.push_str(&format!(" {version} was released for Django {django}."));
        help.zh.push_str(&format!("{version} 已声明支持 Django {django}。"));
    }
    help
}
