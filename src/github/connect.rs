//! Connections to GitHub: directly, or through the proxy of the environment.
//!
//! The client of octocrab itself knows no proxy; the layers above it are the same.

use std::error::Error;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use http::uri::{Authority, Uri};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::{TokioExecutor, TokioIo};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use tokio::net::TcpStream;
use tower_http::follow_redirect::FollowRedirectLayer;
use tower_service::Service;
use url::Url;

use super::environment::Environment;
use crate::proxy::Proxies;

type BoxError = Box<dyn Error + Send + Sync>;

/// A client for the interface that `environment` names, with its token.
///
/// # Errors
/// When an address is none, or no certificates are found.
pub(super) fn client(environment: &Environment) -> Result<Octocrab, BoxError> {
    let base: Uri = environment.api_url.trim_end_matches('/').parse()?;
    let connector = Connector { direct: direct(), proxies: Arc::new(environment.proxies.clone()) };
    // Said before the first request, which would be tried again.
    connector.proxy(&base)?;
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)?
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    let client: Client<_, OctoBody> = Client::builder(TokioExecutor::new()).build(connector);
    let headers = vec![
        (USER_AGENT, HeaderValue::from_static(concat!("bklog-lint/", env!("CARGO_PKG_VERSION")))),
        (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static("2022-11-28")),
    ];
    let token = environment.token.as_ref().map(|token| {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))?;
        value.set_sensitive(true);
        Ok::<_, BoxError>(value)
    });
    // A redirect to another host takes the token off.
    let built = OctocrabBuilder::new_empty()
        .with_service(client)
        .with_layer(&FollowRedirectLayer::new())
        .with_layer(&ExtraHeadersLayer::new(Arc::new(headers)))
        .with_layer(&BaseUriLayer::new(base.clone()))
        .with_layer(&AuthHeaderLayer::new(token.transpose()?, base.clone(), base))
        .with_auth(AuthState::None)
        .build();
    match built {
        Ok(client) => Ok(client),
        Err(never) => match never {},
    }
}

fn direct() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector
}

/// Opens connections as the environment asks for them.
#[derive(Clone)]
struct Connector {
    direct: HttpConnector,
    proxies: Arc<Proxies>,
}

/// A proxy that makes tunnels.
struct Proxy {
    /// The variable that names it, with its host and port: what may be shown.
    shown: String,
    address: Uri,
    login: Option<HeaderValue>,
}

impl Connector {
    /// The proxy for connections to `to`, if they need one.
    fn proxy(&self, to: &Uri) -> Result<Option<Proxy>, BoxError> {
        let url = Url::parse(&to.to_string())?;
        let named = if url.scheme() == "https" { &self.proxies.https } else { &self.proxies.http };
        match named {
            Some((name, address)) if !self.proxies.leaves_out(&url) => Proxy::read(name, address).map(Some),
            _ => Ok(None),
        }
    }
}

impl Proxy {
    /// `http://USER:PASSWORD@HOST:PORT`, or without what is before the host.
    fn read(name: &str, address: &str) -> Result<Self, BoxError> {
        let address = address.trim();
        let whole = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let url = Url::parse(&whole).ok().filter(|url| url.scheme() == "http");
        let place = url.as_ref().and_then(|url| {
            let port = url.port_or_known_default()?;
            Some((url, format!("{}:{port}", url.host_str()?)))
        });
        let Some((url, place)) = place else {
            return Err(format!("{name} is no address of a proxy that speaks HTTP (http://HOST:PORT)").into());
        };
        let login = (!url.username().is_empty()).then(|| {
            let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
            let mut pair = decoded(url.username());
            pair.push(b':');
            pair.extend(decoded(url.password().unwrap_or_default()));
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            HeaderValue::from_str(&format!("Basic {encoded}"))
        });
        Ok(Self {
            shown: format!("the proxy {place} ({name})"),
            address: Uri::builder().scheme("http").authority(place).path_and_query("/").build()?,
            login: login.transpose()?,
        })
    }
}

type Connecting = Pin<Box<dyn Future<Output = Result<TokioIo<TcpStream>, BoxError>> + Send>>;

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Connecting {
        let refused = |error: BoxError| -> Connecting { Box::pin(ready(Err(error))) };
        let proxy = match self.proxy(&to) {
            Ok(None) => {
                let connecting = self.direct.call(to);
                return Box::pin(async { connecting.await.map_err(Into::into) });
            }
            Ok(Some(proxy)) => proxy,
            Err(error) => return refused(error),
        };
        let to = match with_port(&to) {
            Ok(to) => to,
            Err(error) => return refused(error),
        };
        let mut tunnel = Tunnel::new(proxy.address, self.direct.clone());
        if let Some(login) = proxy.login {
            tunnel = tunnel.with_auth(login);
        }
        let connecting = tunnel.call(to);
        let shown = proxy.shown;
        // Only the innermost reason is shown, which would not say that it is about the proxy.
        Box::pin(
            async move { connecting.await.map_err(|error| format!("{shown}: {}", innermost(&error)).into()) },
        )
    }
}

/// The address with its port written out: a tunnel leads to 443 otherwise.
fn with_port(to: &Uri) -> Result<Uri, BoxError> {
    if to.port().is_some() || to.scheme_str() != Some("http") {
        return Ok(to.clone());
    }
    let authority: Authority = format!("{}:80", to.host().unwrap_or_default()).parse()?;
    let mut parts = to.clone().into_parts();
    parts.authority = Some(authority);
    Ok(Uri::from_parts(parts)?)
}

/// The innermost reason, which names what happened; the outer ones only say that something did.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut reason = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_proxies() {
        let read = |address: &str| Proxy::read("HTTPS_PROXY", address).map_err(|error| error.to_string());
        let login = read("http://u%40x:hid%20den@proxy.example:8080/").unwrap();
        assert_eq!(login.shown, "the proxy proxy.example:8080 (HTTPS_PROXY)");
        assert_eq!(login.address, "http://proxy.example:8080/");
        assert_eq!(login.login.unwrap(), "Basic dUB4OmhpZCBkZW4=");
        let bare = read("proxy.example:3128").unwrap();
        assert_eq!((bare.address.to_string().as_str(), bare.login), ("http://proxy.example:3128/", None));
        assert_eq!(read("http://[::1]").unwrap().address, "http://[::1]:80/");
        for other in ["socks5://u:hidden@proxy", "https://u:hidden@proxy", "http://", "hidden proxy"] {
            let error = read(other).err().unwrap();
            assert_eq!(error, "HTTPS_PROXY is no address of a proxy that speaks HTTP (http://HOST:PORT)");
        }
    }

    #[test]
    fn a_tunnel_leads_to_the_port_of_the_address() {
        let port = |address: &str| with_port(&address.parse().unwrap()).unwrap().to_string();
        assert_eq!(port("http://ghe.example/api/v3"), "http://ghe.example:80/api/v3");
        assert_eq!(port("http://[::1]/x"), "http://[::1]:80/x");
        assert_eq!(port("https://api.example/x"), "https://api.example/x");
        assert_eq!(port("http://ghe.example:81/x"), "http://ghe.example:81/x");
    }
}
