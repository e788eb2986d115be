//! All migrations of a project, run one after the other.

use std::sync::Arc;

use super::super::graph::Key;
use super::super::operation::OperationKind;
use super::super::state::{Context, States};
use super::super::unknown::{Maybe, Unknown};
use super::super::version::DjangoVersion;
use super::operations::Step;
use super::rendered::{self, Rendered};
use super::{Editor, Statement};
use crate::mysql::catalogue::Catalogue;
use crate::mysql::{Features, Server};

/// What one operation runs, or what a migration runs at its end.
#[derive(Debug, Clone)]
pub struct Entry {
    /// App label.
    pub app: Arc<str>,
    /// Migration name.
    pub migration: Arc<str>,
    /// The operation's place in `operations`; `None` for statements that Django runs at the end of the migration.
    pub op_index: Option<usize>,
    /// The operation's class as the migration names it, or `deferred`.
    pub op: Arc<str>,
    /// The statements, in order, or why the source does not tell them.
    pub sql: Maybe<Vec<Statement>>,
    /// Why there may be more statements than those of `sql`: an operation of the migration is not known, nor is what it
    /// leaves for the end.
    pub incomplete: Option<Unknown>,
    /// Why the state before may not be what it seems: an earlier operation of the app is not understood.
    pub doubt: Option<Unknown>,
}

/// The statements of all migrations of a project.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// One entry per operation that Django runs, in order, each migration's deferred statements after its operations.
    pub entries: Vec<Entry>,
}

impl Run {
    /// Runs `states` on an empty database of `server` with `django`'s schema editor: the statements that `sqlmigrate`
    /// prints for each migration.
    pub fn new(states: &States<'_>, context: &Context<'_>, django: DjangoVersion, server: &Server) -> Self {
        Self::together(states, context, django, server, &|_| false)
    }

    /// The same where one `migrate` runs the migrations that `together` names: Django can lose sight of a relation in one
    /// of them and leave out its statements in a later one.
    pub fn together(
        states: &States<'_>,
        context: &Context<'_>,
        django: DjangoVersion,
        server: &Server,
        together: &dyn Fn(&Key) -> bool,
    ) -> Self {
        let mut rendered = None;
        let features = Features::new(django, server);
        let mut catalogue = Catalogue::new(server);
        let mut entries = Vec::new();
        for step in states.iter() {
            let migration = step.migration;
            let doubts: Vec<_> = step.before.doubts().filter(|doubt| doubt.app == migration.app).collect();
            let doubt = doubts.first().map(|doubt| doubt.why.clone());
            let mut editor = Editor::new(features, server, &mut catalogue);
            let with_others = together(&(migration.app.clone(), migration.name.clone()));
            if !features.relations_by_class {
                // Every relation is in sight.
            } else if with_others {
                editor.rendered = rendered.take().or_else(|| Some(Rendered::default()));
            } else if rendered::depends(&migration.file.operations) {
                editor.rendered = Some(Rendered::default());
            }
            let mut missing: Option<Unknown> = None;
            let entry = |op_index, op: Arc<str>, sql| Entry {
                app: migration.app.clone(),
                migration: migration.name.clone(),
                op_index,
                op,
                sql,
                incomplete: None,
                doubt: doubt.clone(),
            };
            for inner in &step.operations {
                let result = editor.operation(&Step {
                    migration,
                    operation: inner.operation,
                    before: &inner.before,
                    after: &inner.after,
                    context,
                });
                let statements = std::mem::take(&mut editor.out);
                let sql = match result {
                    Ok(()) => Ok(statements),
                    Err(why) => {
                        // What was put together is incomplete: nothing is known of those tables any more.
                        for statement in &statements {
                            editor.catalogue.doubt(&statement.table);
                        }
                        // What waits may be about a table or a column that the operation renames or drops.
                        let concerned = defers(inner.operation.kind) || !editor.deferred.is_empty();
                        missing = missing.or_else(|| concerned.then(|| why.clone()));
                        Err(why)
                    }
                };
                entries.push(entry(Some(inner.operation.index), inner.operation.class.clone(), sql));
            }
            editor.flush();
            if with_others {
                rendered = editor.rendered.take();
            }
            let waited = std::mem::take(&mut editor.out);
            if missing.is_some() || !waited.is_empty() {
                let mut last = entry(None, "deferred".into(), Ok(waited));
                last.incomplete = missing.as_ref().map(incomplete);
                entries.push(last);
            }
        }
        Self { entries }
    }
}

/// Whether an operation may leave statements for the end of the migration.
fn defers(kind: OperationKind) -> bool {
    matches!(
        kind,
        OperationKind::CreateModel
            | OperationKind::AddField
            | OperationKind::SeparateDatabaseAndState
            | OperationKind::Custom
    )
}

fn incomplete(why: &Unknown) -> Unknown {
    let why = why.describe();
    Unknown::new(
        format!(
            "an operation of this migration is not known ({}), nor is what it leaves for the end",
            why.en
        ),
        format!("该迁移中有一个操作未知（{}），因此也不知道它留到最后的语句", why.zh),
    )
}
