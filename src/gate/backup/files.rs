//! Backups of configuration files, and exports of data.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::trouble::{Asked, Trouble};
use super::container::{Container, broken};
use super::dump::text;
use super::{Integrity, damaged, hex, walk};

/// Largest configuration file that is read, in bytes.
const LARGEST: u64 = 16 << 20;
/// Most that an archive of configuration files may hold, in bytes and in files.
const LARGEST_ARCHIVE: u64 = 512 << 20;
const MOST_FILES: usize = 100_000;

/// Configuration files by path within the backup.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationFacts {
    /// The files.
    pub files: BTreeMap<String, ConfigurationFile>,
}

/// One file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationFile {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: String,
    /// What is wrong with it: Python or YAML that cannot be read.
    pub fault: Option<String>,
}

/// Exported data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportFacts {
    /// Files.
    pub files: usize,
    /// Entries in all of them.
    pub entries: u64,
}

/// Reads a folder or an archive of configuration files.
///
/// # Errors
/// When it cannot be read to its end.
pub fn configuration(path: &Path) -> Asked<(ConfigurationFacts, Integrity)> {
    let mut facts = ConfigurationFacts::default();
    let name = path.to_string_lossy();
    if [".tar", ".tgz", ".tar.gz", ".tar.zst"].iter().any(|ending| name.ends_with(ending)) {
        // The names of an archive may be as long as it wants; the limit holds for them as well.
        let mut container = Limited { inner: Container::open(path)?, left: LARGEST_ARCHIVE };
        {
            let mut archive = tar::Archive::new(&mut container);
            for entry in archive.entries().map_err(|error| broken(&error))? {
                let mut entry = entry.map_err(|error| broken(&error))?;
                if !entry.header().entry_type().is_file() {
                    continue;
                }
                let name = entry.path().map_err(|error| broken(&error))?.to_string_lossy().into_owned();
                let mut bytes = Vec::new();
                entry.by_ref().take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
                if facts.files.len() >= MOST_FILES {
                    return Err(damaged(format!("the archive holds more than {MOST_FILES} files")));
                }
                facts.files.insert(name.trim_start_matches("./").to_owned(), file(&name, &bytes));
            }
        }
        // What stands behind the last entry belongs to the container.
        std::io::copy(&mut container, &mut std::io::sink()).map_err(|error| broken(&error))?;
        return Ok((facts, container.inner.integrity()));
    }
    for found in walk(path)? {
        let below = found.strip_prefix(path).unwrap_or(&found);
        let below = if below.as_os_str().is_empty() {
            Path::new(found.file_name().unwrap_or_default())
        } else {
            below
        };
        let mut bytes = Vec::new();
        let open = std::fs::File::open(&found).map_err(|error| Trouble::of_file(&found, &error))?;
        open.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| Trouble::of_file(&found, &error))?;
        let name = below.to_string_lossy().into_owned();
        facts.files.insert(name.clone(), file(&name, &bytes));
    }
    Ok((facts, Integrity::Unproven))
}

/// Reads no more than so many bytes, and says so.
struct Limited {
    inner: Container,
    left: u64,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                let said = format!("the archive holds more than {LARGEST_ARCHIVE} bytes");
                return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, said));
            }
        }
        Ok(read)
    }
}

fn file(name: &str, bytes: &[u8]) -> ConfigurationFile {
    let fault = if bytes.len() as u64 > LARGEST {
        Some(format!("larger than {LARGEST} bytes: it is not read"))
    } else if name.ends_with(".py") {
        match crate::source::SourceText::decode(name.into(), bytes) {
            Err(_) => Some("its text cannot be decoded".to_owned()),
            Ok(text) => {
                let broken = crate::syntax::python::parse(&text).root().is_none_or(|root| root.has_error());
                broken.then(|| "not Python: it cannot be parsed".to_owned())
            }
        }
    } else if bytes.contains(&0) {
        Some("holds zero bytes".to_owned())
    } else {
        None
    };
    ConfigurationFile { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)), fault }
}

/// Reads exported data: a file of JSON or of JSON lines, or a folder of them; compressed or not.
///
/// # Errors
/// When a file is no JSON, or there is none.
pub fn export(path: &Path) -> Asked<(ExportFacts, Integrity)> {
    let mut facts = ExportFacts::default();
    let is_export = |name: &str| [".json", ".jsonl", ".ndjson"].iter().any(|ending| name.contains(ending));
    let is_folder = path.is_dir();
    let mut integrity = Integrity::Proven;
    for found in walk(path)? {
        let name = found.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_folder && !is_export(&name) {
            continue;
        }
        let text = text(&found).map_err(|trouble| damaged(format!("{name}: {}", trouble.said)))?;
        facts.entries += entries(&text).ok_or_else(|| damaged(format!("{name}: no JSON")))?;
        facts.files += 1;
        integrity = integrity.max(Container::open(&found)?.integrity());
    }
    if facts.files == 0 {
        return Err(damaged("there is no JSON file"));
    }
    Ok((facts, integrity))
}

/// Number of entries: of a list, of the first list in an object, of the keys of an object, of lines.
fn entries(text: &str) -> Option<u64> {
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        return Some(match &value {
            Value::Array(items) => items.len() as u64,
            Value::Object(map) => match map.values().find_map(Value::as_array) {
                Some(items) => items.len() as u64,
                None => map.len() as u64,
            },
            Value::Null => 0,
            _ => 1,
        });
    }
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let all = lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok());
    (!lines.is_empty() && all).then_some(lines.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_a_fault_and_no_beginning_of_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prod.py");
        std::fs::File::create(&path).unwrap().set_len(1 << 30).unwrap();
        let (facts, _) = configuration(folder.path()).unwrap();
        assert!(facts.files["prod.py"].fault.as_ref().unwrap().contains("larger than"), "{facts:?}");
        let export_file = folder.path().join("a.json");
        std::fs::File::create(&export_file).unwrap().set_len(1 << 30).unwrap();
        assert!(export(&export_file).unwrap_err().said.contains("more than 67108864 bytes"));
    }

    #[test]
    fn entries_are_counted() {
        let cases = [
            ("[]", Some(0)),
            ("[1, 2]", Some(2)),
            ("{\"count\": 3, \"results\": [1, 2, 3]}", Some(3)),
            ("{\"a\": {}, \"b\": {}}", Some(2)),
            ("{\"a\": 1}\n{\"a\": 2}\n", Some(2)),
            ("[1, 2", None),
            ("", None),
        ];
        for (text, count) in cases {
            assert_eq!(entries(text), count, "{text}");
        }
    }
}
