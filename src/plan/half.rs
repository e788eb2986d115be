//! Migrations that a database has run in part: MySQL commits every statement by itself, so one that fails in the middle
//! leaves what came before it, without a row in `django_migrations`; and a row that was written by hand stands for nothing.
//!
//! What the applied migrations leave is put together from their statements and held against what the database shows. Only
//! what differs counts, so that nothing is said of tables that no migration makes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::django::Key;
use crate::django::editor::{Entry, Statement};
use crate::findings::Bilingual;
use crate::mysql::change::Change;

use super::names::{List, Names};

/// The schema of a live database, as far as it was asked.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// By name in lower case.
    tables: BTreeMap<Box<str>, Parts>,
    has_columns: bool,
    has_indexes: bool,
}

/// Columns and indexes of a table, as far as they were asked.
#[derive(Debug, Clone, Default)]
struct Parts {
    is_there: bool,
    columns: Option<List>,
    indexes: Option<List>,
}

/// A migration that the database shows in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// The migration.
    pub migration: Key,
    /// Whether `django_migrations` has a row of it.
    pub is_recorded: bool,
    /// What of it the database shows.
    pub done: Vec<Bilingual>,
    /// What of it the database does not show.
    pub open: Vec<Bilingual>,
    /// Whether it does more after what is done than names of tables, columns and indexes tell.
    pub has_hidden: bool,
}

/// A step of a pending migration.
enum Step {
    /// After it, something is there or not.
    Visible(Thing, bool),
    /// Names of tables, columns and indexes do not tell whether it has run.
    Hidden,
}

/// Something of a schema that is there or not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Table(Arc<str>),
    Column(Arc<str>, Arc<str>),
    Index(Arc<str>, Arc<str>),
}

impl Half {
    /// What it means and what to do.
    pub fn text(&self) -> Bilingual {
        let (app, name) = &self.migration;
        let list = |all: &[Bilingual], zh: bool| {
            let each: Vec<&str> =
                all.iter().map(|one| if zh { one.zh.as_str() } else { one.en.as_str() }).collect();
            each.join(if zh { "、" } else { ", " })
        };
        let (done, done_zh) = (list(&self.done, false), list(&self.done, true));
        let (open, open_zh) = (list(&self.open, false), list(&self.open, true));
        match (self.is_recorded, self.open.is_empty()) {
            (false, true) if self.has_hidden => Bilingual::new(
                format!(
                    "{app}.{name} has run at least in part ({done}) and is not recorded: Django would run it again and fail. Whether the rest of it has run cannot be seen: find out, finish it or take it back by hand, and record it when it is finished: python manage.py migrate --fake {app} {name}"
                ),
                format!(
                    "{app}.{name} 至少已执行一部分（{done_zh}）但没有记录：Django 会再次执行并失败。其余部分是否执行无法看出：请查明后手工补完或撤销，补完后补记：python manage.py migrate --fake {app} {name}"
                ),
            ),
            (true, _) => Bilingual::new(
                format!(
                    "{app}.{name} is recorded as applied, and the database does not show it: {open}. Find out who took it back or faked it, then run its statements by hand or take the row out"
                ),
                format!(
                    "{app}.{name} 已记录为已执行，但数据库中看不到其结果：{open_zh}。请查明是谁回退或伪造了记录，再手工执行其语句或删除该行"
                ),
            ),
            (false, true) => Bilingual::new(
                format!(
                    "{app}.{name} has run ({done}) and is not recorded: Django would run it again and fail. Record it: python manage.py migrate --fake {app} {name}"
                ),
                format!(
                    "{app}.{name} 已执行（{done_zh}）但没有记录：Django 会再次执行并失败。请补记：python manage.py migrate --fake {app} {name}"
                ),
            ),
            (false, false) => Bilingual::new(
                format!(
                    "{app}.{name} has run in part and is not recorded. There already: {done}. Open: {open}. Take the first part back by hand, or run the rest by hand and record it: python manage.py migrate --fake {app} {name}"
                ),
                format!(
                    "{app}.{name} 只执行了一部分且没有记录。已完成：{done_zh}。未完成：{open_zh}。请手工撤销已完成的部分，或手工执行其余语句后补记：python manage.py migrate --fake {app} {name}"
                ),
            ),
        }
    }
}

/// Finds them. `entries` are those of all migrations in Django's order; `is_pending` tells those that are not recorded.
/// `is_whole` says that every table of the project must be in this database.
pub(super) fn find(
    entries: &[Entry],
    is_pending: &dyn Fn(&Key) -> bool,
    live: &Live,
    is_whole: bool,
) -> Vec<Half> {
    let mut base: BTreeMap<Thing, (bool, Key)> = BTreeMap::new();
    // Nothing certain is known of a table after a statement that is not understood, nor of an app's after such an operation.
    let (mut doubtful, mut doubtful_apps): (BTreeSet<Arc<str>>, BTreeSet<Arc<str>>) = Default::default();
    let mut pending: Vec<(Key, Vec<Step>)> = Vec::new();
    for entry in entries {
        let key: Key = (entry.app.clone(), entry.migration.clone());
        let is_open = is_pending(&key);
        if is_open && pending.last().is_none_or(|(last, _)| *last != key) {
            pending.push((key.clone(), Vec::new()));
        }
        let mut hide = |pending: &mut Vec<(Key, Vec<Step>)>| match pending.last_mut().filter(|_| is_open) {
            Some((_, steps)) => steps.push(Step::Hidden),
            None => drop(doubtful_apps.insert(entry.app.clone())),
        };
        let Ok(statements) = &entry.sql else {
            hide(&mut pending);
            continue;
        };
        for statement in statements {
            if matches!(statement.change, Change::Unknown) && !is_open {
                doubtful.insert(statement.table.clone());
            }
            let effects = effects(statement);
            if effects.is_empty()
                && statement.change != Change::Nothing
                && let Some((_, steps)) = pending.last_mut().filter(|_| is_open)
            {
                steps.push(Step::Hidden);
            }
            if let Change::RenameTable(new) = &statement.change
                && !is_open
            {
                rename(&mut base, &statement.table, new);
            }
            for (thing, is_there) in effects {
                match pending.last_mut().filter(|_| is_open) {
                    Some((_, steps)) => steps.push(Step::Visible(thing, is_there)),
                    None => {
                        base.insert(thing, (is_there, key.clone()));
                    }
                }
            }
        }
        // Code of the project runs without a statement, and more may follow than is known.
        if is_open && (entry.op.starts_with("Run") || entry.incomplete.is_some()) {
            hide(&mut pending);
        }
    }
    let is_doubtful =
        |thing: &Thing, of: &Key| doubtful_apps.contains(&of.0) || doubtful.contains(thing.table());
    let mut out: Vec<Half> = Vec::new();
    let mut explained: BTreeSet<&Thing> = BTreeSet::new();
    for (key, steps) in &pending {
        let (mut done, mut open, mut has_hidden) = (Vec::new(), Vec::new(), false);
        for step in steps {
            let Step::Visible(thing, wanted) = step else {
                has_hidden = true;
                continue;
            };
            let Some(is_there) = live.has(thing) else {
                has_hidden = true;
                continue;
            };
            let was = base.get(thing).is_some_and(|(was, _)| *was);
            // Parts of a table that is not there, or that was not there before, stand for nothing of their own.
            let stands = match thing {
                Thing::Table(_) => true,
                _ => base.get(&Thing::Table(thing.table().clone())).is_some_and(|(was, _)| *was),
            };
            if !stands || was == *wanted {
                continue;
            }
            if is_there == *wanted && explained.insert(thing) {
                // Statements run one after the other: what comes before one that has run has run.
                has_hidden = false;
                done.push(thing.describe(*wanted));
            } else {
                open.push(thing.describe(*wanted));
            }
        }
        if !done.is_empty() {
            out.push(Half { migration: key.clone(), is_recorded: false, done, open, has_hidden });
        }
    }
    if is_whole {
        out.extend(lost(&base, live, &explained, &is_doubtful));
    }
    out
}

/// Applied migrations whose result is not there.
fn lost(
    base: &BTreeMap<Thing, (bool, Key)>,
    live: &Live,
    explained: &BTreeSet<&Thing>,
    is_doubtful: &dyn Fn(&Thing, &Key) -> bool,
) -> Vec<Half> {
    let mut by_key: BTreeMap<&Key, Vec<Bilingual>> = BTreeMap::new();
    for (thing, (wanted, key)) in base {
        if explained.contains(thing) || is_doubtful(thing, key) || live.has(thing) != Some(!wanted) {
            continue;
        }
        // A table that is gone takes its columns with it, and one that a migration drops had them.
        let table = Thing::Table(thing.table().clone());
        let is_part = !matches!(thing, Thing::Table(_));
        if is_part && (live.has(&table) != Some(true) || base.get(&table).is_none_or(|(there, _)| !there)) {
            continue;
        }
        // Servers give indexes names of their own, and keep those that a foreign key needs.
        if matches!(thing, Thing::Index(..)) {
            continue;
        }
        by_key.entry(key).or_default().push(thing.describe(*wanted));
    }
    by_key
        .into_iter()
        .map(|(key, open)| Half {
            migration: key.clone(),
            is_recorded: true,
            done: Vec::new(),
            open,
            has_hidden: false,
        })
        .collect()
}

impl Thing {
    fn table(&self) -> &Arc<str> {
        match self {
            Self::Table(table) | Self::Column(table, _) | Self::Index(table, _) => table,
        }
    }

    fn describe(&self, is_there: bool) -> Bilingual {
        let (what, what_zh) = match self {
            Self::Table(table) => (format!("the table `{table}`"), format!("表 `{table}`")),
            Self::Column(table, column) => {
                (format!("the column `{table}`.`{column}`"), format!("列 `{table}`.`{column}`"))
            }
            Self::Index(table, index) => {
                (format!("the index `{index}` of `{table}`"), format!("`{table}` 的索引 `{index}`"))
            }
        };
        match is_there {
            true => Bilingual::new(what, what_zh),
            false => Bilingual::new(format!("{what} taken out"), format!("删除{what_zh}")),
        }
    }
}

impl Live {
    /// A schema from names as the server tells them.
    pub fn new<'n>(
        tables: impl Iterator<Item = &'n str>,
        columns: Option<&Names>,
        indexes: Option<&Names>,
    ) -> Self {
        let lower = |text: &str| text.to_ascii_lowercase().into_boxed_str();
        let mut all: BTreeMap<Box<str>, Parts> = BTreeMap::new();
        for table in tables {
            all.entry(lower(table)).or_default().is_there = true;
        }
        for (table, list) in columns.iter().flat_map(|names| names.iter()) {
            all.entry(lower(table)).or_default().columns = Some(list.clone());
        }
        for (table, list) in indexes.iter().flat_map(|names| names.iter()) {
            all.entry(lower(table)).or_default().indexes = Some(list.clone());
        }
        Self { tables: all, has_columns: columns.is_some(), has_indexes: indexes.is_some() }
    }

    /// Whether the database has it; `None` when that was not told.
    fn has(&self, thing: &Thing) -> Option<bool> {
        let parts = |table: &str| self.tables.get(table.to_ascii_lowercase().as_str());
        let holds = |list: Option<&List>, name: &str| {
            list.is_some_and(|list| list.iter().any(|one| one.eq_ignore_ascii_case(name)))
        };
        match thing {
            Thing::Table(table) => Some(parts(table).is_some_and(|parts| parts.is_there)),
            Thing::Column(table, column) => {
                self.has_columns.then(|| holds(parts(table).and_then(|parts| parts.columns.as_ref()), column))
            }
            Thing::Index(table, index) => {
                self.has_indexes.then(|| holds(parts(table).and_then(|parts| parts.indexes.as_ref()), index))
            }
        }
    }
}

/// What of the schema is there or not after a statement.
fn effects(statement: &Statement) -> Vec<(Thing, bool)> {
    let table = &statement.table;
    let column = |name: &Arc<str>| Thing::Column(table.clone(), name.clone());
    let index = |name: &Arc<str>| Thing::Index(table.clone(), name.clone());
    match &statement.change {
        Change::CreateTable { columns, .. } => {
            let mut out = vec![(Thing::Table(table.clone()), true)];
            out.extend(columns.iter().map(|one| (column(&one.name), true)));
            out
        }
        Change::DropTable => vec![(Thing::Table(table.clone()), false)],
        Change::RenameTable(new) => {
            vec![(Thing::Table(table.clone()), false), (Thing::Table(new.clone()), true)]
        }
        Change::AddColumn { column: added, .. } => vec![(column(&added.name), true)],
        Change::DropColumn(name) => vec![(column(name), false)],
        Change::RenameColumn(old, new) => vec![(column(old), false), (column(new), true)],
        Change::Modify { old, column: new } if *old != new.name => {
            vec![(column(old), false), (column(&new.name), true)]
        }
        Change::AddKey(key) if !key.name.is_empty() => vec![(index(&key.name), true)],
        Change::DropKey(name) => vec![(index(name), false)],
        Change::RenameKey(old, new) => vec![(index(old), false), (index(new), true)],
        _ => Vec::new(),
    }
}

/// Parts of a table that is renamed belong to its new name.
fn rename(base: &mut BTreeMap<Thing, (bool, Key)>, old: &Arc<str>, new: &Arc<str>) {
    let parts: Vec<Thing> = base
        .keys()
        .filter(|thing| thing.table() == old && !matches!(thing, Thing::Table(_)))
        .cloned()
        .collect();
    for part in parts {
        let Some(was) = base.remove(&part) else { continue };
        let moved = match part {
            Thing::Column(_, name) => Thing::Column(new.clone(), name),
            Thing::Index(_, name) => Thing::Index(new.clone(), name),
            Thing::Table(_) => continue,
        };
        base.insert(moved, was);
    }
}
