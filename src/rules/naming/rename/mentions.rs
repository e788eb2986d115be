//! Where a name stands in a text.

use std::sync::Arc;

use crate::source::{SourceText, Span};
use crate::syntax::comments::python_remarks;

/// A place where a name stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mention {
    pub(super) path: Arc<str>,
    pub(super) line: u32,
}

/// Where `name` stands in `text`, alone or as a part of a longer name that Django and its companions derive from it
/// (`name_id`, `name__gt`, `get_name_display`, `validate_name`).
pub(super) fn all(text: &str, name: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let found = memchr::memmem::find_iter(bytes, name.as_bytes());
    let is_part = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    found
        .filter(|at| is_part(at.checked_sub(1).and_then(|before| bytes.get(before))))
        .filter(|at| is_part(bytes.get(at + name.len())))
        .map(|at| Span { start: at as u32, end: (at + name.len()) as u32 })
        .collect()
}

/// As [`all`], for Python source without its comments and the strings that stand as statements: they name nothing.
pub(super) fn in_python(text: &str, name: &str) -> Vec<Span> {
    let found = all(text, name);
    if found.is_empty() {
        return found;
    }
    let remarks = python_remarks(text);
    found.into_iter().filter(|span| !is_in(*span, &remarks)).collect()
}

/// Whether a range lies in one of others.
pub(super) fn is_in(inner: Span, others: &[Span]) -> bool {
    others.iter().any(|outer| outer.start <= inner.start && inner.end <= outer.end)
}

/// The place of a range.
pub(super) fn mention(text: &SourceText, span: Span) -> Mention {
    Mention { path: text.path.clone(), line: text.line_column(span.start).line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_names_count_and_longer_words_do_not() {
        let text = "creator creator_id get_creator_display a__creator recreator creators 'creator'";
        let starts: Vec<u32> = all(text, "creator").iter().map(|span| span.start).collect();
        assert_eq!(starts, [0, 8, 23, 42, 70]);
        let python = "\"\"\"creator\"\"\"\n# creator\nx = 'creator'  # creator\n";
        assert_eq!(in_python(python, "creator").len(), 1);
    }
}
