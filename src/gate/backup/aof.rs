//! Append-only files of Redis 7: a manifest, a base that is a snapshot, and increments of commands.
//!
//! Source: `aof.c` of Redis 7.0.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::trouble::{Asked, Trouble};
use super::{Integrity, damaged, rdb, walk};

/// Largest argument of a command in bytes, as Redis has it.
const LARGEST: u64 = 512 << 20;

/// What an append-only file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AofFacts {
    /// Files of the manifest.
    pub files: usize,
    /// Commands of the increments.
    pub commands: u64,
    /// The snapshot that it begins with.
    pub base: Option<rdb::RdbFacts>,
}

/// Reads a folder with a manifest.
///
/// # Errors
/// When a file is missing or damaged.
pub fn read(path: &Path) -> Asked<(AofFacts, Integrity)> {
    let files = walk(path)?;
    let manifest = files.iter().find(|file| file.extension().is_some_and(|ending| ending == "manifest"));
    let Some(manifest) = manifest else { return Err(damaged("there is no manifest")) };
    let folder = manifest.parent().unwrap_or(path);
    let text =
        crate::source::read_given_text(manifest).map_err(|error| Trouble::of_file(manifest, &error))?;
    let mut facts = AofFacts::default();
    let mut integrity = Integrity::Proven;
    let entries: Vec<(PathBuf, &str)> = text.lines().filter_map(|line| entry(folder, line)).collect();
    if !entries.iter().any(|(_, kind)| matches!(*kind, "b" | "i")) {
        return Err(damaged("the manifest names no file"));
    }
    for (file, kind) in entries {
        if kind == "h" {
            continue;
        }
        facts.files += 1;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let fault = |trouble: Trouble| damaged(format!("{name}: {}", trouble.said));
        if kind == "b" && starts_as_snapshot(&file).map_err(fault)? {
            let (base, own) = rdb::read(&file).map_err(fault)?;
            integrity = integrity.max(own);
            facts.base = Some(base);
        } else {
            // Commands carry no checksum.
            integrity = Integrity::Unproven;
            facts.commands += commands(&file).map_err(fault)?;
        }
    }
    Ok((facts, integrity))
}

/// `file NAME seq N type b`.
fn entry<'a>(folder: &Path, line: &'a str) -> Option<(PathBuf, &'a str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let value =
        |key: &str| words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied();
    let name = value("file")?.trim_matches('"');
    // A name that leads out of the folder is none of a manifest.
    (!name.contains('/')).then(|| (folder.join(name), value("type").unwrap_or("i")))
}

fn starts_as_snapshot(path: &Path) -> Asked<bool> {
    let mut file = File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
    let mut head = [0; 5];
    match file.read_exact(&mut head) {
        Ok(()) => Ok(head == *b"REDIS" || head == *b"VALKE"),
        Err(_) => Ok(false),
    }
}

/// Counts the commands of an increment: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`.
fn commands(path: &Path) -> Asked<u64> {
    let file = File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut count = 0;
    loop {
        let Some(line) = line(&mut reader)? else { return Ok(count) };
        if line.starts_with('#') {
            // A time stamp.
            continue;
        }
        let arguments: u64 = number(&line, '*')?;
        for _ in 0..arguments {
            let Some(line) = self::line(&mut reader)? else { return Err(ends_early()) };
            let length = number(&line, '$')?;
            if length > LARGEST {
                return Err(damaged("an argument that is too long"));
            }
            let skipped = std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink())
                .map_err(|error| Trouble::of_file(path, &error))?;
            let mut end = [0; 2];
            if skipped < length || reader.read_exact(&mut end).is_err() {
                return Err(ends_early());
            }
            if end != *b"\r\n" {
                return Err(damaged("an argument that is longer than it says"));
            }
        }
        count += 1;
    }
}

fn line(reader: &mut impl BufRead) -> Asked<Option<String>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(256).read_until(b'\n', &mut bytes).map_err(|error| damaged(error.to_string()))?;
    match bytes.as_slice() {
        [] => Ok(None),
        [text @ .., b'\r', b'\n'] => Ok(Some(String::from_utf8_lossy(text).into_owned())),
        _ => Err(ends_early()),
    }
}

fn number(line: &str, sign: char) -> Asked<u64> {
    let digits = line.strip_prefix(sign).and_then(|digits| digits.parse().ok());
    digits.ok_or_else(|| damaged("a line that is no command"))
}

fn ends_early() -> Trouble {
    damaged("the file ends within a command")
}
