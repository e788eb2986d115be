//! Traces field classes to the classes of Django that they derive from.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::source::Snapshot;
use crate::syntax::{Expr, Value};

use super::super::migration::MigrationFile;
use super::super::unknown::Unknown;
use super::{BuiltIn, FieldClass, ResolvedClass};

/// The field classes of one project.
#[derive(Default)]
pub struct FieldClasses<'s> {
    snapshot: PhantomData<&'s Snapshot>,
}

impl FieldClasses<'_> {
    /// The class that a field definition of `file` calls.
    pub fn class(&self, callee: &Expr, _file: &MigrationFile) -> FieldClass {
        match &callee.value {
            Value::Imported(path) => {
                let name = path.rsplit('.').next().unwrap_or(path).into();
                let resolved = BuiltIn::from_path(path)
                    .map(|class| Arc::new(ResolvedClass::of_django(class)))
                    .ok_or_else(|| Unknown::new("", ""));
                FieldClass { name, path: path.clone(), resolved }
            }
            _ => FieldClass { name: "?".into(), path: "?".into(), resolved: Err(Unknown::new("", "")) },
        }
    }
}
