//! The indexes and unique keys of a model.

use std::sync::Arc;

use crate::django::OperationKind;
use crate::django::state::{ConstraintKind, Field, ModelState, OperationStep};
use crate::rules::Change;
use crate::syntax::Expr;

/// An index or unique key over fields of a model, all of which are known.
#[derive(Debug, Clone)]
pub(super) struct KeyOf {
    pub(super) fields: Vec<Arc<Field>>,
    pub(super) unique: bool,
    pub(super) kind: KeyKind,
}

/// What asks for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    /// `db_index=True`, or a foreign key.
    FieldIndex,
    /// `unique=True`, or a primary key.
    FieldUnique,
    /// `unique_together`, `index_together`
    Together,
    /// `Meta.indexes`
    Index,
    /// `Meta.constraints`
    Constraint,
}

impl KeyOf {
    /// Its fields as messages name them.
    pub(super) fn label(&self) -> String {
        let names: Vec<String> = self.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        names.join(", ")
    }

    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.fields.iter().map(|field| field.name.clone()).collect()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.unique == other.unique && self.kind == other.kind && self.names() == other.names()
    }
}

/// All keys of a model whose fields are known; those with a condition, an expression or a descending column left out.
pub(super) fn keys_of(model: &ModelState) -> Vec<KeyOf> {
    keys_with(model, None)
}

/// As [`keys_of`]; of a model with thousands of fields only those that the field `only` takes part in, when it is given.
fn keys_with(model: &ModelState, only: Option<&str>) -> Vec<KeyOf> {
    let mut keys = Vec::new();
    let fields: Vec<&Arc<Field>> = match only {
        Some(name) => model.fields.get(name).into_iter().collect(),
        None => model.fields.iter().collect(),
    };
    for field in fields.into_iter().filter(|field| matches!(field.column(), Ok(Some(_)))) {
        let unique = field.unique() == Ok(true);
        if unique || field.db_index() == Ok(true) {
            let kind = if unique { KeyKind::FieldUnique } else { KeyKind::FieldIndex };
            keys.push(KeyOf { fields: vec![field.clone()], unique, kind });
        }
    }
    let mut add = |names: &[Arc<str>], unique: bool, kind: KeyKind| {
        if only.is_some_and(|only| names.iter().all(|name| **name != *only)) {
            return;
        }
        let fields: Option<Vec<Arc<Field>>> =
            names.iter().map(|name| model.fields.get(name).cloned()).collect();
        if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
            keys.push(KeyOf { fields, unique, kind });
        }
    };
    for set in model.options.unique_together.iter().flatten() {
        add(set, true, KeyKind::Together);
    }
    for set in model.options.index_together.iter().flatten() {
        add(set, false, KeyKind::Together);
    }
    for index in
        model.options.indexes.iter().filter(|index| index.condition.is_none() && index.expressions.is_empty())
    {
        if let Ok(fields) = &index.fields
            && fields.iter().all(|(_, descending)| !descending)
        {
            let names: Vec<Arc<str>> = fields.iter().map(|(name, _)| name.clone()).collect();
            add(&names, false, KeyKind::Index);
        }
    }
    for constraint in &model.options.constraints {
        if let ConstraintKind::Unique { fields: Ok(fields), condition: None, special, .. } = &constraint.kind
            && special.is_empty()
        {
            add(fields, true, KeyKind::Constraint);
        }
    }
    keys
}

/// The keys that an operation makes: those of the model after it that the model before it has not, or has over a field
/// of another kind.
pub(super) fn keys_made(change: &Change<'_>, step: &OperationStep<'_>) -> Vec<KeyOf> {
    if matches!(
        step.operation.kind,
        OperationKind::RenameModel | OperationKind::RenameField | OperationKind::DeleteModel
    ) {
        return Vec::new();
    }
    let Some((key, new)) = change.model(step.operation, &step.after) else { return Vec::new() };
    if step.after.has_table(&key) != Ok(true) {
        return Vec::new();
    }
    let only = match step.operation.kind {
        OperationKind::AddField | OperationKind::AlterField => {
            step.operation.arg("name").and_then(Expr::as_str)
        }
        _ => None,
    };
    let before = step.before.model(&key).map(|old| keys_with(old, only)).unwrap_or_default();
    let is_old = |one: &KeyOf| {
        before.iter().any(|had| {
            let same =
                |(a, b): (&Arc<Field>, &Arc<Field>)| a.class == b.class && a.max_length() == b.max_length();
            had.is_like(one) && had.fields.iter().zip(&one.fields).all(same)
        })
    };
    keys_with(new, only).into_iter().filter(|one| !is_old(one)).collect()
}
