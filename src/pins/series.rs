//! The version that something runs on: one release, or any release of a series.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifier, VersionSpecifiers};
use version_ranges::Ranges;

/// One version (`4.2.22`), or a series of which the last number is not known (`5.2` is every 5.2.x).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    version: Version,
    /// As it was written.
    text: Arc<str>,
    exact: bool,
}

impl Series {
    /// Exactly this version.
    pub fn exact(version: Version) -> Self {
        Self { text: version.to_string().into(), version, exact: true }
    }

    /// A version of which less than three numbers are given is a series; `None` for a text that is no version.
    pub fn parse(text: &str) -> Option<Self> {
        let version = Version::from_str(text.trim()).ok()?;
        let exact = version.release().len() > 2 || !version.is_stable();
        Some(Self { version, text: text.trim().into(), exact })
    }

    /// The version; of a series, its first numbers.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// True for one version.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// The first two numbers of the version.
    pub fn feature(&self) -> (u64, u64) {
        let release = self.version.release();
        (release.first().copied().unwrap_or(0), release.get(1).copied().unwrap_or(0))
    }

    /// Whether `specifiers` accept this version, or some version of this series.
    pub fn fits(&self, specifiers: &VersionSpecifiers) -> bool {
        if self.exact {
            return specifiers.contains(&self.version);
        }
        overlap(&VersionSpecifier::equals_star_version(self.version.clone()).into(), specifiers)
    }

    /// Whether this version, or some version of this series, is lower than `other` in its first two numbers.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.feature() < other.feature()
    }
}

impl fmt::Display for Series {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Whether some version fits both.
pub fn overlap(one: &VersionSpecifiers, other: &VersionSpecifiers) -> bool {
    let range = |specifiers: &VersionSpecifiers| Ranges::<Version>::from(specifiers.clone());
    !range(one).is_disjoint(&range(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(version: &str, specifiers: &str) -> bool {
        Series::parse(version).unwrap().fits(&VersionSpecifiers::from_str(specifiers).unwrap())
    }

    #[test]
    fn a_series_fits_where_one_of_its_versions_does() {
        assert!(fits("5.2", ">=2.2") && fits("5.2", ">=5.2.3") && fits("5.2", "<6.0"));
        assert!(!fits("5.0", "<5.0,>=2.2") && !fits("5.0", "<5") && !fits("3.12", ">=3.11,<3.12"));
        assert!(fits("3.11", "!=3.11.2") && fits("3.11", "==3.*") && !fits("3.11", ">3.11,<3.11.1,!=3.11.*"));
        assert!(fits("4.2.22", "<5.0") && !fits("4.2.22", "<4.2.22") && !fits("3.11.10", "<3.11"));
        assert!(fits("3.12", ">=3.12.0") && fits("3.12", "~=3.9") && !fits("3.12", "~=3.9.1"));
    }

    #[test]
    fn what_is_no_version_is_none() {
        assert!(Series::parse("latest").is_none());
        assert!(!Series::parse("3.11").unwrap().is_exact());
        assert!(Series::parse("3.11.10").unwrap().is_exact());
        assert!(Series::parse("5.2rc1").unwrap().is_exact());
    }
}
