//! Components of the platform: their health over HTTP, and what Helm says is deployed.

use std::time::Duration;

use serde::Deserialize;

use crate::config::gate::{ComponentTarget, Text};

use super::super::facts::{Answer, ComponentFacts, HelmFacts, HelmRelease};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::http::{Client, Credentials};
use super::{Plan, Probe, shown};

/// Bytes of a body that are kept: enough for any health, not for a page.
const KEPT: usize = 4096;

/// Asks a component.
pub struct ComponentProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: ComponentTarget,
}

impl Probe for ComponentProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let urls = [&self.target.health, &self.target.version_url];
        let urls: Vec<String> =
            urls.iter().filter(|url| !url.0.is_empty()).map(|url| shown(vault, url, "")).collect();
        Plan { whom: urls.join(", "), asks: urls.iter().map(|url| format!("GET {url}")).collect() }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let token = vault.secret(self.target.token.as_ref())?;
        let get = |url: &Text| -> Option<Asked<(u16, String)>> {
            if url.0.is_empty() {
                return None;
            }
            let asked = Client::new(url, &self.target.tls, Credentials::default(), vault, limit / 2);
            let query = match token.reveal() {
                "" => String::new(),
                token => format!(
                    "?token={}",
                    percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC)
                ),
            };
            Some(asked.and_then(|client| client.get(&query)).map(|answer| {
                let body: String = vault.scrub(&answer.body).chars().take(KEPT).collect();
                (answer.status, body)
            }))
        };
        let facts =
            ComponentFacts { health: get(&self.target.health), version: get(&self.target.version_url) };
        match &facts.health {
            // Nothing to keep: another attempt may end better.
            Some(Err(trouble)) if !matches!(facts.version, Some(Ok(_))) => Err(trouble.clone()),
            _ => Ok(Answer::Component(facts)),
        }
    }
}

/// Reads what `helm list -A -o json` wrote.
pub struct HelmProbe {
    /// The file.
    pub file: Text,
}

impl Probe for HelmProbe {
    fn id(&self) -> String {
        "helm".to_owned()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        Plan { whom: shown(vault, &self.file, ""), asks: vec!["read the file".to_owned()] }
    }

    fn ask(&self, vault: &Vault, _limit: Duration) -> Asked<Answer> {
        #[derive(Deserialize)]
        struct Row {
            name: String,
            #[serde(default)]
            namespace: String,
            status: String,
            chart: String,
            #[serde(default)]
            app_version: String,
        }
        let path = vault.path(&vault.text(&self.file)?);
        let text = crate::source::read_given_text(&path).map_err(|error| Trouble::of_file(&path, &error))?;
        let rows: Vec<Row> = serde_json::from_str(&text).map_err(|error| {
            Trouble::new(
                Kind::File,
                format!("{}: not the output of helm list -o json: {error}", path.display()),
            )
        })?;
        let releases = rows
            .into_iter()
            .map(|Row { name, namespace, status, chart, app_version }| HelmRelease {
                name,
                namespace,
                status,
                chart,
                app_version,
            })
            .collect();
        Ok(Answer::Helm(HelmFacts { releases }))
    }
}
