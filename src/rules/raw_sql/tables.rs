//! The tables of a project's models, as its migrations name them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::django::{Operation, OperationKind};
use crate::mysql::Verb;
use crate::project::Project;
use crate::syntax::{Expr, Value};

use super::written_in;

/// Tables by name, in lower case.
pub(super) struct Tables {
    /// The app and the models (in lower case) that have, or once had, the table.
    of_models: BTreeMap<String, Vec<(Arc<str>, String)>>,
    /// Tables that `RunSQL` creates or renames something to.
    of_sql: BTreeSet<String>,
    /// Apps of which some name of a model or table is not known.
    open: BTreeSet<Arc<str>>,
}

impl Tables {
    /// The tables that the migrations of `project` speak of.
    pub(super) fn of(project: &Project) -> Self {
        let mut tables = Self { of_models: BTreeMap::new(), of_sql: BTreeSet::new(), open: BTreeSet::new() };
        for migration in &project.migrations {
            let file = &migration.file;
            if file.unknown.iter().any(|part| part.what == "operations") {
                tables.open.insert(migration.app.clone());
            }
            for operation in file.operations.iter().flat_map(Operation::walk) {
                if operation.kind == OperationKind::Custom {
                    tables.open.insert(migration.app.clone());
                }
                tables.add(&migration.app, operation);
                if operation.kind == OperationKind::RunSql {
                    let effects = written_in(migration, operation).into_iter().flat_map(|sql| sql.effects());
                    for effect in effects {
                        let created = matches!(effect.verb, Verb::CreateTable | Verb::CreateView);
                        let names = [effect.table.filter(|_| created), effect.to];
                        tables.of_sql.extend(names.into_iter().flatten().map(|name| name.to_lowercase()));
                    }
                }
            }
        }
        tables
    }

    fn add(&mut self, app: &Arc<str>, operation: &Operation) {
        let text = |name: &str| operation.arg(name).and_then(Expr::as_str);
        let (model, table) = match operation.kind {
            OperationKind::CreateModel => (text("name"), operation.arg("options").and_then(db_table)),
            OperationKind::RenameModel => (text("new_name"), None),
            OperationKind::AlterModelTable => (text("name"), text("table")),
            _ => return,
        };
        let Some(model) = model else { return };
        let table = table.map_or_else(|| format!("{app}_{model}"), str::to_owned).to_lowercase();
        self.of_models.entry(table).or_default().push((app.clone(), model.to_lowercase()));
    }

    /// The models that have, or once had, a table.
    pub(super) fn models(&self, table: &str) -> &[(Arc<str>, String)] {
        self.of_models.get(&table.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether all names of an app's models and tables are known.
    pub(super) fn is_complete(&self, app: &str) -> bool {
        !self.open.contains(app)
    }

    /// Whether a table is one of a model, of a many-to-many field of it, or made by `RunSQL`.
    pub(super) fn knows(&self, table: &str) -> bool {
        let table = table.to_lowercase();
        let of_field = || self.of_models.keys().any(|known| table.starts_with(&format!("{known}_")));
        self.of_models.contains_key(&table) || self.of_sql.contains(&table) || of_field()
    }
}

fn db_table(options: &Expr) -> Option<&str> {
    let Value::Dict(entries) = &options.value else { return None };
    entries.iter().find(|(key, _)| key.as_str() == Some("db_table")).and_then(|(_, value)| value.as_str())
}
