//! A model of a project state.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::Expr;

use super::super::unknown::{Maybe, Unknown};
use super::{FieldMap, Origin};

/// App label and lowercase model name, as Django keys models.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelKey {
    /// App label.
    pub app: Arc<str>,
    /// Lowercase model name.
    pub name: Arc<str>,
}

impl ModelKey {
    /// The key of model `name` (in any case) of app `app`.
    pub fn new(app: impl Into<Arc<str>>, name: &str) -> Self {
        Self { app: app.into(), name: name.to_lowercase().into() }
    }

    /// Reads `app.Model`.
    pub fn parse(text: &str) -> Option<Self> {
        let (app, name) = text.split_once('.')?;
        Some(Self::new(app, name))
    }
}

impl std::fmt::Display for ModelKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.app, self.name)
    }
}

/// A model after some migration: Django's `ModelState`.
#[derive(Debug, Clone)]
pub struct ModelState {
    /// App label.
    pub app: Arc<str>,
    /// Name as it is written, `LogIndexSet`.
    pub name: Arc<str>,
    /// Its fields.
    pub fields: FieldMap,
    /// Its options, as far as they concern the database.
    pub options: Options,
    /// What it derives from.
    pub bases: Arc<[Base]>,
    /// The place among all models in the order in which they were created.
    pub ordinal: u64,
    /// The operation that created it; `None` for a model of an app outside the project.
    pub origin: Option<Origin>,
    /// Why it is not known whether the model is as it stands here (conditional code, an operation nobody understands).
    pub uncertain: Option<Unknown>,
}

impl ModelState {
    /// Its key.
    pub fn key(&self) -> ModelKey {
        ModelKey::new(self.app.clone(), &self.name)
    }

    /// The index with this name.
    pub fn index(&self, name: &str) -> Option<&Arc<Index>> {
        self.options.indexes.iter().find(|index| index.name.as_deref() == Ok(name))
    }

    /// The constraint with this name.
    pub fn constraint(&self, name: &str) -> Option<&Arc<Constraint>> {
        self.options.constraints.iter().find(|constraint| constraint.name.as_deref() == Ok(name))
    }

    /// True for a model of an app outside the project, of which only the key is known.
    pub fn is_external(&self) -> bool {
        self.origin.is_none()
    }
}

/// A base class of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// `models.Model`
    Model,
    /// Another model of the state.
    State(ModelKey),
    /// A class by its dotted path: a mixin, or an abstract model.
    Class(Arc<str>),
    /// Not known.
    Unknown(Unknown),
}

/// `Meta` of a model, as far as it concerns the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `db_table`; `None` takes the name that Django makes.
    pub db_table: Maybe<Option<Arc<str>>>,
    /// `db_table_comment`
    pub db_table_comment: Maybe<Option<Arc<str>>>,
    /// `db_tablespace`
    pub db_tablespace: Maybe<Option<Arc<str>>>,
    /// `managed`
    pub managed: Maybe<bool>,
    /// `proxy`
    pub proxy: Maybe<bool>,
    /// `abstract`
    pub is_abstract: Maybe<bool>,
    /// `swappable`: the setting that may replace the model.
    pub swappable: Maybe<Option<Arc<str>>>,
    /// `unique_together`: sets of field names in the order of the source, duplicates left out.
    pub unique_together: Maybe<Vec<Vec<Arc<str>>>>,
    /// `index_together`, likewise.
    pub index_together: Maybe<Vec<Vec<Arc<str>>>>,
    /// `order_with_respect_to`
    pub order_with_respect_to: Maybe<Option<Arc<str>>>,
    /// `required_db_vendor`
    pub required_db_vendor: Maybe<Option<Arc<str>>>,
    /// `indexes`
    pub indexes: imbl::Vector<Arc<Index>>,
    /// `constraints`
    pub constraints: imbl::Vector<Arc<Constraint>>,
    /// Why more options may be set than those that are known.
    pub uncertain: Option<Unknown>,
}

impl std::default::Default for Options {
    fn default() -> Self {
        Self {
            db_table: Ok(None),
            db_table_comment: Ok(None),
            db_tablespace: Ok(None),
            managed: Ok(true),
            proxy: Ok(false),
            is_abstract: Ok(false),
            swappable: Ok(None),
            unique_together: Ok(Vec::new()),
            index_together: Ok(Vec::new()),
            order_with_respect_to: Ok(None),
            required_db_vendor: Ok(None),
            indexes: imbl::Vector::new(),
            constraints: imbl::Vector::new(),
            uncertain: None,
        }
    }
}

/// An entry of `Meta.indexes`.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its name, as written: Django fills in `%(app_label)s` and `%(class)s` only when the model is rendered.
    pub name: Maybe<Arc<str>>,
    /// The class by its dotted path, `django.db.models.Index`.
    pub class: Maybe<Arc<str>>,
    /// Fields, with true for a descending one; empty for an index on expressions.
    pub fields: Maybe<Vec<(Arc<str>, bool)>>,
    /// Expressions.
    pub expressions: Vec<Expr>,
    /// `condition`
    pub condition: Option<Expr>,
    /// `include`
    pub include: Maybe<Vec<Arc<str>>>,
    /// The call that defines it, for what else there is.
    pub definition: Expr,
    /// Where it is defined.
    pub origin: Option<Origin>,
}

/// An entry of `Meta.constraints`.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// Its name, as written: Django fills in `%(app_label)s` and `%(class)s` only when the model is rendered.
    pub name: Maybe<Arc<str>>,
    /// What it is.
    pub kind: ConstraintKind,
    /// The call that defines it, for what else there is.
    pub definition: Expr,
    /// Where it is defined.
    pub origin: Option<Origin>,
}

/// What a constraint demands.
#[derive(Debug, Clone)]
pub enum ConstraintKind {
    /// `CheckConstraint`: its condition (`check` before 5.1, `condition` since).
    Check(Expr),
    /// `UniqueConstraint`.
    Unique {
        /// Fields; empty for one on expressions.
        fields: Maybe<Vec<Arc<str>>>,
        /// Expressions.
        expressions: Vec<Expr>,
        /// `condition`
        condition: Option<Expr>,
        /// `deferrable`, `include`, `opclasses`, `nulls_distinct` that are set: servers without them ignore the constraint.
        special: Vec<Arc<str>>,
    },
    /// A class that is not Django's, or one of PostgreSQL.
    Other(Maybe<Arc<str>>),
}

impl Index {
    /// Where in its file the definition stands.
    pub fn span(&self) -> Span {
        self.definition.span
    }
}
