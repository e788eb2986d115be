//! The way back: up to where Django can take migrations back, and which data that destroys.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::django::editor::Entry;
use crate::django::state::Step;
use crate::django::{Key, Migration};
use crate::findings::Bilingual;
use crate::mysql::change::Change;
use crate::project::Project;

/// The way back from the upgrade.
#[derive(Debug, Clone, Default)]
pub struct Rollback {
    /// The last pending migration up to which everything can be taken back; `None` when the first one cannot.
    pub last_reversible: Option<Key>,
    /// Operations that Django cannot take back, in the order in which they run.
    pub irreversible: Vec<Irreversible>,
    /// What is lost, forwards or on the way back.
    pub destroys: Vec<Destroyed>,
    /// Operations whose statements are not known, nor what they destroy: migration and class.
    pub not_known: Vec<(Key, Arc<str>)>,
    /// Apps with the migration to go back to, in the order in which to go back; `None` goes back to nothing (`zero`).
    pub targets: Vec<(Arc<str>, Option<Arc<str>>)>,
    is_closed: bool,
}

/// An operation that Django cannot take back.
#[derive(Debug, Clone)]
pub struct Irreversible {
    /// Its migration.
    pub migration: Key,
    /// Its place in `operations`.
    pub op_index: usize,
    /// Its class.
    pub op: Arc<str>,
    /// False when the source does not tell, which counts as irreversible.
    pub is_certain: bool,
}

/// Data that is lost.
#[derive(Debug, Clone)]
pub struct Destroyed {
    /// The migration that does it.
    pub migration: Key,
    /// True when the upgrade itself destroys it, so that the way back brings an empty table or column; false when the way
    /// back destroys what was written since.
    pub forwards: bool,
    /// What is lost.
    pub what: Bilingual,
}

/// Whether Django can take a migration back; `None` where the source does not tell.
pub(super) fn is_reversible(migration: &Migration) -> Option<bool> {
    let each: Vec<Option<bool>> = migration.file.operations.iter().map(|it| it.reversible()).collect();
    if each.contains(&Some(false)) {
        return Some(false);
    }
    (!each.contains(&None)).then_some(true)
}

impl Rollback {
    /// Takes a pending migration into account; they come in the order in which they run.
    pub(super) fn see(
        &mut self,
        project: &Project,
        step: &Step<'_>,
        entries: &[Entry],
        fresh: &BTreeSet<Arc<str>>,
    ) {
        let migration = step.migration;
        let key: Key = (migration.app.clone(), migration.name.clone());
        for operation in &migration.file.operations {
            let reversible = operation.reversible();
            if reversible != Some(true) {
                self.irreversible.push(Irreversible {
                    migration: key.clone(),
                    op_index: operation.index,
                    op: operation.class.clone(),
                    is_certain: reversible == Some(false),
                });
            }
        }
        // What is not known may destroy as well.
        let unknown = entries.iter().filter(|entry| entry.sql.is_err() || entry.incomplete.is_some());
        self.not_known.extend(unknown.map(|entry| (key.clone(), entry.op.clone())));
        for statement in entries.iter().flat_map(|entry| entry.sql.iter().flatten()) {
            let table = &statement.table;
            let (forwards, what) = match &statement.change {
                Change::CreateTable { .. } => (
                    false,
                    Bilingual::new(
                        format!("the rows of the new table `{table}`"),
                        format!("新表 `{table}` 中的数据"),
                    ),
                ),
                Change::AddColumn { column, .. } if !fresh.contains(table) => (
                    false,
                    Bilingual::new(
                        format!("what has been written to the new column `{table}`.`{}`", column.name),
                        format!("写入新列 `{table}`.`{}` 的数据", column.name),
                    ),
                ),
                Change::DropTable if !fresh.contains(table) => {
                    (true, Bilingual::new(format!("the table `{table}`"), format!("表 `{table}`")))
                }
                Change::DropColumn(column) if !fresh.contains(table) => (
                    true,
                    Bilingual::new(
                        format!("the column `{table}`.`{column}`"),
                        format!("列 `{table}`.`{column}`"),
                    ),
                ),
                _ => continue,
            };
            self.destroys.push(Destroyed { migration: key.clone(), forwards, what });
        }
        self.is_closed |= is_reversible(migration) != Some(true);
        if !self.is_closed {
            self.last_reversible = Some(key);
        }
        self.note_target(project, migration);
    }

    /// To take an app back means to migrate it to the last of its migrations that was there before.
    fn note_target(&mut self, project: &Project, migration: &Migration) {
        if self.targets.iter().any(|(app, _)| *app == migration.app) {
            return;
        }
        let key: Key = (migration.app.clone(), migration.name.clone());
        let parents = project.graph.parents.get(&key).map(Vec::as_slice).unwrap_or_default();
        let before = parents.iter().find(|(app, _)| *app == migration.app).map(|(_, name)| name.clone());
        self.targets.insert(0, (migration.app.clone(), before));
    }

    /// Joins the way back of another project, which is upgraded after this one.
    pub(super) fn add(&mut self, other: Self) {
        if !self.is_closed && other.last_reversible.is_some() {
            self.last_reversible = other.last_reversible;
        }
        self.is_closed |= other.is_closed;
        self.irreversible.extend(other.irreversible);
        self.destroys.extend(other.destroys);
        self.not_known.extend(other.not_known);
        self.targets.splice(0..0, other.targets);
    }
}
