//! What a server does with a statement: algorithm, lock, rebuild. The facts are `rules/facts/online_ddl.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use semver::Version;
use serde::Deserialize;

use super::server::{Flavour, Server};

/// The algorithm that the server picks when the statement names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// Only the data dictionary changes.
    Instant,
    /// InnoDB works in place; it may still rebuild the table.
    Inplace,
    /// The server copies every row into a new table.
    Copy,
}

/// The most permissive lock that the server accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Lock {
    /// Reads and writes go on.
    None,
    /// Reads go on, writes wait.
    Shared,
    /// Reads and writes wait.
    Exclusive,
}

/// What one server does with one statement shape.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour {
    /// `None` for a statement whose syntax takes no ALGORITHM.
    pub algorithm: Option<Algorithm>,
    /// `None` likewise.
    pub lock: Option<Lock>,
    /// Whether every row is written again.
    #[serde(default)]
    pub rebuild: bool,
    /// The error number with which the server refuses the statement.
    pub error: Option<u16>,
    /// Where the fact comes from: `measured`, `manual`, `measured on 9.7.4`, `inferred`.
    pub evidence: String,
}

impl Behaviour {
    /// Whether writes to the table wait until the statement is done (beside the short metadata lock that every ALTER takes).
    pub fn blocks_writes(&self) -> bool {
        matches!(self.lock, Some(Lock::Shared | Lock::Exclusive))
    }
}

/// A statement shape of the table.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    /// The statement, for people.
    statement: String,
    /// `mysql-8.0.12` to behaviour.
    #[serde(flatten)]
    servers: BTreeMap<String, Behaviour>,
}

/// Behaviours of a shape with the version from which each holds, newest first.
#[derive(Debug)]
struct Shape {
    statement: String,
    mysql: Vec<(Version, Behaviour)>,
    mariadb: Vec<(Version, Behaviour)>,
}

static SHAPES: LazyLock<BTreeMap<String, Shape>> = LazyLock::new(|| {
    let rows: BTreeMap<String, Row> =
        toml::from_str(include_str!("../../rules/facts/online_ddl.toml")).unwrap_or_default();
    rows.into_iter().map(|(name, row)| (name, shape(row))).collect()
});

fn shape(row: Row) -> Shape {
    let mut shape = Shape { statement: row.statement, mysql: Vec::new(), mariadb: Vec::new() };
    for (server, behaviour) in row.servers {
        if let Ok(server) = server.parse::<Server>() {
            let list = match server.flavour {
                Flavour::MySql => &mut shape.mysql,
                Flavour::MariaDb => &mut shape.mariadb,
            };
            list.push((server.version, behaviour));
        }
    }
    shape.mysql.sort_by(|a, b| b.0.cmp(&a.0));
    shape.mariadb.sort_by(|a, b| b.0.cmp(&a.0));
    shape
}

/// What `server` does with statements of the shape `name` (a table of `rules/facts/online_ddl.toml`); `None` when that is
/// not known. MariaDB 10.4 behaves as 10.5 does where the facts say nothing else, MySQL 5.7 is the oldest MySQL that the facts cover.
pub fn behaviour(name: &str, server: &Server) -> Option<&'static Behaviour> {
    let shape = SHAPES.get(name)?;
    let (list, floor) = match server.flavour {
        Flavour::MySql => (&shape.mysql, Version::new(5, 7, 0)),
        Flavour::MariaDb => (&shape.mariadb, Version::new(10, 4, 0)),
    };
    if server.version < floor {
        return None;
    }
    let at = list.iter().find(|(from, _)| *from <= server.version);
    let oldest = || list.last().filter(|_| server.is_mariadb());
    at.or_else(oldest).map(|(_, behaviour)| behaviour)
}

/// The shape `name` in words.
pub fn statement(name: &str) -> Option<&'static str> {
    SHAPES.get(name).map(|shape| shape.statement.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, server: &str) -> &'static Behaviour {
        behaviour(name, &server.parse().unwrap()).unwrap()
    }

    #[test]
    fn every_row_of_the_facts_is_read() {
        let rows: BTreeMap<String, Row> =
            toml::from_str(include_str!("../../rules/facts/online_ddl.toml")).unwrap();
        assert!(rows.len() > 60);
        for (name, row) in &rows {
            assert!(!row.statement.is_empty(), "{name}");
            for (server, behaviour) in &row.servers {
                assert!(server.parse::<Server>().is_ok(), "{name}: {server}");
                assert!(
                    behaviour.error.is_some() || behaviour.algorithm.is_some() == behaviour.lock.is_some(),
                    "{name}: {server}"
                );
            }
        }
        assert_eq!(rows.len(), SHAPES.len());
    }

    #[test]
    fn the_newest_fact_that_is_not_newer_than_the_server_holds() {
        assert_eq!(of("add-column", "mysql-5.7").algorithm, Some(Algorithm::Inplace));
        assert_eq!(of("add-column", "mysql-8.0.11").algorithm, Some(Algorithm::Inplace));
        assert_eq!(of("add-column", "mysql-8.0.12").algorithm, Some(Algorithm::Instant));
        assert_eq!(of("drop-column", "mysql-8.0.28").algorithm, Some(Algorithm::Inplace));
        assert_eq!(of("drop-column", "mysql-8.4").algorithm, Some(Algorithm::Instant));
        assert_eq!(of("add-foreign-key", "mariadb-10.4"), of("add-foreign-key", "mariadb-10.5"));
        assert!(of("add-foreign-key", "mysql-8.0.36").blocks_writes());
        assert!(!of("add-foreign-key", "mariadb-11.8").blocks_writes());
    }

    #[test]
    fn servers_older_than_the_facts_are_unknown() {
        for server in ["mysql-5.6.50", "mariadb-10.3.39"] {
            assert!(behaviour("add-column", &server.parse().unwrap()).is_none(), "{server}");
        }
        assert!(behaviour("no-such-shape", &"mysql-8.0.36".parse().unwrap()).is_none());
    }
}
