//! The statements of a migration that meet tables which are there already.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use crate::django::editor::{Entry, Run, Statement};
use crate::django::{Key, Migration, Operation};
use crate::mysql::change::Change as TableChange;
use crate::project::Project;

use super::change::is_pending;

/// A statement on a table that other databases have already.
#[derive(Debug, Clone)]
pub struct OldTableStatement<'a> {
    /// The statement.
    pub statement: &'a Statement,
    /// The operation that runs it; `None` for one that waits for the end of the migration.
    pub operation: Option<&'a Operation>,
}

/// The statements of a whole project, by migration.
pub(super) struct Statements {
    entries: Vec<Entry>,
    /// Where the entries of each migration stand.
    places: HashMap<Key, Range<usize>>,
    /// Tables that migrations of the change at hand create.
    pending: BTreeSet<Arc<str>>,
}

impl Statements {
    pub(super) fn new(project: &Project, run: Run) -> Self {
        let is_pending = |key: &Key| {
            project.migration(&key.0, &key.1).is_some_and(|migration| is_pending(project, migration))
        };
        let mut pending = BTreeSet::new();
        let mut places: HashMap<Key, Range<usize>> = HashMap::new();
        for (at, entry) in run.entries.iter().enumerate() {
            let key = (entry.app.clone(), entry.migration.clone());
            if is_pending(&key) {
                note_created(entry, &mut pending);
            }
            places.entry(key).or_insert(at..at).end = at + 1;
        }
        Self { entries: run.entries, places, pending }
    }

    /// Those of one migration that meet tables of earlier releases.
    pub(super) fn on_old_tables<'a>(
        &'a self,
        project: &Project,
        migration: &'a Migration,
    ) -> Vec<OldTableStatement<'a>> {
        let key = (migration.app.clone(), migration.name.clone());
        let own = self.places.get(&key).and_then(|place| self.entries.get(place.clone())).unwrap_or_default();
        let mut fresh = if is_pending(project, migration) { self.pending.clone() } else { BTreeSet::new() };
        let mut out = Vec::new();
        for entry in own {
            note_created(entry, &mut fresh);
            let operation = entry
                .op_index
                .and_then(|index| migration.file.operations.iter().find(|one| one.index == index));
            let statements = entry.sql.as_deref().unwrap_or_default();
            out.extend(
                statements
                    .iter()
                    .filter(|one| !one.table.is_empty() && !fresh.contains(&one.table))
                    .map(|statement| OldTableStatement { statement, operation }),
            );
        }
        out
    }
}

/// Adds the tables that the statements of an entry create, under the names that they end up with.
fn note_created(entry: &Entry, created: &mut BTreeSet<Arc<str>>) {
    for statement in entry.sql.iter().flatten() {
        match &statement.change {
            TableChange::CreateTable { .. } => {
                created.insert(statement.table.clone());
            }
            TableChange::RenameTable(new) if created.contains(&statement.table) => {
                created.insert(new.clone());
            }
            _ => {}
        }
    }
}
