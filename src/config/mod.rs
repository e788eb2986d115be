//! What the user set: `bklog-lint.toml`, or `[tool.bklog-lint]` in `pyproject.toml`.
//!
//! The types below are the one description of the file: the strict reader, the JSON Schema for editors
//! (`rules/config.schema.json`) and the errors all come from them. A new section is a new field here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::findings::{Lang, Severity};

pub mod date;
pub mod error;
pub mod gate;
pub mod init;
pub mod load;
pub mod selector;
mod strict;
#[cfg(test)]
mod tests;

pub use date::Date;
pub use error::{ConfigError, Problem};
pub use gate::GateConfig;
pub use load::{Loaded, Source, load};

/// The configuration file. Every key is optional; an unknown one is an error.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Rules to run: codes, names, families, or the start of a code (`MIG1`). Empty means all.
    #[schemars(with = "Vec<selector::RuleSelector>")]
    pub select: Vec<String>,
    /// Rules to leave out: codes, names, families, or the start of a code.
    #[schemars(with = "Vec<selector::RuleSelector>")]
    pub ignore_rules: Vec<String>,
    /// Severity of single rules or of groups of them; the more exact selector wins.
    // After `load`, every key is the code of one rule.
    #[schemars(extend("propertyNames" = { "format": "rule" }))]
    pub severity: BTreeMap<String, Severity>,
    /// The lowest severity that makes the run fail; default `error`.
    pub fail_on: Option<FailOn>,
    /// Language of messages; default from the locale.
    pub lang: Option<Lang>,
    /// Paths (globs, relative to the configuration file) that are not read at all.
    #[schemars(with = "Vec<selector::Glob>")]
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
    /// What the project is to run on; what is not named is what the repository pins.
    pub target: TargetConfig,
    /// Versions of the servers in use.
    pub services: ServicesConfig,
    /// The deploy gate.
    pub gate: GateConfig,
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

impl FailOn {
    /// Whether a finding of this severity makes the run fail.
    pub fn is_met_by(self, severity: Severity) -> bool {
        match self {
            Self::Error => severity >= Severity::Error,
            Self::Warning => severity >= Severity::Warning,
            Self::Info => true,
            Self::Never => false,
        }
    }
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
    /// Rules: codes, names, families, or the start of a code. Empty means all.
    #[serde(default)]
    #[schemars(with = "Vec<selector::RuleSelector>")]
    pub rules: Vec<String>,
    /// Paths (glob, relative to the configuration file).
    #[schemars(with = "selector::Glob")]
    pub path: String,
    /// Why it is accepted, in words.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Last day (YYYY-MM-DD) on which the entry counts.
    #[serde(default)]
    pub until: Option<Date>,
}

/// What is known of the database.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DatabaseConfig {
    /// Server and version: `mysql-8.0.36`, `mariadb-10.11`.
    pub server: Option<String>,
    /// Tables on which a rebuild or a lock hurts.
    pub large_tables: Vec<String>,
    /// Databases of the product: those that a backup before the upgrade has to cover.
    pub names: Vec<String>,
}

/// What the project is to run on.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TargetConfig {
    /// Django: `5.2`, or one release of it.
    #[schemars(with = "Option<selector::VersionText>")]
    pub django: Option<String>,
    /// Python: `3.12`, or one release of it.
    #[schemars(with = "Option<selector::VersionText>")]
    pub python: Option<String>,
    /// MySQL: `8.0`, or one release of it.
    #[schemars(with = "Option<selector::VersionText>")]
    pub mysql: Option<String>,
    /// MariaDB: `10.11`, or one release of it.
    #[schemars(with = "Option<selector::VersionText>")]
    pub mariadb: Option<String>,
}

/// Versions of the servers in use; several where environments or clusters differ.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServicesConfig {
    /// Redis.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub redis: Vec<String>,
    /// Elasticsearch in its default distribution.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub elasticsearch: Vec<String>,
    /// Elasticsearch in its OSS distribution.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub elasticsearch_oss: Vec<String>,
    /// OpenSearch.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub opensearch: Vec<String>,
    /// Kafka.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub kafka: Vec<String>,
    /// RabbitMQ.
    #[schemars(with = "Vec<selector::VersionText>")]
    pub rabbitmq: Vec<String>,
}

impl ServicesConfig {
    /// The services by the key that the configuration and the facts use, with the versions that are named.
    pub fn all(&self) -> [(&'static str, &[String]); 6] {
        [
            ("redis", &self.redis),
            ("elasticsearch", &self.elasticsearch),
            ("elasticsearch-oss", &self.elasticsearch_oss),
            ("opensearch", &self.opensearch),
            ("kafka", &self.kafka),
            ("rabbitmq", &self.rabbitmq),
        ]
    }
}

/// The JSON Schema of the configuration file, as `rules/config.schema.json` holds it.
pub fn json_schema() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".into(), "Configuration of bklog-lint".into());
    }
    schema
}
