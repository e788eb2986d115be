//! The team's library of field names: a three-column CSV of standard name, description and wrong names.

use std::collections::HashMap;
use std::sync::Arc;

use crate::source::SourceText;

/// A field library.
#[derive(Debug, Clone, Default)]
pub struct FieldLibrary {
    /// The CSV that it was read from; `None` for the built-in one.
    pub source: Option<Arc<SourceText>>,
    /// Rows in order.
    pub rows: Vec<Row>,
    /// For each wrong name, the indexes of the rows that list it, in order.
    pub wrong: HashMap<Arc<str>, Vec<usize>>,
}

/// A row of the library.
#[derive(Debug, Clone)]
pub struct Row {
    /// The name that fields should have.
    pub standard: Arc<str>,
    /// What it means.
    pub description: String,
    /// Names that should not be used instead.
    pub wrong: Vec<Arc<str>>,
    /// 1-based line in the CSV.
    pub line: u32,
}
