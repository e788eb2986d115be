//! Requests, with pip's own settings for time-outs, proxies and certificates.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use ureq::config::RedirectAuthHeaders;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, ResponseExt};
use url::Url;

use super::pip::Settings;
use crate::findings::Bilingual;

/// The largest answer that is read: the pages of projects with thousands of files are below it.
const LARGEST: u64 = 64 << 20;
/// How often a host may fail to answer before it is asked no more.
const PATIENCE: u32 = 2;

/// Asks hosts.
pub(super) struct Client {
    agent: Agent,
    /// By host, how often it did not answer.
    silent: Mutex<BTreeMap<Arc<str>, u32>>,
}

/// What came back.
pub(super) struct Answer {
    /// The address that answered, after redirects.
    pub(super) url: Url,
    /// It says that it is JSON.
    pub(super) is_json: bool,
    /// The answer.
    pub(super) bytes: Vec<u8>,
}

/// Why nothing came back; holds no part of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// The simple API is there as HTML alone.
    NoJson,
    /// Not what was asked for.
    Garbage,
    /// Another answer than 200.
    Status(u16),
    /// TLS: the certificate, the protocol.
    Tls,
    /// No answer in time.
    Slow,
    /// No connection.
    Offline,
}

impl Failure {
    /// The end of a sentence that begins with the host, English and Chinese.
    pub(super) fn text(&self) -> (String, String) {
        let (en, zh) = match self {
            Self::NoJson => ("speaks no JSON (PEP 691), only HTML", "不支持 JSON（PEP 691），只提供 HTML"),
            Self::Garbage => ("answers with something else than what was asked for", "返回的内容无法识别"),
            Self::Status(401 | 403 | 407) => {
                ("refuses the credentials, or wants some", "拒绝了凭据，或需要凭据")
            }
            Self::Status(status) => {
                return (format!("answers with status {status}"), format!("返回状态码 {status}"));
            }
            Self::Tls => (
                "cannot be trusted: its certificate is not known (pip's `cert` names another bundle)",
                "的证书不受信任（可用 pip 的 `cert` 指定证书文件）",
            ),
            Self::Slow => (
                "does not answer in time (pip's `timeout` gives it longer)",
                "未能及时应答（可用 pip 的 `timeout` 延长等待时间）",
            ),
            Self::Offline => (
                "cannot be reached: no network, a proxy that is missing, or a wrong address",
                "无法连接：没有网络、未设置代理，或地址有误",
            ),
        };
        (en.to_owned(), zh.to_owned())
    }
}

/// Host and port of an address: all of it that is ever shown.
pub(super) fn host(url: &Url) -> Arc<str> {
    let host = url.host_str().unwrap_or("?");
    url.port().map_or_else(|| host.into(), |port| format!("{host}:{port}").into())
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    /// When the bundle of certificates or the address of the proxy cannot be used.
    pub(super) fn new(settings: &Settings) -> Result<Self, Bilingual> {
        let certificates = match &settings.certificates {
            None => RootCerts::PlatformVerifier,
            Some(path) => {
                let bytes = crate::source::read_given(path).unwrap_or_default();
                let found = parse_pem(&bytes).filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                });
                let found: Vec<_> = found.collect();
                if found.is_empty() {
                    let shown = path.display();
                    return Err(Bilingual::new(
                        format!(
                            "--index: nothing was asked: {shown}, which pip's `cert` names, holds no certificate"
                        ),
                        format!("--index：未询问：pip 的 `cert` 指定的 {shown} 中没有证书"),
                    ));
                }
                found.into()
            }
        };
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .timeout_global(Some(settings.timeout))
            .user_agent(concat!("bklog-lint/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(certificates).build());
        if let Some(proxy) = &settings.proxy {
            let proxy = ureq::Proxy::new(proxy).map_err(|_| {
                Bilingual::new(
                    "--index: nothing was asked: pip's `proxy` is no address of a proxy",
                    "--index：未询问：pip 的 `proxy` 不是有效的代理地址",
                )
            })?;
            config = config.proxy(Some(proxy));
        }
        Ok(Self { agent: config.build().new_agent(), silent: Mutex::default() })
    }

    /// Gets `url`. Credentials are those of the address, or of `index` where both stand on one host.
    ///
    /// # Errors
    /// When no answer with status 200 comes back; a host that was silent is not asked for ever.
    pub(super) fn get(&self, url: &Url, index: Option<&Url>, accept: &str) -> Result<Answer, Failure> {
        let host = host(url);
        if self.lock().get(&host).is_some_and(|times| *times >= PATIENCE) {
            return Err(Failure::Offline);
        }
        let result = self.ask(url, index, accept);
        if matches!(result, Err(Failure::Offline | Failure::Slow)) {
            *self.lock().entry(host).or_default() += 1;
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, url: &Url, index: Option<&Url>, accept: &str) -> Result<Answer, Failure> {
        let same = index.filter(|index| index.origin() == url.origin());
        let authorization = authorization(url).or_else(|| authorization(same?));
        let mut plain = url.clone();
        // An address cannot refuse this unless it has no host, and then there is nothing to hide.
        let _ = plain.set_username("");
        let _ = plain.set_password(None);
        let mut request = self.agent.get(plain.as_str()).header("Accept", accept);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = request.call().map_err(failure)?;
        if response.status() != 200 {
            return Err(Failure::Status(response.status().as_u16()));
        }
        let is_json = response.body().mime_type().is_some_and(|kind| kind.ends_with("json"));
        let url = Url::parse(&response.get_uri().to_string()).unwrap_or(plain);
        let mut bytes = Vec::new();
        let mut body = response.body_mut().with_config().limit(LARGEST).reader();
        body.read_to_end(&mut bytes).map_err(|error| failure(error.into()))?;
        Ok(Answer { url, is_json, bytes })
    }
}

/// The header that carries the credentials of an address.
fn authorization(url: &Url) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    let pair = [decoded(user), b":".to_vec(), decoded(password.unwrap_or_default())].concat();
    Some(format!("Basic {}", BASE64_STANDARD.encode(pair)))
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Slow,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => Failure::Tls,
        ureq::Error::StatusCode(status) => Failure::Status(status),
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            Failure::Offline
        }
        ureq::Error::Io(error) => match error.kind() {
            std::io::ErrorKind::TimedOut => Failure::Slow,
            // rustls reports what it thinks of certificates through here.
            std::io::ErrorKind::InvalidData => Failure::Tls,
            _ => Failure::Offline,
        },
        _ => Failure::Garbage,
    }
}
