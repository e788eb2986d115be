//! Folders of xtrabackup and mariabackup.

use std::collections::BTreeMap;

use crate::config::gate::BackupTarget;

use super::super::super::check::{Status, say};
use super::super::super::facts::Facts;
use super::super::super::flavour;
use super::super::super::judge::{Checks, list};
use super::super::physical::PhysicalFacts;
use super::{again, content, live, no_server, unknown_server};

pub(super) fn physical_checks(
    checks: &mut Checks,
    physical: &PhysicalFacts,
    target: &BackupTarget,
    all: &Facts,
) {
    let mut faults = Vec::new();
    for part in &physical.parts {
        if part.partial {
            faults.push(format!("{}: partial", part.path));
        }
        if part.log_ok == Some(false) {
            faults.push(format!("{}: the log does not end with `completed OK!`", part.path));
        }
        if !part.empty_files.is_empty() {
            faults.push(format!("{}: empty {}", part.path, list(&part.empty_files, 3)));
        }
    }
    let check = match faults.is_empty() {
        true => {
            let logs = physical.parts.iter().filter(|part| part.log_ok.is_some()).count();
            checks
                .check("complete", Status::Pass, "its own notes say that it ended", "自身记录显示已完成")
                .saw(format!("{} parts, {logs} with a log", physical.parts.len()))
        }
        false => checks
            .check("complete", Status::Fail, "it did not end well, or is not whole", "未正常完成，或不完整")
            .saw(list(&faults, 3))
            .advise(again()),
    };
    checks.add(check);
    chain(checks, physical);
    match (live(target, all), physical.parts.first()) {
        (None, _) | (_, None) => {
            let check = no_server(checks, "content");
            checks.add(check);
        }
        (Some(Err(name)), _) => {
            let check = unknown_server(checks, "content", &name);
            checks.add(check);
        }
        (Some(Ok(server)), Some(full)) => {
            // Tables made since then are in the increments.
            let mut tables: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
            let mut there = false;
            for part in &physical.parts {
                if let Some(own) = part.databases.get(&server.database) {
                    there = true;
                    tables.extend(own.iter().map(|name| (name.as_str(), (true, true))));
                }
            }
            let names: Vec<String> = full.databases.keys().cloned().collect();
            content(checks, there.then_some(&tables), server, &names);
            let same = series(&full.server_version) == series(&server.version);
            let check = match (full.server_version.is_empty(), same) {
                (true, _) => checks.check(
                    "restorable",
                    Status::Warn,
                    "it does not say which server it was taken from",
                    "未记录来源服务器版本",
                ),
                (false, true) => checks.check(
                    "restorable",
                    Status::Pass,
                    "of a server of the same series",
                    "来自同一系列的服务器",
                ),
                (false, false) => checks.check(
                    "restorable",
                    Status::Fail,
                    "data files of another series: this server will not start on them",
                    "数据文件来自其他系列：该服务器无法在其上启动",
                ),
            };
            checks.add(check.saw(&full.server_version).wants(&server.version));
        }
    }
}

fn series(version: &str) -> Option<Vec<u64>> {
    let mut numbers = flavour::numbers(version)?;
    numbers.truncate(2);
    Some(numbers)
}

/// Whether the first part is a full backup and every increment begins where the one before ended.
fn chain(checks: &mut Checks, physical: &PhysicalFacts) {
    let Some((full, increments)) = physical.parts.split_first() else { return };
    let mut faults = Vec::new();
    if !matches!(full.backup_type.as_str(), "full-backuped" | "full-prepared" | "log-applied")
        || full.from_lsn != 0
    {
        faults.push(format!("{}: {}, from {}", full.path, full.backup_type, full.from_lsn));
    }
    if full.backup_type != "full-backuped" && !increments.is_empty() {
        faults.push(format!("{}: already prepared, increments cannot follow", full.path));
    }
    let mut end = full.to_lsn;
    for part in increments {
        if part.backup_type != "incremental" {
            faults.push(format!("{}: {}", part.path, part.backup_type));
        } else if part.from_lsn != end {
            faults.push(format!("{}: from {}, not {end}", part.path, part.from_lsn));
        }
        end = part.to_lsn;
    }
    let check = match faults.is_empty() {
        true => checks
            .check("chain", Status::Pass, "the increments follow one another", "增量首尾相接")
            .saw(format!("full + {} increments, to {end}", increments.len())),
        false => checks
            .check(
                "chain",
                Status::Fail,
                "the chain of full and incremental backups is broken",
                "全量与增量备份的链条断裂",
            )
            .saw(list(&faults, 3))
            .advise(say(
                "make a new full backup, or name the increments in their order",
                "重新做全量备份，或按顺序列出增量",
            )),
    };
    checks.add(check);
}
