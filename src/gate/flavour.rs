//! Which server speaks MySQL's protocol, and which version it is: `rules/facts/server_flavours.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::findings::{Bilingual, Severity};
use crate::mysql::Flavour as Family;

const FACTS: &str = include_str!("../../rules/facts/server_flavours.toml");

/// The table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table {
    /// MySQL from which on nothing is missing.
    pub recommended_mysql: String,
    /// The same of MariaDB.
    pub recommended_mariadb: String,
    /// Where these come from.
    pub source: String,
    /// Rights that migrations use.
    pub migration_rights: Vec<String>,
    flavour: Vec<Flavour>,
}

/// A kind of server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Flavour {
    /// Name for people.
    pub name: String,
    holds: Option<String>,
    comment: Option<String>,
    family: String,
    /// How bad it is to upgrade on it.
    pub severity: Option<Severity>,
    what: Option<String>,
    what_zh: Option<String>,
    /// How it is known.
    pub evidence: String,
}

impl Flavour {
    /// What Django takes it for.
    pub fn family(&self) -> Family {
        if self.family == "mariadb" { Family::MariaDb } else { Family::MySql }
    }

    /// What is special about it.
    pub fn what(&self) -> Option<Bilingual> {
        Some(Bilingual::new(self.what.clone()?, self.what_zh.clone()?))
    }
}

/// The table.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/server_flavours.toml is well formed")
    })
}

/// The flavour of a server by `VERSION()` and `@@version_comment`.
pub fn flavour(version: &str, comment: &str) -> Option<&'static Flavour> {
    let (version, comment) = (version.to_lowercase(), comment.to_lowercase());
    table().flavour.iter().find(|row| match (&row.holds, &row.comment) {
        (Some(holds), _) => version.contains(holds),
        (None, Some(holds)) => comment.contains(holds),
        (None, None) => true,
    })
}

/// The numbers of `VERSION()` as Django compares them: the first three, with the prefix that MariaDB puts before its own
/// for old replicas taken off. Nothing behind them counts: `9.7.4-2` is no pre-release of 9.7.4.
pub fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let start = version.find(|c: char| c.is_ascii_digit())?;
    let digits = version.get(start..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let parts: Vec<u64> = digits.get(..end)?.split('.').take(3).map_while(|part| part.parse().ok()).collect();
    (parts.len() >= 2).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_by_what_they_say() {
        let cases = [
            ("10.11.19-MariaDB-0+deb12u1-log", "Debian 12", "MariaDB", vec![10, 11, 19]),
            ("5.5.5-10.11.19-MariaDB", "", "MariaDB", vec![10, 11, 19]),
            ("11.8.9-MariaDB-4 from Debian", "-- Please help get to 10k stars", "MariaDB", vec![11, 8, 9]),
            ("9.7.4-2", "(Debian)", "MySQL", vec![9, 7, 4]),
            ("8.0.36", "MySQL Community Server - GPL", "MySQL", vec![8, 0, 36]),
            ("5.7.32-35-log", "Percona Server (GPL), Release 35", "Percona Server", vec![5, 7, 32]),
            ("5.7.18-txsql-log", "", "TXSQL", vec![5, 7, 18]),
            ("5.7.20-tmysql-3.4.2-log", "", "tmysql", vec![5, 7, 20]),
            ("mariadb-10.3.7-MariaDB-tspider-3.4.5", "", "TenDB Spider", vec![10, 3, 7]),
            ("8.0.11-TiDB-v8.5.3", "TiDB Server", "TiDB", vec![8, 0, 11]),
            ("5.7.25-OceanBase_CE-v4.4.2.1", "", "OceanBase", vec![5, 7, 25]),
            ("5.6.25-OBProxy-3.2.0", "", "OceanBase proxy", vec![5, 6, 25]),
            ("8.0.mysql_aurora.3.04.0", "", "Aurora MySQL", vec![8, 0]),
        ];
        for (version, comment, name, wanted) in cases {
            assert_eq!(flavour(version, comment).unwrap().name, name, "{version}");
            assert_eq!(numbers(version), Some(wanted), "{version}");
        }
        assert_eq!(numbers("unknown"), None);
    }
}
