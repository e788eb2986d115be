//! `inspect operations`: every operation with its arguments, as the analyser understood it.

#[cfg(test)]
mod tests;
mod text;

use serde_json::{Map, Value as Json, json};

use crate::django::{Migration, Operation, OperationKind};
use crate::project::Project;
use crate::source::SourceText;
use crate::syntax::{Expr, Value};

pub use text::operations_text;

use super::Only;
use super::field_def::field_def;
use crate::syntax::shown::{not_known, value};

/// `inspect operations --format json`.
///
/// Beside the keys of the contract an operation has `new_name` where it renames, `fields` where it creates a model,
/// `database_operations` and `state_operations` where it holds operations, and `conditional` where it runs in one branch
/// of conditional code only. A project has `unknown`: what the source does not determine, with the reason.
pub fn operations_json(projects: &[Project], only: &Only) -> Json {
    let projects: Vec<Json> = projects.iter().map(|project| project_json(project, only)).collect();
    json!({ "schema_version": 1, "projects": projects })
}

fn project_json(project: &Project, only: &Only) -> Json {
    let mut migrations = Map::new();
    let mut unknown = Vec::new();
    for migration in taken(project, only) {
        let text = &migration.file.text;
        let operations =
            migration.file.operations.iter().map(|operation| operation_json(operation, text)).collect();
        migrations.insert(key(migration), Json::Array(operations));
        for part in migration.file.unknown.iter().filter(|part| part.what == "operations") {
            unknown.push(json!({
                "migration": key(migration),
                "line": text.line_column(part.span.start).line,
                "reason": part.reason.describe().en,
            }));
        }
    }
    json!({ "root": project.name, "migrations": migrations, "unknown": unknown })
}

fn taken<'p>(project: &'p Project, only: &'p Only) -> impl Iterator<Item = &'p Migration> {
    project.migrations.iter().filter(|migration| only.takes(&migration.app, &migration.name))
}

fn key(migration: &Migration) -> String {
    format!("{}.{}", migration.app, migration.name)
}

fn operation_json(operation: &Operation, text: &SourceText) -> Json {
    let place = text.line_column(operation.span.start);
    let mut out = Map::new();
    let mut put = |key: &str, value: Json| {
        out.insert(key.to_owned(), value);
    };
    put("index", json!(operation.index));
    put("op", json!(operation.class));
    if !operation.builtin {
        put("builtin", json!(false));
    }
    put("model", named(operation, operation.kind.model_parameter()));
    put("field", named(operation, operation.kind.field_parameter()));
    put("reversible", operation.reversible().map_or_else(not_known, Json::Bool));
    put("elidable", operation.elidable().map_or_else(not_known, Json::Bool));
    put("line", json!(place.line));
    put("column", json!(place.column));
    if operation.conditional {
        put("conditional", json!(true));
    }
    if matches!(
        operation.kind,
        OperationKind::RenameField | OperationKind::RenameModel | OperationKind::RenameIndex
    ) {
        put("new_name", named(operation, Some("new_name")));
    }
    match operation.kind {
        OperationKind::AddField | OperationKind::AlterField => {
            put("field_def", operation.arg("field").map_or_else(not_known, field_def));
        }
        OperationKind::CreateModel => put("fields", operation.arg("fields").map_or_else(not_known, fields)),
        OperationKind::SeparateDatabaseAndState => {
            put("database_operations", nested(&operation.database_operations, text));
            put("state_operations", nested(&operation.state_operations, text));
        }
        OperationKind::RunSql if operation.arg("state_operations").is_some() => {
            put("state_operations", nested(&operation.state_operations, text));
        }
        _ => {}
    }
    Json::Object(out)
}

fn nested(operations: &[Operation], text: &SourceText) -> Json {
    // The reader bounds the nesting.
    Json::Array(operations.iter().map(|operation| operation_json(operation, text)).collect())
}

/// `CreateModel(fields=[…])`
fn fields(list: &Expr) -> Json {
    let Some(elements) = list.elements() else {
        return not_known();
    };
    let field = |element: &Expr| match element.elements() {
        Some([name, field]) => json!({ "field": value(name), "field_def": field_def(field) }),
        _ => not_known(),
    };
    Json::Array(elements.iter().map(field).collect())
}

/// An argument that is a name: the text, null where the operation has no such parameter or it is not given.
fn named(operation: &Operation, parameter: Option<&str>) -> Json {
    let Some(parameter) = parameter else {
        return if operation.kind == OperationKind::Custom { not_known() } else { Json::Null };
    };
    match operation.arg(parameter).map(|argument| &argument.value) {
        Some(Value::Str(name)) => json!(name),
        Some(Value::None) => Json::Null,
        _ => not_known(),
    }
}
