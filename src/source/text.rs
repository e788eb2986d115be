//! Decoded text with positions: what Python would read, and where it stands in the file.

use std::sync::Arc;

/// A byte range in the decoded (UTF-8) text of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A place as people count: both 1-based, the column in Unicode code points (a tab is one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in code points.
    pub column: u32,
}

/// Why Python would refuse the bytes of a source file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Bytes that are not valid in the file's encoding.
    #[error("not valid {encoding} at byte {at}")]
    Invalid {
        /// Name of the encoding.
        encoding: String,
        /// Offset in the file.
        at: usize,
    },
    /// The coding cookie names an encoding that Python or this program does not know.
    #[error("unknown encoding {0:?} in the coding cookie")]
    UnknownEncoding(String),
    /// A NUL byte; Python refuses the file.
    #[error("a NUL byte at byte {0}")]
    Nul(usize),
}

/// The decoded text of a file, with its line index.
#[derive(Debug)]
pub struct SourceText {
    /// Relative path of the file, as in [`super::FileEntry`].
    pub path: Arc<str>,
    /// The text in UTF-8, without the byte order mark.
    pub text: String,
    /// Where the bytes of a file that is not UTF-8 stand.
    origin: Origin,
    /// Byte offset in `text` of the start of every line.
    lines: Vec<u32>,
}

/// How offsets in the decoded text lead back to offsets in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)]
enum Origin {
    /// UTF-8; the length of the byte order mark in front, 0 or 3.
    Utf8 {
        /// Length of the mark in bytes.
        mark: u32,
    },
}

impl SourceText {
    /// The line and column of a byte offset in the decoded text; an offset past the end is the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let from = self.lines.get(line - 1).copied().unwrap_or(0) as usize;
        let to = (offset as usize).min(self.text.len());
        let column = self.text.get(from..to).map_or(0, |text| text.chars().count());
        LineColumn { line: line as u32, column: column as u32 + 1 }
    }

    /// The offset in the file's own bytes of a byte offset in the decoded text.
    pub fn file_offset(&self, offset: u32) -> u64 {
        match self.origin {
            Origin::Utf8 { mark } => u64::from(mark) + u64::from(offset),
        }
    }
}
