//! TLS before a service: takes a connection with a certificate and hands on what is said.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// How long one direction is listened to before it is the other's turn.
const TURN: Duration = Duration::from_millis(10);

/// Starts it before a service without TLS at the port `to`; the port that it gives is its own as long as the test runs.
pub(crate) fn before(to: u16, certificate: &Path, key: &Path) -> u16 {
    let config = server(certificate, key);
    listen(move |client| {
        let Ok(service) = TcpStream::connect(("127.0.0.1", to)) else { return };
        service.set_read_timeout(Some(TURN)).unwrap();
        hand_on(client, config.clone(), service);
    })
}

/// The same before a server of MySQL's protocol with TLS, which both sides turn to after the greeting. To the server it is
/// a client that trusts `ca`.
pub(crate) fn before_mysql(to: u16, certificate: &Path, key: &Path, ca: &Path) -> u16 {
    let config = server(certificate, key);
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let to_server = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let to_server = Arc::new(to_server);
    listen(move |mut client| {
        let Ok(mut service) = TcpStream::connect(("127.0.0.1", to)) else { return };
        // The greeting, and the wish for TLS.
        if packet(&mut service, &mut client).and_then(|()| packet(&mut client, &mut service)).is_err() {
            return;
        }
        service.set_read_timeout(Some(TURN)).unwrap();
        let tls = ClientConnection::new(to_server.clone(), "localhost".try_into().unwrap()).unwrap();
        hand_on(client, config.clone(), StreamOwned::new(tls, service));
    })
}

/// Hands on one packet of MySQL's protocol.
fn packet(from: &mut TcpStream, to: &mut TcpStream) -> std::io::Result<()> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
    from.read_exact(&mut body)?;
    to.write_all(&[&head[..], &body].concat())
}

fn server(certificate: &Path, key: &Path) -> Arc<ServerConfig> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

fn listen(take: impl Fn(TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let take = take.clone();
            thread::spawn(move || take(stream));
        }
    });
    port
}

fn hand_on(client: TcpStream, config: Arc<ServerConfig>, mut service: impl Read + Write) {
    client.set_read_timeout(Some(TURN)).unwrap();
    let mut client = StreamOwned::new(ServerConnection::new(config).unwrap(), client);
    let mut buffer = vec![0; 1 << 16];
    loop {
        if !pass(&mut client, &mut service, &mut buffer) || !pass(&mut service, &mut client, &mut buffer) {
            return;
        }
    }
}

/// Hands on what is there; false at the end.
fn pass(from: &mut impl Read, to: &mut impl Write, buffer: &mut [u8]) -> bool {
    match from.read(buffer) {
        Ok(0) => false,
        Ok(length) => to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_ok(),
        Err(error) => matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}
