//! Walking the working directory.

use std::path::Path;

use super::snapshot::{MAX_FILE_BYTES, ReadError};

/// The bytes of a file of the working directory.
///
/// # Errors
/// When the operating system refuses, or the file is larger than [`MAX_FILE_BYTES`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, ReadError> {
    let size = std::fs::metadata(path).map_err(|error| ReadError::Io(error.to_string()))?.len();
    if size > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge { size, limit: MAX_FILE_BYTES });
    }
    std::fs::read(path).map_err(|error| ReadError::Io(error.to_string()))
}
