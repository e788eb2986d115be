//! What a server refuses in SQL that older ones took; read from `rules/facts/sql_server.toml`.

use std::sync::OnceLock;

use semver::VersionReq;
use serde::Deserialize;

use super::lexer::TokenKind;
use super::server::{Flavour, Server};
use super::words::Words;
use crate::source::Span;

const FACTS: &str = include_str!("../../rules/facts/sql_server.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    reserved: Vec<Row>,
    function: Vec<Row>,
    syntax: Vec<Row>,
    variable: Vec<Row>,
    mode: Vec<Row>,
    plugin: Vec<Row>,
    foreign: Vec<Foreign>,
}

/// Words or names and the versions for which the row holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default, alias = "names", deserialize_with = "one_or_many")]
    words: Vec<String>,
    mysql: Option<VersionReq>,
    mariadb: Option<VersionReq>,
    /// Where a plugin is there and switched off.
    off: Option<VersionReq>,
    #[serde(default)]
    instead: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreign {
    dialect: String,
    words: Vec<String>,
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Either::deserialize(from)? {
        Either::One(word) => vec![word],
        Either::Many(words) => words,
    })
}

fn facts() -> &'static Facts {
    static PARSED: OnceLock<Facts> = OnceLock::new();
    PARSED.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads it
        toml::from_str(FACTS).expect("rules/facts/sql_server.toml is well formed")
    })
}

impl Row {
    fn holds_for(&self, server: &Server) -> bool {
        let range = match server.flavour {
            Flavour::MySql => &self.mysql,
            Flavour::MariaDb => &self.mariadb,
        };
        range.as_ref().is_some_and(|range| range.matches(&server.newest()))
    }
}

fn row_of(rows: &'static [Row], word: &str, server: &Server) -> Option<(&'static Row, &'static str)> {
    rows.iter().filter(|row| row.holds_for(server)).find_map(|row| {
        let known = row.words.iter().find(|known| known.eq_ignore_ascii_case(word))?;
        Some((row, known.as_str()))
    })
}

/// Something that the server has no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Where it stands.
    pub span: Span,
    /// As the manual writes it: `PASSWORD()`, `SQL_CACHE`.
    pub what: String,
    /// What takes its place, in English; empty when nothing does.
    pub instead: &'static str,
}

/// Whether a word is reserved.
pub fn is_reserved(word: &str, server: &Server) -> bool {
    row_of(&facts().reserved, word, server).is_some()
}

/// Names of SQL modes that the server does not know.
pub fn unknown_modes<'m>(modes: &'m str, server: &Server) -> Vec<&'m str> {
    let names = modes.split(',').map(str::trim);
    names.filter(|name| row_of(&facts().mode, name, server).is_some()).collect()
}

/// Whether the server lacks a system variable.
pub fn is_gone_variable(name: &str, server: &Server) -> bool {
    row_of(&facts().variable, name, server).is_some()
}

/// What has become of an authentication plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plugin {
    /// The server does not load it by default.
    Off,
    /// The server has it no more.
    Gone,
}

/// What has become of the authentication plugin of this name; `None` when nothing has.
pub fn plugin(name: &str, server: &Server) -> Option<Plugin> {
    if row_of(&facts().plugin, name, server).is_some() {
        return Some(Plugin::Gone);
    }
    let mut rows =
        facts().plugin.iter().filter(|row| row.words.iter().any(|known| known.eq_ignore_ascii_case(name)));
    let off = |row: &Row| row.off.as_ref().is_some_and(|range| range.matches(&server.newest()));
    rows.any(|row| server.flavour == Flavour::MySql && off(row)).then_some(Plugin::Off)
}

/// Functions, clauses and statements of a statement that the server has no more.
pub fn gone(words: Words<'_>, server: &Server) -> Vec<Gone> {
    let mut out = functions(words, server);
    for row in facts().syntax.iter().filter(|row| row.holds_for(server)) {
        let found = row.words.iter().filter_map(|clause| words.find(clause).map(|(_, span)| (span, clause)));
        out.extend(found.map(|(span, clause)| Gone { span, what: clause.clone(), instead: &row.instead }));
    }
    if !server.is_mariadb() && server.newest().major >= 8 {
        out.extend(null_letter(words).map(|span| Gone { span, what: "\\N".to_owned(), instead: "NULL" }));
        out.extend(sorted_group(words).map(|span| Gone {
            span,
            what: "GROUP BY … ASC|DESC".to_owned(),
            instead: "GROUP BY with an ORDER BY of its own",
        }));
    }
    out.sort_by_key(|gone| gone.span);
    out
}

/// Calls of functions. A name in front of a parenthesis is no call where a statement names an object.
fn functions(words: Words<'_>, server: &Server) -> Vec<Gone> {
    let names_object = [
        "INTO",
        "TABLE",
        "EXISTS",
        "KEY",
        "INDEX",
        "FUNCTION",
        "PROCEDURE",
        "VIEW",
        "ON",
        "REFERENCES",
        "ADD",
        "COLUMN",
    ];
    let is_definition =
        words.is(0, "CREATE") && words.is_any(1, &["TABLE", "TEMPORARY"]) || words.is(0, "ALTER");
    let mut out = Vec::new();
    for (at, token) in words.tokens.iter().enumerate() {
        let called = token.kind == TokenKind::Word && words.is_punct(at + 1, b'(');
        let qualified = at > 0 && (words.is_punct(at - 1, b'.') || words.is_any(at - 1, &names_object));
        if !called || qualified || is_definition {
            continue;
        }
        if let Some((row, name)) = row_of(&facts().function, words.word(at), server) {
            out.push(Gone { span: token.span, what: format!("{name}()"), instead: &row.instead });
        }
    }
    out
}

/// `\N` as a name of NULL.
fn null_letter(words: Words<'_>) -> Option<Span> {
    words.tokens.iter().enumerate().filter(|(_, token)| token.is_punct(b'\\')).find_map(|(at, slash)| {
        let letter = words.get(at + 1)?;
        let together = slash.span.end == letter.span.start;
        (together && letter.text(words.text) == "N").then(|| words.span(at, at + 2))
    })
}

/// The direction of a `GROUP BY`, which MySQL took until 8.0.12.
fn sorted_group(words: Words<'_>) -> Option<Span> {
    let mut from = 0;
    while from < words.tokens.len() {
        let rest = Words { tokens: words.tokens.get(from..)?, ..words };
        let (at, _) = rest.find("GROUP BY")?;
        let mut depth = 0usize;
        for index in from + at + 2..words.tokens.len() {
            if words.is_punct(index, b'(') {
                depth += 1;
            } else if words.is_punct(index, b')') && depth == 0 {
                break;
            } else if words.is_punct(index, b')') {
                depth -= 1;
            } else if depth == 0
                && words.is_any(
                    index,
                    &["ORDER", "HAVING", "LIMIT", "WITH", "UNION", "FOR", "SEPARATOR", "WINDOW"],
                )
            {
                break;
            } else if depth == 0 && words.is_any(index, &["ASC", "DESC"]) {
                return Some(words.span(index, index + 1));
            }
        }
        from += at + 2;
    }
    None
}

/// The product whose SQL this is, when a statement holds words that neither MySQL nor MariaDB has.
pub fn foreign(words: Words<'_>) -> Option<&'static str> {
    let rows = facts().foreign.iter();
    rows.into_iter().find_map(|row| {
        let found = row.words.iter().any(|clause| words.find(clause).is_some());
        found.then_some(row.dialect.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    fn server(name: &str) -> Server {
        name.parse().unwrap()
    }

    fn found(text: &str, name: &str) -> Vec<String> {
        let script = split(text);
        let all = script.statements.iter().flat_map(|statement| {
            let tokens = significant(statement);
            gone(Words { text, tokens: &tokens }, &server(name))
        });
        all.map(|gone| gone.what).collect()
    }

    #[test]
    fn words_are_reserved_from_a_version_on() {
        for (word, name, reserved) in [
            ("rank", "mysql-5.7", false),
            ("rank", "mysql-8.0", true),
            ("rank", "mysql-8.0.1", false),
            ("intersect", "mysql-8.0.30", false),
            ("manual", "mysql-8.0", false),
            ("manual", "mysql-8.4", true),
            ("rank", "mariadb-10.11", false),
            ("row_number", "mariadb-10.11", true),
            ("row_number", "mariadb-10.6", false),
            ("name", "mysql-9.0", false),
        ] {
            assert_eq!(is_reserved(word, &server(name)), reserved, "{word} {name}");
        }
    }

    #[test]
    fn calls_and_clauses_that_are_gone() {
        let text = "SELECT PASSWORD('x'), t.encode(1), a FROM t GROUP BY a DESC, b; SELECT SQL_CACHE \\N;";
        assert_eq!(found(text, "mysql-8.0"), ["PASSWORD()", "GROUP BY … ASC|DESC", "SQL_CACHE", "\\N"]);
        assert!(found(text, "mysql-5.7").is_empty());
        assert!(found(text, "mariadb-10.11").is_empty());
        let harmless = "CREATE TABLE encode (area int, KEY area (area)); INSERT INTO encode (password) VALUES (1); \
                        SELECT a, GROUP_CONCAT(b ORDER BY b DESC) FROM t GROUP BY a ORDER BY a DESC; SELECT 'PASSWORD(1)';";
        assert_eq!(found(harmless, "mysql-8.4"), [""; 0]);
        assert_eq!(found("SHOW SLAVE STATUS; START SLAVE;", "mysql-8.4").len(), 2);
    }

    #[test]
    fn modes_variables_and_plugins() {
        assert_eq!(
            unknown_modes("STRICT_TRANS_TABLES, NO_AUTO_CREATE_USER", &server("mysql-8.0")),
            ["NO_AUTO_CREATE_USER"]
        );
        assert!(unknown_modes("NO_AUTO_CREATE_USER", &server("mariadb-10.11")).is_empty());
        assert!(is_gone_variable("Query_Cache_Size", &server("mysql-8.0")));
        assert!(!is_gone_variable("query_cache_size", &server("mysql-5.7")));
        assert_eq!(plugin("mysql_native_password", &server("mysql-8.0")), None);
        assert_eq!(plugin("mysql_native_password", &server("mysql-8.4")), Some(Plugin::Off));
        assert_eq!(plugin("mysql_native_password", &server("mysql-9.1")), Some(Plugin::Gone));
        assert_eq!(plugin("mysql_native_password", &server("mariadb-10.11")), None);
    }

    #[test]
    fn sql_of_others_is_known() {
        let of = |text: &str| {
            let script = split(text);
            script.statements.iter().find_map(|statement| {
                let tokens = significant(statement);
                foreign(Words { text, tokens: &tokens })
            })
        };
        assert_eq!(of("CREATE TABLE t (j JSONB DEFAULT '{}'::jsonb);"), Some("PostgreSQL"));
        assert_eq!(of("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)"), Some("SQLite"));
        assert_eq!(of("CREATE TABLE t (id int AUTO_INCREMENT)"), None);
    }
}
