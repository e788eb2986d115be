//! Which shape of `rules/facts/online_ddl.toml` a change is, seen from the table before it, and what the server does.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

use super::catalogue::{Catalogue, Table};
use super::change::{Change, ColumnDef, DefaultDef, KeyDef, KeyKind};
use super::online_ddl::{Algorithm, Lock, behaviour};
use super::server::Server;

/// What a server does with a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Class {
    /// The algorithm that it picks; `None` for a statement whose syntax has none, and where it is not known.
    pub algorithm: Option<Algorithm>,
    /// The most permissive lock that it accepts; `None` likewise.
    pub lock: Option<Lock>,
    /// Whether it writes every row again; `None` where that is not known.
    pub rebuild: Option<bool>,
    /// Whether writes to the table wait; `None` where that is not known.
    pub blocks_writes: Option<bool>,
    /// The error number with which it refuses the statement.
    pub error: Option<u16>,
    /// The shape, a table of `rules/facts/online_ddl.toml`.
    pub shape: Option<&'static str>,
}

impl Class {
    /// A statement without ALGORITHM and LOCK.
    fn plain(blocks_writes: bool) -> Self {
        Self { rebuild: Some(false), blocks_writes: Some(blocks_writes), ..Self::default() }
    }

    fn of(shape: &'static str, server: &Server) -> Self {
        match behaviour(shape, server) {
            Some(known) if known.error.is_some() => {
                Self { error: known.error, shape: Some(shape), ..Self::default() }
            }
            Some(known) => Self {
                algorithm: known.algorithm,
                lock: known.lock,
                rebuild: Some(known.rebuild),
                blocks_writes: Some(known.blocks_writes()),
                error: None,
                shape: Some(shape),
            },
            None => Self { shape: Some(shape), ..Self::default() },
        }
    }

    /// The heavier of two: a statement that does both takes the algorithm and the lock that both allow.
    fn with(self, other: Self) -> Self {
        let heavier = |class: &Self| (class.error.is_some(), class.algorithm, class.lock, class.rebuild);
        let unknown = |class: &Self| class.algorithm.is_none() && class.error.is_none();
        if unknown(&self) {
            return self;
        }
        if unknown(&other) {
            return other;
        }
        let (mut top, low) = if heavier(&self) > heavier(&other) { (self, other) } else { (other, self) };
        if top.error.is_none() {
            top.lock = top.lock.max(low.lock);
            top.rebuild = top.rebuild.max(low.rebuild);
            top.blocks_writes = top.blocks_writes.max(low.blocks_writes);
        }
        top
    }
}

/// What a statement asks for: `ALGORITHM=…` and `LOCK=…`; `None` for DEFAULT too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// `ALGORITHM`
    pub algorithm: Option<Algorithm>,
    /// `LOCK`
    pub lock: Option<Lock>,
}

impl Class {
    /// What the server does when the statement asks for an algorithm or a lock: more than it needs, it gets; with less than
    /// it needs the server refuses it.
    pub fn asked(self, asked: Asked, server: &Server) -> Self {
        if self.error.is_some() || asked == Asked::default() {
            return self;
        }
        let of = |shape| Self::of(shape, server);
        // Which of several algorithms a change may use is not known where its class is not.
        let (Some(needed), Some(_)) = (self.algorithm, self.lock) else {
            return if asked.algorithm == Some(Algorithm::Copy) { of("asked-copy") } else { self };
        };
        match asked.algorithm {
            Some(algorithm) if algorithm < needed => {
                return of(if algorithm == Algorithm::Instant { "asked-instant" } else { "asked-inplace" });
            }
            Some(Algorithm::Instant) if asked.lock.is_some() && !server.is_mariadb() => {
                return of("asked-instant-with-lock");
            }
            _ => {}
        }
        let mut class = match asked.algorithm {
            Some(Algorithm::Copy) if needed < Algorithm::Copy => of("asked-copy"),
            // In place the server may rebuild what it would do at once: whether it does is not in the facts.
            Some(Algorithm::Inplace) if needed == Algorithm::Instant => {
                Self { algorithm: Some(Algorithm::Inplace), rebuild: None, ..self }
            }
            _ => self,
        };
        match (asked.lock, class.lock) {
            (Some(asked), Some(needed)) if asked < needed => return of("asked-lock"),
            (Some(asked), Some(needed)) if asked > needed => {
                class.lock = Some(asked);
                class.blocks_writes = Some(true);
                class.shape = Some("asked-more-lock");
            }
            _ => {}
        }
        class
    }
}

/// Numbers of InnoDB.
#[derive(Deserialize)]
struct Limits {
    /// From this version on a table keeps so many row versions before it is rebuilt.
    row_versions: BTreeMap<String, u32>,
}

static LIMITS: LazyLock<Vec<(Server, u32)>> = LazyLock::new(|| {
    let limits: Option<Limits> = toml::from_str(include_str!("../../rules/facts/innodb_limits.toml")).ok();
    let rows = limits.into_iter().flat_map(|limits| limits.row_versions);
    let mut rows: Vec<(Server, u32)> =
        rows.filter_map(|(from, count)| Some((from.parse().ok()?, count))).collect();
    rows.sort_by(|a, b| b.0.version.cmp(&a.0.version));
    rows
});

/// How many row versions of a table `server` keeps before it rebuilds; `None` where it keeps none.
fn max_row_versions(server: &Server) -> Option<u32> {
    let holds = |from: &Server| from.flavour == server.flavour && from.version <= server.version;
    LIMITS.iter().find(|(from, _)| holds(from)).map(|(_, count)| *count)
}

/// What `server` does with `change` of the table called `name`.
///
/// The column's character set is taken to be utf8mb4, `sql_mode` strict and `foreign_key_checks` on, as a connection of
/// Django has them; tables are InnoDB tables with ROW_FORMAT=DYNAMIC.
pub fn classify(change: &Change, name: &Arc<str>, catalogue: &Catalogue, server: &Server) -> Class {
    let table = catalogue.table(name);
    let of = |shape: &'static str| Class::of(shape, server);
    match change {
        Change::CreateTable { .. } | Change::DropTable | Change::RenameTable(_) | Change::Nothing => {
            Class::plain(false)
        }
        Change::TouchRows => Class::plain(true),
        Change::Unknown => Class::default(),
        Change::AddColumn { column, key, foreign_key } => {
            add_column(column, *key, foreign_key.is_some(), table, server)
        }
        Change::DropColumn(column) => drop_column(column, table, server),
        Change::SetDefault(..) => of("set-default"),
        Change::DropDefault(_) => of("drop-default"),
        Change::RenameColumn(old, _) if catalogue.is_referenced(name, old) => of("rename-column-fk-parent"),
        Change::RenameColumn(..) => of("rename-column"),
        Change::Modify { old, column } => modify(old, column, name, catalogue, server),
        Change::AddKey(key) => add_key(key, table, server),
        Change::DropKey(key) if key.as_ref() == "PRIMARY" => of(drop_primary_key(table, server)),
        Change::DropKey(_) => of("drop-index"),
        Change::RenameKey(..) => of("rename-index"),
        Change::AddForeignKey(_) => of("add-foreign-key"),
        Change::DropForeignKey(_) => of("drop-foreign-key"),
        Change::AddCheck(_) => of("add-check"),
        Change::DropCheck(_) => of("drop-check"),
        Change::TableComment => of("table-comment"),
        Change::Rebuild => of("rebuild"),
        Change::ConvertCharset => of("convert-charset"),
        Change::AutoIncrementValue => of("auto-increment-value"),
    }
}

fn add_column(
    column: &ColumnDef,
    key: Option<KeyKind>,
    foreign_key: bool,
    table: Option<&Table>,
    server: &Server,
) -> Class {
    let of = |shape: &'static str| Class::of(shape, server);
    let mut class = of("add-column");
    if table.is_some_and(|table| exhausted(table, server)) {
        class = of("add-column-row-versions");
    }
    class = match &column.default {
        DefaultDef::Expression(_) => class.with(of("add-column-expression-default")),
        DefaultDef::Volatile(_) => class.with(of("add-column-volatile-default")),
        DefaultDef::Literal(_) if column.is_long() => class.with(of("add-column-text-literal-default")),
        _ => class,
    };
    match column.generated {
        Some(true) => class = class.with(of("add-column-stored")),
        Some(false) => class = class.with(of("add-column-virtual")),
        None => {}
    }
    if column.check {
        class = class.with(of("add-column-check"));
    }
    if column.auto_increment {
        class = class.with(of("add-column-auto-increment"));
    }
    if key.is_some() {
        class = class.with(of("add-column-unique"));
    }
    if foreign_key {
        class = class.with(of("add-column-foreign-key"));
    }
    if table.is_some_and(Table::has_fulltext) {
        class = class.with(of("add-column-fulltext-table"));
    }
    class
}

/// Another unique index without NULL takes the place of the primary key; that MariaDB does it in place was measured.
fn drop_primary_key(table: Option<&Table>, server: &Server) -> &'static str {
    let required = |table: &Table, key: &KeyDef| {
        key.columns.iter().all(|name| table.column(name).is_some_and(|column| !column.null))
    };
    let stands_in =
        |table: &Table| table.keys.iter().any(|key| key.kind == KeyKind::Unique && required(table, key));
    if server.is_mariadb() && table.is_some_and(stands_in) {
        "replace-primary-key"
    } else {
        "drop-primary-key"
    }
}

/// Whether the next instant ADD or DROP COLUMN is one too many.
fn exhausted(table: &Table, server: &Server) -> bool {
    // Few tables come near, so that the facts are seldom read.
    table.row_versions > 0 && max_row_versions(server).is_some_and(|most| table.row_versions >= most)
}

fn drop_column(column: &str, table: Option<&Table>, server: &Server) -> Class {
    let of = |shape: &'static str| Class::of(shape, server);
    let Some(table) = table else { return of("drop-column") };
    let mut class = of("drop-column");
    if exhausted(table, server) {
        class = class.with(of("add-column-row-versions"));
    }
    for key in table.keys_with(column) {
        let single = key.columns.len() == 1;
        let shape = match key.kind {
            KeyKind::Primary if single => "drop-primary-key",
            _ if single => "drop-column-own-index",
            KeyKind::Unique | KeyKind::Primary => "drop-column-composite-unique",
            _ => "drop-column-composite-index",
        };
        class = class.with(of(shape));
    }
    if table.has_fulltext() {
        class = class.with(of("drop-column-fulltext-table"));
    }
    class
}

fn modify(old: &str, new: &ColumnDef, name: &Arc<str>, catalogue: &Catalogue, server: &Server) -> Class {
    let of = |shape: &'static str| Class::of(shape, server);
    let Some(table) = catalogue.table(name).filter(|table| !table.doubtful) else {
        return Class::default();
    };
    let Some(before) = table.column(old) else { return Class::default() };
    // A collation names its character set; what becomes of texts in another one than utf8mb4 is not in the facts.
    let other_charset =
        |column: &ColumnDef| column.collation.as_ref().is_some_and(|it| !it.starts_with("utf8mb4"));
    if other_charset(before) || other_charset(new) {
        return Class::default();
    }
    let indexed = table.keys_with(old).next().is_some();
    let mut class = of("modify-same");
    if before.name != new.name {
        class = class.with(of("change-name"));
    }
    class = class.with(type_change(before, new, server));
    if before.auto_increment != new.auto_increment {
        class = class.with(of("change-type"));
    }
    match (before.null, new.null) {
        (false, true) => class = class.with(of("to-null")),
        (true, false) => class = class.with(of("to-not-null")),
        _ => {}
    }
    if before.default != new.default {
        class = class.with(of("modify-default"));
    }
    if before.collation != new.collation && class.shape != Some("change-type") {
        class = class.with(of(if indexed { "modify-collation-indexed" } else { "modify-collation" }));
    }
    if before.comment != new.comment {
        class = class.with(of("modify-comment"));
    }
    for key in table.keys_with(old).filter(|_| before.varchar_length() < new.varchar_length()) {
        let bytes = key_bytes(key, table, Some(new));
        if bytes > MAX_KEY_BYTES && key_bytes(key, table, None) <= MAX_KEY_BYTES {
            let unique = key.kind == KeyKind::Unique;
            class = class.with(of(if unique { "add-unique-over-3072" } else { "add-index-over-3072" }));
        }
    }
    let other_type = before.canonical_type() != new.canonical_type();
    if other_type && catalogue.is_referenced(name, old) && before.varchar_length().is_none() {
        class = class.with(of("modify-fk-parent-type"));
    }
    class
}

fn type_change(before: &ColumnDef, new: &ColumnDef, server: &Server) -> Class {
    let of = |shape: &'static str| Class::of(shape, server);
    let (old_type, new_type) = (before.canonical_type(), new.canonical_type());
    if old_type == new_type {
        return of("modify-same");
    }
    if let (Some(old), Some(new)) = (before.varchar_length(), new.varchar_length()) {
        return of(varchar(old, new));
    }
    if old_type == "longtext" && new_type == "longblob" {
        return of("modify-text-to-blob");
    }
    of("change-type")
}

/// The shape of a change from `varchar(old)` to `varchar(new)` in utf8mb4, four bytes to a character.
fn varchar(old: u64, new: u64) -> &'static str {
    const BYTES: u64 = 4;
    let short = |length: u64| length.saturating_mul(BYTES) <= 255;
    if new < old {
        "varchar-shrink"
    } else if new.saturating_mul(BYTES) > 65_535 {
        "row-too-large"
    } else if short(old) == short(new) {
        "varchar-widen-within"
    } else if old.saturating_mul(BYTES) <= 127 {
        "varchar-widen-from-127"
    } else {
        "varchar-widen-across"
    }
}

/// The longest key that InnoDB takes with ROW_FORMAT=DYNAMIC, in bytes.
const MAX_KEY_BYTES: u64 = 3072;

/// The bytes of the texts of an index in utf8mb4; `changed` stands in the place of the column of its name.
fn key_bytes(key: &KeyDef, table: &Table, changed: Option<&ColumnDef>) -> u64 {
    let column = |name: &Arc<str>| {
        let changed = changed.filter(|column| column.name == *name);
        changed.or_else(|| table.column(name)).and_then(ColumnDef::varchar_length)
    };
    key.columns.iter().filter_map(column).map(|length| length.saturating_mul(4)).sum()
}

fn add_key(key: &KeyDef, table: Option<&Table>, server: &Server) -> Class {
    let of = |shape: &'static str| Class::of(shape, server);
    let columns = || {
        let find = |name: &Arc<str>| table.and_then(|table| table.column(name));
        key.columns.iter().filter_map(find)
    };
    let bytes = table.map_or(0, |table| key_bytes(key, table, None));
    let unique = key.kind == KeyKind::Unique;
    match key.kind {
        KeyKind::Primary => of("add-primary-key"),
        KeyKind::FullText if table.is_some_and(Table::has_fulltext) => of("add-fulltext-second"),
        KeyKind::FullText => of("add-fulltext-first"),
        KeyKind::Spatial => Class::default(),
        _ if key.functional => of("add-functional-index"),
        _ if unique && columns().any(ColumnDef::is_long) => of("add-unique-text"),
        _ if unique && bytes > MAX_KEY_BYTES => of("add-unique-over-3072"),
        _ if unique => of("add-unique"),
        _ if bytes > MAX_KEY_BYTES => of("add-index-over-3072"),
        _ => of("add-index"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_read() {
        let most = |server: &str| max_row_versions(&server.parse().unwrap());
        assert_eq!(most("mysql-8.0.28"), None);
        assert_eq!(most("mysql-8.0.36"), Some(64));
        assert_eq!(most("mysql-9.7.4"), Some(255));
        assert_eq!(most("mariadb-11.8"), None);
    }

    #[test]
    fn what_is_asked_for_is_given_or_refused() {
        let server: Server = "mysql-8.0.36".parse().unwrap();
        let class =
            |shape, algorithm, lock| Class::of(shape, &server).asked(Asked { algorithm, lock }, &server);
        let refused = |class: Class| class.error;
        assert_eq!(refused(class("change-type", Some(Algorithm::Inplace), None)), Some(1846));
        assert_eq!(refused(class("change-type", Some(Algorithm::Instant), None)), Some(1845));
        assert_eq!(refused(class("change-type", None, Some(Lock::None))), Some(1846));
        assert_eq!(refused(class("add-column", Some(Algorithm::Instant), Some(Lock::None))), Some(1221));
        let copied = class("add-column", Some(Algorithm::Copy), None);
        assert_eq!((copied.rebuild, copied.blocks_writes), (Some(true), Some(true)));
        let locked = class("add-index", None, Some(Lock::Exclusive));
        assert_eq!((locked.algorithm, locked.blocks_writes), (Some(Algorithm::Inplace), Some(true)));
        assert_eq!(
            class("add-index", Some(Algorithm::Inplace), Some(Lock::None)),
            Class::of("add-index", &server)
        );
        assert_eq!(
            refused(
                Class::default().asked(Asked { algorithm: Some(Algorithm::Instant), lock: None }, &server)
            ),
            None
        );
    }
}
