//! TLS before a service that has none: takes a connection with a certificate and hands on what is said.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long one direction is listened to before it is the other's turn.
const TURN: Duration = Duration::from_millis(10);

/// Starts it before the port `to`; the port that it gives is its own as long as the test runs.
pub(crate) fn before(to: u16, certificate: &Path, key: &Path) -> u16 {
    let chain: Vec<_> = CertificateDer::pem_file_iter(certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = config.clone();
            thread::spawn(move || hand_on(stream, config, to));
        }
    });
    port
}

fn hand_on(client: TcpStream, config: Arc<ServerConfig>, to: u16) {
    let Ok(service) = TcpStream::connect(("127.0.0.1", to)) else { return };
    client.set_read_timeout(Some(TURN)).unwrap();
    service.set_read_timeout(Some(TURN)).unwrap();
    let mut client = StreamOwned::new(ServerConnection::new(config).unwrap(), client);
    let mut service = service;
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
