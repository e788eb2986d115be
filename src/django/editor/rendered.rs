//! Which relations Django before 3.1 has lost sight of.
//!
//! Django keeps the models of a state rendered as classes while it runs migrations. An operation renders its model anew,
//! and most of them only the models next to it (`delay`). A model further away then still points to the class that was
//! replaced, and `RenameModel` or a change of a key's type, which ask the new class what refers to it, pass it over. Since
//! 3.1 relations are found by the label of what they point to.
//!
//! Source: `Options._populate_directed_relation_graph` of `django/db/models/options.py`, `ProjectState._find_reload_model` and `_reload` of `django/db/migrations/state.py`, `state_forwards` of
//! `migrations/operations/`, Django 2.2. A state that was not rendered yet, as at the start of `sqlmigrate` and
//! before the first migration of `migrate`, is rendered whole.

use std::collections::{BTreeSet, VecDeque};

use super::super::operation::{Operation, OperationKind as Kind};
use super::super::state::{Base, ModelKey, ModelState, ProjectState};
use super::super::unknown::Unknown;

/// A model, and a model that it names: by a relation or as its base.
type Edge = (ModelKey, ModelKey);

/// The relations that may point to a class that was replaced. One too many is possible (what Python still holds of a
/// replaced class is not followed), one too few is not meant to be.
#[derive(Debug, Clone, Default)]
pub(super) struct Rendered {
    stale: imbl::OrdSet<Edge>,
}

/// The states around an operation, and the app that it is in.
#[derive(Clone, Copy)]
pub(super) struct Around<'s> {
    pub(super) before: &'s ProjectState,
    pub(super) after: &'s ProjectState,
    pub(super) app: &'s std::sync::Arc<str>,
}

/// What an operation renders anew: what it does for sure, and what it does at most.
#[derive(Default)]
struct Reloaded {
    surely: BTreeSet<ModelKey>,
    perhaps: BTreeSet<ModelKey>,
}

/// Whether the statements of a migration may depend on what Django loses sight of in it.
pub(super) fn depends(operations: &[Operation]) -> bool {
    let all: Vec<&Operation> = operations.iter().flat_map(Operation::walk).collect();
    all.len() > 1 && all.iter().any(|one| matches!(one.kind, Kind::RenameModel | Kind::AlterField))
}

/// Why the statements about a relation are not known.
pub(super) fn lost(from: &ModelKey, to: &ModelKey) -> Unknown {
    Unknown::new(
        format!(
            "Django may leave out what belongs to the relation from `{from}` to `{to}`: an earlier operation rendered `{to}` anew and not `{from}`; in a migration of its own this operation is sure"
        ),
        format!(
            "Django 可能漏掉从 `{from}` 到 `{to}` 的关系所需的语句：之前的操作重新渲染了 `{to}` 而没有渲染 `{from}`；单独放在一个迁移中则结果确定"
        ),
    )
}

impl Rendered {
    /// Whether Django may not see that `from` refers to `to`, or to a proxy that stands for it.
    pub(super) fn is_lost(&self, state: &ProjectState, from: &ModelKey, to: &ModelKey) -> bool {
        let (mut from, mut to) = (from.clone(), to.clone());
        let mut seen = BTreeSet::new();
        while !self.stale.is_empty() && seen.insert(to.clone()) {
            if self.stale.contains(&(from, to.clone())) {
                return true;
            }
            let proxy = state.model(&to).filter(|model| model.options.proxy == Ok(true));
            let Some(base) = proxy.and_then(|model| bases(model).next().cloned()) else { break };
            from = std::mem::replace(&mut to, base);
        }
        false
    }

    /// Follows what an operation does to the state.
    pub(super) fn follow(&mut self, operation: &Operation, around: Around<'_>) {
        let model = |parameter: &str| {
            let name = operation.arg(parameter)?.as_str()?;
            Some(ModelKey::new(around.app.clone(), name))
        };
        for inner in &operation.state_operations {
            self.follow(inner, around);
        }
        let Some(key) = operation.kind.model_parameter().and_then(model) else { return };
        match operation.kind {
            Kind::DeleteModel => {}
            Kind::RenameModel => {
                let Some(new) = model("new_name") else { return };
                let pointing = around.before.referrers(&key).into_iter().map(|model| model.key());
                let pointing: Vec<ModelKey> = pointing.filter(|other| *other != key).collect();
                self.reload(&pointing, around, true);
                // By now the model stands under its new name too.
                self.reload(&[new], Around { before: around.after, ..around }, true);
            }
            Kind::CreateModel => self.reload(&[key], around, false),
            Kind::AddField | Kind::RemoveField | Kind::AlterField => {
                let state = if operation.kind == Kind::RemoveField { around.before } else { around.after };
                let name = operation.arg("name").and_then(|name| name.as_str());
                let field = name.and_then(|name| state.field(&key, name).ok());
                let referenced = operation.kind == Kind::AlterField
                    && field.as_ref().is_some_and(|field| field.primary_key() == Ok(true))
                    && self.has_close_reference(&key, around);
                let whole = field.is_some_and(|field| field.relation.is_some()) || referenced;
                self.reload(&[key], around, !whole);
            }
            _ => self.reload(&[key], around, true),
        }
    }

    /// Whether a foreign key of the same app refers to the model's primary key: Django 2.2 sees no others.
    fn has_close_reference(&self, key: &ModelKey, around: Around<'_>) -> bool {
        around.before.referrers(key).iter().filter(|model| model.app == key.app).any(|model| {
            model.fields.iter().any(|field| {
                field.relation.as_ref().is_some_and(|relation| {
                    relation.to.as_ref() == Ok(key)
                        && relation.to_field == Ok(None)
                        && !field.is_many_to_many()
                })
            })
        })
    }

    /// Renders models anew with those next to them, or (without `delay`) with all that they hang together with.
    fn reload(&mut self, keys: &[ModelKey], around: Around<'_>, delay: bool) {
        if !delay && self.stale.is_empty() {
            // All that hangs together is rendered, and all of it is in sight.
            return;
        }
        let mut reloaded = Reloaded::default();
        for (surely, set) in [(true, &mut reloaded.surely), (false, &mut reloaded.perhaps)] {
            let mut queue: VecDeque<ModelKey> = VecDeque::new();
            for key in keys {
                set.insert(key.clone());
                queue.extend(self.next_to(key, around.before, surely));
                for target in around.after.model(key).map(|model| named(model)).unwrap_or_default() {
                    queue.extend(self.next_to(&target, around.before, surely));
                    queue.push_back(target);
                }
            }
            while let Some(next) = queue.pop_front() {
                let is_new = set.insert(next.clone());
                // What a replaced class still shows of its own relations is not known.
                let hazy = surely && self.stale.iter().any(|(_, to)| *to == next);
                if is_new && !delay && !hazy {
                    queue.extend(self.next_to(&next, around.before, surely));
                }
            }
        }
        for to in &reloaded.perhaps {
            for from in around.after.referrers(to) {
                let from = from.key();
                if !reloaded.surely.contains(&from) {
                    self.stale.insert((from, to.clone()));
                }
            }
        }
        let again: Vec<Edge> =
            self.stale.iter().filter(|(from, _)| reloaded.surely.contains(from)).cloned().collect();
        for edge in again {
            self.stale.remove(&edge);
        }
    }

    /// Models that Django finds next to one: those that it names and those that it sees to name it. Not `surely`: those
    /// of its bases as well, and those that it may not see.
    fn next_to(&self, key: &ModelKey, state: &ProjectState, surely: bool) -> Vec<ModelKey> {
        let mut found = Vec::new();
        let mut around = vec![key.clone()];
        if !surely && let Some(model) = state.model(key) {
            around.extend(bases(model).cloned());
        }
        for key in around {
            found.extend(state.model(&key).map(|model| named(model)).unwrap_or_default());
            let referrers = state.referrers(&key).into_iter().map(|model| model.key());
            found.extend(referrers.filter(|from| !surely || !self.is_lost(state, from, &key)));
        }
        found
    }
}

fn bases(model: &ModelState) -> impl Iterator<Item = &ModelKey> {
    model.bases.iter().filter_map(|base| match base {
        Base::State(key) => Some(key),
        _ => None,
    })
}

/// The models that a model names by its relations and its bases.
fn named(model: &ModelState) -> Vec<ModelKey> {
    let relations = model.fields.iter().filter_map(|field| field.relation.as_ref()?.to.as_ref().ok());
    relations.chain(bases(model)).cloned().collect()
}
