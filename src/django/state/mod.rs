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
    /// (model, model that refers to it by a relation, `through` or a base)
    referrers: imbl::OrdSet<(ModelKey, ModelKey)>,
    doubts: imbl::Vector<Arc<Doubt>>,
    next_ordinal: u64,
    default_auto_field: Maybe<Arc<str>>,
    swappable: Arc<BTreeMap<Arc<str>, Arc<str>>>,
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
            referrers: imbl::OrdSet::new(),
            doubts: imbl::Vector::new(),
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
        let empty = ModelKey { app: "".into(), name: "".into() };
        let start = (key.clone(), empty);
        self.referrers
            .range(start..)
            .take_while(|(to, _)| to == key)
            .filter_map(|(_, from)| self.models.get(from))
            .collect()
    }

    /// What may have changed models in a way that nobody can tell.
    pub fn doubts(&self) -> impl Iterator<Item = &Arc<Doubt>> {
        self.doubts.iter()
    }

    /// Why the model may not be as it stands here: its own reason, or a doubt about its app.
    pub fn uncertain(&self, key: &ModelKey) -> Option<Unknown> {
        let own = self.models.get(key).and_then(|model| model.uncertain.clone());
        own.or_else(|| self.doubts.iter().find(|doubt| doubt.app == key.app).map(|doubt| doubt.why.clone()))
    }

    /// Sets a model, new or changed.
    fn put(&mut self, model: Arc<ModelState>) {
        let key = model.key();
        let targets = targets(&model);
        if let Some(old) = self.models.insert(key.clone(), model) {
            for gone in self::targets(&old).into_iter().filter(|target| !targets.contains(target)) {
                self.referrers.remove(&(gone, key.clone()));
            }
        }
        for target in targets {
            let edge = (target, key.clone());
            if !self.referrers.contains(&edge) {
                self.referrers.insert(edge);
            }
        }
    }

    /// Takes a model out.
    fn take(&mut self, key: &ModelKey) -> Option<Arc<ModelState>> {
        let model = self.models.remove(key)?;
        for target in targets(&model) {
            self.referrers.remove(&(target, key.clone()));
        }
        Some(model)
    }
}

/// The models that a model refers to.
fn targets(model: &ModelState) -> BTreeSet<ModelKey> {
    let bases = model.bases.iter().filter_map(|base| match base {
        Base::State(key) => Some(key.clone()),
        _ => None,
    });
    let relations = model.fields.iter().filter_map(|field| field.relation.as_ref());
    let pointed = relations.flat_map(|relation| {
        let through = relation.through.as_ref().ok().cloned().flatten();
        relation.to.as_ref().ok().cloned().into_iter().chain(through)
    });
    bases.chain(pointed).collect()
}
