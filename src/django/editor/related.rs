//! What refers to a model: Django's reverse relations.
//!
//! Source: `_related_non_m2m_objects` and `_is_relevant_relation` of `django/db/backends/base/schema.py`, `Options` of
//! `django/db/models/options.py`, Django 2.2 to 5.2.

use std::sync::Arc;

use super::super::state::{Field, ModelKey, ProjectState, Through};
use super::super::unknown::Maybe;
use super::column::Column;
use super::{Editor, rendered};
use crate::mysql::Features;

/// How far a chain of keys that point to keys is followed.
const MAX_CHAIN: u32 = 32;

/// A relation that points to a model.
#[derive(Debug, Clone)]
pub(super) struct Related {
    /// The table whose column it is.
    pub(super) table: Arc<str>,
    /// The model that has the field.
    pub(super) model: ModelKey,
    /// The field.
    pub(super) field: Arc<Field>,
    /// The many-to-many relation whose table Django makes, for a key of that table.
    pub(super) hidden_table: bool,
    /// The name by which queries reach it.
    name: String,
    /// Whether it has no name on the other side.
    hidden: bool,
}

/// The relations to `key`, those of automatic many-to-many tables included, by name where Django sorts them.
fn all(state: &ProjectState, key: &ModelKey, features: Features) -> Maybe<Vec<Related>> {
    let mut models: Vec<_> = state.referrers(key).into_iter().cloned().collect();
    if let Some(own) = state.model(key)
        && !models.iter().any(|model| model.key() == *key)
    {
        models.push(own.clone());
    }
    models.sort_by(|a, b| (&a.app, a.ordinal).cmp(&(&b.app, b.ordinal)));
    let mut out = Vec::new();
    for model in models {
        let owner = model.key();
        if model.options.is_abstract.clone()? || state.swapped(&owner)?.is_some() {
            continue;
        }
        let table = state.table(&owner)?;
        let fields = state.local_fields(&owner)?;
        // Tables of many-to-many relations come into being before the model that has the relation.
        for field in fields.iter().filter(|field| field.is_many_to_many()) {
            let Through { model: None, table, fields, .. } = state.through(&owner, field)? else { continue };
            for part in fields.iter().filter(|part| points_to(state, part, key)) {
                out.push(Related {
                    table: table.clone(),
                    model: owner.clone(),
                    field: part.clone(),
                    hidden_table: true,
                    name: format!("{}_{}+", model.name, field.name),
                    hidden: true,
                });
            }
        }
        for field in fields.iter().filter(|field| points_to(state, field, key)) {
            let text =
                |name: &str| field.arg(name).and_then(|expr| expr.as_str()).filter(|text| !text.is_empty());
            let given = text("related_query_name").or_else(|| text("related_name"));
            let name = given.map_or_else(
                || owner.name.to_string(),
                |text| text.replace("%(class)s", &owner.name).replace("%(app_label)s", &owner.app),
            );
            let hidden = text("related_name").is_some_and(|text| text.ends_with('+'));
            out.push(Related {
                table: table.clone(),
                model: owner.clone(),
                field: field.clone(),
                hidden_table: false,
                name,
                hidden,
            });
        }
    }
    if features.sorted_relations {
        out.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(out)
}

fn points_to(state: &ProjectState, field: &Field, key: &ModelKey) -> bool {
    let to = field.relation.as_ref().and_then(|relation| relation.to.as_ref().ok());
    to.is_some_and(|to| to == key || state.concrete(to).is_ok_and(|model| model.key() == *key))
}

/// Django's `related_objects`: relations that have a name on this side, and many-to-many relations.
pub(super) fn related_objects(
    state: &ProjectState,
    key: &ModelKey,
    features: Features,
) -> Maybe<Vec<Related>> {
    let mut unsorted = features;
    unsorted.sorted_relations = false;
    let mut out = all(state, key, unsorted)?;
    out.retain(|related| !related.hidden_table && (!related.hidden || related.field.is_many_to_many()));
    Ok(out)
}

/// As [`related_objects`], those of the models that it inherits from before its own, without the links to them.
pub(super) fn inherited_related_objects(
    state: &ProjectState,
    key: &ModelKey,
    features: Features,
) -> Maybe<Vec<Related>> {
    // Ancestors first, each once: bases that go round in a circle end there.
    let mut line = vec![key.clone()];
    let mut at = 0;
    while let Some(next) = line.get(at).cloned() {
        for parent in state.parents(state.known(&next)?)? {
            if !line.contains(&parent) {
                line.push(parent);
            }
        }
        at += 1;
    }
    let mut out = Vec::new();
    for (at, model) in line.iter().enumerate().rev() {
        let mut found = related_objects(state, model, features)?;
        found.retain(|related| at == 0 || related.field.parent_link() != Ok(true));
        out.append(&mut found);
    }
    Ok(out)
}

/// The foreign keys whose constraints go while `field` (of `model`) changes, deepest last: pairs of the relation before
/// and after.
pub(super) fn affected(
    (old_state, old_model, old): (&ProjectState, &ModelKey, &Field),
    (new_state, new_model, new): (&ProjectState, &ModelKey, &Field),
    features: Features,
) -> Maybe<Vec<(Related, Related)>> {
    let mut out = Vec::new();
    collect((old_state, old_model, old), (new_state, new_model, new), features, 0, &mut out)?;
    Ok(out)
}

fn collect(
    (old_state, old_model, old): (&ProjectState, &ModelKey, &Field),
    (new_state, new_model, new): (&ProjectState, &ModelKey, &Field),
    features: Features,
    depth: u32,
    out: &mut Vec<(Related, Related)>,
) -> Maybe<()> {
    if depth > MAX_CHAIN {
        return Ok(());
    }
    let before = relevant(old_state, old_model, old, features)?;
    let after = relevant(new_state, new_model, new, features)?;
    for (old_rel, new_rel) in before.into_iter().zip(after) {
        let recursive = features.recursive_relations && !old_rel.hidden_table;
        out.push((old_rel.clone(), new_rel.clone()));
        if recursive && old_rel.model != *old_model {
            collect(
                (old_state, &old_rel.model, &old_rel.field),
                (new_state, &new_rel.model, &new_rel.field),
                features,
                depth + 1,
                out,
            )?;
        }
    }
    Ok(())
}

fn relevant(
    state: &ProjectState,
    model: &ModelKey,
    field: &Field,
    features: Features,
) -> Maybe<Vec<Related>> {
    let mut related = if features.hidden_relations {
        all(state, model, features)?
    } else {
        related_objects(state, model, features)?
    };
    let primary = field.primary_key()?;
    let mut out = Vec::with_capacity(related.len());
    for one in related.drain(..) {
        if one.field.is_many_to_many() {
            continue;
        }
        let to_field = match &one.field.relation {
            Some(relation) => relation.to_field.clone()?,
            None => continue,
        };
        if to_field.map_or(primary, |name| name == field.name) {
            out.push(one);
        }
    }
    Ok(out)
}

impl Editor<'_> {
    /// That Django sees the relations to `key`, before and after the current operation.
    ///
    /// # Errors
    /// When it may have lost sight of one; nothing is known of the tables of any of them then.
    pub(super) fn check_in_sight<'r>(
        &mut self,
        state: &ProjectState,
        key: &ModelKey,
        relations: impl Iterator<Item = &'r Related> + Clone,
    ) -> Maybe<()> {
        let rendered: Vec<_> = self.rendered.iter().chain(&self.rendered_after).collect();
        let lost = relations.clone().find_map(|related| {
            let to = related.field.relation.as_ref()?.to.as_ref().unwrap_or(key);
            let is_lost = rendered.iter().any(|one| one.is_lost(state, &related.model, to));
            is_lost.then(|| rendered::lost(&related.model, to))
        });
        let Some(why) = lost else { return Ok(()) };
        for related in relations {
            self.catalogue.doubt(&related.table);
        }
        self.catalogue.doubt(&state.table(key)?);
        Err(why)
    }
}

impl Related {
    /// Whether it has no name on the other side.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// Its column in `state`.
    pub(super) fn column(&self, state: &ProjectState, features: Features) -> Maybe<Option<Column>> {
        Column::of(state, &self.field, features)
    }
}
