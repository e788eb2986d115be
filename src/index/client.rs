//! Requests, with pip's own settings for time-outs, proxies and certificates.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use ureq::config::RedirectAuthHeaders;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, ResponseExt};
use url::Url;

use super::netrc::Netrc;
use super::pip::Settings;
use super::sources::may_be_asked;
use crate::findings::Bilingual;
use crate::proxy::Proxies;

/// The largest answer that is read: the pages of projects with thousands of files are below it.
const LARGEST: u64 = 64 << 20;
/// How often a host may fail to answer before it is asked no more.
const PATIENCE: u32 = 2;

/// Asks hosts.
pub(super) struct Client {
    /// Without a proxy.
    direct: Agent,
    /// Through the proxy for `http` addresses, where there is one.
    http: Option<Agent>,
    /// Through the proxy for `https` addresses.
    https: Option<Agent>,
    proxies: Proxies,
    netrc: Netrc,
    trusted: Vec<String>,
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

/// A file, or a piece of it.
pub(super) enum Part {
    /// The server gives files whole.
    Whole(Vec<u8>),
    /// From `start` of a file of this length.
    Piece {
        /// Where the piece begins.
        start: u64,
        /// What it holds.
        bytes: Vec<u8>,
        /// How long the file is.
        length: u64,
    },
}

/// Why nothing came back; holds no part of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// Larger than what is read.
    TooLarge,
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
            Self::TooLarge => (
                "gives more than this program reads: the wheel has to be fetched whole, and it is too large for that",
                "返回的内容过大：只能下载完整的 wheel，而其大小超出读取上限",
            ),
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
        let tls = TlsConfig::builder().root_certs(certificates).build();
        let agent = |proxy: Option<ureq::Proxy>| {
            let config = Agent::config_builder()
                .http_status_as_error(false)
                .redirect_auth_headers(RedirectAuthHeaders::SameHost)
                .timeout_global(Some(settings.timeout))
                .user_agent(concat!("bklog-lint/", env!("CARGO_PKG_VERSION")))
                .tls_config(tls.clone())
                .proxy(proxy);
            config.build().new_agent()
        };
        // pip's own proxy counts for every host; that of the environment, by the scheme of the address.
        let mut proxies = Proxies::of(&|name| std::env::var(name).ok());
        if let Some(proxy) = &settings.proxy {
            let own = Some(("pip's `proxy`".to_owned(), proxy.clone()));
            proxies = Proxies { http: own.clone(), https: own, ..Proxies::default() };
        }
        let through = |proxy: &Option<(String, String)>| match proxy {
            None => Ok(None),
            Some((name, address)) => match ureq::Proxy::new(address) {
                Ok(proxy) => Ok(Some(agent(Some(proxy)))),
                Err(_) => Err(Bilingual::new(
                    format!("--index: nothing was asked: {name} is no address of a proxy"),
                    format!("--index：未询问：{name} 不是有效的代理地址"),
                )),
            },
        };
        Ok(Self {
            direct: agent(None),
            http: through(&proxies.http)?,
            https: through(&proxies.https)?,
            proxies,
            netrc: Netrc::read(),
            trusted: settings.trusted.clone(),
            silent: Mutex::default(),
        })
    }

    fn agent(&self, url: &Url) -> &Agent {
        let proxied = if url.scheme() == "https" { &self.https } else { &self.http };
        proxied.as_ref().filter(|_| !self.proxies.leaves_out(url)).unwrap_or(&self.direct)
    }

    /// Gets `url`. Credentials are those of the address, or of `index` where both stand on one host, or else of the
    /// user's `.netrc`.
    ///
    /// # Errors
    /// When no answer with status 200 comes back; a host that was silent is not asked for ever.
    pub(super) fn get(&self, url: &Url, index: &Url, accept: &str) -> Result<Answer, Failure> {
        self.patiently(url, || {
            let mut response = self.ask(url, index, &[("Accept", accept)])?;
            if response.status() != 200 {
                return Err(Failure::Status(response.status().as_u16()));
            }
            let is_json = response.body().mime_type().is_some_and(|kind| kind.ends_with("json"));
            let url = Url::parse(&response.get_uri().to_string()).unwrap_or_else(|_| url.clone());
            Ok(Answer { url, is_json, bytes: body(&mut response, LARGEST)? })
        })
    }

    /// The last `size` bytes of a file, or all of it.
    ///
    /// # Errors
    /// As [`Self::get`], and where the file comes whole and is too large.
    pub(super) fn end_of(&self, url: &Url, index: &Url, size: u64) -> Result<Part, Failure> {
        self.patiently(url, || {
            let range = format!("bytes=-{size}");
            // What the server packs for the way has other positions.
            let mut response = self.ask(url, index, &[("Range", &range), ("Accept-Encoding", "identity")])?;
            match response.status().as_u16() {
                200 => Ok(Part::Whole(body(&mut response, LARGEST)?)),
                206 => {
                    let written =
                        response.headers().get("content-range").and_then(|value| value.to_str().ok());
                    let (start, length) = written.and_then(content_range).ok_or(Failure::Garbage)?;
                    let bytes = body(&mut response, size)?;
                    Ok(Part::Piece { start, bytes, length })
                }
                status => Err(Failure::Status(status)),
            }
        })
    }

    /// A piece of a file whose server gives pieces.
    ///
    /// # Errors
    /// As [`Self::get`], and where something else comes back than that piece.
    pub(super) fn piece(&self, url: &Url, index: &Url, range: Range<u64>) -> Result<Vec<u8>, Failure> {
        self.patiently(url, || {
            let last = range.end.saturating_sub(1);
            let written = format!("bytes={}-{last}", range.start);
            let mut response =
                self.ask(url, index, &[("Range", &written), ("Accept-Encoding", "identity")])?;
            match response.status().as_u16() {
                206 => body(&mut response, range.end - range.start),
                200 => Err(Failure::Garbage),
                status => Err(Failure::Status(status)),
            }
        })
    }

    fn patiently<T>(&self, url: &Url, ask: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let host = host(url);
        if self.lock().get(&host).is_some_and(|times| *times >= PATIENCE) {
            return Err(Failure::Offline);
        }
        let result = ask();
        if matches!(result, Err(Failure::Offline | Failure::Slow)) {
            *self.lock().entry(host).or_default() += 1;
        }
        result
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, url: &Url, index: &Url, headers: &[(&str, &str)]) -> Result<Response<Body>, Failure> {
        let same = (index.origin() == url.origin()).then_some(index);
        let authorization = authorization(url).or_else(|| authorization(same?)).or_else(|| {
            let (login, password) = self.netrc.of(url.host_str()?)?;
            // Not for everybody on the way to read.
            may_be_asked(url, &self.trusted).then(|| basic(login.as_bytes(), password.as_bytes()))
        });
        let mut plain = url.clone();
        // An address cannot refuse this unless it has no host, and then there is nothing to hide.
        let _ = plain.set_username("");
        let _ = plain.set_password(None);
        let mut request = self.agent(&plain).get(plain.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        request.call().map_err(failure)
    }
}

/// The body of an answer, up to a limit.
fn body(response: &mut Response<Body>, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut reader = response.body_mut().with_config().limit(limit).reader();
    reader.read_to_end(&mut bytes).map_err(|error| failure(error.into()))?;
    Ok(bytes)
}

/// Where the piece begins and how long the file is: `bytes 100-199/1000`.
fn content_range(written: &str) -> Option<(u64, u64)> {
    let (range, length) = written.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end, length): (u64, u64, u64) =
        (start.parse().ok()?, end.parse().ok()?, length.parse().ok()?);
    (start <= end && end < length).then_some((start, length))
}

/// The header that carries the credentials of an address.
fn authorization(url: &Url) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    Some(basic(&decoded(user), &decoded(password.unwrap_or_default())))
}

fn basic(user: &[u8], password: &[u8]) -> String {
    format!("Basic {}", BASE64_STANDARD.encode([user, b":", password].concat()))
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Slow,
        ureq::Error::BodyExceedsLimit(_) => Failure::TooLarge,
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
