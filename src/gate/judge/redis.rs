//! Redis and Valkey.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::gate::{RedisMode, RedisTarget};

use super::super::check::{Check, Section, Status, say};
use super::super::context::Context;
use super::super::facts::{RedisFacts, RedisNode};
use super::{Checks, clients, list};

/// Slots of a cluster.
const SLOTS: &str = "16384";
/// Share of `maxmemory`, in percent, from which on it is nearly full.
const FULL: u64 = 90;

/// Judges a Redis.
pub fn judge(id: &str, facts: &RedisFacts, target: &RedisTarget, context: &Context<'_>) -> Vec<Check> {
    let mut checks = Checks::new(id, Section::Environment);
    for node in &facts.nodes {
        if let Err(trouble) = &node.info {
            let check = Check::error(format!("{id}.info"), Section::Environment, trouble);
            checks.add(check.advise(say(
                format!("{}: let the user of the gate run INFO and PING (ACL: +info +ping)", node.address),
                format!("{}：允许检查用户执行 INFO 和 PING（ACL：+info +ping）", node.address),
            )));
        }
    }
    let known: Vec<(&RedisNode, &BTreeMap<String, String>)> =
        facts.nodes.iter().filter_map(|node| Some((node, node.info.as_ref().ok()?))).collect();
    version(&mut checks, &known, context);
    mode(&mut checks, &known, target);
    match target.mode {
        RedisMode::Single => {}
        RedisMode::Sentinel => sentinels(&mut checks, facts),
        RedisMode::Cluster => cluster(&mut checks, facts),
    }
    if !known.is_empty() {
        role(&mut checks, &known, target);
        persistence(&mut checks, &known, target);
        memory(&mut checks, &known);
    }
    checks.done()
}

fn field<'f>(info: &'f BTreeMap<String, String>, key: &str) -> &'f str {
    info.get(key).map_or("", String::as_str)
}

fn version(checks: &mut Checks, known: &[(&RedisNode, &BTreeMap<String, String>)], context: &Context<'_>) {
    // Valkey still names the Redis that it came from; its own version stands beside.
    let of = |info: &BTreeMap<String, String>| match field(info, "valkey_version") {
        "" => field(info, "redis_version").to_owned(),
        valkey => format!("valkey {valkey}"),
    };
    let versions: BTreeSet<String> = known.iter().map(|(_, info)| of(info)).collect();
    if versions.is_empty() {
        return;
    }
    let all: Vec<&str> = versions.iter().map(String::as_str).collect();
    let check = match (all.as_slice(), versions.len()) {
        (["", ..], _) => checks.check("version", Status::Error, "INFO names no version", "INFO 中没有版本号"),
        (_, 1) => checks.check("version", Status::Pass, "one version", "版本一致"),
        _ => checks.check("version", Status::Warn, "servers of several versions", "各节点版本不一致"),
    };
    checks.add(check.saw(all.join(", ")));
    let compatible: Vec<String> = known
        .iter()
        .map(|(_, info)| field(info, "redis_version").to_owned())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    clients(checks, context, "redis", &compatible);
}

/// Whether what answers is set up as the configuration says.
fn mode(checks: &mut Checks, known: &[(&RedisNode, &BTreeMap<String, String>)], target: &RedisTarget) {
    let wanted = if target.mode == RedisMode::Cluster { "cluster" } else { "standalone" };
    for (node, info) in known {
        let is = match field(info, "redis_mode") {
            "" => field(info, "server_mode"),
            mode => mode,
        };
        if is != wanted {
            let check = checks
                .check(
                    "mode",
                    Status::Fail,
                    format!("{} is {is}: the configuration says otherwise", node.address),
                    format!("{} 的模式为 {is}，与配置不符", node.address),
                )
                .saw(is)
                .wants(wanted)
                .advise(say("correct `mode` and `nodes`", "改正 `mode` 和 `nodes`"));
            return checks.add(check);
        }
    }
    if !known.is_empty() {
        let check =
            checks.check("mode", Status::Pass, "set up as the configuration says", "与配置一致").saw(wanted);
        checks.add(check);
    }
}

fn role(checks: &mut Checks, known: &[(&RedisNode, &BTreeMap<String, String>)], target: &RedisTarget) {
    let loading: Vec<&str> = known
        .iter()
        .filter(|(_, info)| field(info, "loading") == "1")
        .map(|(node, _)| node.address.as_str())
        .collect();
    let replicas: Vec<&str> = known
        .iter()
        .filter(|(_, info)| field(info, "role") != "master")
        .map(|(node, _)| node.address.as_str())
        .collect();
    let broken: Vec<&str> = known
        .iter()
        .filter(|(_, info)| field(info, "role") == "slave" && field(info, "master_link_status") != "up")
        .map(|(node, _)| node.address.as_str())
        .collect();
    let check = if !loading.is_empty() {
        checks.check("role", Status::Fail, "still loading its data", "仍在加载数据").saw(list(&loading, 5))
    } else if target.mode != RedisMode::Cluster && !replicas.is_empty() {
        checks
            .check(
                "role",
                Status::Fail,
                "a replica: writes are refused (READONLY)",
                "这是副本：写入会被拒绝（READONLY）",
            )
            .saw(list(&replicas, 5))
            .wants("master")
            .advise(say("name the master, or go through the sentinels", "改为主节点，或通过哨兵连接"))
    } else if !broken.is_empty() {
        checks
            .check("role", Status::Fail, "replicas have lost their master", "副本与主节点的连接已断开")
            .saw(list(&broken, 5))
    } else {
        checks.check("role", Status::Pass, "takes writes", "可写").saw("master")
    };
    checks.add(check);
}

fn persistence(checks: &mut Checks, known: &[(&RedisNode, &BTreeMap<String, String>)], target: &RedisTarget) {
    let bad: Vec<String> = known
        .iter()
        .flat_map(|(node, info)| {
            ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"]
                .into_iter()
                .filter(|key| field(info, key) == "err")
                .map(|key| format!("{} {key}:err", node.address))
        })
        .collect();
    // A time of the last save that equals the start only says that nothing was saved yet.
    let saved = known.iter().all(|(_, info)| {
        field(info, "aof_enabled") == "1"
            || field(info, "rdb_saves").parse::<u64>().map_or(true, |saves| saves > 0)
    });
    let check = if !bad.is_empty() {
        checks
            .check("persistence", Status::Fail, "the last write to disk failed", "最近一次落盘失败")
            .saw(list(&bad, 5))
            .advise(say("free disk space and look into the log of the server", "清理磁盘并查看服务日志"))
    } else if target.cache || saved {
        checks.check(
            "persistence",
            Status::Pass,
            "data is written to disk, or need not be",
            "数据已落盘，或无需落盘",
        )
    } else {
        checks
            .check(
                "persistence",
                Status::Warn,
                "nothing was written to disk since the start: a restart loses everything",
                "启动以来未曾落盘：重启会丢失全部数据",
            )
            .advise(say(
                "switch snapshots or the append-only file on, or set `cache = true`",
                "开启 RDB 或 AOF，或设置 `cache = true`",
            ))
    };
    checks.add(check);
}

fn memory(checks: &mut Checks, known: &[(&RedisNode, &BTreeMap<String, String>)]) {
    let number = |info: &BTreeMap<String, String>, key| field(info, key).parse::<u64>().ok();
    let full: Vec<String> = known
        .iter()
        .filter_map(|(node, info)| {
            let (used, most) =
                (number(info, "used_memory")?, number(info, "maxmemory").filter(|most| *most > 0)?);
            let share = used.saturating_mul(100) / most;
            (share >= FULL).then(|| format!("{} {share} %", node.address))
        })
        .collect();
    let check = match full.is_empty() {
        true => checks.check("memory", Status::Pass, "room is left", "内存充足"),
        false => checks
            .check(
                "memory",
                Status::Warn,
                "nearly full: writes are refused, or keys are thrown out",
                "内存将满：写入会被拒绝，或键会被淘汰",
            )
            .saw(list(&full, 5))
            .advise(say("raise maxmemory, or clean up", "调大 maxmemory，或清理数据")),
    };
    checks.add(check.wants(format!("<{FULL} % of maxmemory")));
}

fn sentinels(checks: &mut Checks, facts: &RedisFacts) {
    let silent: Vec<&str> =
        facts.sentinels.iter().filter(|one| one.master.is_err()).map(|one| one.address.as_str()).collect();
    let ignorant: Vec<&str> = facts
        .sentinels
        .iter()
        .filter(|one| matches!(one.master, Ok(None)))
        .map(|one| one.address.as_str())
        .collect();
    let masters: BTreeSet<&str> =
        facts.sentinels.iter().filter_map(|one| one.master.as_ref().ok()?.as_deref()).collect();
    let no_quorum: Vec<String> = facts
        .sentinels
        .iter()
        .filter_map(|one| match &one.quorum {
            Ok(said) if said.starts_with("OK") => None,
            Ok(said) => Some(format!("{}: {said}", one.address)),
            Err(trouble) => Some(format!("{}: {}", one.address, trouble.said)),
        })
        .collect();
    let masters: Vec<&str> = masters.into_iter().collect();
    let check = if masters.is_empty() {
        checks
            .check(
                "sentinel",
                Status::Fail,
                "no sentinel knows a master of this name",
                "没有哨兵认识该主节点名称",
            )
            .saw(list(&ignorant, 5))
            .advise(say("correct `master`", "改正 `master`"))
    } else if masters.len() > 1 {
        checks
            .check(
                "sentinel",
                Status::Fail,
                "the sentinels do not agree on the master",
                "哨兵对主节点的认识不一致",
            )
            .saw(masters.join(", "))
    } else if !silent.is_empty() || !ignorant.is_empty() {
        let both: Vec<&str> = silent.into_iter().chain(ignorant).collect();
        checks
            .check(
                "sentinel",
                Status::Warn,
                "some sentinels do not answer or do not know the master",
                "部分哨兵无应答或不认识主节点",
            )
            .saw(list(&both, 5))
    } else if !no_quorum.is_empty() {
        checks
            .check(
                "sentinel",
                Status::Fail,
                "no quorum: a failover would not happen",
                "未达到法定数量：无法故障转移",
            )
            .saw(list(&no_quorum, 3))
    } else {
        checks
            .check(
                "sentinel",
                Status::Pass,
                "they agree on the master and have a quorum",
                "哨兵一致且达到法定数量",
            )
            .saw(masters.join(", "))
    };
    checks.add(check);
}

fn cluster(checks: &mut Checks, facts: &RedisFacts) {
    let mut bad = Vec::new();
    for node in &facts.nodes {
        match &node.cluster {
            Some(Ok(info)) => {
                let ok = field(info, "cluster_state") == "ok"
                    && field(info, "cluster_slots_ok") == SLOTS
                    && field(info, "cluster_slots_fail") == "0";
                if !ok {
                    bad.push(format!(
                        "{}: state {}, {} slots ok",
                        node.address,
                        field(info, "cluster_state"),
                        field(info, "cluster_slots_ok")
                    ));
                }
            }
            Some(Err(trouble)) => bad.push(format!("{}: {}", node.address, trouble.said)),
            None => {}
        }
    }
    let check = match bad.is_empty() {
        true => checks
            .check("cluster", Status::Pass, "every slot is served", "所有槽位正常")
            .saw(format!("{} nodes", facts.nodes.len())),
        false => checks
            .check("cluster", Status::Fail, "the cluster is not whole", "集群不完整")
            .saw(list(&bad, 3))
            .advise(say(
                "mend the cluster: redis-cli --cluster check",
                "修复集群：redis-cli --cluster check",
            )),
    };
    checks.add(check.wants("cluster_state:ok, 16384 slots"));
}
