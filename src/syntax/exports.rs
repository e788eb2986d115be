//! What `from module import *` brings, for modules of Django that migrations import that way.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

/// `rules/facts/star_exports.toml`, compiled in.
static FACTS: &str = include_str!("../../rules/facts/star_exports.toml");

#[derive(Deserialize)]
struct File {
    module: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    exports: Vec<String>,
}

type Table = FxHashMap<String, FxHashSet<String>>;

/// True when `from module import *` binds `name` in some supported version of Django. False for modules that the
/// table does not hold: what they export is not known.
pub fn star_exports(module: &str, name: &str) -> bool {
    table().get(module).is_some_and(|names| names.contains(name))
}

/// True when the table holds the module, so that a name that it does not list certainly does not come from there.
pub fn is_known(module: &str) -> bool {
    table().contains_key(module)
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let file: File = toml::from_str(FACTS).unwrap_or(File { module: Vec::new() });
        file.module.into_iter().map(|row| (row.name, row.exports.into_iter().collect())).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        toml::from_str::<File>(FACTS).expect("star_exports.toml");
        assert!(star_exports("django.db.migrations", "AddField"));
        assert!(star_exports("django.db.migrations", "Migration"));
        assert!(star_exports("django.db.models", "DateTimeField"));
        assert!(!star_exports("django.db.models", "AddField"));
        assert!(!is_known("django.db"));
    }
}
