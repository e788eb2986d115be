//! Kafka: which releases the ranges of request versions fit, and whether the pinned client finds what it sends.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use pep440_rs::VersionSpecifiers;
use serde::Deserialize;

use crate::pins::facts::specifiers;

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::{KafkaFacts, Ranges};
use super::super::trouble::Trouble;
use super::{Checks, clients, list};

const FACTS: &str = include_str!("../../../rules/facts/kafka_releases.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    release: Vec<Release>,
    client: Vec<Client>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    name: String,
    max: BTreeMap<String, i16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    package: String,
    #[serde(deserialize_with = "specifiers")]
    versions: VersionSpecifiers,
    needs: BTreeMap<String, i16>,
    #[allow(dead_code)] // for readers of the file
    evidence: String,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/kafka_releases.toml is well formed")
    })
}

/// The releases whose requests have exactly these maxima.
fn releases(ranges: &Ranges) -> Vec<&'static str> {
    let max = |key: &str| key.parse().ok().and_then(|key: i16| ranges.get(&key)).map(|(_, max)| *max);
    table()
        .release
        .iter()
        .filter(|release| release.max.iter().all(|(key, wanted)| max(key) == Some(*wanted)))
        .map(|release| release.name.as_str())
        .collect()
}

/// Judges a Kafka.
pub fn judge(id: &str, facts: &KafkaFacts, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Environment);
    let silent: Vec<String> = facts
        .brokers
        .iter()
        .filter_map(|(address, asked)| Some(format!("{address}: {}", asked.as_ref().err()?.said)))
        .collect();
    let known: Vec<(&str, &Ranges)> = facts
        .brokers
        .iter()
        .filter_map(|(address, asked)| Some((address.as_str(), asked.as_ref().ok()?)))
        .collect();
    let check = match (silent.is_empty(), known.is_empty()) {
        (true, _) => checks
            .check("brokers", Status::Pass, "all answer", "所有节点均有应答")
            .saw(format!("{} brokers", known.len())),
        (false, false) => checks
            .check("brokers", Status::Warn, "some brokers do not answer", "部分节点无应答")
            .saw(list(&silent, 3)),
        (false, true) => {
            checks.check("brokers", Status::Error, "no broker answers", "没有节点应答").saw(list(&silent, 3))
        }
    };
    checks.add(check);
    login(&mut checks, facts);
    let Some((_, first)) = known.first() else { return checks.done() };
    let fits = releases(first);
    let seen = match (fits.first(), fits.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(only), _) => (*only).to_owned(),
        _ => "none that is known".to_owned(),
    };
    let same = known.iter().all(|(_, ranges)| releases(ranges) == fits);
    let check = match (fits.is_empty(), same) {
        (true, _) => checks.check(
            "version",
            Status::Warn,
            "the release is not known: the requests that it offers fit none of the table",
            "版本未知：其提供的请求与表中任何版本都不符",
        ),
        (false, false) => {
            checks.check("version", Status::Warn, "brokers of several releases", "各节点版本不一致")
        }
        (false, true) => {
            checks.check("version", Status::Pass, "told by the requests that it offers", "由其提供的请求推得")
        }
    };
    checks.add(check.saw(seen));
    for client in &table().client {
        let Some(pinned) = context.pinned(&client.package).filter(|pinned| client.versions.contains(pinned))
        else {
            continue;
        };
        let missing: Vec<String> = client
            .needs
            .iter()
            .filter(|(key, wanted)| {
                let range = key.parse().ok().and_then(|key: i16| first.get(&key));
                !range.is_some_and(|(least, most)| (*least..=*most).contains(wanted))
            })
            .map(|(key, wanted)| format!("request {key} v{wanted}"))
            .collect();
        let check = match missing.is_empty() {
            true => checks.check(
                "requests",
                Status::Pass,
                format!("takes what {}=={pinned} sends", client.package),
                format!("支持 {}=={pinned} 发送的请求", client.package),
            ),
            false => checks
                .check(
                    "requests",
                    Status::Fail,
                    format!("{}=={pinned} sends what the brokers do not take", client.package),
                    format!("{}=={pinned} 发送的请求不被支持", client.package),
                )
                .saw(list(&missing, 5))
                .advise(say("use another client or another release of Kafka", "更换客户端或 Kafka 版本")),
        };
        checks.add(check);
    }
    let versions: Vec<String> = fits.iter().map(|name| (*name).to_owned()).collect();
    if !versions.is_empty() {
        clients(&mut checks, context, "kafka", &versions);
    }
    checks.done()
}

/// Whether the user may log in, where one does.
fn login(checks: &mut Checks, facts: &KafkaFacts) {
    let refused = facts.logins.iter().find_map(|(address, told)| Some((address, told.as_ref().err()?)));
    let told = match (refused, facts.logins.len()) {
        (_, 0) => None,
        (Some((address, trouble)), _) => {
            Some(Err(Trouble { said: format!("{address}: {}", trouble.said), ..trouble.clone() }))
        }
        (None, count) => Some(Ok(count)),
    };
    checks.on("login", &told, |checks, count| {
        checks
            .check("login", Status::Pass, "the user may log in", "该用户可以登录")
            .saw(format!("{count} brokers"))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_told_by_their_requests() {
        let ranges = |max: [i16; 6]| -> Ranges {
            [0, 1, 2, 3, 10, 11].into_iter().zip(max).map(|(key, max)| (key, (0, max))).collect()
        };
        assert_eq!(releases(&ranges([2, 3, 1, 2, 0, 1])), ["0.10.2"]);
        assert_eq!(releases(&ranges([8, 11, 5, 9, 3, 7])), ["2.5", "2.6"]);
        assert_eq!(releases(&ranges([9, 13, 7, 12, 4, 7])), ["3.1"]);
        assert!(releases(&ranges([99; 6])).is_empty());
    }
}
