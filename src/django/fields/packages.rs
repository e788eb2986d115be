//! Field classes of packages that projects install but do not hold, from `rules/facts/fields.toml`.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::{BuiltIn, DbTypeMethod, Passed, Prepared, ResolvedClass};

static FACTS: &str = include_str!("../../../rules/facts/fields.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    field: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Dotted paths that lead to the class.
    paths: Vec<String>,
    /// The nearest class of Django.
    django: String,
    /// What `get_internal_type` returns, where that is not what the class of Django returns.
    internal_type: Option<String>,
    /// What `db_type` returns on MySQL and MariaDB.
    db_type: Option<String>,
    /// True for a class without a column.
    #[serde(default)]
    no_column: bool,
    /// True for a class that stores values as the class of Django does.
    #[serde(default)]
    plain_values: bool,
    /// Arguments that the constructor sets where none is given.
    #[serde(default)]
    defaults: toml::Table,
    /// Arguments that the constructor sets, whatever is given.
    #[serde(default)]
    sets: toml::Table,
    /// Where the facts are from; for readers of the file.
    #[allow(dead_code)]
    source: String,
}

/// The class behind a dotted path, when it is in the table.
pub(super) fn get(path: &str) -> Option<Arc<ResolvedClass>> {
    static TABLE: OnceLock<FxHashMap<String, Arc<ResolvedClass>>> = OnceLock::new();
    // The tests read the file, so that a mistake in it cannot reach a release.
    TABLE.get_or_init(|| toml::from_str(FACTS).map(build).unwrap_or_default()).get(path).cloned()
}

fn build(file: File) -> FxHashMap<String, Arc<ResolvedClass>> {
    let mut table = FxHashMap::default();
    for row in file.field {
        let Some(django) = BuiltIn::from_name(&row.django) else { continue };
        let db_type = match (row.db_type, row.no_column) {
            (Some(text), _) => DbTypeMethod::Literal(text.into()),
            (None, true) => DbTypeMethod::NoColumn,
            (None, false) => DbTypeMethod::Django,
        };
        let expr = |value: &toml::Value| {
            let value = match value {
                toml::Value::Boolean(value) => Value::Bool(*value),
                toml::Value::Integer(number) => Value::Int(*number),
                toml::Value::String(text) => Value::Str(text.as_str().into()),
                _ => return None,
            };
            Some(Expr { span: Span::default(), value })
        };
        let defaults = row
            .defaults
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().into(), Passed::Default(expr(value)?))));
        let sets = row
            .sets
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().into(), Passed::Always(expr(value)?))));
        let own = django.internal_type().unwrap_or(django).name();
        let class = Arc::new(ResolvedClass {
            django,
            is_django: false,
            internal_type: Ok(row.internal_type.as_deref().unwrap_or(own).into()),
            db_type,
            constructor: defaults.chain(sets).collect(),
            own_constructor: false,
            prepares_values: !row.plain_values,
            none_becomes: if row.plain_values { Prepared::None } else { Prepared::Unknown },
            empty_becomes: if row.plain_values { Prepared::Text("".into()) } else { Prepared::Unknown },
            collection_becomes: [Prepared::Unknown, Prepared::Unknown],
        });
        for path in row.paths {
            table.insert(path, class.clone());
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        let file: File = toml::from_str(FACTS).expect("fields.toml");
        for row in &file.field {
            assert!(BuiltIn::from_name(&row.django).is_some(), "{}", row.django);
            assert!(!row.source.is_empty());
        }
        let paths: usize = file.field.iter().map(|row| row.paths.len()).sum();
        assert_eq!(build(file).len(), paths);
    }
}
