//! What is known of packages without asking for them: `rules/facts/packages.toml`, `pin_conflicts.toml` and
//! `client_server.toml`.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use pep440_rs::{Version, VersionSpecifiers};
use serde::{Deserialize, Deserializer};

use super::{Package, normalised, requirement};
use crate::findings::{Bilingual, Severity};
use crate::source::Span;

const PACKAGES: &str = include_str!("../../rules/facts/packages.toml");
const CONFLICTS: &str = include_str!("../../rules/facts/pin_conflicts.toml");
const SERVERS: &str = include_str!("../../rules/facts/client_server.toml");

/// One version of a package.
#[derive(Debug)]
pub struct Known {
    /// What it declares.
    pub package: Package,
    /// Newest feature release of Django for which it was released, by its classifiers.
    pub newest_django: Option<(u64, u64)>,
}

/// A package whose module stands in the standard library.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StandardLibrary {
    /// Name of the package.
    pub name: String,
    /// The module that it brings.
    pub module: String,
    /// The Python from which on the standard library has it.
    #[serde(deserialize_with = "specifiers")]
    pub python: VersionSpecifiers,
    /// What happens.
    pub severity: Severity,
    /// What breaks, English.
    pub what: String,
    /// What breaks, Chinese.
    pub what_zh: String,
    /// Where the fact comes from.
    pub source: String,
}

/// A package whose work something else does now.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Superseded {
    /// Name of the package.
    pub name: String,
    /// Versions of Python from which on it is not needed.
    #[serde(default, deserialize_with = "optional_specifiers")]
    pub python: Option<VersionSpecifiers>,
    /// Versions of Django from which on it is not needed.
    #[serde(default, deserialize_with = "optional_specifiers")]
    pub django: Option<VersionSpecifiers>,
    /// The package that took over.
    pub package: Option<String>,
    /// Versions of that package that did.
    #[serde(default, deserialize_with = "optional_specifiers")]
    pub versions: Option<VersionSpecifiers>,
    /// What does its work now, English.
    pub by: String,
    /// What does its work now, Chinese.
    pub by_zh: String,
    /// Where the fact comes from.
    pub source: String,
}

/// A combination that resolvers accept and that breaks all the same.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conflict {
    /// A name for the row, stable over releases.
    pub id: String,
    /// The package at which it is reported.
    pub package: String,
    /// Its versions.
    #[serde(deserialize_with = "specifiers")]
    pub versions: VersionSpecifiers,
    /// The other package.
    pub with: Option<String>,
    /// Versions of the other package.
    #[serde(default, deserialize_with = "optional_specifiers")]
    pub with_versions: Option<VersionSpecifiers>,
    /// A package that no file pins.
    pub absent: Option<String>,
    /// Versions of Python.
    #[serde(default, deserialize_with = "optional_specifiers")]
    pub python: Option<VersionSpecifiers>,
    /// How bad.
    pub severity: Severity,
    /// What happens, English.
    pub what: String,
    /// What happens, Chinese.
    pub what_zh: String,
    /// What to do, English.
    pub instead: String,
    /// What to do, Chinese.
    pub instead_zh: String,
    /// How it is known.
    pub evidence: String,
    /// The day on which it was seen.
    pub seen: String,
}

/// What a client package takes of a server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClientServer {
    /// The client package.
    pub package: String,
    /// Its versions.
    #[serde(deserialize_with = "specifiers")]
    pub versions: VersionSpecifiers,
    /// The service as `[services]` names it.
    pub service: String,
    /// Versions of the server of which this row speaks.
    #[serde(deserialize_with = "specifiers")]
    pub server: VersionSpecifiers,
    /// How bad the combination is; without it the row is a condition that the server has to meet.
    pub severity: Severity,
    /// What happens, English.
    pub what: String,
    /// What happens, Chinese.
    pub what_zh: String,
    /// How it is known.
    pub evidence: String,
    /// The day on which it was seen.
    pub seen: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PackagesFile {
    package: Vec<Row>,
    standard_library: Vec<StandardLibrary>,
    superseded: Vec<Superseded>,
    only_prereleases: OnlyPrereleases,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyPrereleases {
    names: Vec<String>,
    prefixes: Vec<String>,
    #[allow(dead_code)] // for readers of the file
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    name: String,
    version: String,
    python: Option<String>,
    #[serde(default)]
    needs: Vec<String>,
    newest_django: Option<String>,
}

struct Facts {
    packages: BTreeMap<Arc<str>, Vec<Known>>,
    rest: PackagesFile,
}

fn facts() -> &'static Facts {
    static FACTS: OnceLock<Facts> = OnceLock::new();
    FACTS.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        let mut rest: PackagesFile =
            toml::from_str(PACKAGES).expect("rules/facts/packages.toml is well formed");
        let mut packages: BTreeMap<Arc<str>, Vec<Known>> = BTreeMap::new();
        for known in std::mem::take(&mut rest.package).iter().filter_map(Row::read) {
            packages.entry(known.package.name.clone()).or_default().push(known);
        }
        Facts { packages, rest }
    })
}

impl Row {
    fn read(&self) -> Option<Known> {
        let python = self.python.as_deref().map(VersionSpecifiers::from_str).transpose().ok()?;
        let package = Package {
            name: normalised(&self.name).into(),
            version: Version::from_str(&self.version).ok()?,
            requires_python: python,
            requires: self.needs.iter().filter_map(|need| requirement::parse(need, false).ok()).collect(),
            span: Span::default(),
        };
        let newest_django = self.newest_django.as_deref().and_then(|text| {
            let (major, minor) = text.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
        Some(Known { package, newest_django })
    }
}

/// What the table knows of one version of a package (name in PEP 503 form).
pub fn package(name: &str, version: &Version) -> Option<&'static Known> {
    versions(name).iter().find(|known| known.package.version == *version)
}

/// All versions of a package that the table knows.
pub fn versions(name: &str) -> &'static [Known] {
    facts().packages.get(name).map_or(&[], Vec::as_slice)
}

/// The packages whose module the standard library has.
pub fn standard_library() -> &'static [StandardLibrary] {
    &facts().rest.standard_library
}

/// The packages whose work something else does now.
pub fn superseded() -> &'static [Superseded] {
    &facts().rest.superseded
}

/// Whether a package never had anything but pre-releases, so that a pin to one is no choice.
pub fn has_only_prereleases(name: &str) -> bool {
    let only = &facts().rest.only_prereleases;
    only.names.iter().any(|known| known == name)
        || only.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

/// Combinations that resolvers accept and that break.
pub fn conflicts() -> &'static [Conflict] {
    #[derive(Deserialize)]
    struct File {
        conflict: Vec<Conflict>,
    }
    static ROWS: OnceLock<Vec<Conflict>> = OnceLock::new();
    ROWS.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str::<File>(CONFLICTS).expect("rules/facts/pin_conflicts.toml is well formed").conflict
    })
}

/// What client packages take of servers.
pub fn client_server() -> &'static [ClientServer] {
    #[derive(Deserialize)]
    struct File {
        row: Vec<ClientServer>,
    }
    static ROWS: OnceLock<Vec<ClientServer>> = OnceLock::new();
    ROWS.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str::<File>(SERVERS).expect("rules/facts/client_server.toml is well formed").row
    })
}

/// Reads PEP 440 versions of a facts file.
pub(crate) fn specifiers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VersionSpecifiers, D::Error> {
    let text = String::deserialize(deserializer)?;
    VersionSpecifiers::from_str(&text).map_err(serde::de::Error::custom)
}

fn optional_specifiers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<VersionSpecifiers>, D::Error> {
    specifiers(deserializer).map(Some)
}

impl Conflict {
    /// What happens.
    pub fn what(&self) -> Bilingual {
        Bilingual::new(&self.what, &self.what_zh)
    }

    /// What to do.
    pub fn instead(&self) -> Bilingual {
        Bilingual::new(&self.instead, &self.instead_zh)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let rows = PACKAGES.matches("[[package]]").count();
        let read: usize = facts().packages.values().map(Vec::len).sum();
        assert_eq!(read, rows, "a row whose versions cannot be read is lost");
        let needs = PACKAGES.lines().filter(|line| line.starts_with("  \"")).count();
        let total: usize =
            facts().packages.values().flatten().map(|known| known.package.requires.len()).sum();
        assert!(total > needs, "{total} of more than {needs} needs");
        for text in PACKAGES.lines().filter_map(|line| line.strip_prefix("  ")) {
            let need: String = text.trim_end_matches(',').trim_matches('"').to_owned();
            assert!(requirement::parse(&need, false).is_ok(), "{need}");
        }
    }

    #[test]
    fn rows_name_their_evidence_and_day() {
        let mut ids = std::collections::BTreeSet::new();
        for row in conflicts() {
            assert!(ids.insert(&row.id), "{} twice", row.id);
            assert!(
                !row.evidence.is_empty() && crate::config::Date::from_str(&row.seen).is_ok(),
                "{}",
                row.id
            );
            assert_eq!(normalised(&row.package), row.package);
        }
        for row in client_server() {
            assert!(
                !row.evidence.is_empty() && crate::config::Date::from_str(&row.seen).is_ok(),
                "{}",
                row.package
            );
        }
    }
}
