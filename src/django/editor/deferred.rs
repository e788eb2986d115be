//! Statements that wait for the end of a migration, and follow what becomes of their table until then.
//!
//! Source: `django/db/backends/ddl_references.py` of Django 2.2 to 5.2.

use std::sync::Arc;

use crate::mysql::Features;
use crate::mysql::names::{index_name, quote_name};

/// A statement that waits.
#[derive(Debug, Clone)]
pub(super) enum Deferred {
    /// CREATE INDEX, or ADD CONSTRAINT … UNIQUE.
    Key(Key),
    /// ADD CONSTRAINT … FOREIGN KEY
    ForeignKey(ForeignKey),
    /// ADD CONSTRAINT … CHECK
    Check(Check),
}

/// An index or a unique constraint.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) table: Arc<str>,
    pub(super) columns: Vec<Arc<str>>,
    /// `DESC` per column.
    pub(super) descending: Vec<bool>,
    /// What stands between the parentheses, for an index on expressions.
    pub(super) expressions: Option<Expressions>,
    pub(super) name: KeyName,
    pub(super) unique: bool,
}

/// What an index is on, when that is not columns alone.
#[derive(Debug, Clone)]
pub(super) struct Expressions {
    /// The text between the parentheses of CREATE INDEX.
    pub(super) text: String,
    /// Whether the server has to compute any of it.
    pub(super) functional: bool,
}

impl Expressions {
    /// Follows a renamed column; texts in quotes stay as they are.
    fn rename_column(&mut self, old: &str, new: &str) {
        let (old, new) = (quote_name(old), quote_name(new));
        let mut out = String::with_capacity(self.text.len());
        let (mut rest, mut quoted) = (self.text.as_str(), false);
        while let Some(char) = rest.chars().next() {
            if !quoted && let Some(behind) = rest.strip_prefix(old.as_str()) {
                out.push_str(&new);
                rest = behind;
                continue;
            }
            let escaped = char == '\\' && quoted;
            let length = if escaped {
                1 + rest[1..].chars().next().map_or(0, char::len_utf8)
            } else {
                char.len_utf8()
            };
            quoted ^= char == '\'';
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
        self.text = out;
    }
}

/// The name of an index.
#[derive(Debug, Clone)]
pub(super) enum KeyName {
    /// It was given.
    Given(Arc<str>),
    /// Made of table, columns and this suffix.
    Made(&'static str),
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    pub(super) table: Arc<str>,
    pub(super) column: Arc<str>,
    pub(super) to_table: Arc<str>,
    pub(super) to_column: Arc<str>,
    /// Whether the name ends in the table and column that it refers to.
    pub(super) long_name: bool,
}

/// A check.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) table: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) columns: Vec<Arc<str>>,
    pub(super) condition: String,
}

impl Key {
    /// Its name.
    pub(super) fn name(&self) -> Arc<str> {
        match &self.name {
            KeyName::Given(name) => name.clone(),
            KeyName::Made(suffix) => {
                let columns: Vec<&str> = self.columns.iter().map(AsRef::as_ref).collect();
                index_name(&self.table, &columns, suffix).into()
            }
        }
    }

    /// Its columns as they are listed.
    pub(super) fn column_list(&self, features: Features) -> String {
        if let Some(expressions) = &self.expressions {
            return expressions.text.clone();
        }
        let mut out = String::new();
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            out.push_str(&quote_name(column));
            if self.descending.get(at) == Some(&true) {
                out.push_str(if features.index_direction_without_space { "DESC" } else { " DESC" });
            }
        }
        out
    }
}

impl ForeignKey {
    /// Its name.
    pub(super) fn name(&self) -> Arc<str> {
        let suffix = if self.long_name {
            format!("_fk_{}_{}", self.to_table, self.to_column)
        } else {
            "_fk".to_owned()
        };
        index_name(&self.table, &[&self.column], &suffix).into()
    }
}

impl Deferred {
    fn table(&mut self) -> &mut Arc<str> {
        match self {
            Self::Key(key) => &mut key.table,
            Self::ForeignKey(key) => &mut key.table,
            Self::Check(check) => &mut check.table,
        }
    }

    /// Whether it is about `table` or refers to it.
    pub(super) fn references_table(&self, table: &str) -> bool {
        match self {
            Self::Key(key) => key.table.as_ref() == table,
            Self::ForeignKey(key) => key.table.as_ref() == table || key.to_table.as_ref() == table,
            Self::Check(check) => check.table.as_ref() == table,
        }
    }

    /// Whether it is about `column` of `table` or refers to it.
    pub(super) fn references_column(&self, table: &str, column: &str) -> bool {
        match self {
            Self::Key(key) => {
                key.table.as_ref() == table && key.columns.iter().any(|name| name.as_ref() == column)
            }
            Self::ForeignKey(key) => {
                (key.table.as_ref() == table && key.column.as_ref() == column)
                    || (key.to_table.as_ref() == table && key.to_column.as_ref() == column)
            }
            Self::Check(_) => false,
        }
    }

    /// Whether it makes the index or constraint `name` of `table`.
    pub(super) fn references_index(&self, table: &str, name: &str) -> bool {
        match self {
            Self::Key(key) if key.unique && matches!(key.name, KeyName::Given(_)) => false,
            Self::Key(key) => key.table.as_ref() == table && key.name().as_ref() == name,
            Self::ForeignKey(key) => self.references_table(table) && key.name().as_ref() == name,
            Self::Check(_) => false,
        }
    }

    /// Follows a renamed table.
    pub(super) fn rename_table(&mut self, old: &str, new: &Arc<str>) {
        if self.table().as_ref() == old {
            *self.table() = new.clone();
        }
        if let Self::ForeignKey(key) = self
            && key.to_table.as_ref() == old
        {
            key.to_table = new.clone();
        }
    }

    /// Follows a renamed column.
    pub(super) fn rename_column(&mut self, table: &str, old: &str, new: &Arc<str>) {
        match self {
            Self::Key(key) if key.table.as_ref() == table => {
                for column in key.columns.iter_mut().filter(|column| column.as_ref() == old) {
                    *column = new.clone();
                }
                if let Some(expressions) = &mut key.expressions {
                    expressions.rename_column(old, new);
                }
            }
            Self::ForeignKey(key) => {
                if key.table.as_ref() == table && key.column.as_ref() == old {
                    key.column = new.clone();
                }
                if key.to_table.as_ref() == table && key.to_column.as_ref() == old {
                    key.to_column = new.clone();
                }
            }
            _ => {}
        }
    }
}
