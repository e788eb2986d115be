//! GET over HTTP, for services that answer in JSON or plain text.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::tls::{Certificate, RootCerts, TlsConfig as UreqTls};
use ureq::{Agent, Error};

use crate::config::gate::{SecretRef, Text, TlsConfig};

use super::super::certificate;
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::stream::certificates;

/// Largest answer in bytes.
const LARGEST: u64 = 64 << 20;

/// A client for one service.
pub struct Client {
    agent: Agent,
    base: String,
    authorization: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The header `X-elastic-product`.
    pub product: Option<String>,
    /// The body.
    pub body: String,
}

/// User, password and API key of a service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// User.
    pub user: Option<&'a Text>,
    /// Password.
    pub password: Option<&'a SecretRef>,
    /// API key.
    pub api_key: Option<&'a SecretRef>,
}

impl Client {
    /// A client for the service at `url`.
    ///
    /// # Errors
    /// When a value of the configuration cannot be read.
    pub fn new(
        url: &Text,
        tls: &TlsConfig,
        credentials: Credentials<'_>,
        vault: &Vault,
        limit: Duration,
    ) -> Asked<Self> {
        let base = vault.text(url)?;
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Trouble::new(Kind::Reference, "the address must begin with http:// or https://"));
        }
        let mut config = Agent::config_builder()
            .timeout_global(Some(limit))
            .http_status_as_error(false)
            // A health that leads elsewhere is the health of something else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent("bklog-lint");
        if let Some(path) = &tls.ca {
            let certificates = certificates(&vault.path(path))?;
            let certificates: Vec<_> =
                certificates.iter().map(|one| Certificate::from_der(one.as_ref()).to_owned()).collect();
            let roots = RootCerts::new_with_certs(&certificates);
            config = config.tls_config(UreqTls::builder().root_certs(roots).build());
        }
        let key = vault.secret(credentials.api_key)?;
        let password = vault.secret(credentials.password)?;
        let user = credentials.user.map(|user| vault.text(user)).transpose()?.unwrap_or_default();
        let authorization = if !key.reveal().is_empty() {
            Some(format!("ApiKey {}", key.reveal()))
        } else if !user.is_empty() {
            let pair = STANDARD.encode(format!("{user}:{}", password.reveal()));
            vault.remember(&pair);
            Some(format!("Basic {pair}"))
        } else {
            None
        };
        Ok(Self { agent: config.build().into(), base: base.trim_end_matches('/').to_owned(), authorization })
    }

    /// GET of a path below the address; an empty path is the address itself.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get(&self, path: &str) -> Asked<Response> {
        let mut request =
            self.agent.get(format!("{}{path}", self.base)).header("Accept", "application/json, */*");
        if let Some(authorization) = &self.authorization {
            request = request.header("Authorization", authorization);
        }
        let mut answer = request.call().map_err(|error| trouble(&error))?;
        let product = answer.headers().get("x-elastic-product").and_then(|value| value.to_str().ok());
        let product = product.map(str::to_owned);
        let status = answer.status().as_u16();
        let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let bytes = bytes.map_err(|error| trouble(&error))?;
        Ok(Response { status, product, body: String::from_utf8_lossy(&bytes).into_owned() })
    }

    /// GET of JSON.
    ///
    /// # Errors
    /// When no answer comes, the status is not 200, or the body is no JSON.
    pub fn json(&self, path: &str) -> Asked<(serde_json::Value, Response)> {
        let answer = self.get(path)?;
        match answer.status {
            200 => {}
            401 => return Err(Trouble::new(Kind::Login, "HTTP 401")),
            403 => return Err(Trouble::new(Kind::Denied, "HTTP 403")),
            404 => return Err(Trouble::new(Kind::Unknown, "HTTP 404")),
            other => return Err(Trouble::new(Kind::Other, format!("HTTP {other}"))),
        }
        let value = serde_json::from_str(&answer.body)
            .map_err(|_| Trouble::new(Kind::Protocol, "the answer is no JSON"))?;
        Ok((value, answer))
    }
}

/// What an error of the client means.
fn trouble(error: &Error) -> Trouble {
    match error {
        Error::Io(io) => {
            let trouble = Trouble::of_io(io);
            if trouble.said.contains("Certificate") {
                Trouble { kind: Kind::Tls, ..trouble }
            } else {
                trouble
            }
        }
        Error::Timeout(which) => Trouble::new(Kind::Timeout, format!("timed out: {which}")),
        Error::HostNotFound => Trouble::new(Kind::Name, "no such host"),
        Error::ConnectionFailed => Trouble::new(Kind::Refused, "connection failed"),
        Error::Tls(said) => Trouble::new(Kind::Tls, *said),
        Error::Rustls(tls) => {
            certificate::fault(tls).unwrap_or_else(|| Trouble::new(Kind::Tls, error.to_string()))
        }
        Error::Pem(_) => Trouble::new(Kind::Tls, error.to_string()),
        Error::BadUri(_) => Trouble::new(Kind::Reference, "the address is no URL"),
        Error::BodyExceedsLimit(_) => Trouble::new(Kind::Protocol, "the answer is too large"),
        Error::Protocol(said) => Trouble::new(Kind::Protocol, said.to_string()),
        other => Trouble::new(Kind::Other, other.to_string()),
    }
}
