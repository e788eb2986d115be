//! A database server by flavour and version, as `--server` and `[database] server` name it.

use std::fmt;
use std::str::FromStr;

use semver::Version;

/// The two families whose behaviour differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavour {
    /// MySQL, and what is built from it (Percona Server).
    MySql,
    /// MariaDB.
    MariaDb,
}

impl Flavour {
    /// `mysql` or `mariadb`.
    pub fn key(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::MariaDb => "mariadb",
        }
    }
}

/// A server: flavour and version. A version given in part (`8.4`) is the first of its series, patch 0.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Server {
    /// The family.
    pub flavour: Flavour,
    /// The version.
    pub version: Version,
    /// The version as it was written.
    text: String,
}

/// A server name that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no server: expected mysql-VERSION or mariadb-VERSION, for example mysql-8.0.36 or mariadb-10.11"
)]
pub struct ServerError(String);

impl Server {
    /// The first MySQL of a series.
    pub fn mysql(major: u64, minor: u64) -> Self {
        let text = format!("mysql-{major}.{minor}");
        Self { flavour: Flavour::MySql, version: Version::new(major, minor, 0), text }
    }

    /// True when this is `flavour` of at least `major.minor.patch`.
    pub fn at_least(&self, flavour: Flavour, major: u64, minor: u64, patch: u64) -> bool {
        self.flavour == flavour && self.version >= Version::new(major, minor, patch)
    }

    /// The newest release that the name may mean: `mysql-8.0` stands for its whole series, and what its last release
    /// refuses will be refused some day.
    pub fn newest(&self) -> Version {
        let Version { major, minor, patch, .. } = self.version;
        match self.text.matches('.').count() {
            0 => Version::new(major, u64::MAX, u64::MAX),
            1 => Version::new(major, minor, u64::MAX),
            _ => Version::new(major, minor, patch),
        }
    }

    /// `MySQL 8.0`, `MariaDB 10.11.4`: for people.
    pub fn title(&self) -> String {
        let version = self.text.split_once('-').map_or("", |(_, version)| version);
        let name = if self.is_mariadb() { "MariaDB" } else { "MySQL" };
        format!("{name} {version}")
    }

    /// True for MariaDB.
    pub fn is_mariadb(&self) -> bool {
        self.flavour == Flavour::MariaDb
    }
}

impl FromStr for Server {
    type Err = ServerError;

    fn from_str(text: &str) -> Result<Self, ServerError> {
        let error = || ServerError(text.to_owned());
        let (name, version) = text.split_once('-').ok_or_else(error)?;
        let flavour = match name {
            "mysql" => Flavour::MySql,
            "mariadb" => Flavour::MariaDb,
            _ => return Err(error()),
        };
        let numbers: Vec<u64> =
            version.split('.').map(str::parse).collect::<Result<_, _>>().map_err(|_| error())?;
        let (major, minor, patch) = match numbers[..] {
            [major] => (major, 0, 0),
            [major, minor] => (major, minor, 0),
            [major, minor, patch] => (major, minor, patch),
            _ => return Err(error()),
        };
        Ok(Self { flavour, version: Version::new(major, minor, patch), text: text.to_owned() })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_full_and_partial_versions() {
        let server: Server = "mysql-8.0.36".parse().unwrap();
        assert_eq!((server.flavour, server.version.clone()), (Flavour::MySql, Version::new(8, 0, 36)));
        assert_eq!(server.to_string(), "mysql-8.0.36");
        let server: Server = "mariadb-10.11".parse().unwrap();
        assert!(server.at_least(Flavour::MariaDb, 10, 5, 2));
        assert!(!server.at_least(Flavour::MySql, 5, 7, 0));
    }

    #[test]
    fn refuses_what_is_no_server() {
        for text in ["", "mysql", "postgres-16", "mysql-", "mysql-8.x", "mysql-8.0.36.1", "mysql--8"] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
