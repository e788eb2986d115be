//! Folders of xtrabackup and mariabackup.

use std::collections::BTreeMap;

use crate::config::gate::BackupTarget;

use super::super::super::check::{Status, say};
use super::super::super::facts::Facts;
use super::super::super::flavour;
use super::super::super::judge::{Checks, list};
use super::super::pages::PageFacts;
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
    pages(checks, physical);
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

/// Whether the checksums of the pages are right.
fn pages(checks: &mut Checks, physical: &PhysicalFacts) {
    let looked: Vec<&PageFacts> = physical.parts.iter().filter_map(|part| part.pages.as_ref()).collect();
    let sum = |of: fn(&PageFacts) -> u64| looked.iter().map(|one| of(one)).fold(0u64, u64::saturating_add);
    let texts = |of: fn(&PageFacts) -> &[String]| -> Vec<String> {
        looked.iter().flat_map(|one| of(one)).cloned().collect()
    };
    let (files, all, sound) = (sum(|one| one.files), sum(|one| one.pages), sum(|one| one.sound));
    let (faults, unknowns, unread) = (sum(|one| one.faults), sum(|one| one.unknowns), sum(|one| one.unread));
    let seen = format!("{sound} of {all} pages of {files} tablespaces are right");
    let check = if looked.len() < physical.parts.len() {
        checks.check(
            "pages",
            Status::Skip,
            "collected by an earlier release, which did not look at the pages of tablespaces",
            "由旧版本采集，当时未检查表空间的页",
        )
    } else if faults > 0 {
        checks
            .check(
                "pages",
                Status::Fail,
                format!("{faults} faults in pages of tablespaces: the data in them is damaged"),
                format!("表空间的页中有 {faults} 处错误：其中的数据已损坏"),
            )
            .saw(list(&texts(|one| &one.faulty), 3))
            .advise(say(
                "make the backup again; if the fault comes back, the data files of the server are damaged: CHECK TABLE",
                "重新备份；如果错误依旧，则服务器的数据文件已损坏：请执行 CHECK TABLE",
            ))
    } else if files == 0 {
        checks.check(
            "pages",
            Status::Warn,
            "it holds no tablespace that can be looked at: packed, encrypted, or not there",
            "没有可检查的表空间：可能已压缩、加密或不存在",
        )
    } else if unknowns + unread > 0 {
        let mut why = texts(|one| &one.unknown);
        if unread > 0 {
            why.insert(0, format!("{unread} pages not read in time"));
        }
        checks
            .check(
                "pages",
                Status::Warn,
                "what could be looked at is right; of the rest nothing is known",
                "已检查的页均正确；其余未知",
            )
            .saw(format!("{seen}; {}", list(&why, 3)))
    } else {
        checks
            .check("pages", Status::Pass, "the checksums of its pages are right", "各页的校验和均正确")
            .saw(seen)
    };
    checks.add(check);
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
