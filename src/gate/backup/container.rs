//! Files that may be compressed: gzip with all its members, Zstandard with all its frames. Whoever reads to the end
//! knows that the container is whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::super::trouble::{Asked, Trouble};
use super::{Integrity, damaged};

const BUFFER: usize = 256 * 1024;

/// How many times its own size a compressed file may unpack to. gzip reaches 1,032 at the very best, and a dump of SQL
/// some ten to a hundred; Zstandard can say 128 KiB of one byte in four.
const RATIO: u64 = 2_000;
/// What every compressed file may unpack to, whatever its size, in bytes.
const LEAST_ALLOWED: u64 = 1 << 30;

/// A file, decompressed while it is read.
pub struct Container {
    form: Form,
    /// Bytes that it gave.
    unpacked: u64,
    /// Bytes that it may give: what unpacks to more is made to fill a disk or an hour.
    allowed: u64,
}

enum Form {
    /// As it is.
    Plain(BufReader<File>),
    /// gzip: every member carries a CRC-32 and its length.
    Gzip(Box<MultiGzDecoder<BufReader<File>>>),
    /// Zstandard.
    Zstd(Box<Zstd>),
}

impl Container {
    /// Opens a file; its first bytes say what it is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(path: &Path) -> Asked<Self> {
        let file = File::open(path).map_err(|error| Trouble::of_file(path, &error))?;
        let packed = file.metadata().map_err(|error| Trouble::of_file(path, &error))?.len();
        let mut allowed = packed.saturating_mul(RATIO).max(LEAST_ALLOWED);
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let head = reader.fill_buf().map_err(|error| Trouble::of_file(path, &error))?;
        let form = if head.starts_with(&[0x1f, 0x8b]) {
            Form::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Form::Zstd(Box::new(Zstd { source: reader, frame: None, unchecked: false }))
        } else {
            allowed = u64::MAX;
            Form::Plain(reader)
        };
        Ok(Self { form, unpacked: 0, allowed })
    }

    /// After everything was read: what the container proves.
    pub fn integrity(&self) -> Integrity {
        match &self.form {
            Form::Plain(_) => Integrity::Unproven,
            Form::Gzip(_) => Integrity::Proven,
            Form::Zstd(zstd) => {
                if zstd.unchecked {
                    Integrity::Unproven
                } else {
                    Integrity::Proven
                }
            }
        }
    }
}

impl Read for Container {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.form {
            Form::Plain(reader) => reader.read(buffer),
            Form::Gzip(reader) => reader.read(buffer),
            Form::Zstd(reader) => reader.read(buffer),
        }?;
        self.unpacked = self.unpacked.saturating_add(read as u64);
        if self.unpacked > self.allowed {
            let said = format!("it unpacks to more than {} bytes, {RATIO} times its size", self.allowed);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, said));
        }
        Ok(read)
    }
}

/// Zstandard, frame by frame.
struct Zstd {
    source: BufReader<File>,
    frame: Option<FrameDecoder>,
    /// A frame carried no checksum.
    unchecked: bool,
}

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(frame) = &mut self.frame else {
                if self.source.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                let mut frame = FrameDecoder::new();
                match frame.init(&mut self.source) {
                    Ok(()) => self.frame = Some(frame),
                    Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                        length,
                        ..
                    })) => {
                        let skipped =
                            io::copy(&mut self.source.by_ref().take(length.into()), &mut io::sink())?;
                        if skipped < u64::from(length) {
                            return Err(io::ErrorKind::UnexpectedEof.into());
                        }
                    }
                    Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
                }
                continue;
            };
            while frame.can_collect() == 0 && !frame.is_finished() {
                frame
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBytes(buffer.len().max(1)))
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            }
            let read = frame.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            match (frame.get_checksum_from_data(), frame.get_calculated_checksum()) {
                (None, _) => self.unchecked = true,
                (Some(said), Some(is)) if said == is => {}
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the checksum of the frame is wrong",
                    ));
                }
            }
            self.frame = None;
        }
    }
}

/// What is wrong with a container, from the error of reading it.
pub fn broken(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("the container ends early"),
        io::ErrorKind::FileTooLarge => damaged(error.to_string()),
        _ => damaged(format!("the container is damaged: {error}")),
    }
}

/// Reads a file to its end.
///
/// # Errors
/// When the container is damaged.
pub fn verify(path: &Path) -> Asked<Integrity> {
    let mut container = Container::open(path)?;
    io::copy(&mut container, &mut io::sink()).map_err(|error| broken(&error))?;
    Ok(container.integrity())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_unpacks_without_end_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.gz");
        let file = File::create(&path).unwrap();
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        (0..64).for_each(|_| packed.write_all(&[0; 1 << 16]).unwrap());
        packed.finish().unwrap();
        assert_eq!(verify(&path).unwrap(), Integrity::Proven);
        let mut container = Container::open(&path).unwrap();
        container.allowed = 1 << 20;
        let error = io::copy(&mut container, &mut io::sink()).unwrap_err();
        assert!(broken(&error).said.contains("unpacks to more than 1048576 bytes"), "{error}");
    }

    #[test]
    fn a_few_bytes_of_zstandard_that_stand_for_gigabytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zst");
        // A frame with a window of 1 MiB, and blocks that repeat one byte 128 Ki times.
        let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
        let block = |last: u32| (((128 << 10) << 3) | (1 << 1) | last).to_le_bytes();
        for last in [vec![0; 79], vec![1]].concat() {
            bytes.extend(&block(last)[..3]);
            bytes.push(b'a');
        }
        std::fs::write(&path, bytes).unwrap();
        let mut container = Container::open(&path).unwrap();
        assert_eq!(io::copy(&mut container, &mut io::sink()).unwrap(), 80 << 17);
        let mut container = Container::open(&path).unwrap();
        container.allowed = 80 << 16;
        assert!(io::copy(&mut container, &mut io::sink()).is_err());
    }
}
