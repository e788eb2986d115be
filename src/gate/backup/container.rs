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

/// A file, decompressed while it is read.
pub enum Container {
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
        let mut reader = BufReader::with_capacity(BUFFER, file);
        let head = reader.fill_buf().map_err(|error| Trouble::of_file(path, &error))?;
        Ok(if head.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Self::Zstd(Box::new(Zstd { source: reader, frame: None, unchecked: false }))
        } else {
            Self::Plain(reader)
        })
    }

    /// After everything was read: what the container proves.
    pub fn integrity(&self) -> Integrity {
        match self {
            Self::Plain(_) => Integrity::Unproven,
            Self::Gzip(_) => Integrity::Proven,
            Self::Zstd(zstd) => {
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
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Gzip(reader) => reader.read(buffer),
            Self::Zstd(reader) => reader.read(buffer),
        }
    }
}

/// Zstandard, frame by frame.
pub struct Zstd {
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
