//! What column definitions and literals say: widths of integers, dates that are none, engines.

use super::lexer::TokenKind;
use super::words::{Words, parts};
use crate::source::Span;

/// Integer types, each with a width in parentheses in old files.
const INTEGERS: [&str; 6] = ["TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER", "BIGINT"];

/// `int(11)`: where it stands. `tinyint(1)`, which clients take for a truth value, is none.
pub fn display_widths(words: Words<'_>) -> Vec<Span> {
    let mut out = Vec::new();
    for part in parts(words).into_iter().filter(|part| words.is_any(part.start, &["CREATE", "ALTER"])) {
        for at in part.clone() {
            let is_width = words.is_any(at, &INTEGERS)
                && words.is_punct(at + 1, b'(')
                && words.get(at + 2).is_some_and(|token| token.kind == TokenKind::Number)
                && words.is_punct(at + 3, b')');
            // `KEY int (3)` would be a name; nobody writes it, and a type never follows such a word.
            let is_truth = words.is(at, "TINYINT") && words.word(at + 2) == "1";
            if is_width && !is_truth && at > part.start {
                out.push(words.span(at, at + 4));
            }
        }
    }
    out
}

/// A date of zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZeroDate {
    /// Where it stands.
    pub span: Span,
    /// It is the default of a column; else a value.
    pub is_default: bool,
}

/// Strings that are dates of zeros, `'0000-00-00 00:00:00'`.
pub fn zero_dates(words: Words<'_>) -> Vec<ZeroDate> {
    let mut out = Vec::new();
    for (at, token) in words.tokens.iter().enumerate() {
        let may_be = token.kind == TokenKind::Str && token.text(words.text).contains("0000-00-00");
        if may_be && is_zero_date(&words.bare(at)) {
            let is_default = at > 0 && words.is(at - 1, "DEFAULT");
            out.push(ZeroDate { span: token.span, is_default });
        }
    }
    out
}

fn is_zero_date(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("0000-00-00") else { return false };
    rest.bytes().all(|byte| matches!(byte, b'0' | b':' | b' ' | b'.'))
}

/// Storage engines that a statement names: name and place.
pub fn engines(words: Words<'_>) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    for part in parts(words) {
        let is_set = words.is(part.start, "SET");
        if !is_set && !words.is_any(part.start, &["CREATE", "ALTER"]) {
            continue;
        }
        for at in part {
            let names = words.is(at, "ENGINE") && !is_set
                || is_set && words.is_any(at, &["default_storage_engine", "storage_engine"]);
            let value = at + 1 + usize::from(words.is_punct(at + 1, b'='));
            let is_name = words.get(value).is_some_and(|token| {
                matches!(token.kind, TokenKind::Word | TokenKind::Str | TokenKind::Backtick)
            });
            if names && is_name {
                out.push((words.bare(value), words.span(value, value + 1)));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    fn all<T>(text: &str, of: impl Fn(Words<'_>) -> Vec<T>) -> Vec<T> {
        let script = split(text);
        let statements = script.statements.iter();
        statements
            .flat_map(|statement| {
                let tokens = significant(statement);
                of(Words { text, tokens: &tokens })
            })
            .collect()
    }

    fn shown(text: &str, spans: &[Span]) -> Vec<String> {
        spans.iter().map(|span| text[span.start as usize..span.end as usize].to_owned()).collect()
    }

    #[test]
    fn widths_of_integers_and_of_nothing_else() {
        let text = "CREATE TABLE t (a int(11), b tinyint(1), c tinyint(4), d varchar(3), e decimal(3,1), f bigint (20)); \
                    ALTER TABLE t ADD g INT(3); INSERT INTO t VALUES (1); SELECT int(3);";
        assert_eq!(
            shown(text, &all(text, display_widths)),
            ["int(11)", "tinyint(4)", "bigint (20)", "INT(3)"]
        );
    }

    #[test]
    fn dates_of_zeros() {
        let text = "CREATE TABLE t (a datetime DEFAULT '0000-00-00 00:00:00'); INSERT INTO t VALUES ('0000-00-00'), ('0000-00-00x'), ('2000-01-01');";
        let found: Vec<bool> = all(text, zero_dates).iter().map(|date| date.is_default).collect();
        assert_eq!(found, [true, false]);
    }

    #[test]
    fn engines_of_tables_and_of_the_session() {
        let text = "CREATE TABLE t (engine int) ENGINE = MyISAM; ALTER TABLE t ENGINE=InnoDB; SET default_storage_engine='MyISAM'; SELECT engine FROM t;";
        let names: Vec<String> = all(text, engines).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["int", "MyISAM", "InnoDB", "MyISAM"],
            "a column's type is no engine's name, and harmless"
        );
    }
}
