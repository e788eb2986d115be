//! Pages of InnoDB tablespaces: whether the checksum that each page carries is right.
//!
//! Source: `buf_page_is_corrupted` and `fsp0types.h` of MySQL 5.7, 8.0 and MariaDB 10.11. MySQL, and MariaDB before 10.5,
//! write two CRC-32C values joined by exclusive or into head and tail, or the older sum of InnoDB's own; MariaDB writes one
//! CRC-32C over the page (`full_crc32`). Which of them is told by the flags of the first page. Pages that are compressed, or
//! whose layout the flags leave open, are not judged.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crc::{CRC_32_ISCSI, Crc, Table};
use serde::{Deserialize, Serialize};

/// CRC-32C: a table of 16 is several times as fast as the plain one.
static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// Read at once; a whole number of pages of every size.
const CHUNK: usize = 1 << 20;
/// Read of every file before any is read to its end: where time is short, each has been looked into.
const FIRST: u64 = CHUNK as u64;
/// Sizes that a page may have.
const SIZES: [usize; 5] = [4096, 8192, 16_384, 32_768, 65_536];
/// Faults and reasons that are kept.
const MOST: usize = 20;

const FLAGS: usize = 54;
const FILE_PAGES: usize = 46;
const TYPE: usize = 24;
const LSN: usize = 16;
const KEY_VERSION: usize = 26;
const DATA: usize = 38;
/// Written instead of a checksum when `innodb_checksum_algorithm` was `none`.
const NO_CHECKSUM: u32 = 0xDEAD_BEEF;
/// Types of pages whose content the checksum of the head does not cover: compressed, encrypted, or both.
const COVERED: [u16; 5] = [14, 15, 16, 34_354, 37_401];
const RTREE: u16 = 17_854;

/// What the pages of the `.ibd` files of a backup say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// Files.
    pub files: u64,
    /// Pages of these files, as far as their size is known.
    pub pages: u64,
    /// Pages whose checksum is right, and pages that were never used.
    pub sound: u64,
    /// Number of faults.
    pub faults: u64,
    /// The first faults: file, page, what is wrong.
    pub faulty: Vec<String>,
    /// Files and pages that cannot be judged.
    pub unknowns: u64,
    /// The first of them: file, page, why.
    pub unknown: Vec<String>,
    /// Pages that were not read because the time was over.
    pub unread: u64,
}

impl PageFacts {
    fn fault(&mut self, said: String) {
        self.faults += 1;
        if self.faulty.len() < MOST {
            self.faulty.push(said);
        }
    }

    /// Something that cannot be judged.
    pub(super) fn open(&mut self, said: String) {
        self.unknowns += 1;
        if self.unknown.len() < MOST {
            self.unknown.push(said);
        }
    }
}

/// How the checksums of a tablespace are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sum {
    /// MariaDB: one over the page.
    Full,
    /// MySQL, and MariaDB before 10.5: head and tail.
    Split,
}

/// What the flags say of a tablespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    sum: Sum,
    size: usize,
}

/// What a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Sound,
    Faulty(&'static str),
    Unknown(&'static str),
}

/// Reads the pages of tablespaces until the time is over. `is_prepared` says that the redo log has nothing to add.
pub fn read(folder: &Path, files: &[PathBuf], is_prepared: bool, until: Instant) -> PageFacts {
    let mut facts = PageFacts { files: files.len() as u64, ..PageFacts::default() };
    let mut open = Vec::new();
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
        match Tablespace::open(path, name, is_prepared, &mut facts) {
            Ok(Some(tablespace)) => open.push(tablespace),
            Ok(None) => {}
            Err((name, error)) => facts.open(format!("{name}: {error}")),
        }
    }
    let mut buffer = Vec::new();
    for end in [FIRST, u64::MAX] {
        for tablespace in &mut open {
            if let Err(error) = tablespace.judge(end, until, &mut buffer, &mut facts) {
                facts.open(format!("{}: {error}", tablespace.name));
                // Nothing more is read of it.
                facts.unread += tablespace.pages.saturating_sub(tablespace.next);
                tablespace.next = tablespace.pages;
            }
        }
    }
    facts.unread += open.iter().map(|one| one.pages.saturating_sub(one.next)).sum::<u64>();
    facts
}

struct Tablespace<'a> {
    path: &'a Path,
    name: String,
    layout: Layout,
    pages: u64,
    next: u64,
}

impl<'a> Tablespace<'a> {
    /// Looks at the first page; `None` when there is nothing more to read.
    fn open(
        path: &'a Path,
        name: String,
        is_prepared: bool,
        facts: &mut PageFacts,
    ) -> Result<Option<Self>, (String, io::Error)> {
        let first = || {
            let mut file = File::open(path)?;
            let length = file.metadata()?.len();
            let mut first = Vec::new();
            (&mut file).take(SIZES[4] as u64).read_to_end(&mut first)?;
            io::Result::Ok((length, first))
        };
        let (length, first) = match first() {
            Ok(found) => found,
            Err(error) => return Err((name, error)),
        };
        if first.len() >= SIZES[0] && first.iter().all(|byte| *byte == 0) {
            // A table that is being made while the copy runs: its pages are in the redo log.
            if is_prepared {
                facts.fault(format!("{name}: its first page is empty"));
            } else {
                facts.open(format!("{name}: its first page is empty"));
            }
            return Ok(None);
        }
        let layout = match layout(&first) {
            Ok(layout) => layout,
            Err(Page::Faulty(why)) => {
                facts.fault(format!("{name}: {why}"));
                return Ok(None);
            }
            Err(Page::Unknown(why)) => {
                facts.open(format!("{name}: {why}"));
                return Ok(None);
            }
            Err(Page::Sound) => return Ok(None),
        };
        let size = layout.size as u64;
        let pages = length / size;
        facts.pages += pages;
        if length % size != 0 {
            facts.fault(format!("{name}: ends within page {pages}"));
        }
        let wanted = u64::from(number(&first, FILE_PAGES));
        if pages < wanted {
            let said = format!("{name}: {pages} pages, {wanted} by its first page");
            if is_prepared {
                facts.fault(said);
            } else {
                // The file may have grown while it was copied: then the redo log makes up for it.
                facts.open(said);
            }
        }
        Ok(Some(Self { path, name, layout, pages, next: 0 }))
    }

    /// Judges the pages before a place in the file.
    fn judge(
        &mut self,
        end: u64,
        until: Instant,
        buffer: &mut Vec<u8>,
        facts: &mut PageFacts,
    ) -> io::Result<()> {
        let size = self.layout.size;
        let end = self.pages.min(end / size as u64);
        if self.next >= end {
            return Ok(());
        }
        let mut file = File::open(self.path)?;
        file.seek(SeekFrom::Start(self.next * size as u64))?;
        while self.next < end && Instant::now() < until {
            let count = (end - self.next).min((CHUNK / size) as u64);
            buffer.resize(usize::try_from(count).unwrap_or_default() * size, 0);
            file.read_exact(buffer)?;
            for bytes in buffer.chunks_exact(size) {
                match page(bytes, self.next, self.layout.sum) {
                    Page::Sound => facts.sound += 1,
                    Page::Faulty(why) => facts.fault(format!("{}: page {}: {why}", self.name, self.next)),
                    Page::Unknown(why) => facts.open(format!("{}: page {}: {why}", self.name, self.next)),
                }
                self.next += 1;
            }
        }
        Ok(())
    }
}

/// Size and checksums of the pages, by the flags of the first one.
fn layout(first: &[u8]) -> Result<Layout, Page> {
    if first.len() < SIZES[0] {
        return Err(Page::Faulty("shorter than one page"));
    }
    let flags = number(first, FLAGS);
    let layout = by_flags(flags).map_err(Page::Unknown)?;
    let fits = |size: usize| first.get(..size).is_some_and(|page| checksum(page, layout.sum));
    // MariaDB 10.1 before 10.1.21 wrote other flags: then the page is right, but not of the size that they seem to say.
    if !fits(layout.size) && SIZES.iter().any(|size| fits(*size)) {
        return Err(Page::Unknown("its flags do not say how large its pages are"));
    }
    if first.len() < layout.size {
        return Err(Page::Faulty("shorter than one page"));
    }
    Ok(layout)
}

fn by_flags(flags: u32) -> Result<Layout, &'static str> {
    let bits = |at: u32, width: u32| (flags >> at) & ((1 << width) - 1);
    let size = |shift: u32| match shift {
        3..=7 => Ok(512 << shift),
        _ => Err("its flags name no size of a page"),
    };
    if bits(4, 1) == 1 {
        return match (bits(5, 3), flags >> 8) {
            (0, 0) => Ok(Layout { sum: Sum::Full, size: size(bits(0, 4))? }),
            (_, 0) => Err("its pages are compressed"),
            _ => Err("its flags are not known"),
        };
    }
    match (bits(1, 4), bits(13, 1), bits(15, 1), flags >> 16) {
        (0, 0, 0, 0) => {
            // The usual size has no number.
            let size = if bits(6, 4) == 0 { 16_384 } else { size(bits(6, 4))? };
            Ok(Layout { sum: Sum::Split, size })
        }
        (1..=5, ..) => Err("ROW_FORMAT=COMPRESSED"),
        (0, 1, 0, 0) => Err("encrypted"),
        (0, 0, 0, 1) => Err("its pages are compressed"),
        _ => Err("its flags are not known"),
    }
}

/// Whether the checksum of a page is right.
fn checksum(page: &[u8], sum: Sum) -> bool {
    let size = page.len();
    match sum {
        Sum::Full => CRC.checksum(&page[..size - 4]) == number(page, size - 4),
        Sum::Split => {
            let (head, tail) = (number(page, 0), number(page, size - 8));
            let crc = CRC.checksum(&page[4..KEY_VERSION]) ^ CRC.checksum(&page[DATA..size - 8]);
            if head == crc && tail == crc {
                return true;
            }
            // Of tables that MySQL 5.6 and older wrote.
            let old = fold(&page[4..KEY_VERSION]).wrapping_add(fold(&page[DATA..size - 8]));
            head == low(old) && (tail == low(fold(&page[..KEY_VERSION])) || tail == number(page, LSN))
        }
    }
}

/// Judges a page.
fn page(page: &[u8], at: u64, sum: Sum) -> Page {
    let size = page.len();
    if page.iter().all(|byte| *byte == 0) {
        return Page::Sound;
    }
    let kind = u16::from_be_bytes([page[TYPE], page[TYPE + 1]]);
    if sum == Sum::Split && number(page, 0) == NO_CHECKSUM && number(page, size - 8) == NO_CHECKSUM {
        return Page::Unknown("written without a checksum");
    }
    if !checksum(page, sum) {
        // MariaDB before `full_crc32` notes the version of the key there; an index of shapes keeps something else.
        let is_encrypted = at != 0 && number(page, KEY_VERSION) != 0 && kind != RTREE;
        return match sum {
            Sum::Split if COVERED.contains(&kind) || is_encrypted => Page::Unknown("compressed or encrypted"),
            _ => Page::Faulty("its checksum is wrong"),
        };
    }
    let (is_encrypted, end) = match sum {
        Sum::Full => (number(page, 0) != 0, size - 8),
        Sum::Split => (false, size - 4),
    };
    if !is_encrypted && number(page, LSN + 4) != number(page, end) {
        return Page::Faulty("head and tail are of different times");
    }
    if u64::from(number(page, 4)) != at {
        return Page::Faulty("it belongs to another place");
    }
    Page::Sound
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    four.map_or(0, u32::from_be_bytes)
}

fn low(sum: u64) -> u32 {
    (sum & u64::from(u32::MAX)) as u32
}

/// The sum that InnoDB made before CRC-32C.
fn fold(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0u64, |sum, byte| {
        let byte = u64::from(*byte);
        ((((sum ^ byte ^ 1_653_893_711) << 8).wrapping_add(sum)) ^ 1_463_735_687).wrapping_add(byte)
    })
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
