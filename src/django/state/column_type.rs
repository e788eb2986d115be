//! The type of a field's column on MySQL and MariaDB: `Field.db_type`, from `rules/facts/django_mysql_types.toml`.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::mysql::Features;

use super::super::fields::{BuiltIn, DbTypeMethod};
use super::super::unknown::{Maybe, Unknown};
use super::{Field, ProjectState};

static FACTS: &str = include_str!("../../../rules/facts/django_mysql_types.toml");

/// How far foreign keys that point to foreign keys are followed.
const MAX_CHAIN: usize = 64;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Table {
    types: FxHashMap<String, String>,
    native_uuid: FxHashMap<String, String>,
    foreign_keys: FxHashMap<String, String>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // A test reads the file, so that a mistake in it cannot reach a release.
    TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default())
}

impl ProjectState {
    /// What `field.db_type(connection)` returns; `None` for a field without a column.
    pub fn db_type(&self, field: &Field, features: &Features) -> Maybe<Option<Arc<str>>> {
        let class = field.class.django()?;
        if !class.is_foreign_key() {
            return own_type(field, features);
        }
        if let Ok(resolved) = &field.class.resolved
            && resolved.db_type != DbTypeMethod::Django
        {
            return own_type(field, features);
        }
        let mut target = self.target(field)?.1;
        for _ in 0..MAX_CHAIN {
            let class = target.class.django()?;
            if !class.is_foreign_key() {
                return related_type(&target, class, features);
            }
            target = self.target(&target)?.1;
        }
        Err(Unknown::new(
            format!("the foreign key `{}` points round in a circle", field.name),
            format!("外键 `{}` 循环指向自身", field.name),
        ))
    }
}

/// `rel_db_type` of a field that is no foreign key.
fn related_type(target: &Field, class: BuiltIn, features: &Features) -> Maybe<Option<Arc<str>>> {
    match table().foreign_keys.get(class.name()) {
        Some(text) => Ok(Some(text.as_str().into())),
        None => own_type(target, features),
    }
}

/// `db_type` of a field that takes its type from no other field.
fn own_type(field: &Field, features: &Features) -> Maybe<Option<Arc<str>>> {
    let resolved = field.class.resolved.as_ref().map_err(Clone::clone)?;
    match &resolved.db_type {
        DbTypeMethod::Django => {}
        DbTypeMethod::Literal(text) => return Ok(Some(text.clone())),
        DbTypeMethod::NoColumn => return Ok(None),
        DbTypeMethod::Unknown(why) => return Err(why.clone()),
    }
    match resolved.django {
        BuiltIn::ManyToManyField | BuiltIn::CompositePrimaryKey => return Ok(None),
        BuiltIn::GeneratedField => {
            return match &field.output_field {
                Some(output) => own_type(output, features),
                None => Err(Unknown::new("`output_field` is not given", "没有给出 `output_field`")),
            };
        }
        _ => {}
    }
    let internal = resolved.internal_type.clone()?;
    let native = table().native_uuid.get(internal.as_ref()).filter(|_| features.native_uuid);
    let Some(template) = native.or_else(|| table().types.get(internal.as_ref())) else {
        return Ok(None);
    };
    fill(template, field).map(|text| Some(text.into()))
}

/// Fills in `%(max_length)s` and its kin; a number that is not given is Python's `None`, as Django writes it.
fn fill(template: &str, field: &Field) -> Maybe<String> {
    let mut out = template.to_owned();
    let number = |value: Option<i64>| value.map_or_else(|| "None".to_owned(), |number| number.to_string());
    for (mark, read) in [
        ("%(max_length)s", Field::max_length as fn(&Field) -> Maybe<Option<i64>>),
        ("%(max_digits)s", Field::max_digits),
        ("%(decimal_places)s", Field::decimal_places),
    ] {
        if out.contains(mark) {
            out = out.replace(mark, &number(read(field)?));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads() {
        let table: Table = toml::from_str(FACTS).expect("django_mysql_types.toml");
        for name in table.types.keys().chain(table.native_uuid.keys()).chain(table.foreign_keys.keys()) {
            assert!(BuiltIn::from_name(name).is_some(), "{name}");
        }
    }
}
