//! Versions of Django, as far as they change what a migration does.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A feature release of Django, such as 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DjangoVersion {
    /// `4` of 4.2.
    pub major: u64,
    /// `2` of 4.2.
    pub minor: u64,
}

impl DjangoVersion {
    /// A feature release.
    pub const fn new(major: u64, minor: u64) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for DjangoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What a text that names a Django version must look like.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a Django version; write it as 2.2, 3.2, 4.2 or 5.2")]
pub struct NotADjangoVersion(String);

impl FromStr for DjangoVersion {
    type Err = NotADjangoVersion;

    /// `4.2`; a patch number is accepted and dropped.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.trim().split('.').map(str::parse::<u64>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) if major < 100 && minor < 100 => Ok(Self { major, minor }),
            _ => Err(NotADjangoVersion(text.to_owned())),
        }
    }
}
