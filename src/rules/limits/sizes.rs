//! How many bytes columns take.

use crate::django::state::{Field, ProjectState};
use crate::mysql::Features;

/// How many columns an InnoDB table takes.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html>
pub(super) const MAX_COLUMNS: usize = 1017;

/// The longest key of InnoDB in its usual row formats.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html>
pub(super) const MAX_KEY: u64 = 3072;
/// The longest row, text and blob columns aside.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/column-count-limit.html>
pub(super) const MAX_ROW: u64 = 65535;

/// The size of a column: bytes, and characters whose bytes depend on the character set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    fixed: u64,
    characters: u64,
}

impl Size {
    /// The bytes, with so many for a character.
    pub(super) fn bytes(self, of_character: u64) -> u64 {
        self.fixed + self.characters * of_character
    }
}

/// The bytes of a column in a key; `None` for a type that is not known, or cannot be in one as a whole.
pub(super) fn size_in_key(state: &ProjectState, field: &Field, features: &Features) -> Option<Size> {
    let text = state.db_type(field, features).ok()??;
    match size_of(&text)? {
        Size { fixed, characters: 0 } => Some(Size { fixed, characters: 0 }),
        Size { characters, .. } => Some(Size { fixed: 0, characters }),
    }
}

/// The bytes of a column in a row: its value, or the pointer to it, and its length.
pub(super) fn size_in_row(state: &ProjectState, field: &Field, features: &Features) -> Option<Size> {
    let Some(text) = state.db_type(field, features).ok()? else {
        return Some(Size { fixed: 0, characters: 0 });
    };
    let pointer = ["longtext", "longblob", "json"].iter().any(|name| text.starts_with(name));
    if pointer { Some(Size { fixed: 12, characters: 0 }) } else { size_of(&text) }
}

/// Bytes by type, from the manual's "Data Type Storage Requirements".
fn size_of(text: &str) -> Option<Size> {
    let name = text.split(['(', ' ']).next().unwrap_or_default();
    let number = || {
        text.split_once('(').and_then(|(_, rest)| rest.split([')', ',']).next()?.trim().parse::<u64>().ok())
    };
    let fixed = |fixed: u64| Some(Size { fixed, characters: 0 });
    match name {
        "varchar" => Some(Size { fixed: 2, characters: number()? }),
        "char" => Some(Size { fixed: 0, characters: number()? }),
        "bool" | "tinyint" => fixed(1),
        "smallint" => fixed(2),
        "integer" | "int" => fixed(4),
        "bigint" | "double" => fixed(8),
        "date" => fixed(3),
        "datetime" => fixed(8),
        "time" => fixed(6),
        "numeric" => fixed(number()? / 2 + 1),
        "uuid" => fixed(16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_by_type() {
        let bytes = |text: &str| size_of(text).map(|size| size.bytes(4));
        assert_eq!(bytes("varchar(255)"), Some(1022));
        assert_eq!(bytes("char(32)"), Some(128));
        assert_eq!(bytes("bool"), Some(1));
        assert_eq!(bytes("smallint UNSIGNED"), Some(2));
        assert_eq!(bytes("integer UNSIGNED"), Some(4));
        assert_eq!(bytes("bigint"), Some(8));
        assert_eq!(bytes("double precision"), Some(8));
        assert_eq!(bytes("date"), Some(3));
        assert_eq!(bytes("datetime(6)"), Some(8));
        assert_eq!(bytes("time(6)"), Some(6));
        assert_eq!(bytes("numeric(10, 2)"), Some(6));
        assert_eq!(bytes("numeric(11, 2)"), Some(6));
        assert_eq!(bytes("uuid"), Some(16));
        assert_eq!(bytes("longtext"), None);
    }
}
