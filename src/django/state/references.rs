//! Relations that follow a model or a field to its new name.

use std::sync::Arc;

use super::super::unknown::Maybe;
use super::{Field, ModelKey, ModelState};

/// Points the relations of a model that point to `old` to `new`. Bases stay as they are, as in Django.
pub(super) fn repoint(model: &mut ModelState, old: &ModelKey, new: &ModelKey) {
    let points = |to: &Maybe<ModelKey>| to.as_ref() == Ok(old);
    let changed: Vec<Arc<Field>> = model
        .fields
        .iter()
        .filter_map(|field| {
            let relation = field.relation.as_ref()?;
            let through = relation.through.as_ref().is_ok_and(|through| through.as_ref() == Some(old));
            if !points(&relation.to) && !through {
                return None;
            }
            let mut relation = relation.clone();
            if points(&relation.to) {
                relation.to = Ok(new.clone());
                relation.setting = None;
            }
            if through {
                relation.through = Ok(Some(new.clone()));
            }
            Some(Arc::new(Field { relation: Some(relation), ..Field::clone(field) }))
        })
        .collect();
    for field in changed {
        model.fields.insert(field);
    }
}

/// The model with its keys to field `old` of `target` pointed to `new`; `None` when it has none.
pub(super) fn with_to_field(
    model: &ModelState,
    target: &ModelKey,
    old: &str,
    new: &Arc<str>,
) -> Option<ModelState> {
    let changed: Vec<Arc<Field>> = model
        .fields
        .iter()
        .filter_map(|field| {
            let relation = field.relation.as_ref()?;
            let named = relation.to_field.as_ref().is_ok_and(|name| name.as_deref() == Some(old));
            if relation.to.as_ref() != Ok(target) || !named {
                return None;
            }
            let mut relation = relation.clone();
            relation.to_field = Ok(Some(new.clone()));
            Some(Arc::new(Field { relation: Some(relation), ..Field::clone(field) }))
        })
        .collect();
    if changed.is_empty() {
        return None;
    }
    let mut model = model.clone();
    for field in changed {
        model.fields.insert(field);
    }
    Some(model)
}
