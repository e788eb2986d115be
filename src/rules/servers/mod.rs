//! Whether Django, Python, the database server, the drivers and the other servers fit each other.

pub mod client_against_server;
pub mod client_needs;
pub mod database_driver;
pub mod database_server_not_supported;
pub mod django_against_python;
pub mod patched_database_floor;

use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};

use crate::findings::{Bilingual, Finding};
use crate::mysql::Flavour;
use crate::pins::compatibility::{self, Release};
use crate::project::Project;

use super::Emit;

/// Reports at the pin of Django, else at the first file that declares packages, else at the project's folder.
fn report_at_django<'e>(emit: &'e mut Emit<'_>, project: &Project, message: Bilingual) -> &'e mut Finding {
    let inventory = &project.pins.inventory;
    let finding = match (inventory.chosen("django"), inventory.files.first()) {
        (Some(pin), _) => emit.at(&pin.file.text, pin.span(), message),
        (None, Some(file)) => emit.on_file(&file.text, message),
        (None, None) => {
            let path: Arc<str> =
                if project.root.is_empty() { "manage.py".into() } else { project.root.clone() };
            emit.at_path(&path, message)
        }
    };
    finding.subject.project = Some(project.name.clone());
    finding
}

/// The row of the Django that the project is to run on.
fn release(project: &Project) -> Option<&'static Release> {
    compatibility::release(project.pins.aims.django.version.as_ref()?.feature())
}

/// The oldest server of a flavour that a release takes.
fn floor(release: &Release, flavour: Flavour) -> Option<&Version> {
    match flavour {
        Flavour::MySql => Some(&release.mysql),
        Flavour::MariaDb => release.mariadb.as_ref(),
    }
}

/// Everything from `version` on.
fn at_least(version: &Version) -> VersionSpecifiers {
    VersionSpecifier::greater_than_equal_version(version.clone()).into()
}

/// The name of a flavour for people.
fn product(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::MySql => "MySQL",
        Flavour::MariaDb => "MariaDB",
    }
}

/// A version from its numbers: `5.7`.
fn dotted(numbers: &[u64]) -> Version {
    Version::new(numbers.iter().copied())
}
