//! The model state: what Django's `ProjectState` holds after each migration, without Django.
//!
//! Source: `django/db/migrations/state.py` and `operations/` of Django 2.2 to 5.2. A state is a map with structural
//! sharing: a clone costs nothing, and an operation copies only what it changes, so a long history costs linear time.
//!
//! What the source does not determine is kept as unknown with the reason: an argument, a field (`Field::uncertain`), a
//! model (`ModelState::uncertain`), or the state of a whole app ([`ProjectState::doubts`]).

mod apply;
mod column_type;
mod external;
mod field;
mod field_map;
mod implied;
mod model;
mod problem;
mod read;
mod references;
mod related;
mod same;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fields::FieldClasses;
use super::unknown::{Maybe, Unknown};

pub use apply::apply;
pub use field::{Default, Field, Origin, Relation};
pub use field_map::FieldMap;
pub use model::{Base, Constraint, ConstraintKind, Index, ModelKey, ModelState, Options};
pub use problem::{Problem, ProblemKind};
pub use read::{names, read_constraint, read_field, read_index};
pub use related::Through;
pub use same::same_value;
pub use steps::{OperationStep, States, Step, database_steps, state_at};

/// What the states of a project depend on besides its migrations.
#[derive(Clone)]
pub struct Context<'a> {
    /// Resolves field classes.
    pub classes: &'a FieldClasses<'a>,
    /// Values of swappable settings, `AUTH_USER_MODEL` to `accounts.User`.
    pub swappable: Arc<BTreeMap<Arc<str>, Arc<str>>>,
    /// `DEFAULT_AUTO_FIELD` as a dotted path; the class of the primary keys that migrations do not write down (those of
    /// automatic many-to-many tables).
    pub default_auto_field: Maybe<Arc<str>>,
}

/// Django's own values of the settings, for projects that do not set them.
/// Source: `django/conf/global_settings.py` of Django 2.2 to 5.2 (`DEFAULT_AUTO_FIELD` is the only class before 3.2).
const DEFAULTS: [(&str, &str); 2] =
    [("AUTH_USER_MODEL", "auth.User"), ("DEFAULT_AUTO_FIELD", "django.db.models.AutoField")];

impl<'a> Context<'a> {
    /// The context of a project whose settings say `swappable` and `default_auto_field`, where `undecided` names the
    /// settings whose value nobody knows. What is not set has Django's own value.
    pub fn new(
        classes: &'a FieldClasses<'a>,
        swappable: &BTreeMap<Arc<str>, Arc<str>>,
        default_auto_field: Option<&Arc<str>>,
        undecided: &BTreeSet<Arc<str>>,
    ) -> Self {
        let [(user, user_model), (auto, auto_class)] = DEFAULTS;
        let mut swappable = swappable.clone();
        if !undecided.contains(user) {
            swappable.entry(user.into()).or_insert_with(|| user_model.into());
        }
        let default_auto_field = match default_auto_field {
            Some(path) => Ok(path.clone()),
            None if undecided.contains(auto) => Err(Unknown::new(
                "the settings files do not settle DEFAULT_AUTO_FIELD",
                "各设置文件不能确定 DEFAULT_AUTO_FIELD 的值",
            )),
            None => Ok(auto_class.into()),
        };
        Self { classes, swappable: Arc::new(swappable), default_auto_field }
    }
}

/// All models at one point of the history.
#[derive(Debug, Clone)]
pub struct ProjectState {
    models: imbl::OrdMap<ModelKey, Arc<ModelState>>,
    /// What may refer to what. An edge stays when its relation goes, so that setting a field costs the same however many
    /// the model has; who reads them asks the model.
    edges: imbl::OrdSet<Edge>,
    doubts: imbl::Vector<Arc<Doubt>>,
    /// Of each app the first doubt.
    first_doubts: imbl::OrdMap<Arc<str>, Arc<Doubt>>,
    next_ordinal: u64,
    default_auto_field: Maybe<Arc<str>>,
    swappable: Arc<BTreeMap<Arc<str>, Arc<str>>>,
}

/// A reference between models, ordered by what is referred to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    to: ModelKey,
    /// True for a relation that names a field of the model by `to_field`.
    by_field: bool,
    from: ModelKey,
}

/// Something in a migration that may have changed any model of its app.
#[derive(Debug, Clone)]
pub struct Doubt {
    /// App label.
    pub app: Arc<str>,
    /// Where.
    pub origin: Origin,
    /// Why.
    pub why: Unknown,
}

impl ProjectState {
    /// The state before the first migration: nothing but well-known models of apps outside the project
    /// (`auth.User`), which relations may point to.
    pub fn new(context: &Context<'_>) -> Self {
        let mut state = Self {
            models: imbl::OrdMap::new(),
            edges: imbl::OrdSet::new(),
            doubts: imbl::Vector::new(),
            first_doubts: imbl::OrdMap::new(),
            next_ordinal: 0,
            default_auto_field: context.default_auto_field.clone(),
            swappable: context.swappable.clone(),
        };
        for model in external::models() {
            state.put(model.clone());
        }
        state
    }

    /// The model with this key.
    pub fn model(&self, key: &ModelKey) -> Option<&Arc<ModelState>> {
        self.models.get(key)
    }

    /// The model `name` (in any case) of app `app`.
    pub fn get(&self, app: &str, name: &str) -> Option<&Arc<ModelState>> {
        self.models.get(&ModelKey::new(app, name))
    }

    /// The models of the project's own migrations, by key.
    pub fn models(&self) -> impl Iterator<Item = (&ModelKey, &Arc<ModelState>)> {
        self.models.iter().filter(|(_, model)| !model.is_external())
    }

    /// The models that refer to `key` by a relation, a `through` or a base class, by key; `key` itself is among them
    /// when it refers to itself.
    pub fn referrers(&self, key: &ModelKey) -> Vec<&Arc<ModelState>> {
        let mut found: Vec<&Arc<ModelState>> = self.may_refer(key, false);
        found.extend(self.may_refer(key, true));
        found.retain(|model| edges(model).any(|edge| edge.to == *key));
        found.sort_by_key(|model| model.key());
        found.dedup_by_key(|model| model.key());
        found
    }

    /// The models that may refer to `key`; with `by_field` those that may name a field of it.
    fn may_refer(&self, key: &ModelKey, by_field: bool) -> Vec<&Arc<ModelState>> {
        let nothing = ModelKey { app: "".into(), name: "".into() };
        let start = Edge { to: key.clone(), by_field, from: nothing };
        self.edges
            .range(start..)
            .take_while(|edge| edge.to == *key && edge.by_field == by_field)
            .filter_map(|edge| self.models.get(&edge.from))
            .collect()
    }

    /// What may have changed models in a way that nobody can tell.
    pub fn doubts(&self) -> impl Iterator<Item = &Arc<Doubt>> {
        self.doubts.iter()
    }

    /// Why the model may not be as it stands here: its own reason, or a doubt about its app.
    pub fn uncertain(&self, key: &ModelKey) -> Option<Unknown> {
        let own = self.models.get(key).and_then(|model| model.uncertain.clone());
        own.or_else(|| self.first_doubt(&key.app).map(|doubt| doubt.why.clone()))
    }

    /// The first thing that may have changed models of this app in a way that nobody can tell.
    pub fn first_doubt(&self, app: &str) -> Option<&Arc<Doubt>> {
        self.first_doubts.get(app)
    }

    fn add_doubt(&mut self, doubt: Arc<Doubt>) {
        if !self.first_doubts.contains_key(&doubt.app) {
            self.first_doubts.insert(doubt.app.clone(), doubt.clone());
        }
        self.doubts.push_back(doubt);
    }

    /// Sets a model, new or with changes anywhere.
    fn put(&mut self, model: Arc<ModelState>) {
        self.edges.extend(edges(&model));
        self.models.insert(model.key(), model);
    }

    /// Sets a model of which nothing but `field` changed, or only what refers to no model.
    fn put_with(&mut self, model: Arc<ModelState>, field: Option<&Field>) {
        let key = model.key();
        self.edges.extend(field.into_iter().flat_map(|field| edges_of(field, &key)));
        self.models.insert(key, model);
    }

    /// Takes a model out.
    fn take(&mut self, key: &ModelKey) {
        if let Some(model) = self.models.remove(key) {
            for edge in edges(&model) {
                self.edges.remove(&edge);
            }
        }
    }
}

/// The references that a model holds.
fn edges(model: &ModelState) -> impl Iterator<Item = Edge> {
    let from = model.key();
    let base = from.clone();
    let bases = model.bases.iter().filter_map(move |each| match each {
        Base::State(to) => Some(Edge { to: to.clone(), by_field: false, from: base.clone() }),
        _ => None,
    });
    bases.chain(model.fields.iter().flat_map(move |field| edges_of(field, &from)))
}

/// The references that a field of the model `from` holds.
fn edges_of(field: &Field, from: &ModelKey) -> impl Iterator<Item = Edge> + use<> {
    let edge = |to: &ModelKey, by_field| Edge { to: to.clone(), by_field, from: from.clone() };
    let relation = field.relation.as_ref();
    let to = relation.and_then(|relation| {
        let by_field = !matches!(relation.to_field, Ok(None));
        relation.to.as_ref().ok().map(|to| edge(to, by_field))
    });
    let through = relation.and_then(|relation| relation.through.as_ref().ok()?.as_ref());
    to.into_iter().chain(through.map(|to| edge(to, false)))
}
