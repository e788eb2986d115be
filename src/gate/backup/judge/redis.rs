//! Snapshots and append-only files of Redis.

use crate::config::gate::BackupTarget;

use super::super::super::check::{Status, say};
use super::super::super::facts::Facts;
use super::super::super::flavour;
use super::super::super::judge::Checks;
use super::{again, unknown_server};

pub(super) fn redis_checks(
    checks: &mut Checks,
    version: &str,
    keys: Option<u64>,
    target: &BackupTarget,
    all: &Facts,
) {
    let Some(name) = &target.redis else {
        let check = match keys {
            Some(0) => checks.check("content", Status::Warn, "it holds no key", "其中没有键"),
            _ => checks.check(
                "content",
                Status::Pass,
                "it holds keys, or does not say how many",
                "其中有键，或未记录数量",
            ),
        };
        return checks.add(check.saw(version));
    };
    let info = all.redis(name).and_then(|facts| facts.nodes.iter().find_map(|node| node.info.as_ref().ok()));
    let Some(info) = info else {
        let check = unknown_server(checks, "content", name);
        return checks.add(check);
    };
    // `db0:keys=12,expires=0,avg_ttl=0`
    let live: u64 = info
        .iter()
        .filter(|(key, _)| key.starts_with("db"))
        .filter_map(|(_, value)| value.strip_prefix("keys=")?.split(',').next()?.parse::<u64>().ok())
        .sum();
    let check = match keys {
        Some(0) if live > 0 => checks
            .check(
                "content",
                Status::Fail,
                "it holds no key, and the server has some",
                "其中没有键，而服务器上有",
            )
            .advise(again()),
        None => {
            checks.check("content", Status::Warn, "it does not say how many keys it holds", "未记录键的数量")
        }
        Some(_) => checks.check("content", Status::Pass, "it holds keys", "其中有键"),
    };
    let shown = keys.map_or_else(|| "?".to_owned(), |keys| keys.to_string());
    checks.add(check.saw(format!("{shown} keys, {live} on the server")));
    let of = |key: &str| info.get(key).map(String::as_str).unwrap_or_default();
    let valkey = of("valkey_version");
    let (server, other) = if valkey.is_empty() {
        (of("redis_version"), version.starts_with("valkey"))
    } else {
        (valkey, false)
    };
    let newer = flavour::numbers(version.trim_start_matches("valkey ")) > flavour::numbers(server);
    let check = if other || (newer && valkey.is_empty()) {
        checks
            .check(
                "restorable",
                Status::Fail,
                "written by a newer server than this one, which cannot read it",
                "由更新的服务器写出，该服务器无法读取",
            )
            .advise(say("restore into a server that is at least as new", "恢复到版本不低于来源的服务器"))
    } else {
        checks.check("restorable", Status::Pass, "this server reads it", "该服务器可读取")
    };
    checks.add(check.saw(version).wants(format!("<={server}")));
}
