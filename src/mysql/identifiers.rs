//! Names that stand without quotes where a statement can only mean a table, a column or another object.

use super::lexer::{Token, TokenKind};
use super::words::{Words, parts};

/// Words behind which the name of an object stands.
const BEFORE_NAME: [&str; 12] = [
    "TABLE",
    "INTO",
    "UPDATE",
    "FROM",
    "JOIN",
    "COLUMN",
    "DATABASE",
    "SCHEMA",
    "VIEW",
    "EXISTS",
    "REFERENCES",
    "TRUNCATE",
];
/// Words of `ALTER TABLE` behind which the name of a column stands.
const BEFORE_COLUMN: [&str; 6] = ["ADD", "DROP", "MODIFY", "CHANGE", "AFTER", "TO"];
/// Words with which an element of `CREATE TABLE (…)` begins that is no column.
const ELEMENTS: [&str; 11] = [
    "PRIMARY",
    "UNIQUE",
    "KEY",
    "INDEX",
    "FULLTEXT",
    "SPATIAL",
    "CONSTRAINT",
    "FOREIGN",
    "CHECK",
    "LIKE",
    "PERIOD",
];

/// The unquoted names of a statement, as far as their place tells that they are names.
pub fn unquoted(words: Words<'_>) -> Vec<&Token> {
    let mut out = Vec::new();
    for part in parts(words) {
        let tokens = words.tokens.get(part).unwrap_or_default();
        of_statement(Words { tokens, ..words }, &mut out);
    }
    out
}

fn of_statement<'t>(words: Words<'t>, out: &mut Vec<&'t Token>) {
    let is_alter = words.is(0, "ALTER") && (1..4).any(|at| words.is(at, "TABLE"));
    let is_create = words.is(0, "CREATE") && (1..3).any(|at| words.is(at, "TABLE"));
    let is_insert = words.is_any(0, &["INSERT", "REPLACE"]);
    let mut depth = 0usize;
    for (at, token) in words.tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punct(b'(') => depth += 1,
            TokenKind::Punct(b')') => depth = depth.saturating_sub(1),
            TokenKind::Word if at > 0 && is_name(words, at, depth, (is_create, is_alter, is_insert)) => {
                out.push(token);
            }
            _ => {}
        }
    }
}

fn is_name(words: Words<'_>, at: usize, depth: usize, kind: (bool, bool, bool)) -> bool {
    let (is_create, is_alter, is_insert) = kind;
    let calls = words.is_punct(at + 1, b'(');
    let before = at - 1;
    if words.is_any(before, &BEFORE_NAME) && !is_word_of_grammar(words, at) {
        // `FOR UPDATE OF t`, `FROM JSON_TABLE(…)`, `JOIN LATERAL (…)`.
        let for_update =
            words.is(before, "UPDATE") && before > 0 && words.is_any(before - 1, &["FOR", "ON", "KEY"]);
        return !for_update && (!calls || words.is_any(before, &["TABLE", "INTO", "EXISTS"]));
    }
    if is_alter && depth == 0 && words.is_any(before, &BEFORE_COLUMN) {
        return !calls && !is_word_of_grammar(words, at) && !words.is_any(at, &ELEMENTS);
    }
    let opens = words.is_punct(before, b'(') || words.is_punct(before, b',');
    if is_create && depth == 1 && opens {
        return !words.is_any(at, &ELEMENTS);
    }
    if is_insert && depth == 1 && opens {
        // The list of columns, which stands before VALUES or SELECT.
        let has_values = (0..at).any(|at| words.is_any(at, &["VALUES", "VALUE", "SELECT", "SET"]));
        return !has_values && !calls;
    }
    let starts =
        opens || words.is_any(before, &["SELECT", "DISTINCT", "WHERE", "AND", "OR", "BY", "SET", "ON"]);
    let ends = words.get(at + 1).is_none_or(|next| {
        next.is_punct(b',')
            || next.is_punct(b'=')
            || next.is_punct(b'<')
            || next.is_punct(b'>')
            || next.is_punct(b')')
    }) || words.is_any(at + 1, &["FROM", "AS", "IS", "IN", "LIKE", "ASC", "BETWEEN"]);
    starts
        && ends
        && !calls
        && !is_create
        && !is_alter
        && !words.is(0, "GRANT")
        && words.is_any(0, &["SELECT", "UPDATE", "DELETE", "WITH", "CREATE"])
}

/// Words that the grammar itself puts behind the words above.
fn is_word_of_grammar(words: Words<'_>, at: usize) -> bool {
    const WORDS: [&str; 11] = [
        "IF",
        "SELECT",
        "COLUMN",
        "INDEX",
        "KEY",
        "PARTITION",
        "NOT",
        "IGNORE",
        "LOW_PRIORITY",
        "OUTFILE",
        "DUMPFILE",
    ];
    words.is_any(at, &WORDS) || words.are(at, "SYSTEM VERSIONING").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let script = split(text);
        let mut out = Vec::new();
        for statement in &script.statements {
            let tokens = significant(statement);
            let words = Words { text, tokens: &tokens };
            out.extend(unquoted(words).iter().map(|token| token.text(text).to_owned()));
        }
        out
    }

    #[test]
    fn names_by_their_place() {
        for (text, expected) in [
            (
                "CREATE TABLE IF NOT EXISTS groups (rank int, `rows` int, KEY system (rank), lead decimal(3,1))",
                "groups rank lead",
            ),
            (
                "ALTER TABLE t ADD COLUMN rank int, ADD lead int AFTER lag, DROP INDEX x, CHANGE `a` window int",
                "t rank lead lag",
            ),
            ("INSERT INTO rank (a, lead) VALUES (rows, 1)", "rank a lead"),
            ("SELECT rank, a.rows FROM system WHERE lead = 1 ORDER BY lag", "rank system lead lag"),
            (
                "SELECT RANK() OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t WINDOW w AS (PARTITION BY b)",
                "t b",
            ),
            ("SELECT 1 FROM t, LATERAL (SELECT 2) x JOIN JSON_TABLE('[]', '$') y FOR UPDATE OF t", "t"),
            ("CREATE FUNCTION f() RETURNS int RETURN 1", ""),
            ("WITH RECURSIVE c AS (SELECT 1) SELECT * FROM c", "c"),
            ("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE rank = 1", "t"),
            ("GRANT SELECT, SYSTEM_USER ON a.b TO c", ""),
            // Behind a dot any word is a name, and before one where SET stands.
            ("DROP TABLE shop.groups", "shop"),
            ("UPDATE t SET rank.a = 1, b.lead = 2", "t"),
            ("SELECT a FROM t EXCEPT SELECT a FROM u GROUP BY GROUPING(a)", "a t a u a"),
        ] {
            assert_eq!(names(text).join(" "), expected, "{text}");
        }
    }
}
