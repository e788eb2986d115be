//! Where comments stand in the kinds of file that can carry an inline ignore.

use crate::mysql::SqlFile;
use crate::source::{SourceText, Span};
use crate::syntax::comments::python_comments;

/// Bytes without which a file holds no directive; looked for before anything is parsed.
pub(super) const MARK: &str = "bklog-lint:";

/// A comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment {
    /// The whole comment with its sign.
    pub(super) span: Span,
    /// Nothing but white space stands before it on its line.
    pub(super) own_line: bool,
}

/// The comments of a file, in order. Empty for files without the mark and for kinds that have no comments.
pub(super) fn of(text: &SourceText) -> Vec<Comment> {
    if memchr::memmem::find(text.text.as_bytes(), MARK.as_bytes()).is_none() {
        return Vec::new();
    }
    let name = text.path.rsplit('/').next().unwrap_or("");
    let spans = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("py") => python_comments(&text.text),
        Some("txt" | "in" | "toml" | "cfg" | "ini" | "conf" | "yml" | "yaml" | "env") => hash_comments(text),
        Some(extension) if extension.eq_ignore_ascii_case("sql") => SqlFile::comments(&text.text),
        _ => Vec::new(),
    };
    let comment = |span: Span| {
        let line = text.line_span(text.line_column(span.start).line);
        let before = text.slice(Span { start: line.start, end: span.start });
        Comment { span, own_line: before.trim().is_empty() }
    };
    spans.into_iter().map(comment).collect()
}

/// Comments of line-based files as pip reads them: a `#` at the start of the line or after white space.
fn hash_comments(text: &SourceText) -> Vec<Span> {
    let mut out = Vec::new();
    for number in 1..=text.line_count() {
        let line = text.line_span(number);
        let written = text.slice(line);
        let starts = |at: &usize| {
            let before = written.get(..*at).and_then(|before| before.chars().next_back());
            before.is_none_or(char::is_whitespace)
        };
        let hash = memchr::memchr_iter(b'#', written.as_bytes()).find(starts);
        out.extend(hash.map(|at| Span { start: line.start + at as u32, end: line.end }));
    }
    out
}
