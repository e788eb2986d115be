//! The metadata of a wheel whose index offers none beside it: read from the wheel, of which as little is fetched as the
//! server allows.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use url::Url;
use zip::ZipArchive;

use super::client::{Client, Failure, Part};
use super::page::sha256;

/// How much is asked for at a time.
const PIECE: u64 = 64 << 10;
/// How much of a wheel is read in pieces at most; the list of files at its end is much smaller.
const MOST: u64 = 8 << 20;
/// The largest metadata that is unpacked.
const LARGEST_METADATA: u64 = 4 << 20;

/// The metadata of the wheel at `url`; `digest` is the SHA-256 that the index tells, which a wheel that is fetched whole is
/// held to.
///
/// # Errors
/// When the wheel cannot be fetched, is too large for that, or is none.
pub(super) fn metadata(
    client: &Client,
    url: &Url,
    index: &Url,
    digest: Option<&str>,
) -> Result<String, Failure> {
    match client.end_of(url, index, PIECE)? {
        Part::Whole(bytes) => {
            if digest.is_some_and(|digest| !digest.eq_ignore_ascii_case(&sha256(&bytes))) {
                return Err(Failure::Garbage);
            }
            unpack(io::Cursor::new(bytes)).map_err(|error| what_is_wrong(&error))
        }
        Part::Piece { start, bytes, length } => {
            let mut pieces = BTreeMap::new();
            let fetched = bytes.len() as u64;
            pieces.insert(start, bytes);
            let mut remote =
                Remote { client, url, index, length, position: 0, pieces, fetched, failure: None };
            unpack(&mut remote).map_err(|error| remote.failure.unwrap_or_else(|| what_is_wrong(&error)))
        }
    }
}

fn what_is_wrong(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::FileTooLarge => Failure::TooLarge,
        _ => Failure::Garbage,
    }
}

/// `NAME.dist-info/METADATA` of a wheel.
fn unpack(wheel: impl Read + Seek) -> io::Result<String> {
    let mut archive = ZipArchive::new(wheel)?;
    let is_it =
        |name: &str| name.strip_suffix(".dist-info/METADATA").is_some_and(|folder| !folder.contains('/'));
    let name = archive.file_names().flatten().find(|name| is_it(name)).map(|name| name.into_owned());
    let name = name.ok_or(io::ErrorKind::NotFound)?;
    let mut text = Vec::new();
    archive.by_name(&name)?.take(LARGEST_METADATA + 1).read_to_end(&mut text)?;
    // Half of what a package needs would look like all of it.
    if text.len() as u64 > LARGEST_METADATA {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A file on a server that gives pieces of it.
struct Remote<'a> {
    client: &'a Client,
    url: &'a Url,
    index: &'a Url,
    length: u64,
    position: u64,
    /// What has been fetched, by where it begins.
    pieces: BTreeMap<u64, Vec<u8>>,
    fetched: u64,
    failure: Option<Failure>,
}

impl Remote<'_> {
    /// What is there of the position.
    fn known(&self) -> Option<&[u8]> {
        let (start, bytes) = self.pieces.range(..=self.position).next_back()?;
        let skip = usize::try_from(self.position - start).ok()?;
        bytes.get(skip..).filter(|rest| !rest.is_empty())
    }

    fn fetch(&mut self) -> Result<(), Failure> {
        // Up to the next piece that is there already.
        let after = self.pieces.range(self.position..).next().map_or(self.length, |(start, _)| *start);
        let end = (self.position + PIECE).min(after).min(self.length);
        self.fetched += end - self.position;
        if self.fetched > MOST {
            return Err(Failure::TooLarge);
        }
        let bytes = self.client.piece(self.url, self.index, self.position..end)?;
        if bytes.is_empty() {
            return Err(Failure::Garbage);
        }
        self.pieces.insert(self.position, bytes);
        Ok(())
    }
}

impl Read for Remote<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        if self.known().is_none()
            && let Err(failure) = self.fetch()
        {
            self.failure = Some(failure);
            return Err(io::ErrorKind::Other.into());
        }
        let known = self.known().unwrap_or_default();
        let count = known.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), known.get(..count)) {
            to.copy_from_slice(from);
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Remote<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    #[test]
    fn metadata_is_read_whole_or_not_at_all() {
        let wheel = |length: u64| {
            let mut archive = ZipWriter::new(io::Cursor::new(Vec::new()));
            archive.start_file("a-1.dist-info/METADATA", SimpleFileOptions::default()).unwrap();
            archive.write_all(&vec![b'\n'; usize::try_from(length).unwrap()]).unwrap();
            archive.finish().unwrap()
        };
        assert_eq!(unpack(wheel(LARGEST_METADATA)).unwrap().len() as u64, LARGEST_METADATA);
        let error = unpack(wheel(LARGEST_METADATA + 1)).unwrap_err();
        assert!(matches!(what_is_wrong(&error), Failure::TooLarge));
        assert!(matches!(what_is_wrong(&unpack(io::Cursor::new(b"no zip")).unwrap_err()), Failure::Garbage));
    }
}
