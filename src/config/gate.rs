//! `[gate]`: what the deploy gate asks, of whom, and what it holds the answers to.
//!
//! Secrets are references ([`SecretRef`]); everything else may hold `${NAME}` and `${NAME:-default}`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::Date;

/// The deploy gate.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GateConfig {
    /// Seconds that one attempt at one service may take; default 10, and 30 to start a Python.
    pub timeout: Option<u32>,
    /// Further attempts after one that failed for a reason that may pass; default 2.
    pub retries: Option<u32>,
    /// Seconds after which the gate answers whatever is still open; default 120.
    pub deadline: Option<u32>,
    /// Services asked at the same time; default 32.
    pub parallel: Option<u32>,
    /// Checks that run: names or starts of names (`mysql`, `mysql.version`). Empty means all.
    pub include: Vec<String>,
    /// Checks that do not run.
    pub exclude: Vec<String>,
    /// Checks that are shown and do not decide.
    pub optional: Vec<String>,
    /// Leave out the static check of the repository.
    pub no_static_check: bool,
    /// Failed checks that somebody answers for.
    pub waiver: Vec<WaiverConfig>,
    /// MySQL, MariaDB and what speaks their protocol, by a name; `default` is Django's default database.
    pub mysql: BTreeMap<String, MysqlTarget>,
    /// Redis and Valkey.
    pub redis: BTreeMap<String, RedisTarget>,
    /// Elasticsearch and OpenSearch.
    pub elasticsearch: BTreeMap<String, ElasticsearchTarget>,
    /// Kafka.
    pub kafka: BTreeMap<String, KafkaTarget>,
    /// RabbitMQ.
    pub rabbitmq: BTreeMap<String, RabbitmqTarget>,
    /// Installed Python environments.
    pub python: BTreeMap<String, PythonTarget>,
    /// Backups that must be there and sound.
    pub backup: BTreeMap<String, BackupTarget>,
    /// Components of the platform around the project, in the order in which they are upgraded.
    pub components: ComponentsConfig,
    /// Evidence for single components, by their name.
    pub component: BTreeMap<String, ComponentTarget>,
    /// Facts that only people know.
    pub attestations: AttestationsConfig,
    /// The window of the upgrade.
    pub window: WindowConfig,
    /// An empty database for restore drills, with a user that has rights on it alone.
    pub scratch: Option<MysqlTarget>,
    /// Server and user of `gate calibrate`, where they are not those of the entry `default` of `mysql`. The user needs rights
    /// on databases whose names begin with `bklog_lint_calibrate_`, and no others.
    pub calibrate: Option<MysqlTarget>,
    /// File of `gate calibrate`, relative to the configuration file: how fast the server is, in place of the usual rates.
    pub calibration: Option<String>,
}

/// A check that failed and is accepted for a while.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WaiverConfig {
    /// The check: its name, or the start of names.
    pub check: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// Last day (YYYY-MM-DD) on which it counts.
    pub until: Date,
}

/// A database of the project.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MysqlTarget {
    /// Host name or address.
    pub host: Text,
    /// Port; default 3306.
    pub port: Text,
    /// Unix socket, instead of host and port.
    pub socket: Text,
    /// User.
    pub user: Text,
    /// Password.
    pub password: Option<SecretRef>,
    /// Database; default: the name of the entry.
    pub database: Text,
    /// TLS.
    pub tls: TlsConfig,
    /// Django's migrations run here: `django_migrations` and the rights that they need are looked at. Default: only for
    /// the entry `default`.
    pub django: Option<bool>,
    /// The user of the gate is not the one who migrates; its rights say nothing of the upgrade.
    pub observer: bool,
    /// This is a replica that follows; being read-only is right then.
    pub replica: bool,
    /// Seconds that a replica may lag; default 30.
    pub max_lag: Option<u32>,
    /// Seconds that a transaction may be open; default 60.
    pub max_transaction: Option<u32>,
    /// Free space of the data folder in GiB, where the server cannot tell it.
    pub free_gib: Text,
}

/// A Redis or Valkey.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RedisTarget {
    /// How it is set up; default `single`.
    pub mode: RedisMode,
    /// `host:port` of the server, of the sentinels, or of nodes of the cluster.
    pub nodes: Vec<Text>,
    /// Name of the master that the sentinels watch.
    pub master: Text,
    /// User.
    pub user: Text,
    /// Password.
    pub password: Option<SecretRef>,
    /// Password of the sentinels.
    pub sentinel_password: Option<SecretRef>,
    /// TLS.
    pub tls: TlsConfig,
    /// It only caches: losing it loses nothing, and it need not persist.
    pub cache: bool,
}

/// How a Redis is set up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RedisMode {
    /// One server.
    #[default]
    Single,
    /// A master that sentinels watch.
    Sentinel,
    /// Redis Cluster.
    Cluster,
}

/// An Elasticsearch or OpenSearch.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ElasticsearchTarget {
    /// Its address, `https://es.example.com:9200`.
    pub url: Text,
    /// User.
    pub user: Text,
    /// Password.
    pub password: Option<SecretRef>,
    /// API key, instead of user and password.
    pub api_key: Option<SecretRef>,
    /// TLS.
    pub tls: TlsConfig,
}

/// A Kafka.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct KafkaTarget {
    /// `host:port` of brokers.
    pub brokers: Vec<Text>,
    /// User; without one the brokers are asked without a login.
    pub user: Text,
    /// Password.
    pub password: Option<SecretRef>,
    /// How the user logs in; needed with a user.
    pub mechanism: Option<SaslMechanism>,
    /// TLS.
    pub tls: TlsConfig,
}

/// How a user logs in to Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SaslMechanism {
    /// The password itself: without TLS everybody on the way can read it.
    #[serde(rename = "PLAIN")]
    Plain,
    /// A proof of the password.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl SaslMechanism {
    /// Its name in the protocol.
    pub fn key(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// A RabbitMQ.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RabbitmqTarget {
    /// Host name or address.
    pub host: Text,
    /// Port; default 5672.
    pub port: Text,
    /// User.
    pub user: Text,
    /// Password.
    pub password: Option<SecretRef>,
    /// Virtual host; default `/`.
    pub vhost: Text,
    /// TLS.
    pub tls: TlsConfig,
}

/// An installed Python environment.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PythonTarget {
    /// Path of the interpreter.
    pub interpreter: Text,
    /// Command that starts the interpreter, for a container: `["docker", "exec", "web", "python"]`.
    pub command: Vec<Text>,
}

/// TLS of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TlsConfig {
    /// Use TLS.
    pub enabled: bool,
    /// Certificates of the authorities to trust (PEM), relative to the configuration file; default: the public ones.
    pub ca: Option<String>,
}

/// What a backup is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BackupKind {
    /// SQL of mysqldump or mariadb-dump, also as `.gz` or `.zst`.
    #[default]
    Dump,
    /// Folder of mydumper.
    Mydumper,
    /// Folder of xtrabackup or mariabackup.
    Physical,
    /// RDB file of Redis or Valkey.
    Rdb,
    /// Folder of Redis' append-only file.
    Aof,
    /// Configuration files: a folder, or a tar archive.
    Configuration,
    /// Exported data (JSON).
    Export,
}

/// A backup that must be there and sound.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BackupTarget {
    /// What it is made of; default `dump`.
    pub kind: BackupKind,
    /// The file or folder, relative to the configuration file; of a path with `*` the newest.
    pub path: Text,
    /// Entry of `[gate.mysql]` that it was taken from, for dumps and physical backups.
    pub mysql: Option<String>,
    /// Entry of `[gate.redis]` that it was taken from.
    pub redis: Option<String>,
    /// Hours that it may be old; default 24.
    pub max_age_hours: Option<u32>,
    /// Earlier backups (a path with `*`), for the comparison of sizes.
    pub previous: Text,
    /// File with checksums as `sha256sum` writes them.
    pub checksums: Text,
    /// Log of the program that made it (xtrabackup, mariabackup), when it is not in the folder.
    pub log: Text,
    /// Folders of incremental backups that follow, oldest first.
    pub incremental: Vec<Text>,
    /// Files of the project that a configuration backup must hold; default: the settings of all environments.
    pub files: Vec<String>,
    /// Smallest number of entries of an export; default 1.
    pub min_entries: Option<u32>,
    /// Where copies are kept: a folder or mount that must hold a file of the same size.
    pub archive: Text,
}

/// Which components, in which order.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComponentsConfig {
    /// Built-in order: `bklog`. Without it only what is named here counts.
    pub profile: Option<String>,
    /// Further edges: a component, and those that are upgraded before it.
    pub after: BTreeMap<String, Vec<String>>,
    /// Components of the profile that this installation does not have.
    pub without: Vec<String>,
    /// Output of `helm list -A -o json`.
    pub helm: Text,
}

/// Evidence for a component.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComponentTarget {
    /// Address that tells its health; the body is read.
    pub health: Text,
    /// Address that tells its version as JSON.
    pub version_url: Text,
    /// Token that the address wants as `?token=`.
    pub token: Option<SecretRef>,
    /// Names of its Helm releases or charts, where they differ from the built-in ones.
    pub releases: Vec<String>,
    /// Oldest version that is fit, where it differs from what the repository says.
    pub minimum: Option<String>,
    /// TLS.
    pub tls: TlsConfig,
}

/// Facts that only people know.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AttestationsConfig {
    /// The file, relative to the configuration file.
    pub file: Text,
    /// What must be attested.
    pub required: Vec<String>,
}

/// The window of the upgrade.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WindowConfig {
    /// Begin, `2026-12-05T23:00+08:00`.
    pub start: Text,
    /// End.
    pub end: Text,
    /// Hours of low traffic, `23:00-06:00`, in the zone of `start`.
    pub low_traffic: Vec<String>,
    /// Hours of notice before it begins; default 72.
    pub notice_hours: Option<u32>,
    /// Who is given notice; default business, operations, development, end-users.
    pub notify: Vec<String>,
    /// Minutes of the phases, least and most.
    pub phases: PhasesConfig,
    /// Minutes that the roll-out takes beside the migrations, least and most. With it, the plan's own estimate of the
    /// migrations replaces `phases.upgrade`; without it, that counts unless the migrations alone take longer.
    pub rollout: Vec<u32>,
}

/// Minutes of the phases of an upgrade, `[least, most]`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PhasesConfig {
    /// Preparing the environment.
    pub prepare: Vec<u32>,
    /// Backup.
    pub backup: Vec<u32>,
    /// The upgrade itself.
    pub upgrade: Vec<u32>,
    /// Verification.
    pub verify: Vec<u32>,
}

impl Default for PhasesConfig {
    fn default() -> Self {
        Self { prepare: vec![30, 30], backup: vec![30, 30], upgrade: vec![60, 90], verify: vec![30, 60] }
    }
}

impl PhasesConfig {
    /// All phases by name.
    pub fn all(&self) -> [(&'static str, &[u32]); 4] {
        [
            ("prepare", &self.prepare),
            ("backup", &self.backup),
            ("upgrade", &self.upgrade),
            ("verify", &self.verify),
        ]
    }
}

/// A text that may hold `${NAME}` and `${NAME:-default}`; a number is taken as its text. Empty when it is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(u64),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Number(number) => number.to_string(),
        }))
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "format": "interpolated",
            "description": "A text; ${NAME} and ${NAME:-default} stand for environment variables."
        })
    }
}

/// Where a secret is: `${NAME}`, `file:PATH` or `cmd:COMMAND`. The secret itself is never written here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretRef(pub String);

impl SecretRef {
    /// Whether a text is a reference; a literal secret is not.
    pub fn is_reference(text: &str) -> bool {
        let named = |prefix| text.strip_prefix(prefix).is_some_and(|rest: &str| !rest.trim().is_empty());
        is_variable(text) || named("file:") || named("cmd:")
    }
}

/// Whether a text is `${NAME}` and nothing else.
fn is_variable(text: &str) -> bool {
    text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(is_variable_name)
}

/// Whether a text can be the name of an environment variable.
pub fn is_variable_name(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The password that stands before an `@` in an address, as in `https://user:password@host`.
pub fn password_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let (before, _) = rest.split_once('@')?;
    let (_, password) = before.split_once(':')?;
    // `host:9200/a@b` has a port there.
    let port = password.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = port.len() < password.len() && port.parse::<u16>().is_ok();
    let is_variable = password.starts_with("${");
    (!password.is_empty() && !is_port && !is_variable).then_some(password)
}

impl JsonSchema for SecretRef {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "secret",
            "description": "Where a secret is: ${NAME}, file:PATH or cmd:COMMAND. Never the secret itself."
        })
    }
}
