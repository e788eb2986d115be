//! Reads a file of a migrations package: what its `Migration` class says.

mod attributes;
mod class;
mod dependencies;
mod operations;
#[cfg(test)]
mod tests;
mod unknowns;

use std::sync::Arc;

use crate::findings::Bilingual;
use crate::source::{SourceText, Span};
use crate::syntax::{Expr, Module, Reason, Value, eval, exports, problem, python};

use super::migration::{MigrationFile, Outcome, UnknownPart};
use super::run_python::LazyCode;
use attributes::Attributes;
use class::Ancestry;

/// Reads a migration. Never fails: what is wrong with the file is its `outcome`, and what could not be known is in its
/// `unknown`; whatever was understood is kept.
pub fn read(text: Arc<SourceText>) -> MigrationFile {
    let tree = python::parse(&text);
    let module = eval::module(&text, &tree);
    let refused = match problem::conflict_markers(&text, &tree) {
        Some(span) => Some(Outcome::ConflictMarkers(span)),
        None => problem::first_problem(&text, &tree).map(Outcome::SyntaxError),
    };
    let mut file = MigrationFile {
        text,
        outcome: Outcome::NoMigrationClass,
        class_name: Span::default(),
        dependencies: Vec::new(),
        run_before: Vec::new(),
        replaces: Vec::new(),
        initial: None,
        atomic: true,
        operations: Vec::new(),
        unknown: Vec::new(),
        module,
        run_python: LazyCode::default(),
    };
    let (outcome, migration) = find(&file.module);
    match (&outcome, migration) {
        (_, Some(migration)) => fill(&mut file, &migration),
        (Outcome::Django, None) => fill_unknown(&mut file),
        _ => {}
    }
    file.outcome = refused.unwrap_or(outcome);
    let not_followed = file.module.not_followed.iter();
    let parts = not_followed.map(|(span, reason)| UnknownPart {
        span: *span,
        what: "module",
        reason: reason.clone(),
    });
    file.unknown.extend(parts);
    file
}

/// What the name `Migration` stands for at the end of the module, and what the file is because of it.
fn find(module: &Module) -> (Outcome, Option<Expr>) {
    if let Some(migration) = module.bindings.get("Migration") {
        let outcome = match class::ancestry(module, migration, 0) {
            Ancestry::Django => Outcome::Django,
            Ancestry::Other(what) => Outcome::NotDjango(what),
        };
        return (outcome, Some(migration.clone()));
    }
    let brings = |from: &&Arc<str>| exports::star_exports(from, "Migration");
    if module.star_imports.iter().any(|from| brings(&from)) {
        // The name is Django's own class: a migration without operations.
        return (Outcome::Django, None);
    }
    match module.star_imports.iter().find(|from| !exports::is_known(from)) {
        Some(from) => {
            let why = Bilingual::new(
                format!("Migration may come from `from {from} import *`"),
                format!("Migration 可能来自 `from {from} import *`"),
            );
            (Outcome::NotDjango(why), None)
        }
        // The class may stand where the evaluator did not come; `fill_unknown` says so.
        None if not_followed_far(module).is_some() => (Outcome::Django, None),
        None => (Outcome::NoMigrationClass, None),
    }
}

/// The first place that was too much to follow, if there is one.
fn not_followed_far(module: &Module) -> Option<&(Span, Reason)> {
    module.not_followed.iter().find(|(_, reason)| matches!(reason, Reason::TooLarge(_)))
}

/// Says of a migration whose class was not met what is unknown of it.
fn fill_unknown(file: &mut MigrationFile) {
    let Some((span, reason)) = not_followed_far(&file.module).cloned() else { return };
    for what in ["dependencies", "operations"] {
        file.unknown.push(UnknownPart { span, what, reason: reason.clone() });
    }
}

/// Fills in what the class says, and where it says nothing known.
fn fill(file: &mut MigrationFile, migration: &Expr) {
    let attributes = Attributes::new(&file.module, migration);
    file.class_name = attributes.name_span;
    let mut unknown = Vec::new();
    let mut edges =
        |what: &'static str| dependencies::read(&attributes.list(what, &mut unknown), what, &mut unknown);
    file.dependencies = edges("dependencies");
    file.run_before = edges("run_before");
    file.replaces = edges("replaces");
    file.initial = flag(&attributes, "initial", &mut unknown);
    file.atomic = flag(&attributes, "atomic", &mut unknown).unwrap_or(true);
    let elements = attributes.list("operations", &mut unknown);
    file.operations = operations::read(&file.module, &elements, &mut unknown);
    file.unknown = unknown;
}

/// A boolean attribute, when it is set and known.
fn flag(attributes: &Attributes<'_>, what: &'static str, unknown: &mut Vec<UnknownPart>) -> Option<bool> {
    let values = attributes.values(what);
    let mut known = values.iter().map(|value| match &value.value {
        Value::Bool(value) => Ok(Some(*value)),
        Value::None => Ok(None),
        Value::Int(number) => Ok(Some(*number != 0)),
        _ => Err(UnknownPart { span: value.span, what, reason: why(value) }),
    });
    let first = known.next()?;
    let all_same = known.all(|next| next == first);
    match first {
        Ok(value) if all_same => value,
        Ok(_) => {
            let span = values.first().map_or_else(Span::default, |value| value.span);
            unknown.push(UnknownPart { span, what, reason: Reason::Computed("conditional code".into()) });
            None
        }
        Err(part) => {
            unknown.push(part);
            None
        }
    }
}

/// Why a value is not what it should be: its own reason, or that it is something else.
fn why(value: &Expr) -> Reason {
    match &value.value {
        Value::Unknown(reason) => reason.clone(),
        Value::Imported(path) => Reason::Computed(path.clone()),
        Value::Call(call) => match &call.callee.value {
            Value::Imported(path) => Reason::Computed(format!("{path}(…)").into()),
            Value::Function(function) => Reason::Computed(format!("{}(…)", function.name).into()),
            Value::Class(class) => Reason::Computed(format!("{}(…)", class.name).into()),
            _ => Reason::Computed("a call".into()),
        },
        Value::Function(function) => Reason::Computed(function.name.clone()),
        Value::Class(class) => Reason::Computed(class.name.clone()),
        _ => Reason::Computed(Arc::from("not what Django expects here")),
    }
}

/// True for `django.conf.settings.NAME`; gives the name.
fn setting_name(path: &str) -> Option<&str> {
    path.strip_prefix("django.conf.settings.").filter(|name| !name.contains('.'))
}
