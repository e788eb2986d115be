//! The rows of the CSV, each with its place.

use std::collections::HashSet;
use std::sync::Arc;

use crate::source::Span;

use super::{LibraryError, LibraryErrorKind, Row};

/// The records of a CSV, each with its place.
pub(super) struct Records<'a> {
    text: &'a str,
    reader: csv::Reader<&'a [u8]>,
    /// Byte and line up to which lines were counted.
    counted: (usize, u32),
}

/// A record of the CSV with its place.
pub(super) struct Record {
    cells: Vec<String>,
    line: u32,
    span: Span,
    open_quote: bool,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        Self { text, reader, counted: (0, 1) }
    }

    /// The line of a byte offset that is not before the last one asked for.
    fn line_of(&mut self, offset: usize) -> u32 {
        let between = &self.text.as_bytes()[self.counted.0..offset];
        let ends = between.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => self.text.as_bytes().get(self.counted.0 + at + 1) != Some(&b'\n'),
            _ => false,
        });
        self.counted = (offset, self.counted.1 + ends.count() as u32);
        self.counted.1
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let mut record = csv::StringRecord::new();
        // The input is a `&str`, so the only errors of the reader (input, UTF-8, uneven lengths) cannot come up; were
        // one to, the rest would be unread, which the caller sees as an unclosed quote.
        let from = self.reader.position().byte() as usize;
        let failed = match self.reader.read_record(&mut record) {
            Ok(false) => return None,
            Ok(true) => false,
            Err(_) => true,
        };
        let to = (self.reader.position().byte() as usize).min(self.text.len());
        let raw = self.text.get(from..to).unwrap_or_default();
        let blank = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
        let raw = raw.trim_matches(['\r', '\n']);
        let start = from + blank;
        Some(Record {
            cells: record.iter().map(|cell| cell.trim().to_owned()).collect(),
            line: self.line_of(start),
            span: Span { start: start as u32, end: (start + raw.len()) as u32 },
            open_quote: failed || (to == self.text.len() && raw.matches('"').count() % 2 == 1),
        })
    }
}

impl Record {
    /// The row; `None` for a blank row and for the header, which may stand `first`.
    pub(super) fn row(self, first: bool) -> Result<Option<Row>, LibraryError> {
        let (line, span) = (self.line, self.span);
        let fail = |kind| Err(LibraryError { line, span, kind });
        if self.open_quote {
            return fail(LibraryErrorKind::OpenQuote);
        }
        let used = self.cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        if used == 0 || (first && is_header(&self.cells)) {
            return Ok(None);
        }
        if self.cells.len() < 3 || used > 3 {
            // Spreadsheet programs write empty columns at the end; they say nothing and are not counted.
            return fail(LibraryErrorKind::Columns(if used > 3 { used } else { self.cells.len() }));
        }
        let mut cells = self.cells.into_iter();
        let (standard, description, names) = (
            cells.next().unwrap_or_default(),
            cells.next().unwrap_or_default(),
            cells.next().unwrap_or_default(),
        );
        if standard.is_empty() {
            return fail(LibraryErrorKind::NoStandard);
        }
        let mut wrong: Vec<Arc<str>> = Vec::new();
        let mut known = HashSet::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if known.insert(name) {
                wrong.push(name.into());
            }
        }
        let mut all = std::iter::once(standard.as_str()).chain(wrong.iter().map(AsRef::as_ref));
        if let Some(name) = all.find(|name| !is_name(name)) {
            return fail(LibraryErrorKind::NotAName(shorten(name)));
        }
        Ok(Some(Row { standard: standard.into(), description, wrong, line, span }))
    }
}

/// Whether the first record only names the columns. Its first cell is then a word for people (`字段名`, `standard
/// name`), or its last cell says that errors follow (`wrong`, `error_fields`).
fn is_header(cells: &[String]) -> bool {
    const LAST: [&str; 6] = ["wrong", "wrong_names", "wrong_name", "errors", "error_fields", "error_field"];
    let first_is_words = cells.first().is_some_and(|cell| {
        cell.chars().any(|c| c == ' ' || !c.is_ascii()) && cell.chars().all(|c| c == ' ' || is_name_part(c))
    });
    let last = cells.get(2).map(|cell| cell.replace(' ', "_"));
    cells.len() >= 3 && (first_is_words || last.is_some_and(|cell| LAST.contains(&cell.as_str())))
}

/// Whether the text can be a Python identifier.
fn is_name(text: &str) -> bool {
    text.chars().all(is_name_part) && !text.starts_with(|c: char| c.is_numeric())
}

fn is_name_part(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// At most 40 characters, on one line.
fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
