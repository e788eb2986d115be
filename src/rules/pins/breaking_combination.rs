//! PIN014: pins that resolvers accept and that break all the same.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::facts::{self, Conflict};
use crate::pins::inventory::Pin;
use crate::project::Project;
use crate::project::pins::Pins;
use crate::rules::{Check, Emit, Rule};

use super::{relate, report};

/// PIN014 breaking-combination.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN014",
        name: "breaking-combination",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/breaking-combination.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for row in facts::conflicts() {
        let Some((pin, other)) = found(row, &project.pins) else { continue };
        let shown = pin.shown();
        let what = row.what();
        let (mut en, mut zh) = (format!("`{shown}`"), format!("`{shown}`"));
        if let Some(other) = &other {
            en.push_str(&format!(" with `{}`", other.shown()));
            zh.push_str(&format!(" 与 `{}`", other.shown()));
        }
        let message = Bilingual::new(format!("{en}: {}", what.en), format!("{zh}：{}", what.zh));
        let finding = report(emit.graded(row.severity), project, &pin, &row.id, message);
        finding.help = row.instead();
        if let Some(other) = &other {
            relate(finding, other);
        }
    }
}

/// The pins to which the row applies.
fn found<'p>(row: &Conflict, pins: &'p Pins) -> Option<(Pin<'p>, Option<Pin<'p>>)> {
    let inventory = &pins.inventory;
    let pin = inventory.chosen(&row.package)?;
    if !row.versions.contains(pin.entry.pinned()?) {
        return None;
    }
    if let Some(range) = &row.python
        && !pins.aims.python.version.as_ref()?.fits(range)
    {
        return None;
    }
    if row.absent.as_deref().is_some_and(|name| inventory.chosen(name).is_some()) {
        return None;
    }
    let Some(name) = &row.with else { return Some((pin, None)) };
    let other = inventory.chosen(name)?;
    let version = other.entry.pinned()?;
    row.with_versions.as_ref().is_none_or(|range| range.contains(version)).then_some((pin, Some(other)))
}
