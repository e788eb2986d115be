//! Rules on what the functions of `RunPython` do.

pub mod code_elsewhere;
pub mod ddl_in_run_python;
pub mod default_connection;
pub mod historic_model_member;
pub mod live_model;
mod models;
pub mod not_repeatable;
pub mod outside_call;
pub mod own_code;
pub mod row_by_row;
pub mod run_python_signature;
pub mod undeclared_app;
pub mod unknown_model;
pub mod whole_table_write;

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Entry, ModelRef, Use};
use crate::findings::{Bilingual, Finding, Subject};
use crate::project::Project;
use crate::rules::migration_subject;

/// What the functions of a migration's `RunPython` operations do, with the operation that runs them first; every place
/// once, however many operations lead to it.
fn uses(migration: &Migration) -> Vec<(&Entry, &Use)> {
    let mut seen = FxHashSet::default();
    let all = migration.file.run_python().entries.iter();
    let all = all.flat_map(|entry| entry.uses.iter().map(move |one| (entry, one)));
    all.filter(|(_, one)| seen.insert((one.span, &one.act))).collect()
}

/// The subject of a finding on what the function of `entry` does.
fn subject(project: &Project, migration: &Migration, entry: &Entry) -> Subject {
    Subject { operation_index: Some(entry.operation), ..migration_subject(project, migration) }
}

/// Fills in the subject of a finding on a use, and what tells it apart from others.
fn describe(
    finding: &mut Finding,
    project: &Project,
    migration: &Migration,
    (entry, one): (&Entry, &Use),
    what: &str,
) {
    finding.subject = subject(project, migration, entry);
    finding.discriminator = format!("{} {what}", one.function);
}

/// A model as messages name it: `shop.Order`, or the path of a live class; `None` when no part of it is known.
fn model_name(model: &ModelRef) -> Option<String> {
    match model {
        ModelRef::Historic { app: Some(app), name: Some(name) } => Some(format!("{app}.{name}")),
        ModelRef::Historic { app: None, name: Some(name) } => Some(name.to_string()),
        ModelRef::Historic { .. } => None,
        ModelRef::Live(path) => Some(path.to_string()),
    }
}

/// A model as a part of a sentence.
fn shown(model: &ModelRef) -> Bilingual {
    match model_name(model) {
        Some(name) => Bilingual::new(format!("`{name}`"), format!("`{name}`")),
        None => Bilingual::new("a model", "某个模型"),
    }
}

/// Whether the imported path leads to a module of the project.
fn is_own(project: &Project, path: &str) -> bool {
    path.starts_with('.') || path.split('.').next().is_some_and(|first| project.own_modules.contains(first))
}

/// The part of a path that is live model use: the class, for a path that goes through one. That a class of a `models`
/// module is a model, its use tells (`objects`, keywords), or a migration of the project that creates one of that name.
fn live_class<'p>(project: &Project, path: &'p str, constructed: bool) -> Option<&'p str> {
    for call in ["django.contrib.auth.get_user_model()", "django.apps.apps.get_model()"] {
        let name = call.trim_end_matches("()");
        if path.starts_with(name) {
            return path.get(..call.len()).or(Some(name)).filter(|shown| *shown == call || path == name);
        }
    }
    let parts: Vec<(usize, &str)> = parts(path).collect();
    let is_class = |part: &str| part.starts_with(|first: char| first.is_uppercase());
    let at = parts.iter().position(|(_, part)| is_class(part))?;
    let (end, part) = parts.get(at)?;
    let (name, made) = part.strip_suffix("()").map_or((*part, false), |name| (name, true));
    let class = path.get(..end - if made { 2 } else { 0 })?;
    let next = parts.get(at + 1).map(|(_, next)| next.trim_end_matches("()"));
    if matches!(next, Some("objects" | "_default_manager" | "_base_manager")) {
        return Some(class);
    }
    let in_models =
        !path.starts_with("django.db.") && parts.iter().take(at).any(|(_, part)| *part == "models");
    if !in_models {
        return None;
    }
    let is_model = || models::is_created(project, name);
    let is_live = match next {
        Some("DoesNotExist" | "MultipleObjectsReturned" | "_meta") => true,
        Some("save" | "delete" | "full_clean" | "refresh_from_db") => made || is_model(),
        None => constructed || is_model(),
        // A constant, or a class inside the class, says nothing of the table.
        Some(next) => !is_class(next) && is_model(),
    };
    is_live.then_some(class)
}

/// The parts of a dotted path, each with its end.
fn parts(path: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    path.split('.').map(move |part| {
        let at = end;
        end = at + part.len() + 1;
        (at + part.len(), part)
    })
}

/// Whether the configuration says that the table is large; `None` when it names no tables.
fn is_large(project: &Project, config: &Config, model: &ModelRef) -> Option<bool> {
    if config.database.large_tables.is_empty() {
        return None;
    }
    let ModelRef::Historic { app: Some(app), name: Some(name) } = model else { return Some(false) };
    let table = models::table_of(project, app, name);
    Some(config.database.large_tables.iter().any(|large| large.eq_ignore_ascii_case(&table)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_classes_are_told_from_constants_and_enumerations() {
        let project = Project::default();
        let live = |path, constructed| live_class(&project, path, constructed);
        assert_eq!(live("shop.models.Order.objects.all", false), Some("shop.models.Order"));
        assert_eq!(live("shop.models.order.Order", true), Some("shop.models.order.Order"));
        assert_eq!(live("shop.models.Order().save", false), Some("shop.models.Order"));
        assert_eq!(live("shop.handlers.Order.objects", false), Some("shop.handlers.Order"));
        assert_eq!(live("shop.models.Order.DoesNotExist", false), Some("shop.models.Order"));
        let user = "django.contrib.auth.get_user_model";
        assert_eq!(live("django.contrib.auth.get_user_model", false), Some(user));
        let called = "django.contrib.auth.get_user_model()";
        assert_eq!(live("django.contrib.auth.get_user_model().objects", false), Some(called));
        assert_eq!(live("django.apps.apps.get_model().objects", false), Some("django.apps.apps.get_model()"));
        assert_eq!(live("django.apps.apps.get_models", false), None);
        assert_eq!(live("shop.models.Status", false), None);
        assert_eq!(live("shop.models.Status.OPEN.value", false), None);
        assert_eq!(live("shop.handlers.Order", true), None);
        assert_eq!(live("django.db.models.Q", true), None);
        assert_eq!(live("django.db.models.Value", true), None);
    }
}
