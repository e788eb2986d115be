//! What the user set: `bklog-lint.toml`, or `[tool.bklog-lint]` in `pyproject.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::findings::{Lang, Severity};

pub mod load;

/// The configuration file. Every key is optional; an unknown one is an error.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Rules to run: codes, names or families. Empty means all.
    pub select: Vec<String>,
    /// Rules to leave out: codes, names or families.
    pub ignore_rules: Vec<String>,
    /// Severity of single rules, by code or name.
    pub severity: BTreeMap<String, Severity>,
    /// The lowest severity that makes the run fail; default `error`.
    pub fail_on: Option<FailOn>,
    /// Language of messages; default from the locale.
    pub lang: Option<Lang>,
    /// Paths (globs, relative to the configuration file) that are not read at all.
    pub exclude: Vec<String>,
    /// The field library, relative to the configuration file.
    pub field_library: Option<String>,
    /// The baseline, relative to the configuration file.
    pub baseline: Option<String>,
    /// Django projects that have no `manage.py`.
    pub project: Vec<ProjectConfig>,
    /// Accepted findings.
    pub ignore: Vec<IgnoreConfig>,
    /// What is known of the database.
    pub database: DatabaseConfig,
}

/// From which severity on a run fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only errors.
    Error,
    /// Warnings too.
    Warning,
    /// Any finding.
    Info,
    /// Never because of findings.
    Never,
}

/// A Django project that has no `manage.py`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProjectConfig {
    /// Its folder, relative to the configuration file.
    pub root: String,
}

/// Findings that are accepted.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IgnoreConfig {
    /// Rules: codes, names or families. Empty means all.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Paths (glob, relative to the configuration file).
    pub path: String,
    /// Why it is accepted.
    pub reason: String,
    /// Last day (YYYY-MM-DD) on which the entry counts.
    #[serde(default)]
    pub until: Option<String>,
}

/// What is known of the database.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DatabaseConfig {
    /// Server and version: `mysql-8.0.36`, `mariadb-10.11`.
    pub server: Option<String>,
    /// Tables on which a rebuild or a lock hurts.
    pub large_tables: Vec<String>,
}
