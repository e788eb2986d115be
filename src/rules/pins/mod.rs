//! What stands in the way of an upgrade among the packages and the Python that a project declares.

pub mod breaking_combination;
pub mod contradicting_pins;
pub mod contradicting_python;
pub mod credentials_in_url;
pub mod development_against_runtime;
pub mod django_not_supported;
pub mod django_not_tested;
pub mod excluding_needs;
pub mod extra_range;
pub mod include_cycle;
pub mod include_outside_repository;
pub mod missing_include;
pub mod old_django_release;
pub mod prerelease_pin;
pub mod python_not_supported;
pub mod repeated_requirement;
pub mod shadows_standard_library;
pub mod superseded_package;
pub mod unknown_needs;
pub mod unpinned_requirement;
pub mod unreadable_requirement;

use crate::findings::{Bilingual, Finding, Place};
use crate::pins::inventory::{Inventory, Pin};
use crate::pins::requirement::Requirement;
use crate::pins::{Group, Wants, normalised};
use crate::project::Project;

use super::Emit;

/// Reports `message` at a requirement; what tells it apart is the package, and `more` where one package can have several.
pub(in crate::rules) fn report<'e>(
    emit: &'e mut Emit<'_>,
    project: &Project,
    pin: &Pin<'_>,
    more: &str,
    message: Bilingual,
) -> &'e mut Finding {
    let finding = emit.at(&pin.file.text, pin.span(), message);
    finding.subject.project = Some(project.name.clone());
    finding.discriminator = format!("{} {more}", pin.entry.name).trim_end().to_owned();
    finding
}

/// Where a requirement stands.
pub(in crate::rules) fn place(pin: &Pin<'_>) -> Place {
    Place::new(&pin.file.text, pin.span())
}

/// Adds the place of another requirement that explains a finding.
pub(in crate::rules) fn relate(finding: &mut Finding, pin: &Pin<'_>) {
    let shown = pin.shown();
    finding
        .related
        .push((place(pin), Bilingual::new(format!("`{shown}` stands here"), format!("`{shown}` 在此处"))));
}

/// The needs of a package that hold for this requirement, by package name, with the versions they accept.
fn needs<'a>(
    inventory: &Inventory,
    pin: &Pin<'_>,
    requires: &'a [Requirement],
) -> Vec<(String, &'a pep440_rs::VersionSpecifiers)> {
    let extras = inventory.extras_of(&pin.entry.name);
    requires
        .iter()
        .filter(|need| inventory.markers.holds_with(&need.marker, &extras) == Some(true))
        .filter_map(|need| match &need.wants {
            Wants::Versions(versions) => Some((normalised(&need.name), versions)),
            _ => None,
        })
        .collect()
}

/// Whether two requirements of one package are both in force on the Python that runs.
fn both_hold(inventory: &Inventory, one: &Pin<'_>, other: &Pin<'_>) -> bool {
    let (one, other) = (&one.entry.marker, &other.entry.marker);
    match (inventory.markers.holds(one), inventory.markers.holds(other)) {
        (Some(one), Some(other)) => one && other,
        // Without a known Python two markers count together where one and the same interpreter meets both.
        _ => !one.is_disjoint(other) && (one == other || one.is_true() || other.is_true()),
    }
}

/// Whether no version fits both requirements.
fn exclude_each_other(one: &Pin<'_>, other: &Pin<'_>) -> bool {
    match (one.entry.versions(), other.entry.versions()) {
        (Some(one), Some(other)) => !crate::pins::series::overlap(one, other),
        _ => false,
    }
}

/// Whether a requirement adds or limits a package whenever its file is used.
fn is_unconditional(pin: &Pin<'_>) -> bool {
    matches!(pin.entry.group, Group::Main | Group::Constraint) && !pin.entry.name.is_empty()
}
