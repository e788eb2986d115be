//! Models of well-known apps outside the project, from `rules/facts/django_models.toml`: what a foreign key needs to
//! know of them.

use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use super::super::fields::BuiltIn;
use super::implied;
use super::{ModelState, Options};

static FACTS: &str = include_str!("../../../rules/facts/django_models.toml");

#[derive(Deserialize)]
struct File {
    model: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    /// `auth.User`
    model: String,
    /// The table.
    table: String,
    /// The name of the primary key.
    key: String,
    /// Its class.
    class: String,
    /// `max_length` of the primary key.
    max_length: Option<i64>,
}

/// The models; each has its table and its primary key, nothing else.
pub(super) fn models() -> &'static [Arc<ModelState>] {
    static MODELS: OnceLock<Vec<Arc<ModelState>>> = OnceLock::new();
    MODELS.get_or_init(|| {
        // A test reads the file, so that a mistake in it cannot reach a release.
        let rows = toml::from_str::<File>(FACTS).map(|file| file.model).unwrap_or_default();
        rows.into_iter().filter_map(model).map(Arc::new).collect()
    })
}

fn model(row: Row) -> Option<ModelState> {
    let (app, name) = row.model.split_once('.')?;
    let key = implied::primary_key(&row.key, BuiltIn::from_name(&row.class)?, row.max_length);
    Some(ModelState {
        app: app.into(),
        name: name.into(),
        fields: std::iter::once(Arc::new(key)).collect(),
        options: Options { db_table: Ok(Some(row.table.into())), ..Options::default() },
        bases: Arc::default(),
        ordinal: 0,
        origin: None,
        uncertain: None,
    })
}

/// True for a well-known model outside the project.
#[cfg(test)]
pub(super) fn is_known(model: &str) -> bool {
    super::ModelKey::parse(model).is_some_and(|key| models().iter().any(|model| model.key() == key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        let file: File = toml::from_str(FACTS).expect("django_models.toml");
        assert_eq!(file.model.len(), models().len());
        assert!(is_known("auth.User"));
        assert!(!is_known("auth.Nobody"));
    }
}
