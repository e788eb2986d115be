//! What one statement changes in a schema, as the classification and the [catalogue](super::catalogue) take it.

use std::sync::Arc;

/// A column as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef {
    /// Its name.
    pub name: Arc<str>,
    /// The type as it is written, in lower case and without AUTO_INCREMENT: `varchar(64)`, `integer unsigned`.
    pub ty: String,
    /// Whether it takes NULL.
    pub null: bool,
    /// Its default.
    pub default: DefaultDef,
    /// COLLATE, when written.
    pub collation: Option<Arc<str>>,
    /// COMMENT, when written and not empty.
    pub comment: Option<Arc<str>>,
    /// Whether a CHECK is written with it.
    pub check: bool,
    /// AUTO_INCREMENT
    pub auto_increment: bool,
    /// GENERATED ALWAYS AS … STORED (`Some(true)`) or VIRTUAL (`Some(false)`).
    pub generated: Option<bool>,
}

/// A column's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefaultDef {
    /// None is written.
    None,
    /// A literal.
    Literal(String),
    /// An expression in parentheses that gives every row the same value.
    Expression(String),
    /// An expression that may give every row another value, as `UUID()`.
    Volatile(String),
}

/// What an index does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// PRIMARY KEY
    Primary,
    /// UNIQUE
    Unique,
    /// INDEX
    Plain,
    /// FULLTEXT
    FullText,
    /// SPATIAL
    Spatial,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDef {
    /// Its name.
    pub name: Arc<str>,
    /// Columns in order.
    pub columns: Vec<Arc<str>>,
    /// What it does.
    pub kind: KeyKind,
    /// Whether the server made it by itself for a foreign key.
    pub implicit: bool,
    /// Whether some of it is an expression.
    pub functional: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKeyDef {
    /// Its name.
    pub name: Arc<str>,
    /// Its columns.
    pub columns: Vec<Arc<str>>,
    /// The table it refers to.
    pub to_table: Arc<str>,
    /// The columns it refers to.
    pub to_columns: Vec<Arc<str>>,
}

/// A CHECK that is a constraint of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckDef {
    /// Its name.
    pub name: Arc<str>,
    /// The columns it names.
    pub columns: Vec<Arc<str>>,
}

/// What a statement does to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// CREATE TABLE
    CreateTable {
        /// Columns, in order.
        columns: Vec<ColumnDef>,
        /// Indexes written with the columns or as constraints; an empty name lets the server choose.
        keys: Vec<KeyDef>,
        /// Named CHECK constraints.
        checks: Vec<CheckDef>,
    },
    /// DROP TABLE
    DropTable,
    /// RENAME TABLE … TO
    RenameTable(Arc<str>),
    /// ADD COLUMN, with what one statement adds together with it.
    AddColumn {
        /// The column.
        column: ColumnDef,
        /// Written with UNIQUE or PRIMARY KEY.
        key: Option<KeyKind>,
        /// `, ADD CONSTRAINT … FOREIGN KEY`
        foreign_key: Option<ForeignKeyDef>,
    },
    /// DROP COLUMN
    DropColumn(Arc<str>),
    /// ALTER COLUMN … SET DEFAULT
    SetDefault(Arc<str>, DefaultDef),
    /// ALTER COLUMN … DROP DEFAULT
    DropDefault(Arc<str>),
    /// RENAME COLUMN old TO new
    RenameColumn(Arc<str>, Arc<str>),
    /// CHANGE old (new definition), MODIFY when the names are equal.
    Modify {
        /// The name before.
        old: Arc<str>,
        /// The whole definition after.
        column: ColumnDef,
    },
    /// CREATE INDEX, ADD INDEX, ADD CONSTRAINT … UNIQUE, ADD PRIMARY KEY
    AddKey(KeyDef),
    /// DROP INDEX
    DropKey(Arc<str>),
    /// RENAME INDEX old TO new
    RenameKey(Arc<str>, Arc<str>),
    /// ADD CONSTRAINT … FOREIGN KEY
    AddForeignKey(ForeignKeyDef),
    /// DROP FOREIGN KEY
    DropForeignKey(Arc<str>),
    /// ADD CONSTRAINT … CHECK
    AddCheck(CheckDef),
    /// DROP CHECK, DROP CONSTRAINT of a check
    DropCheck(Arc<str>),
    /// COMMENT = '…' of the table
    TableComment,
    /// A null rebuild: `ENGINE=InnoDB`, `FORCE`.
    Rebuild,
    /// `CONVERT TO CHARACTER SET`
    ConvertCharset,
    /// `AUTO_INCREMENT = n`
    AutoIncrementValue,
    /// UPDATE or DELETE of rows without an index to find them.
    TouchRows,
    /// A statement that changes no schema.
    Nothing,
    /// A statement that is not understood: nothing is known of the table after it.
    Unknown,
}

impl ColumnDef {
    /// The declared length of a `varchar`.
    pub fn varchar_length(&self) -> Option<u64> {
        self.ty.strip_prefix("varchar(")?.strip_suffix(')')?.trim().parse().ok()
    }

    /// The type with synonyms resolved, for comparison. The display width of an integer is left out: it changes nothing
    /// that is stored.
    pub fn canonical_type(&self) -> String {
        let ty = self.ty.trim().to_lowercase().replace(", ", ",");
        let end = ty.find(|it: char| !it.is_ascii_alphabetic()).unwrap_or(ty.len());
        let (word, rest) = ty.split_at(end);
        let word = match word {
            "bool" | "boolean" => "tinyint",
            "integer" => "int",
            "numeric" => "decimal",
            word => word,
        };
        let rest = match rest.split_once(')') {
            Some((_, after)) if word.ends_with("int") => after,
            _ => rest.strip_prefix(" precision").filter(|_| word == "double").unwrap_or(rest),
        };
        format!("{word}{rest}")
    }

    /// True for types whose values stand outside the row: TEXT, BLOB and JSON.
    pub fn is_long(&self) -> bool {
        let ty = self.ty.as_str();
        ty.ends_with("text") || ty.ends_with("blob") || ty == "json"
    }
}
