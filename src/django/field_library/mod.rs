//! The team's library of field names: a three-column CSV of standard name, description and wrong names.
//!
//! The wrong names stand in one cell, separated by commas. A header row and a byte order mark are optional. Rows that
//! cannot be read are kept as [`LibraryError`]s beside the rows that can, so that nothing is lost in silence.

mod choice;
#[cfg(test)]
mod properties;
mod records;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::findings::Bilingual;
use crate::source::{DecodeError, SourceText, Span};

pub use choice::{Choice, FILE_NAME, Libraries};
use records::Records;

/// A field library.
#[derive(Debug, Clone, Default)]
pub struct FieldLibrary {
    /// Path of the CSV relative to the scanned root; `None` for the built-in one.
    pub path: Option<Arc<str>>,
    /// The CSV that it was read from; `None` for the built-in one and for one whose bytes could not be decoded.
    pub source: Option<Arc<SourceText>>,
    /// Rows in order.
    pub rows: Vec<Row>,
    /// For each wrong name, the indexes of the rows that list it, in order, each once.
    pub wrong: HashMap<Arc<str>, Vec<usize>>,
    /// What could not be read, in order.
    pub problems: Vec<LibraryError>,
}

/// A row of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name that fields should have.
    pub standard: Arc<str>,
    /// What it means; `English / 中文` where a library speaks both.
    pub description: String,
    /// Names that should not be used instead, each once.
    pub wrong: Vec<Arc<str>>,
    /// 1-based line in the CSV.
    pub line: u32,
    /// Byte range of the row in the CSV's text, without its line end.
    pub span: Span,
}

/// Why a library, or a row of it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct LibraryError {
    /// 1-based line in the CSV.
    pub line: u32,
    /// Byte range in the CSV's text, empty when there is no text.
    pub span: Span,
    /// What is wrong.
    pub kind: LibraryErrorKind,
}

/// What can be wrong with a library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryErrorKind {
    /// The bytes are not UTF-8.
    #[error("not UTF-8{}; save the file as UTF-8", if *.looks_like_gbk { " (it looks like GBK)" } else { "" })]
    NotUtf8 {
        /// The bytes are valid GBK, as spreadsheet programs save on Chinese Windows.
        looks_like_gbk: bool,
    },
    /// The row has another number of columns.
    #[error(
        "{0} columns instead of 3 (standard name, description, wrong names); several wrong names need quotes around them"
    )]
    Columns(usize),
    /// The row has wrong names and no standard name.
    #[error("wrong names without a standard name")]
    NoStandard,
    /// A cell holds something that cannot be the name of a field.
    #[error("{0:?} cannot be the name of a field")]
    NotAName(String),
    /// A quote is not closed, so that the rest of the file is one cell.
    #[error("a quote is opened and never closed")]
    OpenQuote,
    /// There is no row at all.
    #[error("no row with a standard name")]
    Empty,
}

/// What a library says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The row that counts: the last one that lists the name.
    pub row: &'a Row,
    /// The standard name of an earlier row that lists it too, when the library contradicts itself.
    pub other: Option<&'a Arc<str>>,
}

/// The library that is compiled in.
static BUILT_IN: LazyLock<Arc<FieldLibrary>> =
    LazyLock::new(|| Arc::new(FieldLibrary::parse(include_str!("../../../rules/field_library.csv"))));

impl FieldLibrary {
    /// The library that is compiled in, `rules/field_library.csv`.
    pub fn built_in() -> Arc<Self> {
        BUILT_IN.clone()
    }

    /// Reads a library from the bytes of the file at `path`.
    pub fn from_bytes(path: Arc<str>, bytes: &[u8]) -> Self {
        match SourceText::decode_plain(path.clone(), bytes) {
            Ok(text) => Self::from_text(Arc::new(text)),
            Err(error) => {
                let at = match error {
                    DecodeError::Invalid { at, .. } | DecodeError::Nul(at) => at.min(bytes.len()),
                    _ => 0,
                };
                let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u32;
                let (_, _, malformed) = encoding_rs::GBK.decode(bytes);
                let kind = LibraryErrorKind::NotUtf8 { looks_like_gbk: !malformed };
                let problems = vec![LibraryError { line, span: Span::default(), kind }];
                Self { path: Some(path), problems, ..Self::default() }
            }
        }
    }

    /// Reads a library from decoded text.
    pub fn from_text(text: Arc<SourceText>) -> Self {
        Self { path: Some(text.path.clone()), source: Some(text.clone()), ..Self::parse(&text.text) }
    }

    /// Reads a library from its text, without a byte order mark.
    pub fn parse(text: &str) -> Self {
        let mut library = Self::default();
        for record in Records::new(text) {
            match record.row(library.rows.is_empty() && library.problems.is_empty()) {
                Ok(Some(row)) => library.push(row),
                Ok(None) => {}
                Err(problem) => library.problems.push(problem),
            }
        }
        if library.rows.is_empty() && library.problems.is_empty() {
            let kind = LibraryErrorKind::Empty;
            library.problems.push(LibraryError { line: 1, span: Span::default(), kind });
        }
        library
    }

    fn push(&mut self, row: Row) {
        let at = self.rows.len();
        for name in &row.wrong {
            self.wrong.entry(name.clone()).or_default().push(at);
        }
        self.rows.push(row);
    }

    /// What the library says of a field's name: `None` when it may be used. Names are compared exactly; a row that lists
    /// its own standard name as wrong says nothing of it.
    pub fn verdict(&self, name: &str) -> Option<Verdict<'_>> {
        let rows = self.wrong.get(name)?.iter().rev().filter_map(|at| self.rows.get(*at));
        let mut rows = rows.filter(|row| *row.standard != *name);
        let row = rows.next()?;
        let other = rows.map(|earlier| &earlier.standard).find(|standard| **standard != row.standard);
        Some(Verdict { row, other })
    }

    /// The first row whose standard name this is.
    pub fn standard(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.standard.as_ref() == name)
    }
}

impl Row {
    /// Where `name` stands in the row, in the CSV's `text`; the whole row when it is not there as it is.
    pub fn span_of(&self, name: &str, text: &SourceText) -> Span {
        let raw = text.slice(self.span);
        let part_of_name = |c: char| c == '_' || c.is_alphanumeric();
        let whole = raw.match_indices(name).map(|(at, _)| at).filter(|at| {
            !raw[..*at].ends_with(part_of_name) && !raw[at + name.len()..].starts_with(part_of_name)
        });
        // The standard name is the first word of the row, wrong names stand behind the description.
        let found = if *self.standard == *name { whole.min() } else { whole.max() };
        found.map_or(self.span, |at| Span {
            start: self.span.start + at as u32,
            end: self.span.start + (at + name.len()) as u32,
        })
    }

    /// The description in both languages; the same text twice where the library has one language.
    pub fn meaning(&self) -> Bilingual {
        match self.description.split_once(" / ") {
            Some((english, chinese)) => Bilingual::new(english.trim(), chinese.trim()),
            None => Bilingual::new(self.description.trim(), self.description.trim()),
        }
    }
}

impl LibraryErrorKind {
    /// The text for people.
    pub fn text(&self) -> Bilingual {
        let chinese = match self {
            Self::NotUtf8 { looks_like_gbk: true } => {
                "不是 UTF-8 编码（看起来是 GBK）；请另存为 UTF-8".to_owned()
            }
            Self::NotUtf8 { looks_like_gbk: false } => "不是 UTF-8 编码；请另存为 UTF-8".to_owned(),
            Self::Columns(found) => {
                format!("有 {found} 列，应为 3 列（标准名、说明、错误名）；多个错误名要用引号括在一起")
            }
            Self::NoStandard => "只有错误名，没有标准名".to_owned(),
            Self::NotAName(cell) => format!("{cell:?} 不能作字段名"),
            Self::OpenQuote => "引号没有闭合".to_owned(),
            Self::Empty => "没有任何一行给出标准名".to_owned(),
        };
        Bilingual::new(self.to_string(), chinese)
    }
}
