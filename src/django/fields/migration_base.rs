//! Migrations whose base class is the project's own: Django's, one import further away.

use std::sync::Arc;

use crate::django::migration::{MigrationFile, Outcome};
use crate::django::signature;
use crate::syntax::{ClassDef, Expr, Value};

use super::FieldClasses;
use super::resolver::{Found, Source, absolute};

/// How many base classes are followed in a row.
const MAX_BASES: usize = 16;

impl FieldClasses<'_> {
    /// Whether the class `Migration` of a file that looks like another framework's derives from Django's through a
    /// class of the repository.
    pub fn makes_migration(&self, file: &MigrationFile) -> bool {
        if !matches!(file.outcome, Outcome::NotDjango(_)) {
            return false;
        }
        let Some(bound) = file.module.bindings.get("Migration") else { return false };
        let package = self.package_of(&file.text.path);
        bound.alternatives().into_iter().any(|value| self.is_migration(value, &package, 0))
    }

    /// Whether a value of a module of `package` is a class that derives from Django's `Migration`.
    fn is_migration(&self, value: &Expr, package: &str, steps: usize) -> bool {
        if steps > MAX_BASES {
            return false;
        }
        match &value.value {
            Value::Imported(path) => {
                let path = absolute(path, package);
                signature::is_migration(&path)
                    || self.find(&path, 0).iter().any(|found| match found {
                        Found::Class(class, source) => self.derives(class, source, steps + 1),
                        _ => false,
                    })
            }
            Value::Class(class) => class
                .bases
                .iter()
                .flat_map(Expr::alternatives)
                .any(|base| self.is_migration(base, package, steps + 1)),
            _ => false,
        }
    }

    fn derives(&self, class: &Arc<ClassDef>, source: &Arc<Source>, steps: usize) -> bool {
        let bases = class.bases.iter().flat_map(Expr::alternatives);
        bases.into_iter().any(|base| self.is_migration(base, &source.package, steps))
    }
}
