//! Snapshots of Redis and Valkey: the magic, the auxiliary fields, and the CRC-64 over everything.
//!
//! Source: `rdb.c` of Redis 7.0; the files of Redis 7.0 and 8.0 and of Valkey 9.1 (magic `VALKEY080`).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crc::{CRC_64_REDIS, Crc};
use serde::{Deserialize, Serialize};

use super::super::trouble::{Asked, Trouble};
use super::{Integrity, damaged};

static CRC: Crc<u64> = Crc::<u64>::new(&CRC_64_REDIS);

const AUX: u8 = 0xfa;
const RESIZE: u8 = 0xfb;
const SELECT: u8 = 0xfe;
const END: u8 = 0xff;
/// Bytes in which the auxiliary fields must end.
const HEAD: usize = 4096;
/// Magic, the end and the checksum.
const LEAST: u64 = 9 + 1 + 8;

/// What a snapshot says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RdbFacts {
    /// Version of the format; Valkey counts its own from 80.
    pub format: u32,
    /// It was written by Valkey.
    pub valkey: bool,
    /// Version of the server that wrote it.
    pub server_version: String,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<i64>,
    /// Keys of the first database; none when the file does not say it.
    pub keys: Option<u64>,
}

/// Reads a snapshot.
///
/// # Errors
/// When it is none, or damaged.
pub fn read(path: &Path) -> Asked<(RdbFacts, Integrity)> {
    let file = File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
    let length = file.metadata().map_err(|error| Trouble::of_file(path, &error))?.len();
    if length < LEAST {
        return Err(damaged("too short for a snapshot"));
    }
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut digest = CRC.digest();
    let mut head = Vec::new();
    let mut last = 0u8;
    let mut left = length - 8;
    let mut buffer = vec![0; 256 * 1024];
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(part) = buffer.get_mut(..want) else { break };
        reader.read_exact(part).map_err(|error| Trouble::of_file(path, &error))?;
        digest.update(part);
        let room = HEAD.saturating_sub(head.len());
        head.extend(part.iter().take(room));
        last = part.last().copied().unwrap_or(last);
        left -= want as u64;
    }
    let mut said = [0; 8];
    reader.read_exact(&mut said).map_err(|error| Trouble::of_file(path, &error))?;
    let facts = header(&head)?;
    let (said, is) = (u64::from_le_bytes(said), digest.finalize());
    if last != END {
        return Err(damaged("the snapshot does not end as one"));
    }
    match said {
        0 => Ok((facts, Integrity::Unproven)),
        said if said == is => Ok((facts, Integrity::Proven)),
        _ => Err(damaged("the CRC-64 is wrong")),
    }
}

fn header(bytes: &[u8]) -> Asked<RdbFacts> {
    let mut facts = RdbFacts::default();
    let version = if let Some(rest) = bytes.strip_prefix(b"REDIS") {
        rest.get(..4)
    } else if let Some(rest) = bytes.strip_prefix(b"VALKEY") {
        facts.valkey = true;
        rest.get(..3)
    } else {
        return Err(damaged("no snapshot of Redis: the magic is missing"));
    };
    let version =
        version.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|text| text.parse().ok());
    facts.format = version.ok_or_else(|| damaged("the version of the format is no number"))?;
    let mut reader = Fields(bytes.get(9..).unwrap_or_default());
    // What cannot be read here says nothing against the file; the CRC decides.
    while let Some(code) = reader.byte() {
        match code {
            AUX => {
                let (Some(key), Some(value)) = (reader.text(), reader.text()) else { break };
                match key.as_str() {
                    "redis-ver" | "valkey-ver" => facts.server_version = value,
                    "ctime" => facts.created_at = value.parse().ok(),
                    _ => {}
                }
            }
            SELECT => {
                if reader.length().is_none() {
                    break;
                }
            }
            RESIZE => {
                facts.keys = reader.length();
                break;
            }
            END => {
                facts.keys = Some(0);
                break;
            }
            _ => break,
        }
    }
    Ok(facts)
}

/// Reads lengths and short texts.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_at_checked(N)?;
        self.0 = rest;
        taken.try_into().ok()
    }

    fn length(&mut self) -> Option<u64> {
        let first = self.byte()?;
        match first >> 6 {
            0 => Some(u64::from(first & 0x3f)),
            1 => Some(u64::from(first & 0x3f) << 8 | u64::from(self.byte()?)),
            2 if first == 0x80 => self.number().map(u32::from_be_bytes).map(u64::from),
            2 if first == 0x81 => self.number().map(u64::from_be_bytes),
            _ => None,
        }
    }

    /// A text, or a small number written as one.
    fn text(&mut self) -> Option<String> {
        match self.0.first()? {
            0xc0 => {
                self.byte()?;
                self.number().map(i8::from_le_bytes).map(|number| number.to_string())
            }
            0xc1 => {
                self.byte()?;
                self.number().map(i16::from_le_bytes).map(|number| number.to_string())
            }
            0xc2 => {
                self.byte()?;
                self.number().map(i32::from_le_bytes).map(|number| number.to_string())
            }
            _ => {
                let length = usize::try_from(self.length()?).ok()?;
                let (taken, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Some(String::from_utf8_lossy(taken).into_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_redis() {
        // The check value that crc64.c of Redis names for "123456789".
        assert_eq!(CRC.checksum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
    }
}
