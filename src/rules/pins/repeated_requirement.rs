//! PIN004: one package required twice in one place.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::findings::{Bilingual, Edit, Fix, RuleId, Severity, Standing};
use crate::pins::Group;
use crate::pins::inventory::Pin;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::{FileKind, Span};

use super::{both_hold, exclude_each_other, relate, report};

/// PIN004 repeated-requirement.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN004",
        name: "repeated-requirement",
        family: "pins",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/repeated-requirement.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for (at, file) in inventory.files.iter().enumerate() {
        let entries: Vec<Pin<'_>> =
            file.declared.entries.iter().map(|entry| Pin { file, at, entry }).collect();
        let mut by_name: BTreeMap<&str, Vec<&Pin<'_>>> = BTreeMap::new();
        for pin in &entries {
            let before = by_name.entry(&pin.entry.name).or_default();
            before.push(pin);
            let repeats = |other: &&&Pin<'_>| {
                pin.entry.group != Group::Locked
                    && !pin.entry.name.is_empty()
                    && other.entry.group == pin.entry.group
                    && other.entry.extras == pin.entry.extras
                    && both_hold(inventory, other, pin)
                    && !exclude_each_other(other, pin)
            };
            let Some(first) = before.split_last().and_then(|(_, before)| before.iter().find(repeats)) else {
                continue;
            };
            let (shown, before) = (pin.shown(), first.shown());
            let message = Bilingual::new(
                format!("`{shown}` repeats `{before}` of this file"),
                format!("`{shown}` 与本文件中的 `{before}` 重复"),
            );
            let finding = report(emit, project, pin, "", message);
            finding.help = Bilingual::new(
                "Remove one of the two; the next upgrade will forget the other.",
                "请删除其中一项，否则下次升级时容易漏改另一项。",
            );
            relate(finding, first);
            finding.fix = fix(pin, first);
        }
    }
}

/// Takes the line away where it says nothing that the first one does not say.
fn fix(pin: &Pin<'_>, first: &Pin<'_>) -> Option<Fix> {
    let text = &pin.file.text;
    if pin.file.kind != FileKind::Requirements {
        return None;
    }
    let (one, other) = (pin.entry, first.entry);
    if one.wants != other.wants || one.marker != other.marker || one.hashed || other.hashed {
        return Some(Fix::Refused(Bilingual::new(
            "the two lines do not say the same, and which of them is right is not known",
            "两行写法不同，无法得知应保留哪一行",
        )));
    }
    let number = text.line_column(one.span.start).line;
    let continued = |number: u32| text.line(number).ends_with('\\');
    if text.line(number).contains('#') || continued(number) || (number > 1 && continued(number - 1)) {
        return Some(Fix::Refused(Bilingual::new(
            "the line carries a comment, or goes on in another one",
            "该行带有注释或续行",
        )));
    }
    let (line, next) = (text.line_span(number), text.line_span(number + 1));
    let span = Span { start: line.start, end: next.start };
    let title = Bilingual::new("remove the repeated line", "删除重复的行");
    Some(Fix::Safe { title, edits: vec![Edit::new(text, span, "")] })
}
