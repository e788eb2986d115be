//! Which words belong to which dialect of SQL, from `rules/facts/sql_dialects.toml`.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::mysql::{Statement, Token, TokenKind};
use crate::source::Span;

static FACTS: &str = include_str!("../../../rules/facts/sql_dialects.toml");

#[derive(Default, Deserialize)]
struct Facts {
    statements: Vec<String>,
    foreign: Vec<Foreign>,
    mariadb: Vec<Words>,
}

#[derive(Deserialize)]
struct Foreign {
    dialect: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
struct Words {
    words: Vec<String>,
}

fn facts() -> &'static Facts {
    static TABLE: OnceLock<Facts> = OnceLock::new();
    TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default())
}

/// Words of another dialect: where they stand, what they are, whose they are.
pub(super) fn foreign(text: &str, statement: &Statement) -> Option<(Span, String, &'static str)> {
    let tokens: Vec<Token> = statement.significant().copied().collect();
    facts().foreign.iter().find_map(|foreign| {
        find(text, &tokens, &foreign.words).map(|(span, words)| (span, words, foreign.dialect.as_str()))
    })
}

/// Words that only MariaDB has.
pub(super) fn mariadb_only(text: &str, statement: &Statement) -> Option<(Span, String)> {
    let tokens: Vec<Token> = statement.significant().copied().collect();
    facts().mariadb.iter().find_map(|row| find(text, &tokens, &row.words))
}

/// Whether a statement of MySQL or MariaDB begins with this word.
pub(super) fn begins_a_statement(word: &str) -> bool {
    facts().statements.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// A cast as PostgreSQL writes it, `a::text`.
pub(super) fn cast(statement: &Statement) -> Option<Span> {
    let tokens: Vec<&Token> = statement.significant().collect();
    tokens.windows(2).find_map(|pair| match pair {
        [a, b] if a.is_punct(b':') && b.is_punct(b':') && a.span.end == b.span.start => {
            Some(Span { start: a.span.start, end: b.span.end })
        }
        _ => None,
    })
}

/// A name in double quotes where only a name can stand: MySQL takes it for a string.
pub(super) fn quoted_name(text: &str, statement: &Statement) -> Option<Span> {
    let tokens: Vec<&Token> = statement.significant().collect();
    tokens.windows(2).find_map(|pair| match pair {
        [before, name] if name.kind == TokenKind::Str && name.text(text).starts_with('"') => {
            let words = ["TABLE", "INTO", "UPDATE", "FROM", "JOIN", "COLUMN", "EXISTS", "TRUNCATE"];
            let takes_name = before.is_punct(b'.') || words.iter().any(|word| before.is_word(text, word));
            takes_name.then_some(name.span)
        }
        _ => None,
    })
}

fn find(text: &str, tokens: &[Token], sequences: &[String]) -> Option<(Span, String)> {
    sequences.iter().find_map(|sequence| {
        let words: Vec<&str> = sequence.split(' ').collect();
        let at = tokens.windows(words.len()).find(|window| {
            window.iter().zip(&words).all(|(token, word)| {
                *word == "_" || (token.kind != TokenKind::Str && token.text(text).eq_ignore_ascii_case(word))
            })
        })?;
        let span = Span { start: at.first()?.span.start, end: at.last()?.span.end };
        Some((span, sequence.replace(" _ ", " … ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::splitter::split;

    fn first(text: &str) -> Option<(String, &'static str)> {
        let script = split(text);
        script
            .statements
            .iter()
            .find_map(|one| foreign(text, one))
            .map(|(_, words, dialect)| (words, dialect))
    }

    #[test]
    fn words_are_matched_as_tokens() {
        toml::from_str::<Facts>(FACTS).expect("sql_dialects.toml");
        assert_eq!(
            first("CREATE INDEX CONCURRENTLY i ON t (a)"),
            Some(("CONCURRENTLY".into(), "PostgreSQL"))
        );
        let alter = first("alter table t alter column a type int");
        assert_eq!(alter, Some(("ALTER COLUMN … TYPE".into(), "PostgreSQL")));
        assert_eq!(first("SELECT 'x ILIKE y' -- ILIKE"), None);
        assert_eq!(first("ALTER TABLE t MODIFY `jsonb` json NOT NULL"), None);
        assert!(begins_a_statement("alter") && !begins_a_statement("ALTR"));
    }
}
