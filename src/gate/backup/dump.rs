//! SQL dumps of mysqldump and mariadb-dump, read as a stream: what they say of themselves, and which tables they hold.
//!
//! Source: the dumps of MySQL 9.7 and MariaDB 10.11, and the option `--skip-comments` of both, which leaves header and
//! trailer out.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::trouble::Asked;
use super::container::{Container, broken};
use super::{Integrity, damaged};

/// Bytes of a line that are looked at; rows may be megabytes.
const HEAD: usize = 2048;
/// Largest text that is read as a whole, in bytes, unpacked: an export of JSON, the metadata of a dump.
const LARGEST_TEXT: u64 = 64 << 20;
/// Most tables of a dump; a text made to fill the memory has more.
const MOST_TABLES: usize = 1_000_000;

/// What a dump says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpFacts {
    /// `mysqldump`, `mariadb-dump`, `mydumper`; empty when the dump does not say it.
    pub tool: String,
    /// It was made by a client of MariaDB.
    pub mariadb: bool,
    /// Version of the server that it was taken from.
    pub server_version: String,
    /// Whether the trailer is there; none when the dump has no comments, so that nothing can be said.
    pub complete: Option<bool>,
    /// Local time of the trailer.
    pub finished_at: Option<String>,
    /// Tables by database; the name is empty when the dump does not name it.
    pub databases: BTreeMap<String, BTreeMap<String, DumpedTable>>,
    /// It chooses databases itself (`USE`, `CREATE DATABASE`), so that a restore cannot be sent elsewhere.
    pub names_databases: bool,
    /// It sets `GTID_PURGED`.
    pub gtid_purged: bool,
    /// The sandbox line: the form that every client reads, or the one of 2024 that MySQL's clients refuse.
    pub sandbox: Option<Sandbox>,
    /// Collations that only MySQL 8 has.
    pub mysql8_collations: bool,
    /// Collations that only MariaDB has.
    pub mariadb_collations: bool,
    /// Binary log position that was noted.
    pub position: Option<String>,
    /// It was written with accounts in it (`CREATE USER`, `GRANT`).
    pub has_accounts: bool,
    /// A fault of the text: zero bytes, a statement that does not end.
    pub fault: Option<String>,
    /// Lines after the trailer that do not belong there.
    pub after_trailer: bool,
}

/// The line `enable the sandbox mode` of MariaDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sandbox {
    /// `/*M!999999\- …*/`.
    Readable,
    /// `/*!999999\- …*/`.
    Refused,
}

/// A table of a dump.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpedTable {
    /// It is created.
    pub created: bool,
    /// It is dropped before.
    pub dropped: bool,
    /// It gets rows.
    pub rows: bool,
}

/// Reads a dump.
///
/// # Errors
/// When the file cannot be read, its container is damaged, or it is no dump.
pub fn read_file(path: &Path) -> Asked<(DumpFacts, Integrity)> {
    let mut reader = BufReader::with_capacity(256 * 1024, Container::open(path)?);
    let facts = read(&mut reader)?;
    Ok((facts, reader.get_ref().integrity()))
}

/// Reads the text of a dump.
///
/// # Errors
/// When it cannot be read to its end, or is empty.
pub fn read(reader: &mut impl BufRead) -> Asked<DumpFacts> {
    let mut scanner = Scanner::default();
    let mut line = Line::default();
    while line.next(reader).map_err(|error| broken(&error))? {
        scanner.line(&line);
    }
    scanner.finish()
}

/// One line: its beginning, its last byte.
#[derive(Default)]
struct Line {
    head: Vec<u8>,
    length: u64,
    last: u8,
    has_zero: bool,
    ended: bool,
}

impl Line {
    /// The next line; false at the end.
    fn next(&mut self, reader: &mut impl BufRead) -> std::io::Result<bool> {
        self.head.clear();
        (self.length, self.last, self.has_zero, self.ended) = (0, 0, false, false);
        loop {
            let buffer = match reader.fill_buf() {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                return Ok(self.length > 0);
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = HEAD.saturating_sub(self.head.len());
            self.head.extend(part.iter().take(room));
            self.has_zero |= memchr::memchr(0, part).is_some();
            if let Some(last) = part.iter().rev().find(|byte| **byte != b'\r') {
                self.last = *last;
            }
            self.length += part.len() as u64;
            let used = part.len() + usize::from(end.is_some());
            reader.consume(used);
            if end.is_some() {
                self.ended = true;
                self.length += 1;
                return Ok(true);
            }
        }
    }
}

#[derive(Default)]
struct Scanner {
    facts: DumpFacts,
    /// Database at hand.
    current: String,
    /// `-- Host: …    Database: x`.
    header_database: Option<String>,
    /// Comments are there at all.
    has_comments: bool,
    /// Statements end with another delimiter: the body of a routine, whose lines mean nothing here.
    in_routine: bool,
    trailer: bool,
    lines: u64,
    /// A statement of several lines is open: rows.
    open_insert: bool,
    /// Names that were noted: a table is dropped, created and filled.
    names: usize,
}

impl Scanner {
    fn line(&mut self, line: &Line) {
        self.lines += 1;
        let head = String::from_utf8_lossy(&line.head);
        let text = head.trim();
        if line.has_zero && self.facts.fault.is_none() {
            self.facts.fault = Some(format!("line {} holds zero bytes", self.lines));
        }
        if self.open_insert {
            // Rows may stand on lines of their own.
            self.open_insert = line.last != b';';
            return;
        }
        if let Some(delimiter) = text.strip_prefix("DELIMITER ") {
            self.in_routine = delimiter.trim() != ";";
            return;
        }
        if self.in_routine || text.is_empty() {
            return;
        }
        if let Some(comment) = text.strip_prefix("-- ") {
            return self.comment(comment);
        }
        if text == "--" {
            return;
        }
        if self.trailer {
            let upper = text.to_uppercase();
            let accounts = ["CREATE USER", "GRANT ", "ALTER USER", "SET DEFAULT ROLE", "SHOW ", "'"];
            // The backup that BlueKing documents appends the accounts to the dump.
            if accounts.iter().any(|word| upper.starts_with(word)) {
                self.facts.has_accounts = true;
            } else if !text.starts_with("/*") && !upper.starts_with("SET ") {
                self.facts.after_trailer = true;
            }
            return;
        }
        self.statement(text, line);
    }

    fn comment(&mut self, text: &str) {
        self.has_comments = true;
        let facts = &mut self.facts;
        if text.starts_with("MySQL dump") || text.starts_with("MariaDB dump") || text.contains(" Distrib ") {
            facts.mariadb = text.contains("MariaDB");
            facts.tool = if facts.mariadb { "mariadb-dump" } else { "mysqldump" }.to_owned();
        } else if let Some(rest) = text.strip_prefix("Server version") {
            facts.server_version = rest.trim().to_owned();
        } else if text.starts_with("Host: ") {
            let name = text.split_once("Database:").map(|(_, name)| name.trim().to_owned());
            self.header_database = name.filter(|name| !name.is_empty());
        } else if let Some(rest) = text.strip_prefix("Current Database: ") {
            self.current = unquoted(rest).unwrap_or_default();
        } else if let Some(rest) = text.strip_prefix("Dump completed") {
            self.trailer = true;
            facts.complete = Some(true);
            facts.finished_at = rest.strip_prefix(" on ").map(|at| at.trim().to_owned());
        } else if let Some(rest) = text
            .strip_prefix("CHANGE MASTER TO ")
            .or_else(|| text.strip_prefix("CHANGE REPLICATION SOURCE TO "))
        {
            facts.position = Some(rest.trim_end_matches(';').to_owned());
        }
    }

    fn statement(&mut self, text: &str, line: &Line) {
        // A conditional comment with the sandbox line is none of a statement.
        if text.contains("enable the sandbox mode") {
            let readable = text.starts_with("/*M!999999");
            self.facts.sandbox = Some(if readable { Sandbox::Readable } else { Sandbox::Refused });
            self.facts.mariadb = true;
            return;
        }
        let text =
            text.trim_start_matches("/*!").trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let upper: String = text.chars().take(64).collect::<String>().to_uppercase();
        if upper.contains("GTID_PURGED") {
            self.facts.gtid_purged = true;
        } else if upper.starts_with("CREATE DATABASE")
            || upper.starts_with("CREATE SCHEMA")
            || upper.starts_with("USE ")
        {
            self.facts.names_databases = true;
            if let Some(name) = unquoted(text) {
                self.current = name;
            }
            self.database();
        } else if upper.starts_with("DROP TABLE") {
            self.note(text, |table| table.dropped = true);
        } else if upper.starts_with("CREATE TABLE") {
            self.note(text, |table| table.created = true);
        } else if upper.starts_with("INSERT ") || upper.starts_with("REPLACE ") {
            self.note(text, |table| table.rows = true);
            let ends = line.last == b';';
            // One row per line: the first line ends with VALUES or a comma.
            self.open_insert = !ends && (line.last == b',' || text.to_uppercase().ends_with("VALUES"));
            if !ends && !self.open_insert && self.facts.fault.is_none() {
                self.facts.fault = Some(format!("line {}: a statement that does not end", self.lines));
            }
        } else if upper.starts_with("CREATE USER") || upper.starts_with("GRANT ") {
            self.facts.has_accounts = true;
        } else if upper.starts_with(") ENGINE") {
            self.facts.mysql8_collations |= text.contains("utf8mb4_0900_");
            self.facts.mariadb_collations |= text.contains("uca1400");
        }
    }

    fn database(&mut self) {
        self.facts.databases.entry(self.current.clone()).or_default();
    }

    /// Notes something of the table whose name is the first in backticks; `` `db`.`table` `` names both.
    fn note(&mut self, text: &str, set: impl FnOnce(&mut DumpedTable)) {
        let Some(first) = unquoted(text) else { return };
        let rest = text.split_once('`').and_then(|(_, rest)| rest.split_once('`')).map(|(_, rest)| rest);
        let second = rest.and_then(|rest| rest.strip_prefix('.')).and_then(unquoted);
        let (database, table) = match second {
            Some(table) => (first, table),
            None => (self.current.clone(), first),
        };
        self.names += 1;
        if self.names > 3 * MOST_TABLES {
            let said = || {
                format!("more than {MOST_TABLES} tables; those after line {} are not looked at", self.lines)
            };
            self.facts.fault.get_or_insert_with(said);
            return;
        }
        set(self.facts.databases.entry(database).or_default().entry(table).or_default());
    }

    fn finish(mut self) -> Asked<DumpFacts> {
        if self.lines == 0 {
            return Err(damaged("the dump is empty"));
        }
        if !self.has_comments && self.facts.databases.is_empty() {
            return Err(damaged("this is no SQL dump"));
        }
        if self.open_insert && self.facts.fault.is_none() {
            self.facts.fault = Some("the last statement does not end".to_owned());
        }
        let facts = &mut self.facts;
        if facts.complete.is_none() && self.has_comments && !facts.tool.is_empty() {
            facts.complete = Some(false);
        }
        // A dump of one database names it only in its header.
        if let Some(name) = self.header_database
            && !facts.names_databases
        {
            let tables = facts.databases.remove("").unwrap_or_default();
            facts.databases.entry(name).or_default().extend(tables);
        }
        Ok(self.facts)
    }
}

/// The first name in backticks.
fn unquoted(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('`')?;
    let mut out = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' if chars.peek() == Some(&'`') => {
                out.push('`');
                chars.next();
            }
            '`' => return Some(out),
            c => out.push(c),
        }
    }
    None
}

/// Reads a small text to its end.
///
/// # Errors
/// When it cannot be read, or is larger than [`LARGEST_TEXT`].
pub(crate) fn text(path: &Path) -> Asked<String> {
    let mut container = Container::open(path)?;
    let mut bytes = Vec::new();
    container.by_ref().take(LARGEST_TEXT + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
    if bytes.len() as u64 > LARGEST_TEXT {
        // The beginning would look like the whole.
        return Err(damaged(format!("it holds more than {LARGEST_TEXT} bytes, and is not read")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> DumpFacts {
        read(&mut text.as_bytes()).unwrap()
    }

    const DUMP: &str = "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n--\n\
        -- Host: localhost    Database: bk`log\n-- ------\n-- Server version\t10.11.19-MariaDB\n\nDROP TABLE IF EXISTS `a`;\n\
        CREATE TABLE `a` (\n  `id` int(11) NOT NULL\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;\n\
        INSERT INTO `a` VALUES\n(1),\n(2);\nDELIMITER ;;\nCREATE TABLE `no` ;;\nDELIMITER ;\n-- Dump completed on 2026-11-22 10:26:37\n";

    #[test]
    fn a_dump_tells_what_it_holds() {
        let facts = facts(DUMP);
        assert_eq!(
            (facts.tool.as_str(), facts.complete, facts.sandbox),
            ("mariadb-dump", Some(true), Some(Sandbox::Readable))
        );
        assert_eq!(facts.finished_at.as_deref(), Some("2026-11-22 10:26:37"));
        let table = DumpedTable { created: true, dropped: true, rows: true };
        assert_eq!(facts.databases, [("bk`log".to_owned(), [("a".to_owned(), table)].into())].into());
        assert!(!facts.names_databases && !facts.after_trailer && facts.fault.is_none());
    }

    #[test]
    fn accounts_may_stand_after_the_trailer_and_nothing_else() {
        let with = |tail: &str| facts(&format!("{DUMP}{tail}"));
        let accounts =
            with("CREATE USER 'x'@'%' IDENTIFIED WITH 'y' AS 'z';\nGRANT ALL ON *.* TO 'x'@'%';\n");
        assert!(accounts.has_accounts && !accounts.after_trailer);
        assert!(with("INSERT INTO `a` VALUES (3);\n").after_trailer);
    }

    #[test]
    fn without_comments_nothing_can_be_said_of_the_end() {
        assert_eq!(facts("CREATE TABLE `a` (\n  `id` int\n);\nINSERT INTO `a` VALUES (1);\n").complete, None);
        let cut = DUMP.split("-- Dump").next().unwrap();
        assert_eq!(facts(cut).complete, Some(false));
        assert!(
            facts("-- MySQL dump 10.13  Distrib 8.0.36, for Linux\nINSERT INTO `a` VALUES (1,'x")
                .fault
                .is_some()
        );
        assert!(
            facts("-- MySQL dump 10.13  Distrib 8.0.36, for Linux\nINSERT INTO `a` VALUES (1,'\0');\n")
                .fault
                .is_some()
        );
    }
}
