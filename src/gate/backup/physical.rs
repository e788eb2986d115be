//! Folders of xtrabackup and mariabackup: what their own files say, and whether increments follow one another.
//!
//! Source: `xtrabackup_checkpoints` and `xtrabackup_info` of mariabackup 10.11; from MariaDB 11 they are called
//! `mariadb_backup_checkpoints` and `mariadb_backup_info`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::super::trouble::Asked;
use super::dump::text;
use super::pages::{self, PageFacts};
use super::{damaged, walk};

const CHECKPOINTS: [&str; 2] = ["xtrabackup_checkpoints", "mariadb_backup_checkpoints"];
const INFO: [&str; 2] = ["xtrabackup_info", "mariadb_backup_info"];
const LOGS: [&str; 3] = ["xtrabackup.log", "mariabackup.log", "backup.log"];

/// What a full backup and its increments say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhysicalFacts {
    /// The full backup first.
    pub parts: Vec<Part>,
}

/// One folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Folder.
    pub path: String,
    /// `full-backuped`, `incremental`, `log-applied`, `full-prepared`.
    pub backup_type: String,
    /// Position in the redo log where it begins.
    pub from_lsn: u64,
    /// Position to which it is consistent.
    pub to_lsn: u64,
    /// Version of the server.
    pub server_version: String,
    /// End, in local time.
    pub end_time: String,
    /// Not all tables were asked for.
    pub partial: bool,
    /// The position of the binary log.
    pub position: Option<String>,
    /// Whether the log says that the run ended well; none when there is no log.
    pub log_ok: Option<bool>,
    /// Tables by database.
    pub databases: BTreeMap<String, BTreeSet<String>>,
    /// Files without content.
    pub empty_files: Vec<String>,
    /// What the pages of its tablespaces say; none in facts of before they were looked at.
    #[serde(default)]
    pub pages: Option<PageFacts>,
}

/// Reads the folders, their pages until the time is over.
///
/// # Errors
/// When one of them is no backup.
pub fn read(full: &Path, log: Option<&Path>, increments: &[PathBuf], until: Instant) -> Asked<PhysicalFacts> {
    let mut parts = vec![part(full, log, until)?];
    for increment in increments {
        parts.push(part(increment, None, until)?);
    }
    Ok(PhysicalFacts { parts })
}

fn part(folder: &Path, log: Option<&Path>, until: Instant) -> Asked<Part> {
    let find = |names: &[&str]| names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let Some(checkpoints) = find(&CHECKPOINTS) else {
        return Err(damaged(format!(
            "{}: there is no {}; the run did not end",
            folder.display(),
            CHECKPOINTS[0]
        )));
    };
    let values = fields(&text(&checkpoints)?);
    let info = find(&INFO).map(|path| text(&path)).transpose()?.map(|text| fields(&text)).unwrap_or_default();
    let number = |key: &str| values.get(key).and_then(|value| value.parse().ok()).unwrap_or(0);
    let known = |key: &str| info.get(key).cloned().unwrap_or_default();
    let log = log.map(Path::to_owned).or_else(|| find(&LOGS));
    let log_ok = log.map(|path| text(&path)).transpose()?.map(|text| {
        text.trim_end().lines().last().is_some_and(|line| line.trim_end().ends_with("completed OK!"))
    });
    let mut part = Part {
        path: folder.to_string_lossy().into_owned(),
        backup_type: values.get("backup_type").cloned().unwrap_or_default(),
        from_lsn: number("from_lsn"),
        to_lsn: number("to_lsn"),
        server_version: known("server_version"),
        end_time: known("end_time"),
        partial: known("partial") == "Y",
        position: info.get("binlog_pos").filter(|text| !text.is_empty()).cloned(),
        log_ok,
        ..Part::default()
    };
    if part.backup_type.is_empty() {
        return Err(damaged(format!("{}: names no backup_type", checkpoints.display())));
    }
    let mut data = false;
    let (mut tablespaces, mut deltas) = (Vec::new(), 0u64);
    for file in walk(folder)? {
        let below = file.strip_prefix(folder).unwrap_or(&file);
        let name = below.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        data |= name.starts_with("ibdata");
        let database = below.parent().map(|parent| parent.to_string_lossy().into_owned()).unwrap_or_default();
        // An increment writes `t.ibd.delta`, and `t.new` is what was made while the copy ran, until the backup is prepared;
        // MyISAM and Aria have files of other names.
        let plain = name.strip_suffix(".delta").unwrap_or(&name);
        let stem = [".ibd", ".ibd.new", ".new", ".frm", ".MYD", ".MAD", ".sdi"]
            .iter()
            .find_map(|ending| plain.strip_suffix(ending));
        let Some(stem) = stem else { continue };
        deltas += u64::from(plain.len() < name.len());
        if name.ends_with(".ibd") || name.ends_with(".new") {
            tablespaces.push(file.clone());
        }
        if file.metadata().is_ok_and(|data| data.len() == 0) && !name.ends_with(".MYD") {
            part.empty_files.push(below.to_string_lossy().into_owned());
        }
        if !database.is_empty() && !database.contains('/') {
            let table = stem.split("#P#").next().unwrap_or(stem).split("#p#").next().unwrap_or(stem);
            part.databases.entry(database).or_default().insert(table.to_owned());
        }
    }
    if !data {
        return Err(damaged(format!("{}: there is no ibdata file", folder.display())));
    }
    let is_prepared = matches!(part.backup_type.as_str(), "full-prepared" | "log-applied");
    let mut pages = pages::read(folder, &tablespaces, is_prepared, until);
    if deltas > 0 {
        pages.open(format!(
            "{}: {deltas} increments of tablespaces, whose pages are not looked at",
            part.path
        ));
    }
    part.pages = Some(pages);
    Ok(part)
}

/// `key = value` lines.
fn fields(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}
