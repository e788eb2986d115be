//! Which Python, database server and driver each feature release of Django takes: `rules/facts/compatibility.toml`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::OnceLock;

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;

use super::facts::specifiers;
use crate::findings::Bilingual;

const FACTS: &str = include_str!("../../rules/facts/compatibility.toml");

/// A feature release of Django.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Release {
    /// `4.2`.
    pub version: String,
    /// With long-term support.
    pub lts: bool,
    /// Day of the first release, YYYY-MM-DD.
    pub released: String,
    /// What pip enforces.
    #[serde(default = "VersionSpecifiers::empty", deserialize_with = "specifiers")]
    pub requires_python: VersionSpecifiers,
    /// Pythons that the documentation names.
    pub pythons: Vec<String>,
    /// The patch release from which on it does, for those that came later.
    #[serde(default)]
    pub python_since: BTreeMap<String, Version>,
    /// Oldest MySQL.
    pub mysql: Version,
    /// Oldest MariaDB; `None` where the documentation names none.
    pub mariadb: Option<Version>,
    /// Whether Django refuses to connect to an older server.
    pub server_enforced: bool,
    /// Oldest mysqlclient that the backend imports.
    pub mysqlclient: Version,
    /// Newest release seen.
    pub latest: Version,
    /// Month in which security fixes end, YYYY-MM.
    pub support_end: Option<String>,
}

/// Something that needs a newer MySQL than Django's lowered floor.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NeedsMysql8 {
    what: String,
    what_zh: String,
    #[serde(deserialize_with = "specifiers")]
    mysql: VersionSpecifiers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Presents {
    #[serde(deserialize_with = "specifiers")]
    versions: VersionSpecifiers,
    mysqlclient: Version,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    django: Vec<Release>,
    presents: Vec<Presents>,
    mysql8: Vec<NeedsMysql8>,
}

fn file() -> &'static File {
    static TABLE: OnceLock<File> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/compatibility.toml is well formed")
    })
}

/// All feature releases that the table knows, oldest first.
pub fn releases() -> &'static [Release] {
    &file().django
}

/// The row of the feature release `major.minor`.
pub fn release((major, minor): (u64, u64)) -> Option<&'static Release> {
    let wanted = format!("{major}.{minor}");
    releases().iter().find(|release| release.version == wanted)
}

/// Which version of mysqlclient this PyMySQL presents to Django; `None` for one that was not looked at.
pub fn presented_by_pymysql(version: &Version) -> Option<&'static Version> {
    let row = file().presents.iter().find(|row| row.versions.contains(version))?;
    Some(&row.mysqlclient)
}

/// The first PyMySQL, as a range, that presents at least `floor`.
pub fn pymysql_presenting(floor: &Version) -> Option<&'static VersionSpecifiers> {
    file().presents.iter().find(|row| row.mysqlclient >= *floor).map(|row| &row.versions)
}

impl Release {
    /// The documented Pythons as a range for people: `3.8 to 3.12`.
    pub fn python_range(&self) -> Bilingual {
        match (self.pythons.first(), self.pythons.last()) {
            (Some(first), Some(last)) if first != last => {
                Bilingual::new(format!("{first} to {last}"), format!("{first} 至 {last}"))
            }
            (first, _) => {
                let only = first.map(String::as_str).unwrap_or_default();
                Bilingual::new(only, only)
            }
        }
    }
}

/// What does not work on a server of this version although Django's floor was lowered to it.
pub fn missing_on_mysql(version: &Version) -> Vec<Bilingual> {
    let missing = file().mysql8.iter().filter(|row| !row.mysql.contains(version));
    missing.map(|row| Bilingual::new(&row.what, &row.what_zh)).collect()
}

/// A version from its numbers.
pub fn version(text: &str) -> Option<Version> {
    Version::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_read_and_sorted() {
        let versions: Vec<Version> =
            releases().iter().map(|release| Version::from_str(&release.version).unwrap()).collect();
        assert!(versions.is_sorted() && versions.len() == 15, "{versions:?}");
        let release = release((4, 2)).unwrap();
        assert_eq!(release.python_range().en, "3.8 to 3.12");
        assert_eq!(release.python_since["3.12"].to_string(), "4.2.8");
        assert!(release.server_enforced && release.lts);
    }

    #[test]
    fn pymysql_presents_what_was_measured() {
        let presents =
            |text: &str| presented_by_pymysql(&Version::from_str(text).unwrap()).map(ToString::to_string);
        assert_eq!(presents("1.1.1").as_deref(), Some("1.4.6"));
        assert_eq!(presents("1.2.4").as_deref(), Some("2.2.8"));
        assert_eq!(presents("0.7.0"), None);
    }

    #[test]
    fn an_old_mysql_lacks_what_8_0_brought() {
        assert_eq!(missing_on_mysql(&Version::new([5, 7])).len(), 5);
        assert!(missing_on_mysql(&Version::new([8, 0, 36])).is_empty());
    }
}
