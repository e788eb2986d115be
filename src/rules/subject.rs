//! What a finding speaks of, taken from the model.

use std::sync::Arc;

use crate::django::{Migration, Operation, OperationKind};
use crate::findings::Subject;
use crate::project::{OtherFile, Project, Workspace};
use crate::syntax::{Expr, Value};

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
    let (model, field) = match operation.kind {
        OperationKind::CreateModel
        | OperationKind::DeleteModel
        | OperationKind::AlterModelTable
        | OperationKind::AlterModelTableComment
        | OperationKind::AlterUniqueTogether
        | OperationKind::AlterIndexTogether
        | OperationKind::AlterOrderWithRespectTo
        | OperationKind::AlterModelOptions
        | OperationKind::AlterModelManagers => (known("name"), None),
        OperationKind::RenameModel => (known("old_name"), None),
        OperationKind::AddField | OperationKind::RemoveField | OperationKind::AlterField => {
            (known("model_name"), known("name"))
        }
        OperationKind::RenameField => (known("model_name"), known("old_name")),
        _ => (known("model_name"), None),
    };
    Subject { operation_index: Some(operation.index), model, field, ..migration_subject(project, migration) }
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
