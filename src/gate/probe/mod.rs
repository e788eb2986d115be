//! Asking: one file per service. What the answers mean is decided elsewhere, from the facts alone.

pub mod component;
pub mod elasticsearch;
pub mod http;
pub mod kafka;
pub mod mysql;
pub mod python;
pub mod rabbitmq;
pub mod redis;
mod sasl;
pub mod statements;
pub mod stream;

use std::sync::Arc;
use std::time::Duration;

use crate::config::GateConfig;

use super::backup::BackupProbe;
use super::facts::{Answer, probe_id};
use super::run::Limits;
use super::secret::Vault;
use super::trouble::Asked;

/// Asks one service.
pub trait Probe: Send + Sync {
    /// Its name, as checks begin with it.
    fn id(&self) -> String;

    /// What would be asked, and of whom; no secret is in it, and nothing is asked.
    fn plan(&self, vault: &Vault) -> Plan;

    /// Asks once. `limit` is the time that is left; the caller does not wait longer.
    ///
    /// # Errors
    /// When the service gives no answer at all; single questions that it refuses are part of the answer.
    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer>;

    /// How long one attempt may take.
    fn limit(&self, limits: &Limits) -> Duration {
        limits.attempt
    }
}

/// What a probe would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whom it asks, and as which user.
    pub whom: String,
    /// Statements, commands, requests.
    pub asks: Vec<String>,
}

/// The probes that the configuration asks for, in a stable order.
pub fn probes(config: &GateConfig) -> Vec<Arc<dyn Probe>> {
    let mut out: Vec<Arc<dyn Probe>> = Vec::new();
    for (name, target) in &config.python {
        out.push(Arc::new(python::PythonProbe { id: probe_id("python", name), target: target.clone() }));
    }
    for (name, target) in &config.mysql {
        let django = target.django.unwrap_or(name == "default");
        out.push(Arc::new(mysql::MysqlProbe {
            id: probe_id("mysql", name),
            name: name.clone(),
            target: target.clone(),
            django,
        }));
    }
    for (name, target) in &config.redis {
        out.push(Arc::new(redis::RedisProbe { id: probe_id("redis", name), target: target.clone() }));
    }
    for (name, target) in &config.elasticsearch {
        let id = probe_id("elasticsearch", name);
        out.push(Arc::new(elasticsearch::ElasticsearchProbe { id, target: target.clone() }));
    }
    for (name, target) in &config.kafka {
        out.push(Arc::new(kafka::KafkaProbe { id: probe_id("kafka", name), target: target.clone() }));
    }
    for (name, target) in &config.rabbitmq {
        out.push(Arc::new(rabbitmq::RabbitmqProbe {
            id: probe_id("rabbitmq", name),
            target: target.clone(),
        }));
    }
    for (name, target) in &config.backup {
        out.push(Arc::new(BackupProbe { id: probe_id("backup", name), target: target.clone() }));
    }
    if !config.components.helm.0.is_empty() {
        out.push(Arc::new(component::HelmProbe { file: config.components.helm.clone() }));
    }
    for (name, target) in &config.component {
        if !target.health.0.is_empty() || !target.version_url.0.is_empty() {
            out.push(Arc::new(component::ComponentProbe {
                id: format!("component.{name}"),
                target: target.clone(),
            }));
        }
    }
    out
}

/// A text for the plan: with its variables where they are set, as it is written where not.
pub(crate) fn shown(vault: &Vault, text: &crate::config::gate::Text, default: &str) -> String {
    if text.0.is_empty() {
        return default.to_owned();
    }
    let text = vault.text(text).unwrap_or_else(|_| text.0.clone());
    vault.scrub(&text)
}
