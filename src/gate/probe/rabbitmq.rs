//! RabbitMQ: what the greeting of AMQP 0-9-1 says, and whether the login works. Nothing is declared.
//!
//! Source: AMQP 0-9-1 specification, class `connection`.

use std::time::{Duration, Instant};

use crate::config::gate::RabbitmqTarget;

use super::super::facts::{Answer, RabbitmqFacts};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::stream::{Stream, connect};
use super::{Plan, Probe, shown};

const HEADER: &[u8] = b"AMQP\0\0\x09\x01";
const CONNECTION: u16 = 10;
const START: u16 = 10;
const START_OK: u16 = 11;
const TUNE: u16 = 30;
const TUNE_OK: u16 = 31;
const OPEN: u16 = 40;
const OPEN_OK: u16 = 41;
const CLOSE: u16 = 50;
/// Reply codes of `close`.
const ACCESS_REFUSED: u16 = 403;
const NOT_ALLOWED: u16 = 530;
/// Largest frame in bytes; the greeting is about 500.
const LARGEST: u32 = 1 << 17;

/// Asks a RabbitMQ.
pub struct RabbitmqProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: RabbitmqTarget,
}

impl Probe for RabbitmqProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let target = &self.target;
        let user = shown(vault, &target.user, "");
        let place =
            format!("{}:{}", shown(vault, &target.host, "localhost"), shown(vault, &target.port, "5672"));
        let mut asks = vec!["AMQP 0-9-1 greeting".to_owned()];
        if !user.is_empty() {
            asks.push(format!("connection.open {}", shown(vault, &target.vhost, "/")));
            asks.push("connection.close".to_owned());
        }
        Plan { whom: if user.is_empty() { place } else { format!("{user} at {place}") }, asks }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let target = &self.target;
        let until = Instant::now() + limit;
        let host = vault.text_or(&target.host, "localhost")?;
        let port = vault.port(&target.port, if target.tls.enabled { 5671 } else { 5672 })?;
        let mut stream = connect(&host, port, &target.tls, vault, until)?;
        stream.send(HEADER)?;
        let start = method(&mut stream)?.expect(START)?;
        // Two bytes of version come first.
        let mut reader = Reader(start.get(2..).unwrap_or_default());
        let properties = reader.table()?;
        let mechanisms = reader.long_text()?;
        let property = |name: &str| {
            properties.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let mut facts =
            RabbitmqFacts { product: property("product"), version: property("version"), login: None };
        let user = vault.text(&target.user)?;
        if !user.is_empty() {
            let password = vault.secret(target.password.as_ref())?;
            let vhost = vault.text_or(&target.vhost, "/")?;
            facts.login = Some(if mechanisms.split(' ').any(|one| one == "PLAIN") {
                login(&mut stream, &user, password.reveal(), &vhost)
            } else {
                Err(Trouble::new(Kind::Login, format!("the server takes {mechanisms}, not PLAIN")))
            });
        }
        Ok(Answer::Rabbitmq(facts))
    }
}

fn login(stream: &mut Stream, user: &str, password: &str, vhost: &str) -> Asked<()> {
    // With this capability the server says why it refuses instead of hanging up.
    let mut capability = short("authentication_failure_close");
    capability.extend([b't', 1]);
    let mut properties = short("capabilities");
    properties.push(b'F');
    properties.extend(long(&capability));
    let mut body = long(&properties);
    body.extend(short("PLAIN"));
    body.extend(long(format!("\0{user}\0{password}").as_bytes()));
    body.extend(short("en_US"));
    send(stream, START_OK, &body)?;
    // A server that knows no such capability only hangs up.
    let tune = method(stream).map_err(|trouble| match trouble.kind {
        Kind::Closed => Trouble::new(Kind::Login, "the server hung up after the login"),
        _ => trouble,
    })?;
    let tune = tune.expect(TUNE)?;
    send(stream, TUNE_OK, tune.get(..8).unwrap_or(&[0; 8]))?;
    let mut open = short(vhost);
    open.extend([0, 0]);
    send(stream, OPEN, &open)?;
    method(stream)?.expect(OPEN_OK)?;
    let mut close = 200u16.to_be_bytes().to_vec();
    close.extend(short(""));
    close.extend([0; 4]);
    send(stream, CLOSE, &close)
}

/// A method of class `connection`.
struct Method {
    class: u16,
    id: u16,
    body: Vec<u8>,
}

impl Method {
    /// The arguments when it is the method that has to come.
    fn expect(self, id: u16) -> Asked<Vec<u8>> {
        if (self.class, self.id) == (CONNECTION, id) {
            return Ok(self.body);
        }
        if (self.class, self.id) == (CONNECTION, CLOSE) {
            let code = self.body.get(..2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
            let said = Reader(self.body.get(2..).unwrap_or_default()).short_text().unwrap_or_default();
            let kind = match code {
                ACCESS_REFUSED => Kind::Login,
                NOT_ALLOWED => Kind::Denied,
                _ => Kind::Other,
            };
            return Err(Trouble::new(kind, format!("{code} {said}")));
        }
        Err(Trouble::new(Kind::Protocol, "another method than the protocol has here"))
    }
}

fn method(stream: &mut Stream) -> Asked<Method> {
    let wrong = |said: &str| Trouble::new(Kind::Protocol, said);
    let head = stream.bytes(7)?;
    let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
    if head[0] != 1 || head[1..3] != [0, 0] || !(4..=LARGEST).contains(&length) {
        return Err(wrong("no frame of AMQP"));
    }
    let body = stream.bytes(length as usize)?;
    if stream.bytes(1)? != [0xce] {
        return Err(wrong("a frame without its end"));
    }
    Ok(Method {
        class: u16::from_be_bytes([body[0], body[1]]),
        id: u16::from_be_bytes([body[2], body[3]]),
        body: body[4..].to_vec(),
    })
}

fn send(stream: &mut Stream, id: u16, body: &[u8]) -> Asked<()> {
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut frame = vec![1, 0, 0];
    frame.extend(length.to_be_bytes());
    frame.extend(CONNECTION.to_be_bytes());
    frame.extend(id.to_be_bytes());
    frame.extend(body);
    frame.push(0xce);
    stream.send(&frame)
}

fn short(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes().get(..text.len().min(255)).unwrap_or_default();
    let mut out = vec![u8::try_from(bytes.len()).unwrap_or(u8::MAX)];
    out.extend(bytes);
    out
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let mut out = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    out.extend(bytes);
    out
}

/// Reads values of AMQP.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Asked<&'a [u8]> {
        let Some((taken, rest)) = self.0.split_at_checked(count) else {
            return Err(Trouble::new(Kind::Protocol, "a value that ends early"));
        };
        self.0 = rest;
        Ok(taken)
    }

    fn short_text(&mut self) -> Asked<String> {
        let count = self.take(1)?[0];
        Ok(String::from_utf8_lossy(self.take(count.into())?).into_owned())
    }

    fn long_bytes(&mut self) -> Asked<&'a [u8]> {
        let count = self.take(4)?;
        let count = u32::from_be_bytes([count[0], count[1], count[2], count[3]]);
        self.take(count as usize)
    }

    fn long_text(&mut self) -> Asked<String> {
        Ok(String::from_utf8_lossy(self.long_bytes()?).into_owned())
    }

    /// The entries of a table that are texts; the others are passed over.
    fn table(&mut self) -> Asked<Vec<(String, String)>> {
        let mut inner = Reader(self.long_bytes()?);
        let mut out = Vec::new();
        while !inner.0.is_empty() {
            let name = inner.short_text()?;
            match inner.take(1)?[0] {
                b'S' => out.push((name, inner.long_text()?)),
                b'F' | b'A' | b'x' => {
                    inner.long_bytes()?;
                }
                b't' | b'b' | b'B' => {
                    inner.take(1)?;
                }
                b's' | b'u' | b'U' => {
                    inner.take(2)?;
                }
                b'I' | b'i' | b'f' => {
                    inner.take(4)?;
                }
                b'D' => {
                    inner.take(5)?;
                }
                b'L' | b'l' | b'd' | b'T' => {
                    inner.take(8)?;
                }
                b'V' => {}
                _ => return Err(Trouble::new(Kind::Protocol, "a value of an unknown type")),
            }
        }
        Ok(out)
    }
}
