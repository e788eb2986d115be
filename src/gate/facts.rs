//! What the live environment said: everything that checks are decided from, and nothing that may not be saved.
//!
//! `gate --collect FILE` writes these, `--facts FILE` reads them. No secret is in them: secrets are not facts, and the
//! texts of servers are scrubbed before they get here.

use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::plan::names::Names;

use super::backup::BackupFacts;
use super::trouble::Asked;

/// Version of the saved form.
pub const SCHEMA_VERSION: u32 = 1;

/// The answers of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Version of this form.
    pub schema_version: u32,
    /// When they were collected.
    pub collected_at: jiff::Timestamp,
    /// The answers, in the order of the configuration.
    pub asked: Vec<Asking>,
}

/// One service's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asking {
    /// The probe: `mysql` for the entry `default`, else `mysql.grafana`.
    pub id: String,
    /// How long it took, attempts and pauses included, in milliseconds.
    pub elapsed_ms: u64,
    /// Number of attempts.
    pub attempts: u32,
    /// The answer.
    pub answer: Asked<Answer>,
}

/// What a service said.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// A database server.
    Mysql(Box<MysqlFacts>),
    /// Redis or Valkey.
    Redis(RedisFacts),
    /// Elasticsearch or OpenSearch.
    Elasticsearch(ElasticsearchFacts),
    /// Kafka.
    Kafka(KafkaFacts),
    /// RabbitMQ.
    Rabbitmq(RabbitmqFacts),
    /// An installed Python environment.
    Python(PythonFacts),
    /// A backup.
    Backup(Box<BackupFacts>),
    /// A component of the platform.
    Component(ComponentFacts),
    /// What `helm list` says.
    Helm(HelmFacts),
}

/// As it would be derived, but for the memory: a derived one first keeps all that is in the map to find the kind, and the kind
/// is written first.
impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kinds;
        impl<'de> Visitor<'de> for Kinds {
            type Value = Answer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an answer with its kind")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Answer, A::Error> {
                let mut before = serde_json::Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "kind" && before.is_empty() {
                        let kind: String = map.next_value()?;
                        return Answer::of_kind(&kind, MapAccessDeserializer::new(map));
                    }
                    before.insert(key, map.next_value()?);
                }
                // Somebody has sorted the keys.
                let Some(serde_json::Value::String(kind)) = before.remove("kind") else {
                    return Err(A::Error::missing_field("kind"));
                };
                Answer::of_kind(&kind, serde_json::Value::Object(before)).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_map(Kinds)
    }
}

impl Answer {
    fn of_kind<'de, D: Deserializer<'de>>(kind: &str, rest: D) -> Result<Self, D::Error> {
        const KINDS: &[&str] = &[
            "mysql",
            "redis",
            "elasticsearch",
            "kafka",
            "rabbitmq",
            "python",
            "backup",
            "component",
            "helm",
        ];
        Ok(match kind {
            "mysql" => Self::Mysql(Deserialize::deserialize(rest)?),
            "redis" => Self::Redis(Deserialize::deserialize(rest)?),
            "elasticsearch" => Self::Elasticsearch(Deserialize::deserialize(rest)?),
            "kafka" => Self::Kafka(Deserialize::deserialize(rest)?),
            "rabbitmq" => Self::Rabbitmq(Deserialize::deserialize(rest)?),
            "python" => Self::Python(Deserialize::deserialize(rest)?),
            "backup" => Self::Backup(Deserialize::deserialize(rest)?),
            "component" => Self::Component(Deserialize::deserialize(rest)?),
            "helm" => Self::Helm(Deserialize::deserialize(rest)?),
            other => return Err(D::Error::unknown_variant(other, KINDS)),
        })
    }
}

impl Facts {
    /// Answers that were just collected.
    pub fn new(asked: Vec<Asking>) -> Self {
        Self { schema_version: SCHEMA_VERSION, collected_at: jiff::Timestamp::now(), asked }
    }

    /// The answer of a probe.
    pub fn get(&self, id: &str) -> Option<&Asking> {
        self.asked.iter().find(|asking| asking.id == id)
    }

    /// What a database server said.
    pub fn mysql(&self, name: &str) -> Option<&MysqlFacts> {
        match &self.get(&probe_id("mysql", name))?.answer {
            Ok(Answer::Mysql(facts)) => Some(facts),
            _ => None,
        }
    }

    /// What a Redis said.
    pub fn redis(&self, name: &str) -> Option<&RedisFacts> {
        match &self.get(&probe_id("redis", name))?.answer {
            Ok(Answer::Redis(facts)) => Some(facts),
            _ => None,
        }
    }
}

/// The name of a probe: the kind of service, with the name of the entry unless that is `default`.
pub fn probe_id(kind: &str, name: &str) -> String {
    if name == "default" { kind.to_owned() } else { format!("{kind}.{name}") }
}

/// A database server, as one user sees it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MysqlFacts {
    /// `VERSION()`.
    pub version: String,
    /// `@@version_comment`.
    pub comment: String,
    /// The database that was named.
    pub database: String,
    /// `CURRENT_USER()`.
    pub user: String,
    /// A role is active, whose rights are not listed.
    pub has_role: bool,
    /// Global variables, as far as the server has them.
    pub variables: BTreeMap<String, String>,
    /// Character set and collation of the database; none when it is not there.
    pub charset: Option<Asked<Option<(String, String)>>>,
    /// Whether time zones are loaded.
    pub time_zones: Option<Asked<bool>>,
    /// Rights: the pattern of databases (`%` for all) and the right.
    pub privileges: Option<Asked<Vec<(String, String)>>>,
    /// The state of replication where this is a replica.
    pub replica: Option<Asked<Option<Replica>>>,
    /// Open transactions.
    pub transactions: Option<Asked<Vec<Transaction>>>,
    /// Holders of metadata locks on tables of the database; an error when the server does not note them.
    pub metadata_locks: Option<Asked<Vec<MetadataLock>>>,
    /// Tables of the database.
    pub tables: Option<Asked<BTreeMap<String, Table>>>,
    /// Columns by table; only asked where Django's migrations run.
    pub columns: Option<Asked<Names>>,
    /// Indexes by table; only asked where Django's migrations run.
    pub indexes: Option<Asked<Names>>,
    /// Free bytes of the data folder.
    pub free_bytes: Option<Asked<u64>>,
    /// Rows of `django_migrations`, oldest first; none when there is no such table.
    pub migrations: Option<Asked<Option<Applied>>>,
}

/// App and name of migrations, oldest first.
pub type Applied = Vec<(String, String)>;

/// Replication as the replica sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replica {
    /// Seconds behind the source; none when replication does not run.
    pub lag: Option<u64>,
    /// `Replica_IO_Running`.
    pub io_running: String,
    /// `Replica_SQL_Running`.
    pub sql_running: String,
}

/// An open transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Connection.
    pub thread: u64,
    /// Seconds since it began.
    pub age: u64,
    /// Rows that it changed.
    pub modified: u64,
}

/// A metadata lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataLock {
    /// Table.
    pub table: String,
    /// `SHARED_READ`, `EXCLUSIVE`.
    pub lock: String,
    /// `GRANTED` or `PENDING`.
    pub status: String,
    /// Connection; 0 when it is not known.
    pub thread: u64,
}

/// A table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Rows, an estimate.
    pub rows: u64,
    /// Bytes of data and indexes, or of the file where that is more.
    pub bytes: u64,
}

/// A Redis.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RedisFacts {
    /// What each server said.
    pub nodes: Vec<RedisNode>,
    /// What each sentinel said.
    pub sentinels: Vec<Sentinel>,
}

/// One server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RedisNode {
    /// `host:port`.
    pub address: String,
    /// `INFO`.
    pub info: Asked<BTreeMap<String, String>>,
    /// `CLUSTER INFO`, of nodes of a cluster.
    pub cluster: Option<Asked<BTreeMap<String, String>>>,
}

/// One sentinel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sentinel {
    /// `host:port`.
    pub address: String,
    /// Address of the master; none when the sentinel does not know that name.
    pub master: Asked<Option<String>>,
    /// `SENTINEL CKQUORUM`.
    pub quorum: Asked<String>,
}

/// An Elasticsearch or OpenSearch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ElasticsearchFacts {
    /// `version.number`.
    pub version: String,
    /// `version.distribution`.
    pub distribution: Option<String>,
    /// `version.build_flavor`.
    pub build_flavor: Option<String>,
    /// `tagline`.
    pub tagline: Option<String>,
    /// The header `X-elastic-product`.
    pub product: Option<String>,
    /// `status` and unassigned shards of the cluster's health.
    pub health: Option<Asked<(String, u64)>>,
    /// Indices by the major version that made them.
    pub indices: Option<Asked<BTreeMap<u64, Vec<String>>>>,
    /// Critical deprecations.
    pub deprecations: Option<Asked<Vec<String>>>,
}

/// The least and the greatest version of each request, by its key.
pub type Ranges = BTreeMap<i16, (i16, i16)>;

/// A Kafka.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KafkaFacts {
    /// Per broker, the range of versions of each request by its key.
    pub brokers: Vec<(String, Asked<Ranges>)>,
    /// Per broker that answered, whether the login works; empty where nobody logs in.
    #[serde(default)]
    pub logins: Vec<(String, Asked<()>)>,
}

/// A RabbitMQ.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RabbitmqFacts {
    /// Product of the greeting.
    pub product: String,
    /// Version of the greeting.
    pub version: String,
    /// Whether the login to the virtual host works.
    pub login: Option<Asked<()>>,
}

/// An installed Python environment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PythonFacts {
    /// `3.11.10`.
    pub version: String,
    /// What each package says of itself: the headers of its metadata.
    pub packages: Vec<String>,
}

/// A component.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ComponentFacts {
    /// Status and body of its health, cut.
    pub health: Option<Asked<(u16, String)>>,
    /// Status and body of its version, cut.
    pub version: Option<Asked<(u16, String)>>,
}

/// Releases of Helm.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct HelmFacts {
    /// All releases.
    pub releases: Vec<HelmRelease>,
}

/// One release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelmRelease {
    /// Name.
    pub name: String,
    /// Namespace.
    #[serde(default)]
    pub namespace: String,
    /// `deployed`, `failed`, …
    pub status: String,
    /// Chart with its version.
    pub chart: String,
    /// Version of the application.
    #[serde(default)]
    pub app_version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_is_written_is_read_whatever_the_order_of_keys() {
        let answers = [
            Answer::Mysql(Box::default()),
            Answer::Redis(RedisFacts::default()),
            Answer::Elasticsearch(ElasticsearchFacts::default()),
            Answer::Kafka(KafkaFacts::default()),
            Answer::Rabbitmq(RabbitmqFacts::default()),
            Answer::Python(PythonFacts::default()),
            Answer::Component(ComponentFacts::default()),
            Answer::Helm(HelmFacts::default()),
        ];
        for answer in answers {
            let text = serde_json::to_string(&answer).unwrap();
            assert!(text.starts_with(r#"{"kind":""#), "{text}");
            let read: Answer = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
            // As a program that sorts keys leaves it.
            let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let kind = value.as_object_mut().unwrap().shift_remove("kind").unwrap();
            value["kind"] = kind;
            let read: Answer = serde_json::from_str(&value.to_string()).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        for wrong in ["{}", "[]", r#"{"kind": 1}"#, r#"{"kind": "other"}"#, r#"{"kind": "helm"}"#] {
            assert!(serde_json::from_str::<Answer>(wrong).is_err(), "{wrong}");
        }
    }
}
