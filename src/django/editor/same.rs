//! Whether a change of a relation concerns the database: Django's `_field_should_be_altered`.

use std::sync::Arc;

use super::super::fields::BuiltIn;
use super::super::state::{Field, ProjectState, same_value};
use super::super::unknown::{Maybe, Unknown};
use crate::mysql::Features;
use crate::syntax::{Expr, Value};

/// Attributes that do not concern the database.
///
/// Source: `Field.non_db_attrs` of Django 4.1 to 5.2; before, `_field_should_be_altered` has the list without `choices`.
pub const NOT_DATABASE: &[&str] = &[
    "blank",
    "db_column",
    "editable",
    "error_messages",
    "help_text",
    "limit_choices_to",
    "on_delete",
    "related_name",
    "related_query_name",
    "validators",
    "verbose_name",
];

/// Arguments that are compared by what they mean.
const BY_MEANING: &[&str] = &["to", "to_field", "through", "through_fields", "symmetrical", "swappable"];

/// Whether `AlterField` from `old` to `new` (relations, each with its state) does anything. `ignored` names attributes
/// that do not count.
///
/// # Errors
/// When that depends on something that is not known.
pub(super) fn should_be_altered(
    (old_state, old): (&ProjectState, &Arc<Field>),
    (new_state, new): (&ProjectState, &Arc<Field>),
    features: Features,
    ignored: &[&str],
) -> Maybe<bool> {
    if !features.alter_filter {
        return Ok(true);
    }
    let column = |field: &Arc<Field>| -> Maybe<Arc<str>> {
        // A many-to-many relation has a column name without having a column.
        Ok(match field.column()? {
            Some(column) => column,
            None => field.db_column()?.unwrap_or_else(|| field.name.clone()),
        })
    };
    if column(old)? != column(new)? || old.class.path != new.class.path {
        return Ok(true);
    }
    if target_changes((old_state, old), (new_state, new), features)? {
        return Ok(true);
    }
    if old.open_arguments || new.open_arguments {
        return Err(unclear(new));
    }
    let skipped = |name: &str| {
        NOT_DATABASE.contains(&name)
            || BY_MEANING.contains(&name)
            || ignored.contains(&name)
            || (name == "choices" && !features.choices_are_schema)
    };
    let names = old.args.iter().chain(&new.args).map(|(name, _)| name.as_ref());
    let names: std::collections::BTreeSet<&str> = names.filter(|name| !skipped(name)).collect();
    for name in names {
        let (before, after) = (given(old, name), given(new, name));
        match (before, after) {
            (None, None) => {}
            (Some(before), Some(after)) => {
                if matches!(before.value, Value::Unknown(_)) || matches!(after.value, Value::Unknown(_)) {
                    return Err(unclear(new));
                }
                if !same_value(before, after) {
                    return Ok(true);
                }
            }
            _ => return Ok(true),
        }
    }
    Ok(false)
}

/// An argument that is given and is not what the class has without it.
fn given<'f>(field: &'f Field, name: &str) -> Option<&'f Expr> {
    let expr = field.arg(name)?;
    let foreign = field.is_foreign_key();
    let usual = match (name, &expr.value) {
        ("null" | "unique" | "primary_key" | "parent_link" | "auto_created", Value::Bool(value)) => {
            !value || (name == "unique" && field.class.is(|class| class == BuiltIn::OneToOneField))
        }
        ("db_index", Value::Bool(value)) => *value == foreign,
        ("db_constraint" | "serialize", Value::Bool(value)) => *value,
        ("default", Value::Imported(path)) => path.ends_with(".NOT_PROVIDED"),
        ("default", _) => false,
        ("choices", Value::List(items)) => items.is_empty(),
        ("db_tablespace" | "name", Value::Str(text)) => text.is_empty(),
        (_, Value::None) => true,
        _ => false,
    };
    (!usual).then_some(expr)
}

fn target_changes(
    (old_state, old): (&ProjectState, &Arc<Field>),
    (new_state, new): (&ProjectState, &Arc<Field>),
    features: Features,
) -> Maybe<bool> {
    let (Some(before), Some(after)) = (&old.relation, &new.relation) else { return Ok(true) };
    let (old_to, new_to) = (before.to.clone()?, after.to.clone()?);
    if old_to != new_to {
        let same_table = features.fk_follows_table
            && !new.is_many_to_many()
            && old_state.table(&old_to)? == new_state.table(&new_to)?;
        if !same_table {
            return Ok(true);
        }
    }
    if new.is_many_to_many() {
        return Ok(before.through.clone()? != after.through.clone()?);
    }
    // `to_field` is not written when it is the primary key.
    Ok(to_field(old_state, old)? != to_field(new_state, new)?)
}

fn to_field(state: &ProjectState, field: &Arc<Field>) -> Maybe<Option<Arc<str>>> {
    let Some(relation) = &field.relation else { return Ok(None) };
    let Some(name) = relation.to_field.clone()? else { return Ok(None) };
    let (_, key) = state.primary_key(&relation.to.clone()?)?;
    Ok((key.name != name).then_some(name))
}

fn unclear(field: &Field) -> Unknown {
    Unknown::new(
        format!("only running the code can tell whether the definition of `{}` changes", field.name),
        format!("只有运行代码才能知道 `{}` 的定义是否改变", field.name),
    )
}
