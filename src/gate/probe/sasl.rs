//! The login to a Kafka: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512.
//!
//! Source: the protocol guide, `SaslHandshake` (key 17) and `SaslAuthenticate` (key 36); RFC 4616, RFC 5802, RFC 7677.
//! Brokers before 1.0 have no `SaslAuthenticate`: after the handshake they take bare tokens with their length. What the
//! mechanisms say is `rsasl`'s business.

use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, State};

use crate::config::gate::SaslMechanism;

use super::super::facts::Ranges;
use super::super::secret::Secret;
use super::super::trouble::{Asked, Kind, Trouble};
use super::kafka::{Reader, ask, frame};
use super::stream::Stream;

pub(super) const HANDSHAKE: i16 = 17;
pub(super) const AUTHENTICATE: i16 = 36;

/// Error codes of the protocol.
const UNSUPPORTED_MECHANISM: i16 = 33;
const ILLEGAL_STATE: i16 = 34;
const FAILED: i16 = 58;
/// Tokens of one login; SCRAM has two.
const MOST_TOKENS: usize = 4;
/// Rounds of hashing that a broker may ask for; Kafka's own tools take 4,096. More would only keep this machine busy.
const MOST_ROUNDS: u64 = 1_000_000;

/// Who logs in, and how.
pub(super) struct Login {
    pub(super) mechanism: SaslMechanism,
    pub(super) user: String,
    pub(super) password: Secret,
}

/// How tokens go to the broker.
#[derive(Clone, Copy)]
enum Way {
    /// In requests of their own.
    Requests,
    /// Bare.
    Bare,
}

/// Logs in on a connection whose ranges of requests are known.
///
/// # Errors
/// When the broker takes no such login, or not this one.
pub(super) fn login(stream: &mut Stream, ranges: &Ranges, login: &Login) -> Asked<()> {
    let way = if ranges.contains_key(&AUTHENTICATE) { Way::Requests } else { Way::Bare };
    handshake(stream, way, login.mechanism)?;
    let mut session = session(login)?;
    let mut input: Option<Vec<u8>> = None;
    for _ in 0..MOST_TOKENS {
        if let Some(input) = &input {
            bounded(input)?;
        }
        let mut token = Vec::new();
        let state: State = session
            .step(input.as_deref(), &mut token)
            // A broker that cannot prove that it knows the password ends here as well.
            .map_err(|error| Trouble::new(Kind::Login, format!("{}: {error}", login.mechanism.key())))?;
        if state.has_sent_message() {
            input = Some(exchange(stream, way, &token)?);
        }
        if state.is_finished() {
            return Ok(());
        }
    }
    Err(Trouble::new(Kind::Protocol, "the login comes to no end"))
}

fn session(login: &Login) -> Asked<Session> {
    let wrong = |said: String| Trouble::new(Kind::Login, said);
    let config = SASLConfig::with_credentials(None, login.user.clone(), login.password.reveal().to_owned())
        .map_err(|error| wrong(error.to_string()))?;
    let name = Mechname::parse(login.mechanism.key().as_bytes()).map_err(|error| wrong(error.to_string()))?;
    SASLClient::new(config).start_suggested(&[name]).map_err(|error| wrong(error.to_string()))
}

fn handshake(stream: &mut Stream, way: Way, mechanism: SaslMechanism) -> Asked<()> {
    let version = match way {
        Way::Requests => 1,
        Way::Bare => 0,
    };
    let name = mechanism.key();
    let mut body = Vec::new();
    body.extend(i16::try_from(name.len()).unwrap_or_default().to_be_bytes());
    body.extend(name.as_bytes());
    let answer = ask(stream, HANDSHAKE, version, &body)?;
    let mut reader = Reader(&answer);
    match reader.short()? {
        0 => Ok(()),
        UNSUPPORTED_MECHANISM => {
            let count = reader.long()?.clamp(0, 32);
            let offered: Vec<String> = (0..count).map(|_| reader.text()).collect::<Asked<_>>()?;
            Err(Trouble::new(Kind::Login, format!("the broker takes {}, not {name}", offered.join(", "))))
        }
        ILLEGAL_STATE => Err(Trouble::new(Kind::Login, "this port of the broker takes no login")),
        error => Err(Trouble::new(Kind::Other, format!("SaslHandshake: error {error}"))),
    }
}

/// Sends a token and gives the broker's.
fn exchange(stream: &mut Stream, way: Way, token: &[u8]) -> Asked<Vec<u8>> {
    let mut bytes = i32::try_from(token.len()).unwrap_or_default().to_be_bytes().to_vec();
    bytes.extend(token);
    match way {
        Way::Bare => {
            let answer = stream.send(&bytes).and_then(|()| frame(stream, 0));
            // These brokers hang up where others say why.
            answer.map_err(|trouble| match trouble.kind {
                Kind::Closed => Trouble::new(Kind::Login, "the broker hung up at the login"),
                _ => trouble,
            })
        }
        Way::Requests => {
            let answer = ask(stream, AUTHENTICATE, 0, &bytes)?;
            let mut reader = Reader(&answer);
            let error = reader.short()?;
            let said = reader.text()?;
            match error {
                0 => reader.bytes(),
                FAILED => Err(Trouble::new(Kind::Login, said)),
                other => Err(Trouble::new(Kind::Login, format!("error {other} {said}").trim().to_owned())),
            }
        }
    }
}

/// Whether the first message of a SCRAM server asks for a bearable number of rounds.
fn bounded(message: &[u8]) -> Asked<()> {
    let text = String::from_utf8_lossy(message);
    let rounds = text.split(',').find_map(|part| part.strip_prefix("i="));
    match rounds.map(str::parse::<u64>) {
        Some(Ok(rounds)) if rounds > MOST_ROUNDS => {
            Err(Trouble::new(Kind::Protocol, format!("the broker asks for {rounds} rounds of hashing")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_without_measure_are_refused() {
        assert!(bounded(b"r=abc,s=QSXCR+Q6sek8bf92,i=4096").is_ok());
        assert!(bounded(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").is_ok());
        assert_eq!(bounded(b"r=abc,s=QQ==,i=4000000000").unwrap_err().kind, Kind::Protocol);
    }

    #[test]
    fn every_mechanism_begins() {
        for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512] {
            let login = Login { mechanism, user: "u,=".to_owned(), password: Secret::default() };
            let mut token = Vec::new();
            let begun = session(&login).and_then(|mut session| {
                session.step(None, &mut token).map_err(|error| Trouble::new(Kind::Other, error.to_string()))
            });
            // RFC 4616 has no empty passwords.
            assert_eq!(begun.is_ok(), mechanism != SaslMechanism::Plain, "{begun:?}");
        }
    }
}
