//! MySQL's tokens, by the rules of its manual: "Comments", "String Literals", "Schema Object Names".
//!
//! The lexer knows the current delimiter of the client, since `END$$` is one identifier to the server and an
//! identifier with a delimiter to the client.

use memchr::{memchr, memchr2, memmem};

use crate::source::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A keyword or an unquoted identifier.
    Word,
    /// `` `identifier` ``
    Backtick,
    /// `'text'`, `N'text'` or, without `ANSI_QUOTES`, `"text"`.
    Str,
    /// `1`, `1.5`, `1e5`
    Number,
    /// `0xFF`, `x'FF'`, `0b1`, `b'1'`
    BitOrHex,
    /// `@name`, `` @`name` ``, `@@global.name`; in an account also its host part.
    Variable,
    /// One byte of punctuation or of an operator.
    Punct(u8),
    /// `-- `, `#` and `/* */` comments, hints (`/*+ */`) included.
    Comment,
    /// `/*!`, `/*!40101`, `/*M!100100`: what follows is live for servers from that version on.
    VersionOpen,
    /// The `*/` of a [`TokenKind::VersionOpen`].
    VersionClose,
    /// The client's current delimiter.
    Delimiter,
}

/// A token: its kind and its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Byte range in the text.
    pub span: Span,
}

impl Token {
    /// The token's own text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.start as usize..self.span.end as usize).unwrap_or_default()
    }

    /// True for the keyword or unquoted identifier `word` (in any case).
    pub fn is_word(&self, text: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    /// True for this byte of punctuation.
    pub fn is_punct(&self, byte: u8) -> bool {
        self.kind == TokenKind::Punct(byte)
    }

    /// False for comments and for the two ends of a versioned comment.
    pub fn is_significant(&self) -> bool {
        !matches!(self.kind, TokenKind::Comment | TokenKind::VersionOpen | TokenKind::VersionClose)
    }
}

/// What was still open at the end of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// A string.
    String,
    /// A quoted identifier.
    Backtick,
    /// A comment.
    Comment,
}

/// Reads tokens one after the other.
#[derive(Debug)]
pub struct Lexer<'t> {
    text: &'t str,
    at: usize,
    delimiter: String,
    in_version: bool,
    /// What the last token left open, with its first byte.
    pub open: Option<(Open, u32)>,
}

/// Bytes of unquoted identifiers: letters, digits, `_`, `$` and everything beyond ASCII.
fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

impl<'t> Lexer<'t> {
    /// A lexer at the start of `text`; the delimiter is `;`.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0, delimiter: ";".to_owned(), in_version: false, open: None }
    }

    /// The current delimiter.
    pub fn delimiter(&self) -> &str {
        &self.delimiter
    }

    /// Offset of the next byte to read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Sets the delimiter and continues at `at` (the end of the client's `DELIMITER` line).
    pub fn set_delimiter(&mut self, delimiter: &str, at: usize) {
        if !delimiter.is_empty() {
            delimiter.clone_into(&mut self.delimiter);
        }
        self.at = at.min(self.text.len());
    }

    /// Forgets an open versioned comment: the client has sent the statement.
    pub fn end_statement(&mut self) {
        self.in_version = false;
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    fn rest(&self) -> &'t [u8] {
        self.bytes().get(self.at..).unwrap_or_default()
    }

    /// The next token; `None` at the end of the text.
    pub fn next_token(&mut self) -> Option<Token> {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0b;
        self.at += self.rest().iter().take_while(|byte| blank(byte)).count();
        let rest = self.rest();
        let first = *rest.first()?;
        let second = rest.get(1).copied();
        if rest.starts_with(self.delimiter.as_bytes()) {
            return Some(self.token(TokenKind::Delimiter, self.delimiter.len()));
        }
        let token = match first {
            b'\'' | b'"' => self.quoted(0, TokenKind::Str),
            b'`' => self.quoted(0, TokenKind::Backtick),
            b'#' => self.line_comment(),
            // `--` opens a comment only before white space or a control character: `5--1` is arithmetic.
            b'-' if second == Some(b'-')
                && rest.get(2).is_none_or(|b| b.is_ascii_whitespace() || b.is_ascii_control()) =>
            {
                self.line_comment()
            }
            b'/' if second == Some(b'*') => self.block_comment(),
            b'*' if second == Some(b'/') && self.in_version => {
                self.in_version = false;
                self.token(TokenKind::VersionClose, 2)
            }
            b'n' | b'N' if second == Some(b'\'') => self.quoted(1, TokenKind::Str),
            b'x' | b'X' | b'b' | b'B' if second == Some(b'\'') => self.quoted(1, TokenKind::BitOrHex),
            b'@' => self.variable(),
            b'0'..=b'9' => self.number(),
            b'.' if second.is_some_and(|byte| byte.is_ascii_digit()) && !self.follows_name() => self.number(),
            byte if is_identifier(byte) => {
                let length = self.word_length(0);
                self.token(TokenKind::Word, length)
            }
            byte => self.token(TokenKind::Punct(byte), 1),
        };
        Some(token)
    }

    /// True directly behind an identifier, where `.1a` is a part of a qualified name.
    fn follows_name(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.bytes().get(at));
        before.is_some_and(|byte| is_identifier(*byte) || *byte == b'`')
    }

    fn token(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.at;
        self.at = (start + length).min(self.text.len());
        Token { kind, span: Span { start: start as u32, end: self.at as u32 } }
    }

    /// Length of the identifier that starts `from` bytes ahead; it ends before the delimiter.
    fn word_length(&self, from: usize) -> usize {
        let rest = self.rest();
        let delimiter = self.delimiter.as_bytes();
        let mut length = from;
        while let Some(byte) = rest.get(length) {
            if !is_identifier(*byte) || rest.get(length..).is_some_and(|tail| tail.starts_with(delimiter)) {
                break;
            }
            length += 1;
        }
        length
    }

    /// A quoted token whose opening quote stands `prefix` bytes ahead. Quotes inside are doubled; strings also know
    /// the backslash.
    fn quoted(&mut self, prefix: usize, kind: TokenKind) -> Token {
        let rest = self.rest();
        let quote = rest.get(prefix).copied().unwrap_or(b'\'');
        let mut at = prefix + 1;
        loop {
            let tail = rest.get(at..).unwrap_or_default();
            let found =
                if kind == TokenKind::Backtick { memchr(quote, tail) } else { memchr2(quote, b'\\', tail) };
            let Some(offset) = found else {
                let open = if kind == TokenKind::Backtick { Open::Backtick } else { Open::String };
                self.open = Some((open, self.at as u32));
                return self.token(kind, rest.len());
            };
            at += offset;
            if rest.get(at) == Some(&b'\\') || rest.get(at + 1) == Some(&quote) {
                at += 2;
            } else {
                return self.token(kind, at + 1);
            }
        }
    }

    fn line_comment(&mut self) -> Token {
        let length = memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        self.token(TokenKind::Comment, length)
    }

    fn block_comment(&mut self) -> Token {
        let rest = self.rest();
        let mark = match (rest.get(2), rest.get(3)) {
            (Some(b'!'), _) => 3,
            (Some(b'M'), Some(b'!')) => 4,
            _ => 0,
        };
        if mark > 0 && !self.in_version {
            // Five or six digits are a version; anything longer is a number of the statement itself.
            let tail = rest.get(mark..).unwrap_or_default();
            let digits = tail.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
            self.in_version = true;
            return self.token(TokenKind::VersionOpen, mark + if digits >= 5 { digits } else { 0 });
        }
        match memmem::find(rest.get(2..).unwrap_or_default(), b"*/") {
            Some(offset) => self.token(TokenKind::Comment, offset + 4),
            None => {
                self.open = Some((Open::Comment, self.at as u32));
                self.token(TokenKind::Comment, rest.len())
            }
        }
    }

    fn variable(&mut self) -> Token {
        let rest = self.rest();
        let sigils = if rest.get(1) == Some(&b'@') { 2 } else { 1 };
        match rest.get(sigils) {
            Some(b'\'' | b'"') => self.quoted(sigils, TokenKind::Variable),
            Some(b'`') => {
                let token = self.quoted(sigils, TokenKind::Backtick);
                Token { kind: TokenKind::Variable, ..token }
            }
            _ => {
                let mut length = sigils;
                loop {
                    length = self.word_length(length);
                    let dotted = rest.get(length) == Some(&b'.')
                        && rest.get(length + 1).is_some_and(|byte| is_identifier(*byte));
                    if !dotted {
                        break;
                    }
                    length += 1;
                }
                self.token(TokenKind::Variable, length)
            }
        }
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        let digits = |from: usize| {
            rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let word = self.word_length(0);
        if let [b'0', mark @ (b'x' | b'b'), ..] = rest {
            let hex = *mark == b'x';
            let body = rest.get(2..word).unwrap_or_default();
            let fits = |byte: &u8| if hex { byte.is_ascii_hexdigit() } else { matches!(byte, b'0' | b'1') };
            if !body.is_empty() && body.iter().all(fits) {
                return self.token(TokenKind::BitOrHex, word);
            }
        }
        let mut length = digits(0);
        if rest.get(length) == Some(&b'.') {
            length += 1;
            length += digits(length);
        }
        if matches!(rest.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        // An identifier may start with digits: `2fa_token`.
        if length < word {
            return self.token(TokenKind::Word, word);
        }
        self.token(TokenKind::Number, length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let mut lexer = Lexer::new(text);
        std::iter::from_fn(|| lexer.next_token()).map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn dashes_open_a_comment_only_before_white_space() {
        let minus = TokenKind::Punct(b'-');
        assert_eq!(
            kinds("5--1"),
            [(TokenKind::Number, "5"), (minus, "-"), (minus, "-"), (TokenKind::Number, "1")]
        );
        assert_eq!(kinds("-- x"), [(TokenKind::Comment, "-- x")]);
        assert_eq!(kinds("--"), [(TokenKind::Comment, "--")]);
    }

    #[test]
    fn quotes_are_doubled_or_escaped() {
        for text in [r"'it''s'", r#""a\"b""#, r"'a\'; DROP TABLE c; --'", r"'\\'", "N'x'"] {
            assert_eq!(kinds(text), [(TokenKind::Str, text)]);
        }
        // The backslash means nothing inside backticks.
        assert_eq!(kinds(r"`a\`"), [(TokenKind::Backtick, r"`a\`")]);
        assert_eq!(kinds("`we``ird;col`"), [(TokenKind::Backtick, "`we``ird;col`")]);
    }

    #[test]
    fn comments_do_not_nest_and_versioned_ones_are_live() {
        assert_eq!(kinds("/* a /* b */ c"), [(TokenKind::Comment, "/* a /* b */"), (TokenKind::Word, "c")]);
        assert_eq!(
            kinds("/*!40101 SET x */"),
            [
                (TokenKind::VersionOpen, "/*!40101"),
                (TokenKind::Word, "SET"),
                (TokenKind::Word, "x"),
                (TokenKind::VersionClose, "*/")
            ]
        );
        assert_eq!(kinds("/*M!100100 x*/")[0], (TokenKind::VersionOpen, "/*M!100100"));
        assert_eq!(kinds("/*+ BKA(t) */"), [(TokenKind::Comment, "/*+ BKA(t) */")]);
        // Without a version the comment stops at its end only, and a product stays a product.
        assert_eq!(kinds("a */ b").len(), 4);
    }

    #[test]
    fn literals_and_names_that_look_alike() {
        assert_eq!(kinds("0xFF"), [(TokenKind::BitOrHex, "0xFF")]);
        assert_eq!(kinds("0xFG"), [(TokenKind::Word, "0xFG")]);
        assert_eq!(kinds("x'4D'"), [(TokenKind::BitOrHex, "x'4D'")]);
        assert_eq!(kinds("b'01'"), [(TokenKind::BitOrHex, "b'01'")]);
        assert_eq!(kinds("1.5e-3"), [(TokenKind::Number, "1.5e-3")]);
        assert_eq!(kinds("2fa_token"), [(TokenKind::Word, "2fa_token")]);
        assert_eq!(kinds("1e5x"), [(TokenKind::Word, "1e5x")]);
        assert_eq!(kinds("_utf8mb4'x'"), [(TokenKind::Word, "_utf8mb4"), (TokenKind::Str, "'x'")]);
        assert_eq!(kinds("表"), [(TokenKind::Word, "表")]);
        assert_eq!(kinds("@@global.sql_mode"), [(TokenKind::Variable, "@@global.sql_mode")]);
        assert_eq!(
            kinds("'root'@'localhost'"),
            [(TokenKind::Str, "'root'"), (TokenKind::Variable, "@'localhost'")]
        );
    }

    #[test]
    fn what_stays_open_is_told() {
        let mut lexer = Lexer::new("SELECT 'abc");
        while lexer.next_token().is_some() {}
        assert_eq!(lexer.open, Some((Open::String, 7)));
        let mut lexer = Lexer::new("/* abc");
        assert!(lexer.next_token().is_some());
        assert_eq!(lexer.open, Some((Open::Comment, 0)));
    }
}
