//! The states before and after every migration and every operation, in the order in which Django runs them.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::super::graph::{Graph, Key};
use super::super::migration::Migration;
use super::super::operation::Operation;
use super::{Context, Problem, ProjectState, apply};

/// A migration with the states around it.
#[derive(Debug, Clone)]
pub struct Step<'p> {
    /// The migration.
    pub migration: &'p Migration,
    /// The state before it.
    pub before: ProjectState,
    /// The state after it.
    pub after: ProjectState,
    /// Its top-level operations, in order.
    pub operations: Vec<OperationStep<'p>>,
}

/// An operation with the states around it.
#[derive(Debug, Clone)]
pub struct OperationStep<'p> {
    /// The operation.
    pub operation: &'p Operation,
    /// The state before it.
    pub before: ProjectState,
    /// The state after it.
    pub after: ProjectState,
    /// What is wrong with it, seen from the state before.
    pub problems: Vec<Problem>,
}

/// All states of a project.
#[derive(Debug, Clone)]
pub struct States<'p> {
    steps: Vec<Step<'p>>,
    places: FxHashMap<Key, usize>,
    first: ProjectState,
}

impl<'p> States<'p> {
    /// Runs all migrations of the graph on an empty state, in the order of `migrate` on an empty database. Migrations that
    /// a squash replaces are left out, as Django does.
    pub fn new(migrations: &'p [Migration], graph: &Graph, context: &Context<'_>) -> Self {
        let by_key: FxHashMap<(&str, &str), &Migration> =
            migrations.iter().map(|it| ((it.app.as_ref(), it.name.as_ref()), it)).collect();
        let first = ProjectState::new(context);
        let mut state = first.clone();
        let mut steps = Vec::new();
        let mut places = FxHashMap::default();
        for key in graph.full_plan() {
            let Some(migration) = by_key.get(&(key.0.as_ref(), key.1.as_ref())) else { continue };
            let step = run(&mut state, migration, context);
            places.insert(key, steps.len());
            steps.push(step);
        }
        Self { steps, places, first }
    }

    /// The migrations in the order in which Django runs them.
    pub fn iter(&self) -> impl Iterator<Item = &Step<'p>> {
        self.steps.iter()
    }

    /// The step of one migration; `None` when a squash replaces it.
    pub fn get(&self, app: &Arc<str>, name: &Arc<str>) -> Option<&Step<'p>> {
        self.places.get(&(app.clone(), name.clone())).and_then(|at| self.steps.get(*at))
    }

    /// The state after the last migration.
    pub fn last(&self) -> &ProjectState {
        self.steps.last().map_or(&self.first, |step| &step.after)
    }
}

/// The state after one migration and all that it depends on: Django's `project_state((app, name))`. `None` when the graph
/// has no such node.
pub fn state_at(
    migrations: &[Migration],
    graph: &Graph,
    key: &Key,
    context: &Context<'_>,
) -> Option<ProjectState> {
    let by_key: FxHashMap<(&str, &str), &Migration> =
        migrations.iter().map(|it| ((it.app.as_ref(), it.name.as_ref()), it)).collect();
    let mut state = ProjectState::new(context);
    for key in graph.forwards_plan(graph.node(key)?) {
        if let Some(migration) = by_key.get(&(key.0.as_ref(), key.1.as_ref())) {
            run(&mut state, migration, context);
        }
    }
    Some(state)
}

fn run<'p>(state: &mut ProjectState, migration: &'p Migration, context: &Context<'_>) -> Step<'p> {
    let before = state.clone();
    apply::note_doubts(state, migration);
    let operations = migration.file.operations.iter().map(|operation| {
        let before = state.clone();
        let problems = apply::apply(state, migration, operation, context);
        OperationStep { operation, before, after: state.clone(), problems }
    });
    let operations = operations.collect();
    Step { migration, before, after: state.clone(), operations }
}

/// The database operations of `SeparateDatabaseAndState`, each with the states that Django gives it: they start from the
/// state before the whole operation and see only one another.
pub fn database_steps<'p>(
    migration: &Migration,
    step: &OperationStep<'p>,
    context: &Context<'_>,
) -> Vec<OperationStep<'p>> {
    let mut state = step.before.clone();
    let mut out = Vec::new();
    for operation in &step.operation.database_operations {
        let before = state.clone();
        let problems = apply::apply(&mut state, migration, operation, context);
        out.push(OperationStep { operation, before, after: state.clone(), problems });
    }
    out
}
