//! A `.sql` file: its statements, and whose SQL it is.

use std::sync::Arc;

use super::lexer::{Token, TokenKind};
use super::removed::foreign;
use super::splitter::{Script, Statement, split};
use super::words::{Words, significant};
use crate::source::{SourceText, Span};

/// A `.sql` file.
#[derive(Debug, Clone)]
pub struct SqlFile {
    /// Its text.
    pub text: Arc<SourceText>,
    /// Its statements and the faults of its form.
    pub script: Script,
    /// Significant tokens of each statement of the script, in the same order.
    tokens: Vec<Vec<Token>>,
    /// The product whose SQL it is, when that is neither MySQL nor MariaDB.
    pub foreign: Option<&'static str>,
    /// It was written by `mysqldump` or `mariadb-dump`, which drop what they create again.
    pub is_dump: bool,
}

/// Names of folders and parts of file names that say whose SQL a file holds.
const OTHERS: [(&str, &str); 11] = [
    ("postgres", "PostgreSQL"),
    ("postgresql", "PostgreSQL"),
    ("pgsql", "PostgreSQL"),
    ("pg", "PostgreSQL"),
    ("sqlite", "SQLite"),
    ("sqlite3", "SQLite"),
    ("sqlserver", "SQL Server"),
    ("mssql", "SQL Server"),
    ("oracle", "Oracle"),
    ("clickhouse", "ClickHouse"),
    ("hive", "Hive"),
];

impl SqlFile {
    /// Reads a file.
    pub fn new(text: Arc<SourceText>) -> Self {
        let script = split(&text.text);
        let tokens: Vec<Vec<Token>> = script.statements.iter().map(significant).collect();
        let is_dump = text
            .text
            .lines()
            .take(5)
            .any(|line| line.starts_with("-- MySQL dump") || line.starts_with("-- MariaDB dump"));
        let by_words = || tokens.iter().find_map(|tokens| foreign(Words { text: &text.text, tokens }));
        let foreign = by_path(&text.path).or_else(by_words);
        Self { foreign, is_dump, script, tokens, text }
    }

    /// Each statement with its significant tokens.
    pub fn statements(&self) -> impl Iterator<Item = (&Statement, Words<'_>)> {
        let words = |tokens| Words { text: &self.text.text, tokens };
        self.script.statements.iter().zip(self.tokens.iter().map(move |tokens| words(tokens)))
    }

    /// Name of the file.
    pub fn name(&self) -> &str {
        self.text.path.rsplit('/').next().unwrap_or(&self.text.path)
    }

    /// Its folder, relative to the scanned root.
    pub fn folder(&self) -> &str {
        self.text.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Whether it stands among tests: nobody runs it on a database that counts.
    pub fn is_of_tests(&self) -> bool {
        let words = ["test", "tests", "testdata", "fixtures", "testing"];
        self.folder().split('/').any(|folder| words.contains(&folder))
    }

    /// Comments of the whole text, for those who look for directives.
    pub fn comments(text: &str) -> Vec<Span> {
        let mut lexer = super::lexer::Lexer::new(text);
        let tokens = std::iter::from_fn(|| lexer.next_token());
        tokens.filter(|token| token.kind == TokenKind::Comment).map(|token| token.span).collect()
    }
}

fn by_path(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let stem = lower.strip_suffix(".sql").unwrap_or(&lower);
    let mut words = stem.split(['/', '_', '-', '.']);
    let found = words.find_map(|word| OTHERS.iter().find(|(known, _)| *known == word));
    // `0001_x_postgres_mysql.sql` is MySQL's.
    let is_mysql = stem.ends_with("mysql") || stem.ends_with("mariadb");
    found.filter(|_| !is_mysql).map(|(_, product)| *product)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> SqlFile {
        SqlFile::new(Arc::new(SourceText::decode_plain(path.into(), text.as_bytes()).unwrap()))
    }

    #[test]
    fn whose_sql_it_is() {
        assert_eq!(file("db/postgres/0001.sql", "SELECT 1;").foreign, Some("PostgreSQL"));
        assert_eq!(file("sql/pg.sql", "DO $$ BEGIN RAISE NOTICE ';'; END $$;").foreign, Some("PostgreSQL"));
        assert_eq!(file("sql/a.sql", "CREATE INDEX CONCURRENTLY i ON t (id);").foreign, Some("PostgreSQL"));
        assert_eq!(file("sql/0001_hive_20200101-0000_mysql.sql", "SELECT 1;").foreign, None);
    }

    #[test]
    fn a_byte_order_mark_and_a_dump() {
        let file = file("a.sql", "\u{feff}-- MySQL dump 10.13\nUSE shop;\n");
        assert!(file.is_dump);
        let (_, words) = file.statements().next().unwrap();
        assert!(words.is(0, "USE"));
    }
}
