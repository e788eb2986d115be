//! Backups: what a file or a folder proves about itself. Nothing is restored and nothing is written.

pub mod aof;
pub mod container;
pub mod dump;
pub mod files;
pub mod judge;
pub mod mydumper;
pub mod pages;
pub mod physical;
pub mod rdb;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::gate::{BackupKind, BackupTarget, Text};

use super::facts::Answer;
use super::probe::{Plan, Probe, shown};
use super::run::Limits;
use super::secret::Vault;
use super::trouble::{Asked, Kind, Trouble};

/// What a backup says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BackupFacts {
    /// The file or folder that was looked at.
    pub path: String,
    /// What it is made of.
    pub kind: BackupKind,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was last written.
    pub modified_at: jiff::Timestamp,
    /// Whether its containers and checksums hold; why not.
    pub integrity: Asked<Integrity>,
    /// What the checksum file says of it.
    pub checksum: Option<Asked<bool>>,
    /// Whether the archive holds a copy of the same size.
    pub archive: Option<Asked<bool>>,
    /// Sizes of earlier backups, newest first.
    pub previous: Option<Asked<Vec<u64>>>,
    /// What it holds.
    pub content: Option<Content>,
}

/// How much the containers prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Integrity {
    /// A checksum over everything was right.
    Proven,
    /// Nothing over all of it can be checked: a changed byte would not be seen.
    Unproven,
}

/// What a backup holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum Content {
    /// SQL.
    Dump(Box<dump::DumpFacts>),
    /// A folder of xtrabackup or mariabackup with the increments that follow.
    Physical(physical::PhysicalFacts),
    /// A snapshot of Redis.
    Rdb(rdb::RdbFacts),
    /// An append-only file.
    Aof(aof::AofFacts),
    /// Configuration files.
    Configuration(files::ConfigurationFacts),
    /// Exported data.
    Export(files::ExportFacts),
}

/// Looks at a backup.
pub struct BackupProbe {
    /// Its name in checks.
    pub id: String,
    /// Where it is.
    pub target: BackupTarget,
}

/// Reading a large backup takes longer than asking a server: time per attempt.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Most files and folders of a backup.
const MOST_FILES: usize = 1_000_000;

impl Probe for BackupProbe {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn plan(&self, vault: &Vault) -> Plan {
        Plan { whom: shown(vault, &self.target.path, ""), asks: vec!["read the files".to_owned()] }
    }

    fn ask(&self, vault: &Vault, limit: Duration) -> Asked<Answer> {
        // What takes long stops before the gate gives up: half an answer is more than none.
        let until = Instant::now() + limit / 2;
        let target = &self.target;
        let path = path_of(target, vault)?;
        look(target, &path, vault, until).map(|facts| Answer::Backup(Box::new(facts)))
    }

    fn limit(&self, _: &Limits) -> Duration {
        PATIENCE
    }
}

/// The file or folder of a backup: the newest where its path is a pattern.
///
/// # Errors
/// When there is none.
pub fn path_of(target: &BackupTarget, vault: &Vault) -> Asked<PathBuf> {
    newest(&vault.path(&vault.text(&target.path)?))
}

/// Looks at the backup at `path`.
fn look(target: &BackupTarget, path: &Path, vault: &Vault, until: Instant) -> Asked<BackupFacts> {
    let (bytes, modified_at) = size_and_time(path)?;
    let looked = match target.kind {
        BackupKind::Dump => {
            dump::read_file(path).map(|(facts, integrity)| (Content::Dump(Box::new(facts)), integrity))
        }
        BackupKind::Mydumper => {
            mydumper::read(path).map(|(facts, integrity)| (Content::Dump(Box::new(facts)), integrity))
        }
        BackupKind::Physical => {
            let log = optional(&target.log, vault)?;
            let increments = target.incremental.iter().map(|text| newest(&vault.path(&vault.text(text)?)));
            let increments: Vec<PathBuf> = increments.collect::<Asked<_>>()?;
            physical::read(path, log.as_deref(), &increments, until)
                .map(|facts| (Content::Physical(facts), Integrity::Unproven))
        }
        BackupKind::Rdb => rdb::read(path).map(|(facts, integrity)| (Content::Rdb(facts), integrity)),
        BackupKind::Aof => aof::read(path).map(|(facts, integrity)| (Content::Aof(facts), integrity)),
        BackupKind::Configuration => {
            files::configuration(path).map(|(facts, integrity)| (Content::Configuration(facts), integrity))
        }
        BackupKind::Export => {
            files::export(path).map(|(facts, integrity)| (Content::Export(facts), integrity))
        }
    };
    let (content, integrity) = match looked {
        Ok((content, integrity)) => (Some(content), Ok(integrity)),
        Err(trouble) => (None, Err(trouble)),
    };
    let checksum = optional(&target.checksums, vault)?.map(|list| checksum(path, &list));
    let archive = optional(&target.archive, vault)?.map(|place| archived(&place, path, bytes));
    let previous = optional(&target.previous, vault)?.map(|pattern| previous(&pattern, path));
    Ok(BackupFacts {
        path: path.to_string_lossy().into_owned(),
        kind: target.kind,
        bytes,
        modified_at,
        integrity,
        checksum,
        archive,
        previous,
        content,
    })
}

fn optional(text: &Text, vault: &Vault) -> Asked<Option<PathBuf>> {
    if text.0.is_empty() { Ok(None) } else { Ok(Some(vault.path(&vault.text(text)?))) }
}

/// Size and time of the newest file, of everything below a folder.
fn size_and_time(path: &Path) -> Asked<(u64, jiff::Timestamp)> {
    let files = walk(path)?;
    let mut bytes = 0u64;
    let mut newest = std::time::SystemTime::UNIX_EPOCH;
    for file in &files {
        let data = file.metadata().map_err(|error| Trouble::of_file(file, &error))?;
        bytes = bytes.saturating_add(data.len());
        newest = newest.max(data.modified().unwrap_or(newest));
    }
    Ok((bytes, jiff::Timestamp::try_from(newest).unwrap_or(jiff::Timestamp::UNIX_EPOCH)))
}

/// The files below a folder, sorted; of a file, the file itself.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn walk(path: &Path) -> Asked<Vec<PathBuf>> {
    let data = path.symlink_metadata().map_err(|error| Trouble::of_file(path, &error))?;
    let data = if data.is_symlink() {
        path.metadata().map_err(|error| Trouble::of_file(path, &error))?
    } else {
        data
    };
    if !data.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut out, mut todo) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| Trouble::of_file(&folder, &error))? {
            let entry = entry.map_err(|error| Trouble::of_file(&folder, &error))?;
            if out.len() + todo.len() >= MOST_FILES {
                return Err(damaged(format!("{}: more than {MOST_FILES} files and folders", path.display())));
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => todo.push(entry.path()),
                Ok(kind) if kind.is_file() => out.push(entry.path()),
                // Links may lead in circles or out of the backup.
                _ => {}
            }
        }
    }
    out.sort();
    Ok(out)
}

/// The paths that fit a pattern whose `*` stands in the last part, newest first; a path without `*` is itself.
fn matching(pattern: &Path) -> Asked<Vec<PathBuf>> {
    let name = pattern.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !name.contains('*') {
        return Ok(vec![pattern.to_owned()]);
    }
    let folder = pattern.parent().unwrap_or(Path::new("."));
    let glob = globset::Glob::new(&name)
        .map_err(|error| Trouble::new(Kind::Reference, error.to_string()))?
        .compile_matcher();
    let entries = std::fs::read_dir(folder).map_err(|error| Trouble::of_file(folder, &error))?;
    let mut found: Vec<(std::time::SystemTime, PathBuf)> = entries
        .flatten()
        .filter(|entry| glob.is_match(Path::new(&entry.file_name())))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// The newest path of a pattern.
fn newest(pattern: &Path) -> Asked<PathBuf> {
    let found = matching(pattern)?.into_iter().next();
    let path =
        found.ok_or_else(|| Trouble::new(Kind::File, format!("{}: there is none", pattern.display())))?;
    path.metadata().map_err(|error| Trouble::of_file(&path, &error))?;
    Ok(path)
}

fn previous(pattern: &Path, own: &Path) -> Asked<Vec<u64>> {
    let others = matching(pattern)?.into_iter().filter(|path| path != own);
    Ok(others.take(5).filter_map(|path| size_and_time(&path).ok()).map(|(bytes, _)| bytes).collect())
}

/// Whether an archive holds a file or folder of this name and size.
fn archived(place: &Path, own: &Path, bytes: u64) -> Asked<bool> {
    let Some(name) = own.file_name() else { return Ok(false) };
    let copy = if place.is_dir() { place.join(name) } else { place.to_owned() };
    match copy.metadata() {
        Ok(_) => Ok(size_and_time(&copy)?.0 == bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && place.exists() => Ok(false),
        Err(error) => Err(Trouble::of_file(&copy, &error)),
    }
}

/// Whether the files are as a list of `sha256sum` says. Every file of the backup must be in the list.
fn checksum(path: &Path, list: &Path) -> Asked<bool> {
    let text = crate::source::read_given_text(list).map_err(|error| Trouble::of_file(list, &error))?;
    let known: std::collections::HashMap<&str, &str> = text
        .lines()
        .filter_map(|line| {
            let (sum, name) = line.split_once(char::is_whitespace)?;
            Some((name.trim_start_matches([' ', '*']).trim_start_matches("./"), sum))
        })
        .collect();
    let top = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    for file in walk(path)? {
        let name = file.strip_prefix(top).unwrap_or(&file).to_string_lossy().into_owned();
        let base = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if file == list {
            continue;
        }
        let Some(sum) = known.get(name.as_str()).or_else(|| known.get(base.as_str())) else {
            return Err(Trouble::new(Kind::File, format!("{}: {name} is not in the list", list.display())));
        };
        if !sum.eq_ignore_ascii_case(&sha256(&file)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// SHA-256 of a file, in hexadecimal.
fn sha256(path: &Path) -> Asked<String> {
    let mut file = std::fs::File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
    let mut digest = Sha256::new();
    std::io::copy(&mut file, &mut digest).map_err(|error| Trouble::of_file(path, &error))?;
    Ok(hex(&digest.finalize()))
}

/// Bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fault of a backup.
pub(crate) fn damaged(said: impl Into<String>) -> Trouble {
    Trouble::new(Kind::Protocol, said)
}
