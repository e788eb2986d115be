//! What the migrations of a project say of a model, as far as it takes no model state: who creates it, and its table.

use std::collections::BTreeSet;

use crate::django::{Key, Migration, Operation, OperationKind};
use crate::project::Project;
use crate::syntax::{Expr, Value};

/// The migrations that come before one, itself included.
pub(super) fn before<'a>(project: &'a Project, migration: &Migration) -> BTreeSet<&'a Key> {
    let mut seen: BTreeSet<&Key> = BTreeSet::new();
    let own = (migration.app.clone(), migration.name.clone());
    let mut waiting: Vec<&Key> =
        project.graph.parents.get_key_value(&own).map(|(key, _)| key).into_iter().collect();
    while let Some(key) = waiting.pop() {
        if seen.insert(key) {
            waiting.extend(project.graph.parents.get(key).into_iter().flatten());
        }
    }
    seen
}

/// The operations of an app's migrations, nested ones included.
pub(super) fn operations<'a>(
    project: &'a Project,
    app: &'a str,
) -> impl Iterator<Item = (&'a Migration, &'a Operation)> {
    let of_app = project.migrations.iter().filter(move |migration| *migration.app == *app);
    of_app.flat_map(|migration| {
        migration
            .file
            .operations
            .iter()
            .flat_map(Operation::walk)
            .map(move |operation| (migration, operation))
    })
}

/// Whether `operation` gives the app a model called `name` (in any case, as Django compares them).
pub(super) fn brings(operation: &Operation, name: &str) -> bool {
    let parameter = match operation.kind {
        OperationKind::CreateModel => "name",
        OperationKind::RenameModel => "new_name",
        _ => return false,
    };
    let text = operation.arg(parameter).and_then(Expr::as_str);
    text.is_some_and(|text| text.to_lowercase() == name.to_lowercase())
}

/// Whether a migration of the project creates a model of this name, in whatever app.
pub(super) fn is_created(project: &Project, name: &str) -> bool {
    project.apps.keys().any(|app| operations(project, app).any(|(_, operation)| brings(operation, name)))
}

/// The table of a model: `db_table` where a migration sets it, else Django's own name.
pub(super) fn table_of(project: &Project, app: &str, model: &str) -> String {
    let mut table = format!("{}_{}", app, model.to_lowercase());
    for (_, operation) in operations(project, app) {
        let named = match operation.kind {
            OperationKind::CreateModel if brings(operation, model) => {
                operation.arg("options").and_then(|options| entry(options, "db_table"))
            }
            OperationKind::AlterModelTable => {
                let same = operation.arg("name").and_then(Expr::as_str);
                let same = same.is_some_and(|name| name.eq_ignore_ascii_case(model));
                operation.arg("table").filter(|_| same).and_then(Expr::as_str)
            }
            _ => None,
        };
        if let Some(named) = named {
            named.clone_into(&mut table);
        }
    }
    table
}

/// The text under a key of a dictionary.
fn entry<'a>(options: &'a Expr, key: &str) -> Option<&'a str> {
    let Value::Dict(entries) = &options.value else { return None };
    entries.iter().find(|(name, _)| name.as_str() == Some(key)).and_then(|(_, value)| value.as_str())
}
