//! Kafka: the ranges of request versions that each broker takes. There is no version string in the protocol.
//!
//! Source: the protocol guide, `ApiVersions` (key 18), version 0, which every broker since 0.10 answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::config::gate::KafkaTarget;

use super::super::facts::{Answer, KafkaFacts};
use super::super::secret::Vault;
use super::super::trouble::{Asked, Kind, Trouble};
use super::stream::{connect, split_address};
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
        Plan { whom: brokers.join(", "), asks: vec!["ApiVersions v0".to_owned()] }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        let until = Instant::now() + limit;
        let mut facts = KafkaFacts::default();
        for broker in &self.target.brokers {
            // A variable may hold the whole list.
            for address in vault.text(broker)?.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                let asked = self.broker(address, vault, until);
                facts.brokers.push((address.to_owned(), asked));
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
    fn broker(&self, address: &str, vault: &Vault, until: Instant) -> Asked<BTreeMap<i16, (i16, i16)>> {
        let (host, port) = split_address(address, 9092)?;
        let mut stream = connect(&host, port, &self.target.tls, vault, until)?;
        stream.send(&request())?;
        let length = i32::from_be_bytes(array(&stream.bytes(4)?)?);
        if !(10..=LARGEST).contains(&length) {
            return Err(Trouble::new(Kind::Protocol, "the length of the answer is none of Kafka's"));
        }
        let body = stream.bytes(usize::try_from(length).unwrap_or_default())?;
        read(&body)
    }
}

fn request() -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(API_VERSIONS.to_be_bytes());
    body.extend(0i16.to_be_bytes());
    body.extend(CORRELATION.to_be_bytes());
    body.extend(i16::try_from(CLIENT.len()).unwrap_or_default().to_be_bytes());
    body.extend(CLIENT.as_bytes());
    let mut out = u32::try_from(body.len()).unwrap_or_default().to_be_bytes().to_vec();
    out.extend(body);
    out
}

fn array<const N: usize>(bytes: &[u8]) -> Asked<[u8; N]> {
    let cut = bytes.get(..N).and_then(|bytes| bytes.try_into().ok());
    cut.ok_or_else(|| Trouble::new(Kind::Protocol, "the answer ends early"))
}

fn read(body: &[u8]) -> Asked<BTreeMap<i16, (i16, i16)>> {
    let wrong = |said: &str| Trouble::new(Kind::Protocol, said);
    let rest = |at: usize| body.get(at..).unwrap_or_default();
    if i32::from_be_bytes(array(body)?) != CORRELATION {
        return Err(wrong("the answer belongs to no request of ours"));
    }
    let error = i16::from_be_bytes(array(rest(4))?);
    if error != 0 {
        return Err(Trouble::new(Kind::Other, format!("error {error}")));
    }
    let count = i32::from_be_bytes(array(rest(6))?);
    let entries = rest(10);
    if usize::try_from(count).ok().and_then(|count| count.checked_mul(6)) != Some(entries.len()) {
        return Err(wrong("the list of the answer has another length than it says"));
    }
    let number = |at: &[u8]| array(at).map(i16::from_be_bytes);
    entries
        .chunks_exact(6)
        .map(|entry| Ok((number(entry)?, (number(&entry[2..])?, number(&entry[4..])?))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(entries: &[(i16, i16, i16)]) -> Vec<u8> {
        let mut body = CORRELATION.to_be_bytes().to_vec();
        body.extend(0i16.to_be_bytes());
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
        other[3] ^= 1;
        assert_eq!(read(&other).unwrap_err().kind, Kind::Protocol);
    }
}
