//! Files that somebody names: arguments, keys of the configuration, what stands beside another file. They may be pipes
//! or devices, which tell no size before they are read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest file that is read because somebody named it, in bytes: a report of a whole organization fits many times.
pub const MAX_GIVEN_BYTES: u64 = 256 * 1024 * 1024;

/// The bytes of a named file.
///
/// # Errors
/// When the operating system refuses, or more than [`MAX_GIVEN_BYTES`] come.
pub fn read_given(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    read_up_to(File::open(path)?, MAX_GIVEN_BYTES)
}

/// The text of a named file.
///
/// # Errors
/// As [`read_given`], and when it is not UTF-8.
pub fn read_given_text(path: impl AsRef<Path>) -> io::Result<String> {
    String::from_utf8(read_given(path)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
}

/// Everything that comes, unless it is more than `limit` bytes.
pub(crate) fn read_up_to(mut file: File, limit: u64) -> io::Result<Vec<u8>> {
    let too_large =
        || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than the limit of {limit} bytes"));
    let said = file.metadata()?.len();
    if said > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(said).unwrap_or_default().saturating_add(1));
    // What a file says of its size is no promise: it may grow, and a device says nothing.
    file.by_ref().take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_before_it_fills_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(MAX_GIVEN_BYTES + 1).unwrap();
        assert_eq!(read_given(&path).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        std::fs::write(&path, "12345").unwrap();
        let open = || File::open(&path).unwrap();
        assert!(read_up_to(open(), 4).is_err());
        assert_eq!(read_up_to(open(), 5).unwrap(), b"12345");
        assert_eq!(read_given_text(&path).unwrap(), "12345");
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_given_text(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_that_never_ends_does() {
        let endless = File::open("/dev/zero").unwrap();
        assert_eq!(read_up_to(endless, 1 << 16).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
