//! Settings that modules of installed packages bind: what a star import of one of them brings.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::source::Span;
use crate::syntax::{Expr, Reason, Value};

/// `rules/facts/settings_frameworks.toml`, compiled in.
static FACTS: &str = include_str!("../../../rules/facts/settings_frameworks.toml");

#[derive(Deserialize)]
struct File {
    module: Vec<Framework>,
}

/// A module of an installed package that settings are taken from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Dotted name.
    pub name: String,
    /// The package that brings it.
    pub package: String,
    /// The version that was read.
    pub version: String,
    /// Module of the project whose upper-case names it takes over first.
    #[serde(default)]
    pub takes_over: Option<String>,
    /// Settings with a value that does not depend on the process.
    #[serde(default)]
    settings: toml::Table,
    /// Which of `settings` are tuples.
    #[serde(default)]
    tuples: Vec<String>,
    /// Settings whose value depends on the process.
    #[serde(default)]
    computed: Vec<String>,
    /// Entries that it takes out of a collection.
    #[serde(default)]
    pub without: FxHashMap<String, Vec<String>>,
    /// Modules that its namespace happens to hold, such as `os`.
    #[serde(default)]
    modules: Vec<String>,
}

impl Framework {
    /// Whether it binds `name` itself.
    pub(super) fn binds(&self, name: &str) -> bool {
        self.settings.contains_key(name) || self.computed.iter().any(|each| each == name)
    }

    /// The names that it binds itself, with positions at `base`.
    pub(super) fn names(&self, base: u32) -> Vec<(Arc<str>, Expr)> {
        let at = Span { start: base, end: base };
        let mut names: Vec<(Arc<str>, Expr)> = Vec::new();
        for module in &self.modules {
            let name: Arc<str> = module.as_str().into();
            names.push((name.clone(), Expr { span: at, value: Value::Imported(name) }));
        }
        for (name, value) in &self.settings {
            let tuple = self.tuples.iter().any(|each| each == name);
            names.push((name.as_str().into(), convert(value, at, tuple)));
        }
        for name in &self.computed {
            let shown = format!("{}.{name}", self.name).into();
            names.push((
                name.as_str().into(),
                Expr { span: at, value: Value::Unknown(Reason::Computed(shown)) },
            ));
        }
        names
    }
}

fn convert(value: &toml::Value, at: Span, tuple: bool) -> Expr {
    let value = match value {
        toml::Value::String(text) => Value::Str(text.as_str().into()),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Number(number.to_string().into()),
        toml::Value::Boolean(value) => Value::Bool(*value),
        toml::Value::Datetime(text) => Value::Str(text.to_string().into()),
        toml::Value::Array(items) => {
            let items = Arc::new(items.iter().map(|item| convert(item, at, tuple)).collect());
            if tuple { Value::Tuple(items) } else { Value::List(items) }
        }
        toml::Value::Table(entries) => {
            let entry = |(key, value): (&String, &toml::Value)| {
                let key = Expr { span: at, value: Value::Str(key.as_str().into()) };
                (key, convert(value, at, false))
            };
            Value::Dict(Arc::new(entries.iter().map(entry).collect()))
        }
    };
    Expr { span: at, value }
}

/// The module with this dotted name.
pub(super) fn find(name: &str) -> Option<&'static Framework> {
    static TABLE: OnceLock<Vec<Framework>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let file: File = toml::from_str(FACTS).unwrap_or(File { module: Vec::new() });
        file.module
    });
    table.iter().find(|module| module.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        let file = toml::from_str::<File>(FACTS).expect("settings_frameworks.toml");
        for module in &file.module {
            for name in module.tuples.iter() {
                assert!(module.settings.contains_key(name), "{}: {name}", module.name);
            }
        }
        assert!(find("blueapps.conf.default_settings").is_some());
    }
}
