//! Decoded text with positions: what Python would read, and where it stands in the file.

use std::sync::{Arc, OnceLock};

use super::encoding::{self, Codec};

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
    /// The coding cookie names an encoding that Python does not know.
    #[error("unknown encoding {0:?} in the coding cookie")]
    UnknownEncoding(String),
    /// The coding cookie names an encoding that Python knows and this program does not, and the text is not plain ASCII.
    #[error("text in the encoding {0:?}, which this program does not know")]
    UnsupportedEncoding(String),
    /// A UTF-8 byte order mark and a coding cookie that names something else.
    #[error("a UTF-8 byte order mark, and a coding cookie that says {0:?}")]
    MarkAndCookie(String),
    /// A NUL byte; Python refuses the file.
    #[error("a NUL byte at byte {0}")]
    Nul(usize),
}

/// The decoded text of a file, with its line index.
#[derive(Debug)]
pub struct SourceText {
    /// Relative path of the file, as in [`super::FileEntry`].
    pub path: Arc<str>,
    /// The text in UTF-8, without the byte order mark. Of Python source a lone CR has become LF, since Python ends a
    /// line there; CRLF stays as it is in the file.
    pub text: String,
    /// How offsets lead back to the file.
    origin: Origin,
    /// Byte offset in `text` of the start of every line.
    lines: Vec<u32>,
    /// For text that is not ASCII: the number of characters that begin before every `BLOCK`th byte.
    blocks: OnceLock<Vec<u32>>,
}

/// How offsets in the decoded text lead back to offsets in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// UTF-8 with a byte order mark of this length in front, 0 or 3.
    Utf8 { mark: u32 },
    /// One byte per character.
    OneByte,
    /// The ends of the characters that are not ASCII, in the text and in the file.
    Steps(Vec<(u32, u32)>),
}

const MARK: &[u8] = b"\xef\xbb\xbf";
const BLOCK: usize = 4096;

impl SourceText {
    /// Python source as Python reads it: byte order mark, coding cookie of the first two lines (PEP 263), UTF-8
    /// otherwise.
    ///
    /// # Errors
    /// When Python would refuse the bytes.
    pub fn decode(path: Arc<str>, bytes: &[u8]) -> Result<Self, DecodeError> {
        if let Some(at) = memchr::memchr(0, bytes) {
            return Err(DecodeError::Nul(at));
        }
        let (mark, body) = split_mark(bytes);
        let cookie = coding_cookie(body);
        let codec = match cookie {
            None => Codec::Utf8,
            Some(name) if mark > 0 && encoding::tokenizer_name(name) != "utf-8" => {
                return Err(DecodeError::MarkAndCookie(name.to_owned()));
            }
            Some(name) => {
                encoding::lookup(name).ok_or_else(|| DecodeError::UnknownEncoding(name.to_owned()))?
            }
        };
        let name = cookie.unwrap_or("utf-8");
        let (text, origin) = decode_body(body, mark, codec, name)?;
        Ok(Self::assemble(path, end_lines_at_lone_returns(text), origin))
    }

    /// Any other text file: UTF-8, with or without a byte order mark, every line end as it is in the file.
    ///
    /// # Errors
    /// When the bytes are not UTF-8 or hold a NUL, as binary files do.
    pub fn decode_plain(path: Arc<str>, bytes: &[u8]) -> Result<Self, DecodeError> {
        if let Some(at) = memchr::memchr(0, bytes) {
            return Err(DecodeError::Nul(at));
        }
        let (mark, body) = split_mark(bytes);
        let (text, origin) = decode_body(body, mark, Codec::Utf8, "utf-8")?;
        Ok(Self::assemble(path, text, origin))
    }

    fn assemble(path: Arc<str>, text: String, origin: Origin) -> Self {
        let lines = line_starts(text.as_bytes());
        Self { path, text, origin, lines, blocks: OnceLock::new() }
    }

    /// The same text with `*` in the place of every byte of `spans`, except for quotes and line ends: what may be shown
    /// of a file that holds secrets. Positions stay what they are.
    pub fn masked(&self, spans: &[Span]) -> Self {
        let mut bytes = self.text.clone().into_bytes();
        for span in spans {
            let (start, end) = (self.floor(span.start), self.floor(span.end));
            let hidden = bytes.get_mut(start..end).into_iter().flatten();
            for byte in hidden.filter(|byte| !matches!(byte, b'"' | b'\'' | b'\n' | b'\r')) {
                *byte = b'*';
            }
        }
        // Whole characters became ASCII, so this cannot fail; if it did, nothing must be shown.
        let text = String::from_utf8(bytes).unwrap_or_default();
        Self {
            path: self.path.clone(),
            text,
            origin: self.origin.clone(),
            lines: self.lines.clone(),
            blocks: OnceLock::new(),
        }
    }

    /// The line and column of a byte offset in the decoded text; an offset past the end is the end.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = self.floor(offset);
        let line = self.lines.partition_point(|start| *start as usize <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0) as usize;
        let column = self.characters_before(offset) - self.characters_before(start);
        LineColumn { line: line as u32, column: column as u32 + 1 }
    }

    /// The offset in the file's own bytes of a byte offset in the decoded text.
    pub fn file_offset(&self, offset: u32) -> u64 {
        let offset = self.floor(offset);
        match &self.origin {
            Origin::Utf8 { mark } => u64::from(*mark) + offset as u64,
            Origin::OneByte => self.characters_before(offset) as u64,
            Origin::Steps(steps) => {
                let after = steps.partition_point(|(text, _)| *text as usize <= offset);
                let (text, file) = after.checked_sub(1).map_or((0, 0), |at| steps[at]);
                u64::from(file) + (offset as u64 - u64::from(text))
            }
        }
    }

    /// Number of lines, at least one; nothing after the last line end is no line.
    pub fn line_count(&self) -> u32 {
        let ends_with_line_end = self.lines.len() > 1 && self.lines.last() == Some(&(self.text.len() as u32));
        self.lines.len() as u32 - u32::from(ends_with_line_end)
    }

    /// The text of line `number` (1-based) without its line end; empty for a line that is not there.
    pub fn line(&self, number: u32) -> &str {
        self.slice(self.line_span(number))
    }

    /// Where line `number` (1-based) stands, without its line end; the end of the text for a line that is not there.
    pub fn line_span(&self, number: u32) -> Span {
        let end = self.text.len() as u32;
        let Some(at) = number.checked_sub(1) else { return Span::default() };
        let Some(start) = self.lines.get(at as usize).copied() else { return Span { start: end, end } };
        let next = self.lines.get(at as usize + 1).copied().unwrap_or(end);
        let line = &self.text.as_bytes()[start as usize..next as usize];
        let ended = line.strip_suffix(b"\n").unwrap_or(line);
        let ended = ended.strip_suffix(b"\r").unwrap_or(ended);
        Span { start, end: start + ended.len() as u32 }
    }

    /// The text of a range; what of it lies outside the text is left out.
    pub fn slice(&self, span: Span) -> &str {
        let (start, end) = (self.floor(span.start), self.floor(span.end));
        self.text.get(start..end).unwrap_or("")
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: u32) -> usize {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// Number of characters before `offset`, in a time that does not grow with the text.
    fn characters_before(&self, offset: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blocks = self.blocks.get_or_init(|| {
            if self.text.is_ascii() {
                return Vec::new();
            }
            let mut count = 0;
            let before = bytes.chunks(BLOCK).map(|block| {
                let before = count;
                count += characters(block) as u32;
                before
            });
            before.collect()
        });
        if blocks.is_empty() {
            return offset;
        }
        // At the very end of a text of whole blocks there is no further entry: count the last block then.
        let block = (offset / BLOCK).min(blocks.len() - 1);
        blocks[block] as usize + characters(&bytes[block * BLOCK..offset])
    }
}

/// Number of characters that begin in `bytes` of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

/// The bytes that a text has in the encoding that its coding cookie names; in UTF-8 where there is none, and where that
/// encoding does not hold the text.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let codec = coding_cookie(text.as_bytes()).and_then(encoding::lookup);
    let encoded = match codec {
        Some(Codec::Latin1) => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        Some(Codec::Single { encoding, .. } | Codec::Multi { encoding, .. }) => {
            let (bytes, _, unmappable) = encoding.encode(text);
            (!unmappable).then(|| bytes.into_owned())
        }
        Some(Codec::Utf8 | Codec::Ascii | Codec::AsciiOnly) | None => None,
    };
    encoded.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn split_mark(bytes: &[u8]) -> (u32, &[u8]) {
    match bytes.strip_prefix(MARK) {
        Some(body) => (MARK.len() as u32, body),
        None => (0, bytes),
    }
}

fn decode_body(body: &[u8], mark: u32, codec: Codec, name: &str) -> Result<(String, Origin), DecodeError> {
    let invalid = |at: usize| DecodeError::Invalid { encoding: name.to_owned(), at: mark as usize + at };
    let ascii = || encoding_rs::Encoding::ascii_valid_up_to(body);
    Ok(match codec {
        Codec::Utf8 => match std::str::from_utf8(body) {
            Ok(text) => (text.to_owned(), Origin::Utf8 { mark }),
            Err(error) => return Err(invalid(error.valid_up_to())),
        },
        _ if ascii() == body.len() => (String::from_utf8_lossy(body).into_owned(), Origin::OneByte),
        Codec::Ascii => return Err(invalid(ascii())),
        Codec::AsciiOnly => return Err(DecodeError::UnsupportedEncoding(name.to_owned())),
        Codec::Latin1 => (body.iter().copied().map(char::from).collect(), Origin::OneByte),
        Codec::Single { encoding, controls } => {
            let text: Option<_> = encoding.decode_without_bom_handling_and_without_replacement(body);
            let undefined = |c: char| !controls && ('\u{80}'..='\u{9f}').contains(&c);
            match text {
                Some(text) if !text.chars().any(undefined) => (text.into_owned(), Origin::OneByte),
                Some(text) => return Err(invalid(text.chars().position(undefined).unwrap_or(0))),
                None => {
                    let (lossy, _) = encoding.decode_without_bom_handling(body);
                    return Err(invalid(lossy.chars().position(|c| c == '\u{fffd}').unwrap_or(0)));
                }
            }
        }
        Codec::Multi { encoding, shape } => {
            let (text, steps) = encoding::decode_multi(body, encoding, shape, invalid)?;
            (text, Origin::Steps(steps))
        }
    })
}

/// The name in the coding cookie: PEP 263's `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)` in the first line, or in
/// the second one when the first is blank or a comment.
fn coding_cookie(body: &[u8]) -> Option<&str> {
    let mut rest = body;
    for _ in 0..2 {
        let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0c)).count();
        let content = &line[blanks..];
        match content.first() {
            None => {}
            Some(b'#') => {
                if let Some(name) = cookie_of_comment(content) {
                    return std::str::from_utf8(name).ok();
                }
            }
            Some(_) => return None,
        }
        let line_end = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + line_end..)?;
    }
    None
}

fn cookie_of_comment(comment: &[u8]) -> Option<&[u8]> {
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let after = &comment[at + b"coding".len()..];
        let (b':' | b'=', after) = after.split_first()? else { return None };
        let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let after = &after[blanks..];
        let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = after.iter().take_while(name).count();
        (length > 0).then(|| &after[..length])
    })
}

/// Python ends a line at a lone CR, which tree-sitter does not: the same text with LF in its place, byte for byte.
fn end_lines_at_lone_returns(text: String) -> String {
    let bytes = text.as_bytes();
    let lone = |at: &usize| bytes.get(at + 1) != Some(&b'\n');
    let mut returns = memchr::memchr_iter(b'\r', bytes).filter(lone).peekable();
    if returns.peek().is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in returns {
        out.push_str(&text[from..at]);
        out.push('\n');
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out
}

/// Where lines begin; LF, CRLF and a lone CR end one.
fn line_starts(text: &[u8]) -> Vec<u32> {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text)
        .filter(|at| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n'));
    std::iter::once(0).chain(ends.map(|at| at as u32 + 1)).collect()
}

#[cfg(test)]
mod tests;
