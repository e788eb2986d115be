//! TCP with or without TLS, for protocols that no light client speaks. Every read and write ends at one point in time.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::config::gate::TlsConfig;

use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};

/// Host and port of `host:port`, `host`, `[::1]:port`.
///
/// # Errors
/// When the port is none.
pub fn split_address(text: &str, default: u16) -> Asked<(String, u16)> {
    let wrong = || Trouble::new(Kind::Reference, format!("`{text}` is no host:port"));
    let text = text.trim();
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        // An IPv6 address without brackets has no port.
        None if text.matches(':').count() > 1 => match text.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() && host.matches(':').count() == 7 => {
                (host, Some(port))
            }
            _ => (text, None),
        },
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(wrong());
    }
    let port = port.map_or(Ok(default), |port| port.parse().map_err(|_| wrong()))?;
    Ok((host.to_owned(), port))
}

/// A connection that ends at a point in time.
pub struct Stream {
    inner: Inner,
    until: Instant,
}

enum Inner {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Connects.
///
/// # Errors
/// When the name is not known, nobody listens, or TLS fails.
pub fn connect(host: &str, port: u16, tls: &TlsConfig, vault: &Vault, until: Instant) -> Asked<Stream> {
    let addresses =
        (host, port).to_socket_addrs().map_err(|error| Trouble::new(Kind::Name, error.to_string()))?;
    let mut last = Trouble::new(Kind::Name, "the name has no address");
    for address in addresses {
        let left = left(until)?;
        match TcpStream::connect_timeout(&address, left) {
            Ok(tcp) => {
                let inner = match tls.enabled {
                    false => Inner::Plain(tcp),
                    true => {
                        let config = client_config(tls, vault)?;
                        let name = ServerName::try_from(host.to_owned())
                            .map_err(|error| Trouble::new(Kind::Tls, error.to_string()))?;
                        let client = ClientConnection::new(config, name)
                            .map_err(|error| Trouble::new(Kind::Tls, error.to_string()))?;
                        Inner::Tls(Box::new(StreamOwned::new(client, tcp)))
                    }
                };
                return Ok(Stream { inner, until });
            }
            Err(error) => last = Trouble::of_io(&error),
        }
    }
    Err(last)
}

fn left(until: Instant) -> Asked<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Trouble::new(Kind::Timeout, "the time is over")) } else { Ok(left) }
}

fn client_config(tls: &TlsConfig, vault: &Vault) -> Asked<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    match &tls.ca {
        Some(path) => {
            let path = vault.path(path);
            for certificate in certificates(&path)? {
                roots.add(certificate).map_err(|error| Trouble::new(Kind::Tls, error.to_string()))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::new(Kind::Tls, error.to_string()))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

/// The certificates of a PEM file.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn certificates(path: &std::path::Path) -> Asked<Vec<CertificateDer<'static>>> {
    let bytes = crate::source::read_given(path).map_err(|error| Trouble::of_file(path, &error))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(Trouble::new(Kind::File, format!("{}: no certificate in PEM", path.display()))),
    }
}

impl Stream {
    /// Reads exactly so many bytes.
    ///
    /// # Errors
    /// When fewer come in time.
    pub fn bytes(&mut self, count: usize) -> Asked<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.read_exact(&mut bytes).map_err(|error| self.trouble(&error))?;
        Ok(bytes)
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// When they are not taken in time.
    pub fn send(&mut self, bytes: &[u8]) -> Asked<()> {
        self.write_all(bytes).and_then(|()| self.flush()).map_err(|error| self.trouble(&error))
    }

    fn trouble(&self, error: &io::Error) -> Trouble {
        let trouble = Trouble::of_io(error);
        match (&self.inner, trouble.kind) {
            (Inner::Tls(_), Kind::Other | Kind::Protocol) => Trouble { kind: Kind::Tls, ..trouble },
            _ => trouble,
        }
    }

    /// Sets the time that is left on the socket; per read alone, a byte now and then would hold it for ever.
    fn arm(&self) -> io::Result<()> {
        let left =
            left(self.until).map_err(|trouble| io::Error::new(io::ErrorKind::TimedOut, trouble.said))?;
        let tcp = match &self.inner {
            Inner::Plain(tcp) => tcp,
            Inner::Tls(tls) => &tls.sock,
        };
        tcp.set_read_timeout(Some(left))?;
        tcp.set_write_timeout(Some(left))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.arm()?;
        match &mut self.inner {
            Inner::Plain(tcp) => tcp.read(buffer),
            Inner::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.arm()?;
        match &mut self.inner {
            Inner::Plain(tcp) => tcp.write(buffer),
            Inner::Tls(tls) => tls.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.inner {
            Inner::Plain(tcp) => tcp.flush(),
            Inner::Tls(tls) => tls.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let split = |text: &str| split_address(text, 9).unwrap();
        assert_eq!(split("a.b:12"), ("a.b".into(), 12));
        assert_eq!(split("a.b"), ("a.b".into(), 9));
        assert_eq!(split("[::1]:12"), ("::1".into(), 12));
        assert_eq!(split("::1"), ("::1".into(), 9));
        assert!(split_address("a:b", 9).is_err() && split_address(":1", 9).is_err());
    }
}
