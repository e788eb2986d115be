//! TOML with the place of every value, for the readers of `pyproject.toml`, `Pipfile` and lock files.

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::{Problem, ProblemKind};
use crate::source::Span;

/// A value with its place.
pub type Node<'t> = Spanned<DeValue<'t>>;

/// The document, or the one problem that says where its TOML breaks.
///
/// # Errors
/// When the text is no TOML.
pub fn parse(text: &str) -> Result<DeTable<'_>, Problem> {
    DeTable::parse(text).map(Spanned::into_inner).map_err(|error| {
        let range = error.span().unwrap_or(0..0);
        let line_end = text.get(range.start..).and_then(|rest| rest.find('\n')).map(|at| range.start + at);
        let end = range.end.min(line_end.unwrap_or(text.len())).max(range.start);
        Problem {
            kind: ProblemKind::File,
            span: Span { start: range.start as u32, end: end as u32 },
            detail: error.message().into(),
        }
    })
}

/// The table at a dotted path.
pub fn table<'a, 't>(root: &'a DeTable<'t>, path: &[&str]) -> Option<&'a DeTable<'t>> {
    let mut here = root;
    for key in path {
        here = here.get(*key)?.get_ref().as_table()?;
    }
    Some(here)
}

/// The value at a dotted path.
pub fn value<'a, 't>(root: &'a DeTable<'t>, path: &[&str]) -> Option<&'a Node<'t>> {
    let (last, parents) = path.split_last()?;
    table(root, parents)?.get(*last)
}

/// The array at a dotted path.
pub fn array<'a, 't>(root: &'a DeTable<'t>, path: &[&str]) -> Option<&'a DeArray<'t>> {
    value(root, path)?.get_ref().as_array()
}

/// Text of a string value.
pub fn text<'a>(node: &'a Node<'_>) -> Option<&'a str> {
    node.get_ref().as_str()
}

/// Text of the string under `key`.
pub fn string<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    table.get(key).and_then(text)
}

/// Where a value stands.
pub fn span<T>(node: &Spanned<T>) -> Span {
    let range = node.span();
    Span { start: range.start as u32, end: range.end as u32 }
}

/// Where the inside of a string value stands, without its quotation marks.
pub fn inner_span(source: &str, node: &Node<'_>) -> Span {
    let range = node.span();
    let raw = source.get(range.clone()).unwrap_or_default();
    let marks = match raw {
        raw if raw.starts_with("\"\"\"") || raw.starts_with("'''") => 3,
        raw if raw.starts_with(['"', '\'']) => 1,
        _ => 0,
    };
    let (start, end) = (range.start + marks, range.end.saturating_sub(marks));
    Span { start: start as u32, end: end.max(start) as u32 }
}
