//! What InnoDB's data dictionary holds after the statements of a history: tables with columns, indexes, foreign keys and
//! checks. It answers what Django asks `information_schema` for, and what a server needs to know to pick an algorithm.
//!
//! Names that a server makes by itself follow its own rules: an inline UNIQUE is named after its column, an inline CHECK
//! of MySQL `<table>_chk_<n>`, the index that a foreign key needs after the foreign key.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::change::{Change, CheckDef, ColumnDef, DefaultDef, ForeignKeyDef, KeyDef, KeyKind};
use super::server::Server;

/// The tables of a database.
#[derive(Debug, Clone)]
pub struct Catalogue {
    tables: FxHashMap<Arc<str>, Table>,
    mariadb: bool,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Columns in order.
    pub columns: Vec<ColumnDef>,
    /// Indexes, in the order in which the server shows them.
    pub keys: Vec<KeyDef>,
    /// Foreign keys of this table.
    pub foreign_keys: Vec<ForeignKeyDef>,
    /// Named checks.
    pub checks: Vec<CheckDef>,
    /// Columns that were added or dropped instantly since the last rebuild.
    pub row_versions: u32,
    /// True when a statement that is not understood may have changed the table.
    pub doubtful: bool,
}

/// What a lookup asks for; `None` does not ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// Uniqueness.
    pub unique: Option<bool>,
    /// Being the primary key.
    pub primary: Option<bool>,
    /// Being an index.
    pub index: Option<bool>,
    /// Being a foreign key.
    pub foreign_key: bool,
    /// Being a check.
    pub check: Option<bool>,
    /// Being an index of the plain B-tree kind.
    pub btree: bool,
}

/// A constraint or an index, as Django's introspection has it.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns.
    pub columns: Vec<Arc<str>>,
    /// Whether it is the primary key.
    pub primary: bool,
    /// Whether it is unique.
    pub unique: bool,
    /// Whether it is an index.
    pub index: bool,
    /// Whether it is a foreign key.
    pub foreign_key: bool,
    /// Whether it is a check.
    pub check: bool,
    /// Whether it is a B-tree index.
    pub btree: bool,
}

impl Catalogue {
    /// An empty database on `server`.
    pub fn new(server: &Server) -> Self {
        Self { tables: FxHashMap::default(), mariadb: server.is_mariadb() }
    }

    /// The table with this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Every table, in no order.
    pub fn tables(&self) -> impl Iterator<Item = (&Arc<str>, &Table)> {
        self.tables.iter()
    }

    /// Says that nothing is known of a table any more.
    pub fn doubt(&mut self, name: &str) {
        if let Some(table) = self.tables.get_mut(name) {
            table.doubtful = true;
        }
    }

    /// Whether a foreign key of another table, or of this one, refers to a column.
    pub fn is_referenced(&self, table: &str, column: &str) -> bool {
        self.tables.values().flat_map(|table| &table.foreign_keys).any(|key| {
            key.to_table.as_ref() == table && key.to_columns.iter().any(|name| name.as_ref() == column)
        })
    }

    /// What `change` of `table` leaves behind. `rebuilt` says that the server wrote every row again, `instant` that it
    /// changed only the dictionary.
    pub fn apply(&mut self, table: &Arc<str>, change: &Change, rebuilt: bool, instant: bool) {
        match change {
            Change::CreateTable { columns, keys, checks } => self.create(table, columns, keys, checks),
            Change::DropTable => {
                self.tables.remove(table);
            }
            Change::RenameTable(new) => self.rename_table(table, new),
            Change::RenameColumn(old, new) => self.rename_column(table, old, new),
            Change::Modify { old, column } if *old != column.name => {
                self.rename_column(table, old, &column.name.clone());
                self.modify(table, column);
            }
            Change::Modify { column, .. } => self.modify(table, column),
            _ => self.alter(table, change),
        }
        if let Some(table) = self.tables.get_mut(table) {
            if rebuilt {
                table.row_versions = 0;
            } else if instant && matches!(change, Change::AddColumn { .. } | Change::DropColumn(_)) {
                table.row_versions += 1;
            }
        }
    }

    fn create(&mut self, name: &Arc<str>, columns: &[ColumnDef], keys: &[KeyDef], checks: &[CheckDef]) {
        let mut table = Table { columns: columns.to_vec(), ..Table::default() };
        if !self.mariadb {
            for column in columns.iter().filter(|column| column.check) {
                table.add_numbered_check(name, column);
            }
        }
        for key in keys {
            table.add_key(key.clone());
        }
        table.checks.extend(checks.iter().cloned());
        self.tables.insert(name.clone(), table);
    }

    fn rename_table(&mut self, old: &Arc<str>, new: &Arc<str>) {
        if let Some(table) = self.tables.remove(old) {
            self.tables.insert(new.clone(), table);
        }
        for key in self.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.to_table == *old {
                key.to_table = new.clone();
            }
        }
    }

    fn rename_column(&mut self, name: &Arc<str>, old: &Arc<str>, new: &Arc<str>) {
        let swap = |columns: &mut Vec<Arc<str>>| {
            for column in columns.iter_mut().filter(|column| *column == old) {
                *column = new.clone();
            }
        };
        if let Some(table) = self.tables.get_mut(name) {
            for column in table.columns.iter_mut().filter(|column| column.name == *old) {
                column.name = new.clone();
            }
            table.keys.iter_mut().for_each(|key| swap(&mut key.columns));
            table.checks.iter_mut().for_each(|check| swap(&mut check.columns));
            table.foreign_keys.iter_mut().for_each(|key| swap(&mut key.columns));
        }
        for key in self.tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
            if key.to_table == *name {
                swap(&mut key.to_columns);
            }
        }
    }

    /// MODIFY writes the whole definition: on MariaDB it also replaces the check of the column.
    fn modify(&mut self, name: &Arc<str>, column: &ColumnDef) {
        let Some(table) = self.tables.get_mut(name) else { return };
        if let Some(old) = table.columns.iter_mut().find(|old| old.name == column.name) {
            *old = column.clone();
        }
    }

    fn alter(&mut self, name: &Arc<str>, change: &Change) {
        let mariadb = self.mariadb;
        let Some(table) = self.tables.get_mut(name) else { return };
        match change {
            Change::AddColumn { column, key, foreign_key } => {
                table.columns.push(column.clone());
                if !mariadb && column.check {
                    table.add_numbered_check(name, column);
                }
                if let Some(kind) = key {
                    table.add_key(KeyDef {
                        name: "".into(),
                        columns: vec![column.name.clone()],
                        kind: *kind,
                        implicit: false,
                        functional: false,
                    });
                }
                if let Some(key) = foreign_key {
                    table.add_foreign_key(key.clone());
                }
            }
            Change::DropColumn(column) => table.drop_column(column),
            Change::SetDefault(column, default) => table.set_default(column, default),
            Change::DropDefault(column) => table.set_default(column, &DefaultDef::None),
            Change::AddKey(key) => table.add_key(key.clone()),
            Change::DropKey(name) => table.keys.retain(|key| key.name != *name),
            Change::RenameKey(old, new) => {
                for key in table.keys.iter_mut().filter(|key| key.name == *old) {
                    key.name = new.clone();
                    key.implicit = false;
                }
            }
            Change::AddForeignKey(key) => table.add_foreign_key(key.clone()),
            Change::DropForeignKey(name) => table.foreign_keys.retain(|key| key.name != *name),
            Change::AddCheck(check) => table.checks.push(check.clone()),
            Change::DropCheck(name) => table.checks.retain(|check| check.name != *name),
            Change::Unknown => table.doubtful = true,
            _ => {}
        }
    }

    /// Constraints and indexes of a table in the order in which Django's introspection lists them.
    pub fn constraints(&self, name: &str) -> Vec<Found> {
        let Some(table) = self.tables.get(name) else { return Vec::new() };
        let blank = |name: &Arc<str>, columns: &[Arc<str>]| Found {
            name: name.clone(),
            columns: columns.to_vec(),
            primary: false,
            unique: false,
            index: false,
            foreign_key: false,
            check: false,
            btree: false,
        };
        let mut out: Vec<Found> = Vec::new();
        for key in table.keys.iter().filter(|key| matches!(key.kind, KeyKind::Primary | KeyKind::Unique)) {
            let primary = key.kind == KeyKind::Primary;
            out.push(Found { primary, unique: true, ..blank(&key.name, &key.columns) });
        }
        for key in &table.foreign_keys {
            out.push(Found { foreign_key: true, ..blank(&key.name, &key.columns) });
        }
        if self.mariadb {
            let checked = table.columns.iter().filter(|column| column.check || column.ty == "json");
            for (at, column) in checked.enumerate() {
                let name = format!("__unnamed_constraint_{}__", at + 1).into();
                out.push(Found { check: true, ..blank(&name, std::slice::from_ref(&column.name)) });
            }
        }
        for check in &table.checks {
            out.push(Found { check: true, ..blank(&check.name, &check.columns) });
        }
        for key in &table.keys {
            let at = match out.iter().position(|found| found.name == key.name && !found.check) {
                Some(at) => at,
                None => {
                    let unique = matches!(key.kind, KeyKind::Primary | KeyKind::Unique);
                    out.push(Found { unique, ..blank(&key.name, &key.columns) });
                    out.len() - 1
                }
            };
            if let Some(found) = out.get_mut(at) {
                found.index = true;
                found.btree = !matches!(key.kind, KeyKind::FullText | KeyKind::Spatial);
            }
        }
        out
    }

    /// Names of constraints and indexes on exactly these columns, as Django's `_constraint_names` answers.
    pub fn names(
        &self,
        table: &str,
        columns: Option<&[Arc<str>]>,
        wanted: Wanted,
        exclude: &[Arc<str>],
    ) -> Vec<Arc<str>> {
        let fits = |found: &Found| {
            columns.is_none_or(|columns| found.columns == columns)
                && wanted.unique.is_none_or(|unique| found.unique == unique)
                && wanted.primary.is_none_or(|primary| found.primary == primary)
                && wanted.index.is_none_or(|index| found.index == index)
                && wanted.check.is_none_or(|check| found.check == check)
                && (!wanted.foreign_key || found.foreign_key)
                && (!wanted.btree || found.btree)
                && !exclude.contains(&found.name)
        };
        self.constraints(table).into_iter().filter(fits).map(|found| found.name).collect()
    }
}

impl Table {
    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name.as_ref() == name)
    }

    /// Indexes that a column is part of.
    pub fn keys_with<'t>(&'t self, column: &'t str) -> impl Iterator<Item = &'t KeyDef> {
        self.keys.iter().filter(move |key| key.columns.iter().any(|name| name.as_ref() == column))
    }

    /// Whether there is a FULLTEXT index.
    pub fn has_fulltext(&self) -> bool {
        self.keys.iter().any(|key| key.kind == KeyKind::FullText)
    }

    fn set_default(&mut self, column: &Arc<str>, default: &DefaultDef) {
        for column in self.columns.iter_mut().filter(|other| other.name == *column) {
            column.default = default.clone();
        }
    }

    fn add_numbered_check(&mut self, table: &str, column: &ColumnDef) {
        let number = |check: &CheckDef| {
            let rest = check.name.strip_prefix(table)?.strip_prefix("_chk_")?;
            rest.parse::<u32>().ok()
        };
        let last = self.checks.iter().filter_map(number).max().unwrap_or(0);
        let name = format!("{table}_chk_{}", last.saturating_add(1)).into();
        self.checks.push(CheckDef { name, columns: vec![column.name.clone()] });
    }

    fn add_key(&mut self, mut key: KeyDef) {
        if key.kind == KeyKind::Primary {
            key.name = "PRIMARY".into();
        } else if key.name.is_empty() {
            key.name = self.free_key_name(key.columns.first().map_or("", AsRef::as_ref));
        }
        // An index that the server made for a foreign key goes when another one can take its place.
        self.keys.retain(|old| !(old.implicit && key.columns.starts_with(&old.columns)));
        let rank = |kind: KeyKind| match kind {
            KeyKind::Primary => 0,
            KeyKind::Unique => 1,
            _ => 2,
        };
        let at = self.keys.partition_point(|old| rank(old.kind) <= rank(key.kind));
        self.keys.insert(at, key);
    }

    fn free_key_name(&self, column: &str) -> Arc<str> {
        let taken = |name: &str| self.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name));
        if !taken(column) {
            return column.into();
        }
        let mut number = 2u32;
        while taken(&format!("{column}_{number}")) {
            number += 1;
        }
        format!("{column}_{number}").into()
    }

    fn add_foreign_key(&mut self, key: ForeignKeyDef) {
        // The server makes an index for every foreign key and keeps it unless one that somebody asked for can serve; it
        // takes the place of an index that was made for an earlier foreign key.
        let serves = |other: &KeyDef| !other.implicit && other.columns.starts_with(&key.columns);
        if !self.keys.iter().any(serves) {
            self.add_key(KeyDef {
                name: key.name.clone(),
                columns: key.columns.clone(),
                kind: KeyKind::Plain,
                implicit: true,
                functional: false,
            });
        }
        // Names are unique; Django would be refused a second one of the same name.
        self.foreign_keys.retain(|other| other.name != key.name);
        self.foreign_keys.push(key);
    }

    fn drop_column(&mut self, name: &Arc<str>) {
        self.columns.retain(|column| column.name != *name);
        for key in &mut self.keys {
            key.columns.retain(|column| column != name);
        }
        self.keys.retain(|key| !key.columns.is_empty());
        self.checks.retain(|check| check.columns.len() != 1 || check.columns.first() != Some(name));
    }
}
