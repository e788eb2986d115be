//! What rules on the model state look at: a migration with the states around its operations.

use std::sync::Arc;

use crate::django::migration::Outcome;
use crate::django::state::{
    Context, Default, Field, ModelKey, ModelState, OperationStep, Origin, ProjectState, Step, database_steps,
};
use crate::django::{Key, Migration, Operation, OperationKind};
use crate::mysql::{Effect, Verb};
use crate::project::{OtherFile, Project};
use crate::rules::raw_sql;
use crate::rules::statements::{OldTableStatement, Statements};
use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::Basis;

/// A migration that Django would run, with the model states around its operations.
pub struct Change<'a> {
    /// The project.
    pub project: &'a Project,
    /// The migration.
    pub migration: &'a Migration,
    /// The state before it.
    pub before: &'a ProjectState,
    /// The state after it.
    pub after: &'a ProjectState,
    /// The state before the first migration of the change at hand; `None` when there is no base to compare with, or this
    /// migration is no part of the change.
    pub state_before_the_change: Option<&'a ProjectState>,
    /// The operations as `operations` lists them.
    pub listed: &'a [OperationStep<'a>],
    /// The statements that meet tables which other databases have already, in order.
    pub statements: Vec<OldTableStatement<'a>>,
    /// What the statements are judged for.
    pub basis: &'a Basis,
    /// The operations that reach the database, in order; those of `SeparateDatabaseAndState` by its database side, each
    /// with the states that Django gives it.
    pub operations: Vec<OperationStep<'a>>,
}

/// What an operation does to one field.
pub struct FieldChange<'s> {
    /// As it is after the operation.
    pub new: &'s Arc<Field>,
    /// As it was before it; `None` when it is new.
    pub old: Option<&'s Arc<Field>>,
}

impl<'a> Change<'a> {
    /// The change that `step` makes.
    pub(super) fn new(
        project: &'a Project,
        step: &'a Step<'a>,
        first_new: Option<&'a ProjectState>,
        context: &Context<'_>,
        (statements, basis): (&'a Statements, &'a Basis),
    ) -> Self {
        let mut operations = Vec::new();
        for one in &step.operations {
            flatten(step.migration, one.clone(), context, &mut operations, 0);
        }
        Self {
            project,
            migration: step.migration,
            before: &step.before,
            after: &step.after,
            state_before_the_change: first_new.filter(|_| is_pending(project, step.migration)),
            listed: &step.operations,
            statements: statements.on_old_tables(project, step.migration),
            basis,
            operations,
        }
    }

    /// The model that an operation is about, as it is in `state`, with its key; `None` where that is not known for sure.
    pub fn model<'s>(
        &self,
        operation: &Operation,
        state: &'s ProjectState,
    ) -> Option<(ModelKey, &'s Arc<ModelState>)> {
        let parameter = match operation.kind {
            OperationKind::RenameModel => "old_name",
            OperationKind::CreateModel
            | OperationKind::DeleteModel
            | OperationKind::AlterModelTable
            | OperationKind::AlterUniqueTogether
            | OperationKind::AlterIndexTogether => "name",
            _ => "model_name",
        };
        let name = operation.arg(parameter).and_then(Expr::as_str)?;
        let key = ModelKey::new(self.migration.app.clone(), name);
        let model = state.model(&key)?;
        if operation.conditional || state.uncertain(&key).is_some() {
            return None;
        }
        Some((key, model))
    }

    /// The fields that an operation brings or changes, each with what it was: all of a model that it creates, else the
    /// one that it names. A model may have thousands, so a rule must not look at all of them behind every operation.
    pub fn changed_fields<'s>(&self, step: &'s OperationStep<'_>) -> Vec<FieldChange<'s>> {
        let kind = step.operation.kind;
        let Some((key, new)) = self.model(step.operation, &step.after) else { return Vec::new() };
        let old = step.before.model(&key);
        let named = |parameter: &str| step.operation.arg(parameter).and_then(Expr::as_str);
        if kind == OperationKind::CreateModel {
            return new.fields.iter().map(|new| FieldChange { new, old: None }).collect();
        }
        let names = match kind {
            OperationKind::AddField | OperationKind::AlterField => (named("name"), named("name")),
            OperationKind::RenameField => (named("new_name"), named("old_name")),
            _ => (None, None),
        };
        let Some(new) = names.0.and_then(|name| new.fields.get(name)) else { return Vec::new() };
        let old = old.zip(names.1).and_then(|(old, name)| old.fields.get(name));
        vec![FieldChange { new, old }]
    }

    /// Where an operation of this migration writes a definition; `None` for one that another operation or another file
    /// wrote, whose place means nothing in this one.
    pub fn written_in(&self, operation: &Operation, origin: Option<&Origin>) -> Option<Span> {
        let (origin, whole) = (origin?, operation.span);
        let is_here = origin.migration.0 == self.migration.app && origin.migration.1 == self.migration.name;
        (is_here && whole.start <= origin.span.start && origin.span.end <= whole.end).then_some(origin.span)
    }

    /// Where a definition stands, else the operation that makes it matter.
    pub fn place_of(&self, operation: &Operation, origin: Option<&Origin>) -> Span {
        self.written_in(operation, origin).unwrap_or(operation.callee)
    }

    /// The model of an operation as it is before it, when it has a table that other databases have already.
    pub fn old_table<'s>(&self, step: &'s OperationStep<'_>) -> Option<(ModelKey, &'s Arc<ModelState>)> {
        let found = self.model(step.operation, &step.before)?;
        self.has_old_table(&found.0, found.1, &step.before).then_some(found)
    }

    /// The field that an operation adds or changes, as it is after it.
    pub fn new_field<'s>(&self, step: &'s OperationStep<'_>) -> Option<&'s Arc<Field>> {
        let (_, model) = self.model(step.operation, &step.after)?;
        let name = step.operation.arg("name").and_then(Expr::as_str)?;
        model.fields.get(name).filter(|field| field.uncertain.is_none() && !field.open_arguments)
    }

    /// The field that an operation changes or removes, as it is before it.
    pub fn old_field<'s>(&self, step: &'s OperationStep<'_>) -> Option<&'s Arc<Field>> {
        let (_, model) = self.model(step.operation, &step.before)?;
        let name = step.operation.arg("name").and_then(Expr::as_str)?;
        model.fields.get(name).filter(|field| field.uncertain.is_none() && !field.open_arguments)
    }

    /// The default that Django uses when it runs an operation on a field: the one that is written there, which with
    /// `preserve_default=False` is not in the state afterwards.
    pub fn default_of(&self, step: &OperationStep<'_>, field: &Field) -> Default {
        let written = step.operation.arg("field").and_then(|field| match &field.value {
            Value::Call(call) => call.argument("default", None),
            _ => None,
        });
        match written.map(Default::of) {
            Some(Default::Value(expr)) if expr.value == Value::None => Default::NotProvided,
            Some(default) => default,
            None => field.default(),
        }
    }

    /// What the statements of the migration's `RunSQL` operations change, forwards.
    pub fn sql_effects(&self) -> Vec<Effect> {
        let all = raw_sql::written(self.migration).into_iter().filter(|sql| !sql.reverse);
        all.flat_map(|sql| sql.effects()).collect()
    }

    /// Whether a `RunSQL` of the migration does `verb` to a column.
    pub fn sql_does(&self, verb: Verb, table: &str, column: &str) -> bool {
        let same = |name: &Option<String>, other: &str| {
            name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(other))
        };
        let all = self.sql_effects();
        all.iter()
            .any(|effect| effect.verb == verb && same(&effect.table, table) && same(&effect.name, column))
    }

    /// Whether operations of the app may be missing from the state: a file of its migrations could not be read.
    pub fn loses_operations(&self, app: &str) -> bool {
        let lost = |other: &OtherFile| {
            *other.app == *app && !other.ignored_name && !matches!(other.file.outcome, Outcome::NotDjango(_))
        };
        self.project.other_files.iter().any(lost) || !self.project.graph.cycles.is_empty()
    }

    /// Whether the model has a table that other databases have already: it is managed, and neither this migration nor
    /// another one of the change at hand creates it.
    pub fn has_old_table(&self, key: &ModelKey, model: &ModelState, state: &ProjectState) -> bool {
        let Some(origin) = &model.origin else { return false };
        state.has_table(key) == Ok(true) && !self.is_new(&origin.migration)
    }

    /// Whether a migration is this one, or is not yet in the base that the change is compared with.
    pub fn is_new(&self, key: &Key) -> bool {
        let own = key.0 == self.migration.app && key.1 == self.migration.name;
        own || (is_pending(self.project, self.migration)
            && self.project.merged.as_ref().is_some_and(|merged| !merged.contains(key)))
    }
}

/// Whether a migration is not yet in the base that the change is compared with.
pub(crate) fn is_pending(project: &Project, migration: &Migration) -> bool {
    let key = (migration.app.clone(), migration.name.clone());
    project.merged.as_ref().is_some_and(|merged| !merged.contains(&key))
}

fn flatten<'a>(
    migration: &Migration,
    step: OperationStep<'a>,
    context: &Context<'_>,
    out: &mut Vec<OperationStep<'a>>,
    depth: usize,
) {
    if step.operation.kind != OperationKind::SeparateDatabaseAndState {
        out.push(step);
    } else if depth < 24 {
        for inner in database_steps(migration, &step, context) {
            flatten(migration, inner, context, out, depth + 1);
        }
    }
}
