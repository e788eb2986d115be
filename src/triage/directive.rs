//! `# bklog-lint: ignore[CODE, name] reason` and `# bklog-lint: ignore-file[CODE] reason`, read from a comment.

use super::comments::{Comment, MARK};
use crate::config::selector;
use crate::findings::RuleId;
use crate::source::{SourceText, Span};

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// 1-based line of the comment.
    pub(super) line: u32,
    /// The line that a comment alone on its line stands above: the next one that is not itself such a comment.
    pub(super) above: Option<u32>,
    /// It speaks of the whole file.
    pub(super) whole_file: bool,
    /// From its comment sign to the end of the comment.
    pub(super) span: Span,
    /// What stands between the brackets.
    pub(super) list: Span,
    /// The rules that it names; unknown ones are left out.
    pub(super) selectors: Vec<Selector>,
    /// What stands behind the bracket.
    pub(super) reason: String,
}

/// A rule that a directive names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    /// As written.
    pub(super) text: String,
    /// Where.
    pub(super) span: Span,
}

/// Why a directive, or a part of one, does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Neither `ignore` nor `ignore-file`; holds the word and the nearest right one.
    UnknownWord(String, Option<&'static str>),
    /// No rules in brackets.
    NoRules,
    /// The bracket is not closed.
    OpenBracket,
    /// No rule is called so; holds the nearest right selector.
    UnknownRule(String, Option<String>),
    /// The rule speaks of suppressions, which cannot be suppressed by a comment.
    NotByComment(String),
}

const WORDS: [&str; 2] = ["ignore", "ignore-file"];

/// The directives of a file and what is wrong with them, in order.
pub(super) fn read(
    text: &SourceText,
    comments: &[Comment],
    catalogue: &[&RuleId],
) -> (Vec<Directive>, Vec<(Span, Fault)>) {
    let line_of = |comment: &Comment| text.line_column(comment.span.start).line;
    let own_lines: Vec<u32> = comments.iter().filter(|comment| comment.own_line).map(line_of).collect();
    let (mut directives, mut faults) = (Vec::new(), Vec::new());
    for comment in comments {
        let written = text.slice(comment.span);
        let Some(at) = mark(written) else { continue };
        let start = comment.span.start + at as u32;
        let mut reader = Reader { rest: written.get(at..).unwrap_or(""), at: start };
        match parse(&mut reader, catalogue, &mut faults) {
            Err(fault) => faults.push((Span { start, end: comment.span.end }, fault)),
            Ok((whole_file, list, selectors)) => {
                let line = line_of(comment);
                let mut above = line + 1;
                while own_lines.binary_search(&above).is_ok() {
                    above += 1;
                }
                let above = comment.own_line.then_some(above);
                let reason = reader.rest.trim().to_owned();
                let sign = sign_before(written, at);
                let span = Span { start: comment.span.start + sign as u32, end: comment.span.end };
                directives.push(Directive { line, above, whole_file, span, list, selectors, reason });
            }
        }
    }
    (directives, faults)
}

/// Where `bklog-lint:` stands, directly behind a comment sign: `# noqa  # bklog-lint: …` counts, prose does not.
fn mark(comment: &str) -> Option<usize> {
    memchr::memmem::find_iter(comment.as_bytes(), MARK.as_bytes())
        .find(|at| comment.get(..*at).is_some_and(|before| before.trim_end().ends_with(['#', '-'])))
}

/// Where the comment sign before the mark begins.
fn sign_before(comment: &str, mark: usize) -> usize {
    if comment.starts_with("/*") {
        return 0;
    }
    let before = comment.get(..mark).unwrap_or_default().trim_end();
    before.trim_end_matches(['#', '-']).len()
}

/// Text still to be read, with its place in the file.
struct Reader<'a> {
    rest: &'a str,
    at: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = tail;
        self.at += head.len() as u32;
        head
    }

    fn skip_space(&mut self) {
        let space = self.rest.len() - self.rest.trim_start().len();
        self.take(space);
    }
}

/// Reads a directive from its mark on; leaves the reason in the reader.
fn parse(
    reader: &mut Reader<'_>,
    catalogue: &[&RuleId],
    faults: &mut Vec<(Span, Fault)>,
) -> Result<(bool, Span, Vec<Selector>), Fault> {
    reader.take(MARK.len());
    reader.skip_space();
    let length = reader.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let word = reader.take(length.unwrap_or(reader.rest.len()));
    let Some(known) = WORDS.iter().position(|known| *known == word) else {
        return Err(Fault::UnknownWord(word.to_owned(), selector::nearest(word, WORDS)));
    };
    reader.skip_space();
    if !reader.rest.starts_with('[') {
        return Err(Fault::NoRules);
    }
    reader.take(1);
    let end = reader.rest.find(']').ok_or(Fault::OpenBracket)?;
    let list_at = reader.at;
    let list = reader.take(end);
    reader.take(1);
    let mut selectors = Vec::new();
    let mut offset = list_at;
    for item in list.split(',') {
        let name = item.trim();
        let start = offset + (item.len() - item.trim_start().len()) as u32;
        let span = Span { start, end: start + name.len() as u32 };
        offset += item.len() as u32 + 1;
        if name.is_empty() {
            continue;
        }
        if let Err(unknown) = selector::check(name, catalogue) {
            faults.push((span, Fault::UnknownRule(name.to_owned(), unknown.nearest)));
        } else if catalogue.iter().all(|rule| rule.family == super::FAMILY || !selector::matches(name, rule))
        {
            faults.push((span, Fault::NotByComment(name.to_owned())));
        } else {
            selectors.push(Selector { text: name.to_owned(), span });
        }
    }
    if list.trim_matches([',', ' ', '\t']).is_empty() {
        Err(Fault::NoRules)
    } else {
        let list = Span { start: list_at, end: list_at + list.len() as u32 };
        Ok((known == 1, list, selectors))
    }
}
