//! The operation classes of Django and their parameters, from `rules/facts/operations.toml`.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::operation::OperationKind;

static FACTS: &str = include_str!("../../rules/facts/operations.toml");

#[derive(Deserialize)]
struct File {
    modules: Vec<String>,
    postgres_modules: Vec<String>,
    migration_classes: Vec<String>,
    swappable_dependency: Vec<String>,
    operation_bases: Vec<String>,
    operation: Vec<Row>,
    postgres: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    class: String,
    #[serde(default)]
    kind: Kind,
    parameters: Vec<String>,
    #[serde(default)]
    keyword_only: Vec<String>,
    since: String,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Kind(OperationKind);

impl Default for Kind {
    fn default() -> Self {
        Self(OperationKind::Postgres)
    }
}

/// An operation class of Django.
#[derive(Debug)]
pub struct Signature {
    /// Its name.
    pub class: Arc<str>,
    /// What it does.
    pub kind: OperationKind,
    /// Parameters in the order in which they can be passed by position, then those that only a keyword passes.
    pub parameters: Vec<Arc<str>>,
    /// How many of them can be passed by position.
    pub positional: usize,
    /// The first release of Django that has it; `1.11` stands for that or any older one.
    pub since: Arc<str>,
}

#[derive(Default)]
struct Table {
    by_path: FxHashMap<String, Arc<Signature>>,
    by_class: FxHashMap<Arc<str>, Arc<Signature>>,
    migration_classes: Vec<String>,
    swappable_dependency: Vec<String>,
    operation_bases: Vec<String>,
}

/// The operation class that a dotted path leads to: `django.db.migrations.AddField`.
pub fn of_path(path: &str) -> Option<&'static Signature> {
    table().by_path.get(path).map(Arc::as_ref)
}

/// The operation class with this name, without its module.
pub fn of_class(class: &str) -> Option<&'static Signature> {
    table().by_class.get(class).map(Arc::as_ref)
}

/// True for a path that leads to Django's `Migration`.
pub fn is_migration(path: &str) -> bool {
    table().migration_classes.iter().any(|known| known == path)
}

/// True for a path that leads to `swappable_dependency`.
pub fn is_swappable_dependency(path: &str) -> bool {
    table().swappable_dependency.iter().any(|known| known == path)
}

/// True for a path that leads to the base of all operations.
pub fn is_operation_base(path: &str) -> bool {
    table().operation_bases.iter().any(|known| known == path)
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // The tests read the file, so that a mistake in it cannot reach a release.
    TABLE.get_or_init(|| toml::from_str(FACTS).map(build).unwrap_or_default())
}

fn build(file: File) -> Table {
    let mut table = Table {
        migration_classes: file.migration_classes,
        swappable_dependency: file.swappable_dependency,
        operation_bases: file.operation_bases,
        ..Table::default()
    };
    let rows = [(file.operation, &file.modules), (file.postgres, &file.postgres_modules)];
    for (rows, modules) in rows {
        for row in rows {
            let positional = row.parameters.len();
            let parameters = row.parameters.into_iter().chain(row.keyword_only).map(Arc::from).collect();
            let class: Arc<str> = row.class.into();
            let kind = row.kind.0;
            let signature = Arc::new(Signature {
                class: class.clone(),
                kind,
                parameters,
                positional,
                since: row.since.into(),
            });
            for module in modules {
                table.by_path.insert(format!("{module}.{class}"), signature.clone());
            }
            table.by_class.insert(class, signature);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        toml::from_str::<File>(FACTS).expect("operations.toml");
        let add = of_path("django.db.migrations.operations.fields.AddField").expect("AddField");
        assert_eq!(add.kind, OperationKind::AddField);
        assert_eq!(
            add.parameters.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            ["model_name", "name", "field", "preserve_default"]
        );
        assert_eq!(
            of_class("CreateCollation").map(|row| (row.kind, row.positional)),
            Some((OperationKind::Postgres, 2))
        );
        assert!(of_path("apps.ops.AddField").is_none());
        assert!(is_migration("django.db.migrations.Migration"));
        assert!(is_swappable_dependency("django.db.migrations.swappable_dependency"));
    }
}
