//! Elasticsearch and OpenSearch.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::config::gate::ElasticsearchTarget;

use super::super::facts::{Answer, ElasticsearchFacts};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::http::{Client, Credentials};
use super::statements::ELASTICSEARCH;
use super::{Plan, Probe, shown};

/// Names of indices that are kept per version.
const MOST_NAMES: usize = 20;

/// Asks an Elasticsearch.
pub struct ElasticsearchProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: ElasticsearchTarget,
}

impl Probe for ElasticsearchProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let user = shown(vault, &self.target.user, "");
        let user = if user.is_empty() { user } else { format!("{user} at ") };
        let asks = ELASTICSEARCH.iter().map(|path| format!("GET {path}")).collect();
        Plan { whom: format!("{user}{}", shown(vault, &self.target.url, "")), asks }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let target = &self.target;
        let credentials = Credentials {
            user: Some(&target.user),
            password: target.password.as_ref(),
            api_key: target.api_key.as_ref(),
        };
        let client = Client::new(&target.url, &target.tls, credentials, vault, limit)?;
        let [root, health, indices, deprecations] = ELASTICSEARCH else {
            return Err(Trouble::new(Kind::Other, "the list of requests is not complete"));
        };
        let (body, answer) = client.json(root)?;
        let text = |path: &str| body.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let Some(version) = text("/version/number") else {
            return Err(Trouble::new(Kind::Protocol, "the answer names no version"));
        };
        Ok(Answer::Elasticsearch(ElasticsearchFacts {
            version,
            distribution: text("/version/distribution"),
            build_flavor: text("/version/build_flavor"),
            tagline: text("/tagline"),
            product: answer.product,
            health: Some(client.json(health).map(|(body, _)| {
                let status = body.get("status").and_then(Value::as_str).unwrap_or("unknown").to_owned();
                (status, body.get("unassigned_shards").and_then(Value::as_u64).unwrap_or(0))
            })),
            indices: Some(client.json(indices).map(|(body, _)| by_version(&body))),
            deprecations: Some(client.json(deprecations).map(|(body, _)| critical(&body))),
        }))
    }
}

/// Indices by the major version that made them: ids are `major * 1_000_000 + …`, `7160299` for 7.16.2.
fn by_version(body: &Value) -> BTreeMap<u64, Vec<String>> {
    let mut out: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (name, index) in body.as_object().into_iter().flatten() {
        let id = index
            .pointer("/settings/index.version.created")
            .or_else(|| index.pointer("/settings/index/version/created"));
        let id = id.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok()));
        let Some(id) = id else { continue };
        let names = out.entry(id / 1_000_000).or_default();
        if names.len() < MOST_NAMES {
            names.push(name.clone());
        }
    }
    out
}

/// Messages of critical deprecations.
fn critical(body: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let mut todo = vec![body];
    while let Some(value) = todo.pop() {
        match value {
            Value::Array(items) => todo.extend(items),
            Value::Object(map) if map.get("level").and_then(Value::as_str) == Some("critical") => {
                out.extend(map.get("message").and_then(Value::as_str).map(str::to_owned));
            }
            Value::Object(map) => todo.extend(map.values()),
            _ => {}
        }
    }
    out.sort();
    out.dedup();
    out.truncate(MOST_NAMES);
    out
}
