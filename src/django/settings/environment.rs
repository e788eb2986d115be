//! Environments: which stage of a deployment a file of settings is for, judged by its name.

use std::fmt;

use serde::Serialize;

/// The stage that settings are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Serves users.
    Production,
    /// As production, before it.
    Staging,
    /// A developer's machine.
    Development,
    /// Test runs.
    Test,
}

/// Words of file names, each with its stage.
const WORDS: [(&str, Stage); 39] = [
    ("prod", Stage::Production),
    ("production", Stage::Production),
    ("prd", Stage::Production),
    ("product", Stage::Production),
    ("live", Stage::Production),
    ("online", Stage::Production),
    ("release", Stage::Production),
    ("stag", Stage::Staging),
    ("staging", Stage::Staging),
    ("stage", Stage::Staging),
    ("stg", Stage::Staging),
    ("pre", Stage::Staging),
    ("preprod", Stage::Staging),
    ("preview", Stage::Staging),
    ("uat", Stage::Staging),
    ("gray", Stage::Staging),
    ("canary", Stage::Staging),
    ("sandbox", Stage::Staging),
    ("dev", Stage::Development),
    ("devel", Stage::Development),
    ("develop", Stage::Development),
    ("development", Stage::Development),
    ("developer", Stage::Development),
    ("local", Stage::Development),
    ("localhost", Stage::Development),
    ("debug", Stage::Development),
    ("example", Stage::Development),
    ("sample", Stage::Development),
    ("demo", Stage::Development),
    ("test", Stage::Test),
    ("tests", Stage::Test),
    ("testing", Stage::Test),
    ("unittest", Stage::Test),
    ("pytest", Stage::Test),
    ("ci", Stage::Test),
    ("qa", Stage::Test),
    ("e2e", Stage::Test),
    ("travis", Stage::Test),
    ("jenkins", Stage::Test),
];

impl Stage {
    /// The stage that a file name without extension speaks of: `prod`, `settings_prod`, `production_settings`.
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let found =
            lower.split(['_', '-', '.']).find_map(|word| WORDS.iter().find(|(known, _)| *known == word));
        found.map(|(_, stage)| *stage)
    }

    /// Whether the checks for a deployment apply.
    pub fn is_deployed(self) -> bool {
        matches!(self, Self::Production | Self::Staging)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Test => "test",
        })
    }
}
