//! Kafka: the ranges of request versions that each broker takes. There is no version string in the protocol.
//!
//! Source: the protocol guide, `ApiVersions` (key 18), version 0, which every broker since 0.10 answers, before a login too.

use std::time::{Duration, Instant};

use crate::config::gate::{KafkaTarget, SaslMechanism};

use super::super::facts::{Answer, KafkaFacts, Ranges};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::sasl::{self, Login};
use super::stream::{Stream, connect, split_address};
use super::{Plan, Probe, shown};

const API_VERSIONS: i16 = 18;
const CORRELATION: i32 = 0x0062_6b6c;
const CLIENT: &str = "bklog-lint";
/// Largest answer in bytes; a broker's is below 1 KiB.
const LARGEST: i32 = 1 << 16;

/// Asks a Kafka.
pub struct KafkaProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: KafkaTarget,
}

impl Probe for KafkaProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        let brokers: Vec<String> = self.target.brokers.iter().map(|one| shown(vault, one, "")).collect();
        let user = shown(vault, &self.target.user, "");
        let mut asks = vec!["ApiVersions v0".to_owned()];
        if !user.is_empty() {
            let mechanism = self.target.mechanism.map_or("no mechanism", SaslMechanism::key);
            asks.push(format!("SaslHandshake {mechanism}"));
            asks.push("SaslAuthenticate".to_owned());
        }
        let brokers = brokers.join(", ");
        Plan { whom: if user.is_empty() { brokers } else { format!("{user} at {brokers}") }, asks }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let until = Instant::now() + limit;
        let login = self.login(vault)?;
        let mut facts = KafkaFacts::default();
        for broker in &self.target.brokers {
            // A variable may hold the whole list.
            for address in vault.text(broker)?.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                let asked = self.broker(address, vault, until, login.as_ref());
                let (ranges, told) = match asked {
                    Ok((ranges, told)) => (Ok(ranges), told),
                    Err(trouble) => (Err(trouble), None),
                };
                facts.logins.extend(told.map(|told| (address.to_owned(), told)));
                facts.brokers.push((address.to_owned(), ranges));
            }
        }
        match facts.brokers.iter().map(|(_, asked)| asked).collect::<Vec<_>>()[..] {
            [] => Err(Trouble::new(Kind::Reference, "`brokers` is empty")),
            [Err(only)] => Err(only.clone()),
            _ => Ok(Answer::Kafka(facts)),
        }
    }
}

impl KafkaProbe {
    fn login(&self, vault: &Vault) -> Asked<Option<Login>> {
        let user = vault.text(&self.target.user)?;
        if user.is_empty() {
            return Ok(None);
        }
        let Some(mechanism) = self.target.mechanism else {
            return Err(Trouble::new(
                Kind::Reference,
                "`user` needs a `mechanism`: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
            ));
        };
        Ok(Some(Login { mechanism, user, password: vault.secret(self.target.password.as_ref())? }))
    }

    /// What a broker offers, and how the login ended where somebody logs in.
    fn broker(
        &self,
        address: &str,
        vault: &Vault,
        until: Instant,
        login: Option<&Login>,
    ) -> Asked<(Ranges, Option<Asked<()>>)> {
        let (host, port) = split_address(address, 9092)?;
        let mut stream = connect(&host, port, &self.target.tls, vault, until)?;
        let ranges = read(&ask(&mut stream, API_VERSIONS, 0, &[])?)?;
        let told = login.map(|login| sasl::login(&mut stream, &ranges, login));
        Ok((ranges, told))
    }
}

/// Sends a request and gives the answer to it.
pub(super) fn ask(stream: &mut Stream, key: i16, version: i16, body: &[u8]) -> Asked<Vec<u8>> {
    let mut request = Vec::new();
    request.extend(key.to_be_bytes());
    request.extend(version.to_be_bytes());
    request.extend(CORRELATION.to_be_bytes());
    request.extend(i16::try_from(CLIENT.len()).unwrap_or_default().to_be_bytes());
    request.extend(CLIENT.as_bytes());
    request.extend(body);
    let mut bytes = u32::try_from(request.len()).unwrap_or_default().to_be_bytes().to_vec();
    bytes.extend(request);
    stream.send(&bytes)?;
    let mut answer = frame(stream, 4)?;
    if Reader(&answer).long()? != CORRELATION {
        return Err(Trouble::new(Kind::Protocol, "the answer belongs to no request of ours"));
    }
    answer.drain(..4);
    Ok(answer)
}

/// Bytes with their length before them.
pub(super) fn frame(stream: &mut Stream, least: i32) -> Asked<Vec<u8>> {
    let length = Reader(&stream.bytes(4)?).long()?;
    if !(least..=LARGEST).contains(&length) {
        return Err(Trouble::new(Kind::Protocol, "the length of the answer is none of Kafka's"));
    }
    stream.bytes(usize::try_from(length).unwrap_or_default())
}

/// Reads what the protocol writes, from the front.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Asked<[u8; N]> {
        let Some((array, rest)) = self.0.split_first_chunk() else {
            return Err(Trouble::new(Kind::Protocol, "the answer ends early"));
        };
        self.0 = rest;
        Ok(*array)
    }

    pub(super) fn short(&mut self) -> Asked<i16> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn long(&mut self) -> Asked<i32> {
        self.array().map(i32::from_be_bytes)
    }

    fn take(&mut self, length: usize) -> Asked<Vec<u8>> {
        let Some((taken, rest)) = self.0.split_at_checked(length) else {
            return Err(Trouble::new(Kind::Protocol, "the answer ends early"));
        };
        self.0 = rest;
        Ok(taken.to_vec())
    }

    /// A text; none at all is an empty one.
    pub(super) fn text(&mut self) -> Asked<String> {
        let length = usize::try_from(self.short()?).unwrap_or_default();
        Ok(String::from_utf8_lossy(&self.take(length)?).into_owned())
    }

    pub(super) fn bytes(&mut self) -> Asked<Vec<u8>> {
        let length = usize::try_from(self.long()?).unwrap_or_default();
        self.take(length)
    }
}

/// The ranges of an answer to `ApiVersions`.
fn read(body: &[u8]) -> Asked<Ranges> {
    let mut reader = Reader(body);
    let error = reader.short()?;
    if error != 0 {
        return Err(Trouble::new(Kind::Other, format!("error {error}")));
    }
    let count = reader.long()?;
    if usize::try_from(count).ok().and_then(|count| count.checked_mul(6)) != Some(reader.0.len()) {
        return Err(Trouble::new(Kind::Protocol, "the list of the answer has another length than it says"));
    }
    (0..count).map(|_| Ok((reader.short()?, (reader.short()?, reader.short()?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(entries: &[(i16, i16, i16)]) -> Vec<u8> {
        let mut body = 0i16.to_be_bytes().to_vec();
        body.extend(i32::try_from(entries.len()).unwrap().to_be_bytes());
        entries.iter().for_each(|(key, low, high)| {
            [key, low, high].into_iter().for_each(|one| body.extend(one.to_be_bytes()));
        });
        body
    }

    #[test]
    fn ranges_are_read_and_anything_else_is_refused() {
        let good = answer(&[(0, 0, 9), (18, 0, 3)]);
        assert_eq!(read(&good).unwrap(), [(0, (0, 9)), (18, (0, 3))].into());
        for cut in 0..good.len() {
            assert!(read(&good[..cut]).is_err(), "{cut}");
        }
        let mut other = good.clone();
        other[5] ^= 1;
        assert_eq!(read(&other).unwrap_err().kind, Kind::Protocol);
    }
}
