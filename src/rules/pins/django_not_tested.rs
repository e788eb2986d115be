//! PIN011: a pin that was released before the Django that the project is to move to.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{needs, report};

/// PIN011 django-not-tested.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN011",
        name: "django-not-tested",
        family: "pins",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/django-not-tested.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    // What runs today runs; this is about what is to come.
    let Some(django) = pins.aims.django.version.as_ref().filter(|_| pins.aims.django.is_raised()) else {
        return;
    };
    for pin in pins.inventory.all_chosen() {
        let Some(version) = pin.entry.pinned() else { continue };
        let Some(known) = facts::package(&pin.entry.name, version) else { continue };
        let Some((major, minor)) = known.newest_django.filter(|newest| *newest < django.feature()) else {
            continue;
        };
        let refused = needs(&pins.inventory, &pin, &known.package.requires)
            .iter()
            .any(|(name, range)| name == "django" && !django.fits(range));
        // That is said by another rule.
        if refused {
            continue;
        }
        let shown = pin.shown();
        let message = Bilingual::new(
            format!(
                "`{shown}` was released for Django up to {major}.{minor}; nothing forbids {django}, and nobody tested it"
            ),
            format!(
                "`{shown}` 发布时只面向 Django {major}.{minor} 及以下；没有声明排斥 {django}，但也无人验证过"
            ),
        );
        let mut help = Bilingual::new(
            "Look for a release that names this Django, or test what the project uses of it.",
            "请查找声明支持该 Django 的版本，或自行验证项目用到的功能。",
        );
        let newer = facts::versions(&pin.entry.name)
            .iter()
            .filter(|other| other.newest_django.is_some_and(|newest| newest >= django.feature()))
            .map(|other| &other.package.version)
            .min();
        if let Some(newer) = newer {
            help.en.push_str(&format!(" {newer} names it."));
            help.zh.push_str(&format!("{newer} 已声明支持。"));
        }
        report(emit, project, &pin, &django.to_string(), message).help = help;
    }
}
