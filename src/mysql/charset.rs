//! Where a statement names the character set utf8mb3, under this name or as `utf8`, or a collation of it.

use super::lexer::TokenKind;
use super::session::assignments;
use super::words::Words;
use crate::source::Span;

/// One mention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Where the name stands.
    pub span: Span,
    /// The name as written, without quotes.
    pub name: String,
    /// What it is said of.
    pub of: Of,
}

/// What a character set is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// What is stored: a database, a table, a column.
    Stored,
    /// The connection alone: `SET NAMES`, `SET character_set_client`.
    Connection,
    /// One value: `_utf8'x'`, `CONVERT(x USING utf8)`.
    Value,
}

/// Mentions of utf8mb3 in a statement, in order.
pub fn utf8mb3(words: Words<'_>) -> Vec<Mention> {
    let mut out = Vec::new();
    let is_definition = words.is_any(0, &["CREATE", "ALTER"]);
    let stored = if is_definition { Of::Stored } else { Of::Value };
    for (at, token) in words.tokens.iter().enumerate() {
        if token.kind != TokenKind::Word {
            continue;
        }
        let clause = words
            .are(at, "CHARACTER SET")
            .or_else(|| words.are(at, "CHAR SET"))
            .or_else(|| words.are(at, "CHARSET"))
            .or_else(|| words.are(at, "COLLATE"));
        if let Some(length) = clause {
            let name = at + length + usize::from(words.is_punct(at + length, b'='));
            mention(words, name, stored, &mut out);
        } else if words.is(at, "NAMES") && at > 0 && words.is_any(at - 1, &["SET"]) {
            mention(words, at + 1, Of::Connection, &mut out);
        } else if words.is(at, "USING") && words.is_punct(at + 2, b')') {
            mention(words, at + 1, Of::Value, &mut out);
        } else if is_introducer(words, at) {
            out.push(Mention {
                span: words.span(at, at + 1),
                name: words.word(at).to_owned(),
                of: Of::Value,
            });
        }
    }
    let set = assignments(words)
        .into_iter()
        .filter(|one| one.variable.starts_with("character_set_") || one.variable.starts_with("collation_"));
    out.extend(set.filter_map(|one| {
        let name = one.value.filter(|value| is_utf8mb3(value))?;
        Some(Mention { span: one.value_span, name, of: Of::Connection })
    }));
    out.sort_by_key(|mention| mention.span);
    out
}

/// Endings of collations that utf8mb3 and utf8mb4 both have, on MySQL from 5.7 and MariaDB from 10.2 on, with the same
/// order of the characters that both hold.
/// Source: <https://dev.mysql.com/doc/refman/5.7/en/charset-unicode-sets.html>, <https://mariadb.com/kb/en/supported-character-sets-and-collations/>
const SHARED_COLLATIONS: [&str; 4] = ["general_ci", "bin", "unicode_ci", "unicode_520_ci"];

/// The name in utf8mb4 of what a mention names; `None` for a collation that has no counterpart of the same order.
pub fn in_utf8mb4(name: &str) -> Option<String> {
    let (introducer, bare) = name.strip_prefix('_').map_or(("", name), |bare| ("_", bare));
    let lower = bare.to_ascii_lowercase();
    let rest = lower.strip_prefix("utf8mb3").or_else(|| lower.strip_prefix("utf8"))?;
    match rest.strip_prefix('_') {
        None if rest.is_empty() => Some(format!("{introducer}utf8mb4")),
        Some(ending) if SHARED_COLLATIONS.contains(&ending) => Some(format!("utf8mb4_{ending}")),
        _ => None,
    }
}

fn mention(words: Words<'_>, at: usize, of: Of, out: &mut Vec<Mention>) {
    let name = words.bare(at);
    if is_utf8mb3(&name) {
        out.push(Mention { span: words.span(at, at + 1), name, of });
    }
}

/// `_utf8'x'`
fn is_introducer(words: Words<'_>, at: usize) -> bool {
    let is_string = words.get(at + 1).is_some_and(|next| next.kind == TokenKind::Str);
    is_string && (words.is(at, "_utf8") || words.is(at, "_utf8mb3"))
}

/// `utf8`, `utf8mb3` or a collation of it.
fn is_utf8mb3(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let first = name.split('_').next().unwrap_or_default();
    first == "utf8" || first == "utf8mb3"
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    #[test]
    fn names_in_utf8mb4() {
        let cases = [
            ("utf8", Some("utf8mb4")),
            ("UTF8", Some("utf8mb4")),
            ("_utf8", Some("_utf8mb4")),
            ("utf8mb3_bin", Some("utf8mb4_bin")),
            ("utf8_general_ci", Some("utf8mb4_general_ci")),
            ("utf8_general_mysql500_ci", None),
            ("utf8_tolower_ci", None),
        ];
        for (name, expected) in cases {
            assert_eq!(in_utf8mb4(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn every_way_to_name_it() {
        let text = "create database a default character set utf8 collate utf8_general_ci; \
                    CREATE TABLE t (a varchar(3) CHARACTER SET = 'utf8', b text COLLATE `utf8mb3_bin`) DEFAULT CHARSET=utf8mb4; \
                    SET NAMES 'utf8'; SET NAMES utf8mb4; /*!40101 SET character_set_client = utf8 */; \
                    ALTER TABLE t CONVERT TO CHARACTER SET utf8; SELECT CONVERT(a USING utf8), _utf8'x', 'charset utf8'; \
                    SELECT utf8 FROM t JOIN u USING (utf8);";
        let shown: Vec<String> = split(text)
            .statements
            .iter()
            .flat_map(|statement| {
                let tokens = significant(statement);
                utf8mb3(Words { text, tokens: &tokens })
            })
            .map(|mention| format!("{:?} {}", mention.of, mention.name))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        Stored utf8
        Stored utf8_general_ci
        Stored utf8
        Stored utf8mb3_bin
        Connection utf8
        Connection utf8
        Stored utf8
        Value utf8
        Value _utf8
        ");
    }
}
