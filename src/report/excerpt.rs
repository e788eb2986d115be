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
        self.rest(text, start, end, width.saturating_sub(columns))
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
        if columns <= BEFORE.min(width / 2) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn shown(text: &str, start: usize, end: usize, width: usize) -> (u32, String, String, Option<u32>) {
        let source = SourceText::decode("a.py".into(), text.as_bytes()).unwrap();
        let place = Place::new(&source, Span { start: start as u32, end: end as u32 });
        let excerpt = excerpt(&source, &place, width).unwrap();
        let marked = excerpt.text[excerpt.marked].to_owned();
        (excerpt.first_line, excerpt.text, marked, excerpt.goes_on_to)
    }

    #[test]
    fn the_lines_of_the_span_are_shown_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a = 1", "bb = [", "  cc]", "d"].join(end);
            let (from, to) = (text.find('[').unwrap(), text.find(']').unwrap() + 1);
            let (line, text, marked, goes_on) = shown(&text, from, to, 80);
            assert_eq!((line, text.as_str(), marked.as_str()), (2, "bb = [\n  cc]", "[\n  cc]"));
            assert_eq!(goes_on, None);
        }
    }

    #[test]
    fn a_span_that_ends_with_a_line_break_ends_on_its_line() {
        let (_, text, marked, _) = shown("a\nbcd\ne\n", 2, 6, 80);
        assert_eq!((text.as_str(), marked.as_str()), ("bcd", "bcd"));
    }

    #[test]
    fn of_a_long_span_the_first_line_is_shown_and_the_last_named() {
        let text = "x = [\n".to_owned() + &"    1,\n".repeat(20) + "]\n";
        let (line, shown, marked, goes_on) = shown(&text, 4, text.len() - 1, 80);
        assert_eq!((line, shown.as_str(), marked.as_str()), (1, "x = [", "["));
        assert_eq!(goes_on, Some(22));
    }

    #[test]
    fn a_long_line_is_cut_around_the_span() {
        let text = format!("{}NAME{}", "中".repeat(500), "b".repeat(500));
        let at = text.find("NAME").unwrap();
        let (_, shown, marked, _) = shown(&text, at, at + 4, 60);
        assert_eq!(marked, "NAME");
        assert!(shown.starts_with("…中") && shown.ends_with("b…"), "{shown}");
        assert!(unicode_width::UnicodeWidthStr::width(shown.as_str()) <= 62, "{shown}");
    }

    #[test]
    fn a_span_longer_than_the_line_shown_is_marked_to_its_end() {
        let text = "a".repeat(1_000);
        let (_, shown, marked, _) = shown(&text, 10, 900, 60);
        assert_eq!(shown.strip_suffix('…').unwrap().get(10..), Some(marked.as_str()));
    }

    #[test]
    fn positions_outside_of_the_text_are_its_end() {
        let source = SourceText::decode("a.py".into(), "a = '中'".as_bytes()).unwrap();
        let mut place = Place::new(&source, Span { start: 4, end: 8 });
        // Inside of a character, and far behind the end: an editor's buffer may have changed since.
        place.span = Span { start: 6, end: 4_000 };
        let excerpt = excerpt(&source, &place, 80).unwrap();
        assert_eq!(&excerpt.text[excerpt.marked], "中'");
    }

    #[test]
    fn the_work_does_not_grow_with_the_line() {
        let text = format!("{}NAME{}", "a, ".repeat(3_000_000), "b, ".repeat(3_000_000));
        let source = SourceText::decode("a.py".into(), text.as_bytes()).unwrap();
        let at = text.find("NAME").unwrap() as u32;
        let place = Place::new(&source, Span { start: at, end: at + 4 });
        let started = std::time::Instant::now();
        for _ in 0..1_000 {
            excerpt(&source, &place, 120).unwrap();
        }
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
