//! The column of a field as Django's MySQL backend defines it: type, check, collation.
//!
//! Source: `db_parameters`, `db_type`, `db_check` and `rel_db_type` of `django/db/models/fields/`, `data_types` and
//! `data_type_check_constraints` of `django/db/backends/mysql/base.py`, Django 2.2 to 5.2.

use std::sync::Arc;

use super::super::fields::BuiltIn;
use super::super::state::{Field, ModelKey, ProjectState};
use super::super::unknown::{Maybe, Unknown};
use crate::mysql::Features;
use crate::syntax::{Expr, Value};

/// A field with a column, as one state has it.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// The field.
    pub(super) field: Arc<Field>,
    /// Its name in the database.
    pub(super) name: Arc<str>,
    /// The type: `varchar(64)`, `integer AUTO_INCREMENT`.
    pub(super) db_type: String,
    /// What CHECK holds, when the backend writes one: `` `count` >= 0 ``.
    pub(super) check: Option<String>,
    /// COLLATE
    pub(super) collation: Option<Arc<str>>,
    /// COMMENT; empty ones count as none.
    pub(super) comment: Option<Arc<str>>,
    pub(super) null: bool,
    pub(super) primary_key: bool,
    pub(super) unique: bool,
    pub(super) db_index: bool,
    /// What `get_internal_type` returns.
    pub(super) internal_type: Arc<str>,
    /// What it refers to, for a foreign key.
    pub(super) remote: Option<Remote>,
    /// Whether it is a generated one; true for one that is stored.
    pub(super) generated: Option<bool>,
}

/// The other end of a foreign key.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub(super) to_table: Arc<str>,
    pub(super) to_column: Arc<str>,
    /// Whether the database has the constraint.
    pub(super) db_constraint: bool,
}

impl Column {
    /// The column of `field`; `None` when it has none. `features` are those of the backend.
    ///
    /// # Errors
    /// When the source does not tell what the column is.
    pub(super) fn of(state: &ProjectState, field: &Arc<Field>, features: Features) -> Maybe<Option<Self>> {
        if let Some(why) = &field.uncertain {
            return Err(why.clone());
        }
        let class = field.class.django()?;
        let Some(name) = field.column()? else { return Ok(None) };
        let Some(db_type) = state.db_type(field, &features)? else { return Ok(None) };
        let db_type = db_type.to_string();
        // A generated field has type and collation of its `output_field`.
        let generated = class == BuiltIn::GeneratedField;
        let typed = field.output_field.as_ref().filter(|_| generated).unwrap_or(field);
        let internal_type = internal_type(typed)?;
        let remote = if class.is_foreign_key() { Some(remote(state, field)?) } else { None };
        let check = if remote.is_some() { None } else { check(&internal_type, &name, features) };
        if generated && check.is_some() {
            return Err(Unknown::new(
                format!("`output_field` of `{}` carries a CHECK without the name of a column", field.name),
                format!("`{}` 的 `output_field` 带有缺少列名的 CHECK", field.name),
            ));
        }
        let comment =
            if features.comments { field.db_comment()?.filter(|text| !text.is_empty()) } else { None };
        Ok(Some(Self {
            name,
            db_type,
            check,
            collation: collation(state, typed, features)?,
            comment,
            null: field.null()?,
            primary_key: field.primary_key()?,
            unique: field.unique()?,
            db_index: field.db_index()?,
            internal_type,
            remote,
            generated: generated
                .then(|| matches!(field.arg("db_persist"), Some(Expr { value: Value::Bool(true), .. }))),
            field: field.clone(),
        }))
    }

    /// Whether the type is one that takes no plain default and no plain index: Django's `_is_limited_data_type`.
    pub(super) fn is_limited(&self) -> bool {
        const LIMITED: &[&str] = &[
            "tinyblob",
            "blob",
            "mediumblob",
            "longblob",
            "tinytext",
            "text",
            "mediumtext",
            "longtext",
            "json",
        ];
        LIMITED.contains(&self.db_type.to_lowercase().as_str())
    }

    /// Django's `_is_text_or_blob`.
    pub(super) fn is_text_or_blob(&self) -> bool {
        let ty = self.db_type.to_lowercase();
        ty.ends_with("blob") || ty.ends_with("text")
    }

    /// Whether the database has a foreign key for it.
    pub(super) fn constrained(&self) -> Option<&Remote> {
        self.remote.as_ref().filter(|remote| remote.db_constraint)
    }

    /// Whether Django creates an index for the field alone: `_field_should_be_indexed` on InnoDB.
    pub(super) fn has_own_index(&self) -> bool {
        let foreign = self.internal_type.as_ref() == "ForeignKey" && self.constrained().is_some();
        self.db_index && !self.unique && !foreign && !self.is_limited()
    }

    /// What decides whether a CHECK changes: by Django 5.0 the column's name does not count where the server renames
    /// columns.
    pub(super) fn check_identity(&self, features: Features) -> Option<String> {
        let check = self.check.as_ref()?;
        if features.check_survives_rename {
            return Some(check.replace(&format!("`{}`", self.name), "`__column_name__`"));
        }
        Some(check.clone())
    }
}

/// What `get_internal_type` of the field returns.
pub(super) fn internal_type(field: &Field) -> Maybe<Arc<str>> {
    match &field.class.resolved {
        Ok(resolved) => resolved.internal_type.clone(),
        Err(why) => Err(why.clone()),
    }
}

fn remote(state: &ProjectState, field: &Field) -> Maybe<Remote> {
    let (model, target) = state.target(field)?;
    let to_column = target.column()?.ok_or_else(|| no_column(&model, &target))?;
    Ok(Remote { to_table: state.table(&model)?, to_column, db_constraint: field.db_constraint()? })
}

fn no_column(model: &ModelKey, field: &Field) -> Unknown {
    Unknown::new(
        format!("`{model}.{}` has no column that a foreign key could point to", field.name),
        format!("`{model}.{}` 没有可供外键引用的列", field.name),
    )
}

/// What CHECK of an inline constraint holds.
fn check(internal: &str, column: &str, features: Features) -> Option<String> {
    match internal {
        "PositiveBigIntegerField" | "PositiveIntegerField" | "PositiveSmallIntegerField"
            if features.check_constraints =>
        {
            Some(format!("`{column}` >= 0"))
        }
        "JSONField" if features.json_valid_check => Some(format!("JSON_VALID(`{column}`)")),
        _ => None,
    }
}

fn collation(state: &ProjectState, field: &Arc<Field>, features: Features) -> Maybe<Option<Arc<str>>> {
    if !features.collations {
        return Ok(None);
    }
    let class = field.class.django()?;
    let source = match class {
        BuiltIn::ForeignKey | BuiltIn::OneToOneField if features.collation_of_relations => {
            state.final_target(field)?
        }
        BuiltIn::ForeignKey | BuiltIn::OneToOneField => return Ok(None),
        _ => field.clone(),
    };
    let text = matches!(
        source.class.django()?,
        BuiltIn::CharField
            | BuiltIn::TextField
            | BuiltIn::EmailField
            | BuiltIn::SlugField
            | BuiltIn::URLField
            | BuiltIn::CommaSeparatedIntegerField
    );
    if text { Ok(source.db_collation()?.filter(|name| !name.is_empty())) } else { Ok(None) }
}
