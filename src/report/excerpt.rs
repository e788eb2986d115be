//! The lines of source that a finding is shown with: few, short, and without anything that a terminal would obey.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::visible;
use crate::findings::Place;
use crate::source::SourceText;

/// Lines of a span that are shown; of a longer one only the first line is.
const MAX_LINES: u32 = 6;

/// Columns kept before the span where a long line is cut.
const BEFORE: usize = 32;

/// Columns of a tab, as the renderer shows it.
const TAB: usize = 4;

/// Source lines ready to be shown, with the marked range in them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// 1-based number of the first line.
    pub(super) first_line: u32,
    /// The lines, separated by `\n`.
    pub(super) text: String,
    /// What is marked, in bytes of `text`.
    pub(super) marked: Range<usize>,
    /// The span goes on below what is shown, to this line.
    pub(super) goes_on_to: Option<u32>,
    /// What stands before the span is shown character by character as it is, so that columns can be counted in it.
    pub(super) faithful: bool,
}

/// The excerpt of `place`, lines no wider than `width` columns; `None` for a place that is a whole file.
///
/// The work does not grow with the length of the line: of a line of many megabytes only the part shown is looked at.
pub(super) fn excerpt(source: &SourceText, place: &Place, width: usize) -> Option<Excerpt> {
    if place.is_whole_file() {
        return None;
    }
    let text = source.text.as_str();
    let start = boundary(text, place.span.start as usize);
    let end = boundary(text, place.span.end as usize).max(start);
    // A span that ends with a line break ends on that line, not on the next.
    let last = place.end.line - u32::from(place.end.column == 1 && place.end.line > place.start.line);
    let lines = last.saturating_sub(place.start.line) + 1;
    let mut out = Excerpt {
        first_line: place.start.line,
        text: String::new(),
        marked: 0..0,
        goes_on_to: (lines > MAX_LINES).then_some(last),
        faithful: true,
    };
    let mut at = out.first(text, start, end, width);
    if out.goes_on_to.is_none() {
        for _ in 1..lines {
            let Some(next) = next_line(text, at) else { break };
            out.text.push('\n');
            at = out.rest(text, next, end, width);
        }
    }
    Some(out)
}

impl Excerpt {
    /// Appends the line that holds `start`; returns where in `text` it stopped.
    fn first(&mut self, text: &str, start: usize, end: usize, width: usize) -> usize {
        let (head, cut) = line_head(text, start, width);
        if cut {
            self.text.push('…');
        }
        let mut columns = usize::from(cut);
        for (at, c) in text[head..start].char_indices() {
            columns += self.push(c, &text[..head + at], &text[head + at..]);
        }
        self.faithful = !cut && self.text == text[head..start];
        self.marked = self.text.len()..self.text.len();
        self.rest(text, start, end, width.saturating_sub(columns).max(BEFORE))
    }

    /// Appends `text[start..]` up to the end of its line or `width` columns, and marks what lies before `end`.
    fn rest(&mut self, text: &str, start: usize, end: usize, width: usize) -> usize {
        let mut columns = 0;
        let mut at = start;
        for c in text[start..].chars() {
            if at == end {
                self.marked.end = self.text.len();
            }
            if c == '\n' || c == '\r' {
                break;
            }
            if columns >= width {
                if at < end {
                    self.marked.end = self.text.len();
                }
                self.text.push('…');
                return at;
            }
            columns += self.push(c, &text[..at], &text[at..]);
            at += c.len_utf8();
        }
        if at <= end {
            self.marked.end = self.text.len();
        }
        at
    }

    /// Appends one character as it is shown; returns its width.
    fn push(&mut self, c: char, before: &str, after: &str) -> usize {
        let from = self.text.len();
        if visible::starts_command(before, after) {
            self.text.push(' ');
        }
        if c == '\t' {
            self.text.push(c);
            return TAB;
        }
        visible::push(&mut self.text, c);
        self.text[from..].chars().map(|c| c.width().unwrap_or(0)).sum()
    }
}

/// Where to begin showing the line that holds `start`, and whether something of the line stands before that.
fn line_head(text: &str, start: usize, width: usize) -> (usize, bool) {
    let mut columns = 0;
    let mut cut_at = start;
    for (at, c) in text[..start].char_indices().rev() {
        if c == '\n' || c == '\r' {
            return (at + 1, false);
        }
        columns += if c == '\t' { TAB } else { c.width().unwrap_or(1) };
        if columns <= BEFORE {
            cut_at = at;
        }
        // Half the width for what stands before leaves the other half for the span itself.
        if columns > width / 2 {
            return (cut_at, true);
        }
    }
    (0, false)
}

/// The start of the line after the one that holds `at`; bounded, so that a cut line of megabytes is not walked.
fn next_line(text: &str, at: usize) -> Option<usize> {
    const LIMIT: usize = 64 * 1024;
    let rest = text.as_bytes().get(at..)?;
    let end = rest.iter().take(LIMIT).position(|byte| *byte == b'\n' || *byte == b'\r')?;
    let crlf = rest[end] == b'\r' && rest.get(end + 1) == Some(&b'\n');
    Some(at + end + 1 + usize::from(crlf))
}

/// The last character boundary at or before `at`.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
