//! What a finding speaks of, taken from the model.

use std::sync::Arc;

use crate::django::state::OperationStep;
use crate::django::{Migration, Operation};
use crate::findings::Subject;
use crate::project::{OtherFile, Project, Workspace};
use crate::syntax::{Expr, Value};

use super::Change;

/// The subject of a finding on a file of which no more than its path is known.
pub fn path_subject(workspace: &Workspace, path: &str) -> Subject {
    Subject { project: workspace.project_of(path).map(|project| project.name.clone()), ..Subject::default() }
}

/// The subject of a finding on a migration.
pub fn migration_subject(project: &Project, migration: &Migration) -> Subject {
    Subject {
        project: Some(project.name.clone()),
        app: Some(migration.app.clone()),
        migration: Some(migration.name.clone()),
        ..Subject::default()
    }
}

/// The subject of a finding on an operation: its model and field as far as they are known.
pub fn operation_subject(project: &Project, migration: &Migration, operation: &Operation) -> Subject {
    let known = |name: &str| operation.arg(name).and_then(known_text);
    // A class that is not Django's may still name its model as Django's own do.
    let model = operation.kind.model_parameter().unwrap_or("model_name");
    let (model, field) = (known(model), operation.kind.field_parameter().and_then(known));
    Subject { operation_index: Some(operation.index), model, field, ..migration_subject(project, migration) }
}

/// The subject of a finding on one field of the model that an operation touches, `CreateModel` included.
pub(super) fn field_subject(change: &Change<'_>, step: &OperationStep<'_>, field: &Arc<str>) -> Subject {
    let subject = operation_subject(change.project, change.migration, step.operation);
    Subject { field: Some(field.clone()), ..subject }
}

/// The subject of a finding on a file of a migrations package that gave no migration.
pub fn other_file_subject(project: &Project, file: &OtherFile) -> Subject {
    Subject {
        project: Some(project.name.clone()),
        app: Some(file.app.clone()),
        migration: Some(file.name.clone()),
        ..Subject::default()
    }
}

/// The text of a string that is known.
fn known_text(expr: &Expr) -> Option<Arc<str>> {
    match &expr.value {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    }
}
