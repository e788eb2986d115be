//! The pins of a Django project: which files belong to it, what they include, what it runs on now and is to run on.

mod aims;
pub mod environment;
mod files;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::django::database_floor::{self, DatabaseFloor};
use crate::pins::Package;
use crate::pins::environment::Markers;
use crate::pins::inventory::Inventory;
use crate::source::{FileKind, Snapshot, SourceText};

use super::NotAnalysed;
use super::target::Target;

pub use aims::{Aim, Aims, Origin};

/// What a project declares of its packages, its Python and its database server.
#[derive(Debug, Default)]
pub struct Pins {
    /// Files, includes, requirements.
    pub inventory: Inventory,
    /// What it is to run on.
    pub aims: Aims,
    /// Where its source lowers the floor of Django's database backend.
    pub floors: Vec<(Arc<SourceText>, DatabaseFloor)>,
    /// Its source sets `pymysql.version_info` itself.
    pub presents_driver_version: bool,
}

/// Which project, and what is known of it from outside.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Folder of the project, relative to the scanned root.
    pub root: &'a str,
    /// Folders of all projects.
    pub roots: &'a [Arc<str>],
    /// What the user named.
    pub target: &'a Target,
    /// Packages of an installed environment, as [`environment::read`] gives them.
    pub installed: &'a [Package],
    /// What the package index says of versions.
    pub indexed: &'a [Package],
}

impl Pins {
    /// Reads the pins of one project; the second part are files that could not be read.
    pub fn assemble(snapshot: &Snapshot, scope: &Scope<'_>) -> (Self, Vec<NotAnalysed>) {
        let (mut inventory, mut not_analysed) = files::collect(snapshot, scope);
        let keyed = |package: &Package| ((package.name.clone(), package.version.clone()), package.clone());
        inventory.installed.extend(scope.installed.iter().map(keyed));
        inventory.indexed.extend(scope.indexed.iter().map(keyed));
        let python = aims::python(&inventory, scope.target);
        inventory.settle(python.version.as_ref().map(Markers::for_python).unwrap_or_default());
        let django = aims::django(&inventory, scope.target);
        let server = scope.target.server.as_ref().map(super::target::server_series);
        let aims = Aims { django, python, server };
        let mut pins = Self { inventory, aims, floors: Vec::new(), presents_driver_version: false };
        pins.read_source(snapshot, scope, &mut not_analysed);
        (pins, not_analysed)
    }

    /// What the user named alone, for a state of the tree whose files are not read for pins.
    pub fn of_target(target: &Target) -> Self {
        let inventory = Inventory::default();
        let aims = Aims {
            django: aims::django(&inventory, target),
            python: aims::python(&inventory, target),
            server: target.server.as_ref().map(super::target::server_series),
        };
        Self { inventory, aims, ..Self::default() }
    }

    /// The texts that findings may point at.
    pub fn texts(&self) -> impl Iterator<Item = &Arc<SourceText>> {
        let files = self.inventory.files.iter().map(|file| &file.text);
        files.chain(self.floors.iter().map(|(text, _)| text))
    }

    /// Looks for patches of the database floor, and of the version that PyMySQL presents, where projects put them.
    fn read_source(&mut self, snapshot: &Snapshot, scope: &Scope<'_>, not_analysed: &mut Vec<NotAnalysed>) {
        for entry in &snapshot.files {
            if !may_hold_patches(entry.kind, &entry.path)
                || files::owner(&entry.path, scope.roots) != Some(scope.root)
            {
                continue;
            }
            let Ok(bytes) = snapshot.read(entry) else { continue };
            self.presents_driver_version |= memchr::memmem::find(&bytes, b"pymysql.version_info").is_some();
            if !database_floor::may_patch(&bytes) {
                continue;
            }
            match SourceText::decode(entry.path.clone(), &bytes) {
                Ok(text) => {
                    let text = Arc::new(text);
                    self.floors
                        .extend(database_floor::read(&text).into_iter().map(|floor| (text.clone(), floor)));
                }
                Err(error) => not_analysed.push(NotAnalysed {
                    path: entry.path.clone(),
                    why: super::NotAnalysedReason::Decode(error),
                }),
            }
        }
    }
}

/// Settings, `__init__.py`, `apps.py`, `manage.py`, and files whose path speaks of patches or of a database backend.
fn may_hold_patches(kind: FileKind, path: &str) -> bool {
    match kind {
        FileKind::Settings | FileKind::Init | FileKind::AppConfig | FileKind::ManagePy => true,
        FileKind::Python => ["patch", "monkey", "backend", "features"].iter().any(|word| path.contains(word)),
        _ => false,
    }
}
