//! Whether a statement still works with utf8mb4 in the place of utf8mb3: characters of four bytes make keys and rows
//! longer, and texts that are compared must have one character set.

use std::collections::BTreeMap;
use std::ops::Range;

use super::objects::{Act, object_statement};
use super::words::Words;

/// The longest key of InnoDB in its usual row formats.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/innodb-limits.html>
const MAX_KEY: u64 = 3072;
/// The longest row, text and blob columns aside.
/// Source: <https://dev.mysql.com/doc/refman/8.4/en/column-count-limit.html>
const MAX_ROW: u64 = 65_535;
/// Bytes of a character in utf8mb4.
const CHARACTER: u64 = 4;
/// More than a column that is no text of a given length takes in a row or a key (the pointer to a blob is 12 bytes).
const OTHER_COLUMN: u64 = 16;

/// Why the character set cannot be changed without looking further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// The statement changes a table whose columns and keys stand elsewhere.
    TableElsewhere,
    /// A foreign key on a text: the column it points at must have the same character set.
    ForeignKey(String),
    /// A key would be longer than the storage engine takes, or may be; holds its bytes.
    KeyTooLong(u64),
    /// The row would be longer than the server takes.
    RowTooLong(u64),
    /// A storage engine or row format with limits of its own; holds the word.
    OtherLimits(String),
    /// A statement that this program does not read as far as that.
    NotUnderstood,
}

/// Whether what the statement makes fits with characters of four bytes.
///
/// # Errors
/// What stands in the way.
pub fn fits_utf8mb4(words: Words<'_>) -> Result<(), Obstacle> {
    let Some(object) = object_statement(words) else {
        // `SET NAMES`, queries: nothing is stored under the character set.
        return if words.is_any(0, &["CREATE", "ALTER"]) { Err(Obstacle::NotUnderstood) } else { Ok(()) };
    };
    match (object.act, object.object) {
        (_, "DATABASE") => Ok(()),
        (Act::Create, "TABLE") => table(words),
        (Act::Alter, "TABLE") => Err(Obstacle::TableElsewhere),
        (Act::Create | Act::Alter, _) => Err(Obstacle::NotUnderstood),
        _ => Ok(()),
    }
}

/// `CREATE TABLE name (…) …`
fn table(words: Words<'_>) -> Result<(), Obstacle> {
    let Some((open, _)) = words.find("(") else { return Err(Obstacle::NotUnderstood) };
    let Some(definitions) = definitions(words, open) else { return Err(Obstacle::NotUnderstood) };
    let end = definitions.last().map_or(open, |last| last.end);
    // `CREATE TABLE a (LIKE b)`, `CREATE TABLE a (…) AS SELECT …`
    let of_others = ["SELECT", "LIKE"];
    if definitions.first().is_some_and(|first| words.is_any(first.start, &of_others))
        || (end..words.tokens.len()).any(|at| words.is_any(at, &of_others))
    {
        return Err(Obstacle::NotUnderstood);
    }
    let mut texts: BTreeMap<String, u64> = BTreeMap::new();
    let (mut row, mut keys): (u64, Vec<Range<usize>>) = (0, Vec::new());
    let mut longest = 0;
    for definition in definitions {
        let at = definition.start;
        if is_key(words, at) {
            keys.push(definition);
            continue;
        }
        match characters(words, &definition)? {
            Some(characters) => {
                let bytes = characters * CHARACTER + 2;
                row += bytes;
                let inline =
                    (at + 1..definition.end).any(|at| words.is_any(at, &["UNIQUE", "PRIMARY", "KEY"]));
                longest = longest.max(if inline { bytes } else { 0 });
                if (at + 1..definition.end).any(|at| words.is(at, "REFERENCES")) {
                    return Err(Obstacle::ForeignKey(words.bare(at)));
                }
                texts.insert(words.bare(at).to_ascii_lowercase(), characters);
            }
            None => row += OTHER_COLUMN,
        }
    }
    for key in keys {
        longest = longest.max(bytes_of_key(words, key, &texts)?);
    }
    let other = ["COMPACT", "REDUNDANT", "COMPRESSED", "MYISAM", "MEMORY", "ARIA", "TOKUDB", "ROCKSDB"];
    if let Some(at) =
        (end..words.tokens.len()).find(|at| words.is_any(*at, &other)).filter(|_| !texts.is_empty())
    {
        return Err(Obstacle::OtherLimits(words.bare(at)));
    }
    if longest > MAX_KEY {
        return Err(Obstacle::KeyTooLong(longest));
    }
    if row > MAX_ROW { Err(Obstacle::RowTooLong(row)) } else { Ok(()) }
}

/// What stands between the commas of a list that opens at `open`; `None` when it does not close.
fn definitions(words: Words<'_>, open: usize) -> Option<Vec<Range<usize>>> {
    let (mut out, mut depth, mut start) = (Vec::new(), 0usize, open + 1);
    for at in open..words.tokens.len() {
        if words.is_punct(at, b'(') {
            depth += 1;
        } else if words.is_punct(at, b')') {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 || (depth == 1 && words.is_punct(at, b',')) {
            out.push(start..at);
            start = at + 1;
        }
        if depth == 0 {
            return Some(out);
        }
    }
    None
}

/// Whether a definition is a key or a check and no column.
fn is_key(words: Words<'_>, at: usize) -> bool {
    let heads =
        ["PRIMARY", "UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"];
    words.is_any(at, &heads)
}

/// The length of a column of text, in characters; `None` for other columns.
fn characters(words: Words<'_>, column: &Range<usize>) -> Result<Option<u64>, Obstacle> {
    let at = column.start + 1;
    if words.is_any(at, &["NATIONAL", "NCHAR", "NVARCHAR", "CHARACTER"]) {
        return Err(Obstacle::NotUnderstood);
    }
    if !words.is_any(at, &["VARCHAR", "CHAR"]) {
        return Ok(None);
    }
    if !words.is_punct(at + 1, b'(') {
        return Ok(Some(1));
    }
    words.word(at + 2).parse().map(Some).map_err(|_| Obstacle::NotUnderstood)
}

/// The bytes of a key.
fn bytes_of_key(words: Words<'_>, key: Range<usize>, texts: &BTreeMap<String, u64>) -> Result<u64, Obstacle> {
    let has = |word: &str| key.clone().find(|at| words.is(*at, word));
    if has("CHECK").is_some() || words.is_any(key.start, &["FULLTEXT", "SPATIAL"]) {
        return Ok(0);
    }
    let Some(open) = key.clone().find(|at| words.is_punct(*at, b'(')) else {
        return Err(Obstacle::NotUnderstood);
    };
    let parts = definitions(words, open).ok_or(Obstacle::NotUnderstood)?;
    let mut bytes = 0;
    for part in parts {
        let name = words.bare(part.start);
        let whole = texts.get(&name.to_ascii_lowercase()).copied();
        if has("FOREIGN").is_some() && whole.is_some() {
            return Err(Obstacle::ForeignKey(name));
        }
        // `name(20)`: a part of a text, be it one without a length.
        let prefix = match words.is_punct(part.start + 1, b'(') {
            true => Some(words.word(part.start + 2).parse::<u64>().map_err(|_| Obstacle::NotUnderstood)?),
            false => None,
        };
        bytes += prefix.or(whole).map_or(OTHER_COLUMN, |characters| characters * CHARACTER + 2);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    fn fits(text: &str) -> Result<(), Obstacle> {
        let script = split(text);
        let tokens = significant(&script.statements[0]);
        fits_utf8mb4(Words { text, tokens: &tokens })
    }

    #[test]
    fn keys_rows_and_foreign_keys_decide() {
        let ok = Ok(());
        assert_eq!(fits("CREATE DATABASE a CHARACTER SET utf8"), ok);
        assert_eq!(fits("SET NAMES utf8"), ok);
        assert_eq!(
            fits("CREATE TABLE t (id int PRIMARY KEY, `name` varchar(255) UNIQUE, KEY k (name, id))"),
            ok
        );
        assert_eq!(fits("CREATE TABLE t (a varchar(1000), b text, KEY k (a(191), `b`(191)))"), ok);
        assert_eq!(fits("CREATE TABLE t (a varchar(1000), KEY k (a))"), Err(Obstacle::KeyTooLong(4002)));
        assert_eq!(
            fits("CREATE TABLE t (a varchar(1000) NOT NULL PRIMARY KEY)"),
            Err(Obstacle::KeyTooLong(4002))
        );
        assert_eq!(
            fits("CREATE TABLE t (a varchar(400), b varchar(400), UNIQUE KEY (a, b))"),
            Err(Obstacle::KeyTooLong(3204))
        );
        assert_eq!(fits("CREATE TABLE t (a varchar(20000), b int)"), Err(Obstacle::RowTooLong(80_018)));
        let foreign = "CREATE TABLE t (a varchar(9), CONSTRAINT f FOREIGN KEY (a) REFERENCES u (b))";
        assert_eq!(fits(foreign), Err(Obstacle::ForeignKey("a".to_owned())));
        let foreign = "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (b))";
        assert_eq!(fits(foreign), ok);
        assert_eq!(
            fits("CREATE TABLE t (a varchar(9)) ENGINE=MyISAM"),
            Err(Obstacle::OtherLimits("MyISAM".to_owned()))
        );
        assert_eq!(fits("ALTER TABLE t CONVERT TO CHARACTER SET utf8"), Err(Obstacle::TableElsewhere));
        assert_eq!(fits("CREATE TABLE t LIKE u"), Err(Obstacle::NotUnderstood));
        assert_eq!(fits("CREATE TABLE t (a char(3)) AS SELECT 1"), Err(Obstacle::NotUnderstood));
        assert_eq!(fits("CREATE PROCEDURE p() BEGIN SET NAMES utf8; END"), Err(Obstacle::NotUnderstood));
    }
}
