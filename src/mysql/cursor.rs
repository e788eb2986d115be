//! The tokens of a statement, read from the left: what everybody who reads statements without a grammar needs.

use super::lexer::{Token, TokenKind};

/// A place among the tokens of a statement.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [Token],
    /// How many tokens lie behind.
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, tokens: &'t [Token]) -> Self {
        Self { text, tokens, at: 0 }
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    /// Whether every token lies behind.
    pub(super) fn done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Goes on when the next token is this word, in any case.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self.next_is(&[word]);
        self.at += usize::from(found);
        found
    }

    /// Every word of `words`, one after the other, or nothing.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        if words.iter().all(|word| self.word(word)) {
            return true;
        }
        self.at = start;
        false
    }

    /// One of `words`.
    pub(super) fn any(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word(word))
    }

    /// Whether the next token is one of `words`.
    pub(super) fn next_is(&self, words: &[&str]) -> bool {
        self.peek().is_some_and(|token| words.iter().any(|word| token.is_word(self.text, word)))
    }

    /// Whether the next token is this character.
    pub(super) fn next_is_punct(&self, byte: u8) -> bool {
        self.peek().is_some_and(|token| token.is_punct(byte))
    }

    /// Goes on when the next token is this character.
    pub(super) fn punct(&mut self, byte: u8) -> bool {
        let found = self.next_is_punct(byte);
        self.at += usize::from(found);
        found
    }

    /// `IF EXISTS`, `IF NOT EXISTS`
    pub(super) fn guard(&mut self) -> bool {
        self.words(&["IF", "EXISTS"]) || self.words(&["IF", "NOT", "EXISTS"])
    }

    /// A name of one part.
    pub(super) fn identifier(&mut self) -> Option<String> {
        let token = self.peek()?;
        let text = token.text(self.text);
        let name = match token.kind {
            TokenKind::Word => text.to_owned(),
            TokenKind::Backtick => text.strip_prefix('`')?.strip_suffix('`')?.replace("``", "`"),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// A name; of `schema.name` the last part.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut name = self.identifier()?;
        while self.punct(b'.') {
            name = self.identifier()?;
        }
        Some(name)
    }
}
