//! What is wrong with an operation, seen from the state before it.

use std::sync::Arc;

use crate::findings::Bilingual;
use crate::source::Span;

use super::super::unknown::Unknown;
use super::ModelKey;

/// Something about an operation that Django would stumble over, or that keeps the state from being known.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Where, in the file of the migration.
    pub span: Span,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum ProblemKind {
    /// The operation names a model that does not exist at this point.
    NoModel(ModelKey),
    /// The operation creates a model that exists at this point.
    ModelExists(ModelKey),
    /// The operation names a field that does not exist at this point.
    NoField(ModelKey, Arc<str>),
    /// The operation adds a field, or renames one to a name, that exists at this point.
    FieldExists(ModelKey, Arc<str>),
    /// The operation names an index that does not exist at this point.
    NoIndex(ModelKey, Arc<str>),
    /// The operation names a constraint that does not exist at this point.
    NoConstraint(ModelKey, Arc<str>),
    /// The operation renames a model to the same name in another case: Django's state loses the model, and the migration
    /// stops with a `KeyError` (3.2 to 5.2).
    RenamedToItself(ModelKey),
    /// The operation renames a model that another one inherits from, and Django does not follow in the bases of the other:
    /// the migration stops with a `FieldError`, and whoever renders that state later with an `InvalidBasesError` (3.2 to
    /// 5.2).
    RenamedBase(ModelKey, ModelKey),
    /// What the operation does is not known.
    Unknown(Unknown),
}

impl ProblemKind {
    /// The problem as a clause for people, without a full stop.
    pub fn describe(&self) -> Bilingual {
        let both = |en: String, zh: String| Bilingual::new(en, zh);
        match self {
            Self::NoModel(key) => {
                both(format!("there is no model `{key}` at this point"), format!("此时不存在模型 `{key}`"))
            }
            Self::ModelExists(key) => both(
                format!("the model `{key}` already exists at this point"),
                format!("此时模型 `{key}` 已经存在"),
            ),
            Self::NoField(key, name) => both(
                format!("the model `{key}` has no field `{name}` at this point"),
                format!("此时模型 `{key}` 没有字段 `{name}`"),
            ),
            Self::FieldExists(key, name) => both(
                format!("the model `{key}` already has a field `{name}` at this point"),
                format!("此时模型 `{key}` 已有字段 `{name}`"),
            ),
            Self::NoIndex(key, name) => both(
                format!("the model `{key}` has no index `{name}` at this point"),
                format!("此时模型 `{key}` 没有索引 `{name}`"),
            ),
            Self::NoConstraint(key, name) => both(
                format!("the model `{key}` has no constraint `{name}` at this point"),
                format!("此时模型 `{key}` 没有约束 `{name}`"),
            ),
            Self::RenamedToItself(key) => both(
                format!("the new name of `{key}` differs in its case alone, and Django then loses the model"),
                format!("`{key}` 的新名称只有大小写不同，Django 会因此丢失该模型"),
            ),
            Self::RenamedBase(key, child) => both(
                format!("`{child}` inherits from `{key}`, and Django does not follow the new name there"),
                format!("`{child}` 继承自 `{key}`，而 Django 不会在那里更新名称"),
            ),
            Self::Unknown(why) => why.describe().clone(),
        }
    }
}
