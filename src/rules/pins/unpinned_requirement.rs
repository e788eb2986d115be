//! PIN002: an open range in a file whose other entries are pinned.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::{Inventory, Pin};
use crate::pins::role::Role;
use crate::pins::{Group, LinkKind, Wants};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::FileKind;

use super::report;

/// PIN002 unpinned-requirement.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN002",
        name: "unpinned-requirement",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/unpinned-requirement.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for (at, file) in inventory.files.iter().enumerate() {
        if !matches!(file.role, Role::Runtime | Role::Development) || file.kind == FileKind::Workflow {
            continue;
        }
        let entries: Vec<Pin<'_>> = file
            .declared
            .entries
            .iter()
            .filter(|entry| entry.group == Group::Main && !entry.name.is_empty())
            .map(|entry| Pin { file, at, entry })
            .collect();
        let (open, pinned): (Vec<&Pin<'_>>, Vec<&Pin<'_>>) = entries.iter().partition(|pin| is_open(pin));
        // Where ranges are the habit of the file, one more is none of our business.
        if pinned.len() < 2 || pinned.len() < 2 * open.len() {
            continue;
        }
        for pin in open.into_iter().filter(|pin| !is_pinned_elsewhere(inventory, pin)) {
            let shown = pin.shown();
            let count = pinned.len();
            let message = Bilingual::new(
                format!(
                    "`{shown}` leaves the version open, while {count} other entries of this file are pinned"
                ),
                format!("`{shown}` 没有锁定版本，而该文件另有 {count} 项已锁定"),
            );
            report(emit, project, pin, "", message).help = Bilingual::new(
                "Two installations of the same commit can differ in this package. Pin the version that is in use.",
                "同一份代码的两次安装可能得到不同版本。请锁定目前使用的版本。",
            );
        }
    }
}

/// Whether more than one version can come of it.
fn is_open(pin: &Pin<'_>) -> bool {
    match &pin.entry.wants {
        Wants::Versions(_) => pin.entry.pinned().is_none(),
        // A branch moves; a tag or a commit stands behind an `@` of the last part.
        Wants::Link(link) => {
            link.kind == LinkKind::Vcs
                && !link.shown.rsplit('/').next().is_some_and(|last| last.contains('@'))
        }
        Wants::Variable(_) | Wants::Other(_) => false,
    }
}

/// Whether a lock or a constraint file holds the one version that is installed.
fn is_pinned_elsewhere(inventory: &Inventory, pin: &Pin<'_>) -> bool {
    inventory.entries(&[Role::Runtime, Role::Constraint, Role::Development]).any(|other| {
        other.entry.name == pin.entry.name
            && matches!(other.entry.group, Group::Locked | Group::Constraint)
            && other.entry.pinned().is_some()
    })
}
