//! A row of significant tokens, asked for words and names.

use super::lexer::{Token, TokenKind};
use super::splitter::Statement;
use crate::source::Span;

/// Significant tokens of a statement, or of a part of one.
#[derive(Debug, Clone, Copy)]
pub struct Words<'t> {
    /// The text of the script.
    pub text: &'t str,
    /// The tokens, without comments.
    pub tokens: &'t [Token],
}

impl<'t> Words<'t> {
    /// The token at an index.
    pub fn get(&self, at: usize) -> Option<&'t Token> {
        self.tokens.get(at)
    }

    /// The text at a span of the script.
    pub fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Whether the token is this keyword or unquoted name, in any case.
    pub fn is(&self, at: usize, word: &str) -> bool {
        self.get(at).is_some_and(|token| token.is_word(self.text, word))
    }

    /// Whether the token is one of these.
    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Whether the token is this byte of punctuation.
    pub fn is_punct(&self, at: usize, byte: u8) -> bool {
        self.get(at).is_some_and(|token| token.is_punct(byte))
    }

    /// Whether these words (separated by blanks; punctuation as itself, `_` for any token) stand from `at` on; then how
    /// many tokens they are.
    pub fn are(&self, at: usize, words: &str) -> Option<usize> {
        let mut count = 0;
        for word in words.split(' ') {
            let token = self.get(at + count)?;
            let fits = word == "_"
                || match token.kind {
                    TokenKind::Word | TokenKind::Punct(_) | TokenKind::Number => {
                        token.text(self.text).eq_ignore_ascii_case(word)
                    }
                    _ => false,
                };
            if !fits {
                return None;
            }
            count += 1;
        }
        Some(count)
    }

    /// The first place where these words stand, as index and span.
    pub fn find(&self, words: &str) -> Option<(usize, Span)> {
        let first = words.split(' ').next().unwrap_or_default();
        // Most tokens of a long INSERT are literals and commas, which this passes over without looking at their text.
        let is_word = first.starts_with(|c: char| c.is_ascii_alphabetic());
        let fits = |token: &Token| match token.kind {
            TokenKind::Word => is_word && (token.span.end - token.span.start) as usize == first.len(),
            TokenKind::Punct(byte) => first.as_bytes() == [byte],
            _ => false,
        };
        let starts = self.tokens.iter().enumerate().filter(|(_, token)| fits(token));
        starts
            .into_iter()
            .find_map(|(at, _)| self.are(at, words).map(|count| (at, self.span(at, at + count))))
    }

    /// From the token at `from` to the one before `to`.
    pub fn span(&self, from: usize, to: usize) -> Span {
        let first = self.get(from).map_or(0, |token| token.span.start);
        let last = self.get(to.max(from + 1) - 1).or(self.tokens.last());
        Span { start: first, end: last.map_or(first, |token| token.span.end) }
    }

    /// The token's own text.
    pub fn word(&self, at: usize) -> &'t str {
        self.get(at).map_or("", |token| token.text(self.text))
    }

    /// What a string, a quoted or an unquoted name says, without its quotes.
    pub fn bare(&self, at: usize) -> String {
        bare(self.get(at), self.text)
    }

    /// The name at `at`, with its schema before a dot, and the index behind it.
    pub fn name(&self, at: usize) -> Option<(Name, usize)> {
        let is_name = |at: usize| {
            self.get(at).is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Backtick))
        };
        if !is_name(at) {
            return None;
        }
        if self.is_punct(at + 1, b'.') && is_name(at + 2) {
            let name =
                Name { schema: Some(self.bare(at)), name: self.bare(at + 2), span: self.span(at, at + 3) };
            return Some((name, at + 3));
        }
        Some((Name { schema: None, name: self.bare(at), span: self.span(at, at + 1) }, at + 1))
    }
}

/// A name with its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What stands before the dot.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
    /// Where both stand.
    pub span: Span,
}

fn bare(token: Option<&Token>, text: &str) -> String {
    let Some(token) = token else { return String::new() };
    let written = token.text(text);
    let inside = |quote: char| {
        let inner = written.strip_prefix(quote).unwrap_or(written);
        inner.strip_suffix(quote).unwrap_or(inner).replace(&format!("{quote}{quote}"), &quote.to_string())
    };
    match token.kind {
        TokenKind::Backtick => inside('`'),
        TokenKind::Str if written.ends_with('"') => inside('"'),
        TokenKind::Str => {
            let start = written.find('\'').unwrap_or(0);
            written.get(start..).map_or_else(String::new, |quoted| {
                let inner = quoted.strip_prefix('\'').unwrap_or(quoted);
                inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'")
            })
        }
        _ => written.to_owned(),
    }
}

/// The statements that a statement holds: itself, or for a routine those of its body. Each is a range of the significant
/// tokens.
pub fn parts(words: Words<'_>) -> Vec<std::ops::Range<usize>> {
    let is_routine = words.is(0, "CREATE")
        && (1..words.tokens.len().min(16))
            .any(|at| words.is_any(at, &["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"]));
    if !is_routine {
        return std::iter::once(0..words.tokens.len()).collect();
    }
    let mut out = Vec::new();
    let mut start = 0;
    for at in 0..words.tokens.len() {
        let opens = words.is_any(at, &["BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT"]);
        if opens || words.is_punct(at, b';') {
            if at > start {
                out.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < words.tokens.len() {
        out.push(start..words.tokens.len());
    }
    out
}

/// The significant tokens of a statement.
pub fn significant(statement: &Statement) -> Vec<Token> {
    statement.significant().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::*;

    #[test]
    fn a_routine_holds_the_statements_of_its_body() {
        let text = "CREATE PROCEDURE p() BEGIN IF NOT EXISTS (SELECT 1) THEN ALTER TABLE `a`.b ADD c int; END IF; DROP TABLE d; END";
        let script = split(text);
        let tokens = significant(&script.statements[0]);
        let words = Words { text, tokens: &tokens };
        let starts: Vec<&str> = parts(words).into_iter().map(|part| words.word(part.start)).collect();
        assert_eq!(starts, ["CREATE", "IF", "ALTER", "END", "DROP", "END"]);
        let at = words.find("ALTER TABLE").unwrap().0;
        let (name, next) = words.name(at + 2).unwrap();
        assert_eq!((name.schema.as_deref(), name.name.as_str()), (Some("a"), "b"));
        assert!(words.is(next, "ADD"));
    }

    #[test]
    fn quotes_are_taken_off() {
        let text = "SELECT 'it''s', \"a\", `b``c`, N'x', d";
        let script = split(text);
        let tokens = significant(&script.statements[0]);
        let words = Words { text, tokens: &tokens };
        let bare: Vec<String> = (1..tokens.len()).step_by(2).map(|at| words.bare(at)).collect();
        assert_eq!(bare, ["it's", "a", "b`c", "x", "d"]);
    }
}
