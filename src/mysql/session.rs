//! `SET`: what a statement assigns to variables of the session or the server.

use super::lexer::TokenKind;
use super::words::{Words, parts};
use crate::source::Span;

/// `variable = value`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Name of the system variable, in lower case.
    pub variable: String,
    /// Where the name stands.
    pub span: Span,
    /// The value when it is one word or string, without quotes; `None` for an expression.
    pub value: Option<String>,
    /// Where the value stands.
    pub value_span: Span,
}

/// The system variables that a statement sets, those that the body of a routine sets included.
pub fn assignments(words: Words<'_>) -> Vec<Assignment> {
    let mut out = Vec::new();
    for part in parts(words) {
        if words.is(part.start, "SET") {
            let tokens = words.tokens.get(part.start + 1..part.end).unwrap_or_default();
            of_set(Words { tokens, ..words }, &mut out);
        }
    }
    out
}

fn of_set(words: Words<'_>, out: &mut Vec<Assignment>) {
    let mut start = 0;
    while start < words.tokens.len() {
        let end = end_of_item(words, start);
        let mut at = start;
        while words.is_any(at, &["GLOBAL", "SESSION", "LOCAL", "PERSIST", "PERSIST_ONLY"]) {
            at += 1;
        }
        let sign = at + 1 + usize::from(words.is_punct(at + 1, b':'));
        if sign + 1 < end + 1 && words.is_punct(sign, b'=') {
            out.extend(item(words, at, sign + 1, end));
        }
        start = end + 1;
    }
}

fn item(words: Words<'_>, at: usize, value: usize, end: usize) -> Option<Assignment> {
    let token = words.get(at)?;
    let written = token.text(words.text).to_ascii_lowercase();
    let variable = match token.kind {
        TokenKind::Word => written,
        // `@name` is the user's own.
        TokenKind::Variable => {
            let name = written.strip_prefix("@@")?;
            name.rsplit('.').next().unwrap_or(name).to_owned()
        }
        _ => return None,
    };
    let first = words.get(value)?;
    let is_plain =
        matches!(first.kind, TokenKind::Str | TokenKind::Word | TokenKind::Number | TokenKind::Backtick);
    let value_text = (end == value + 1 && is_plain).then(|| words.bare(value));
    Some(Assignment { variable, span: token.span, value: value_text, value_span: words.span(value, end) })
}

/// The index of the comma that ends an item, or the end.
fn end_of_item(words: Words<'_>, start: usize) -> usize {
    let mut depth = 0usize;
    for at in start..words.tokens.len() {
        match words.get(at).map(|token| token.kind) {
            Some(TokenKind::Punct(b'(')) => depth += 1,
            Some(TokenKind::Punct(b')')) => depth = depth.saturating_sub(1),
            Some(TokenKind::Punct(b',')) if depth == 0 => return at,
            _ => {}
        }
    }
    words.tokens.len()
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    #[test]
    fn what_set_sets() {
        let text = "/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='A,B' */; SET GLOBAL x := 1, @@session.tx_isolation = 'R', c = CONCAT(a, b), NAMES utf8;\n\
                    CREATE PROCEDURE p() BEGIN SET sql_mode = ''; END; UPDATE t SET a = 1;";
        let script = split(text);
        let shown: Vec<(String, Option<String>)> = script
            .statements
            .iter()
            .flat_map(|statement| {
                let tokens = significant(statement);
                assignments(Words { text, tokens: &tokens })
            })
            .map(|one| (one.variable, one.value))
            .collect();
        let pair = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(
            shown,
            [
                pair("sql_mode", Some("A,B")),
                pair("x", Some("1")),
                pair("tx_isolation", Some("R")),
                pair("c", None),
                pair("sql_mode", Some("")),
            ]
        );
    }
}
