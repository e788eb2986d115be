//! A script cut into the statements that the `mysql` client sends: by `;`, by the client's `DELIMITER`, and without
//! cutting the body of a routine.

use super::lexer::{Lexer, Open, Token, TokenKind};
use crate::source::Span;

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From its first to its last token, without the delimiter.
    pub span: Span,
    /// Its tokens, comments between them included; the first is never a plain comment.
    pub tokens: Vec<Token>,
    /// Whether a delimiter ended it.
    pub terminated: bool,
    /// True for a routine whose body holds `;` while the delimiter is `;`: the client would cut it there, a driver
    /// that sends it whole would not.
    pub needs_delimiter: bool,
}

/// A script: its statements and what is wrong with its outer form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Statements in source order; empty ones are left out.
    pub statements: Vec<Statement>,
    /// What is wrong with the form, in source order.
    pub faults: Vec<Fault>,
}

/// Something wrong with the outer form of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Where it starts.
    pub span: Span,
    /// What it is.
    pub kind: FaultKind,
}

/// What is wrong with the outer form of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A string that does not end.
    OpenString,
    /// A quoted identifier that does not end.
    OpenBacktick,
    /// A comment that does not end.
    OpenComment,
    /// The last statement has no delimiter.
    NoDelimiter,
    /// `DELIMITER` without a delimiter.
    EmptyDelimiter,
}

impl Statement {
    /// The tokens that the server reads, without comments and the ends of versioned comments.
    pub fn significant(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| token.is_significant())
    }

    /// The statement's own text.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.start as usize..self.span.end as usize).unwrap_or_default()
    }
}

/// Cuts `text` (without a byte order mark) into statements.
pub fn split(text: &str) -> Script {
    let mut splitter =
        Splitter { text, lexer: Lexer::new(text), script: Script::default(), tokens: Vec::new() };
    splitter.run();
    splitter.script
}

struct Splitter<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    script: Script,
    tokens: Vec<Token>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        let mut body = Body::default();
        while let Some(token) = self.lexer.next_token() {
            if token.kind == TokenKind::Delimiter {
                if body.is_open() && self.lexer.delimiter() == ";" {
                    self.tokens.push(Token { kind: TokenKind::Punct(b';'), ..token });
                    body.separator();
                } else {
                    self.finish(true, &body);
                    body = Body::default();
                }
                continue;
            }
            if self.is_delimiter_command(&token) {
                self.finish(false, &body);
                body = Body::default();
                self.delimiter_command(&token);
                continue;
            }
            if self.tokens.is_empty() && token.kind == TokenKind::Comment {
                continue;
            }
            self.tokens.push(token);
            if token.is_significant() {
                body.token(&token, self.text);
            }
        }
        if let Some((open, at)) = self.lexer.open {
            let kind = match open {
                Open::String => FaultKind::OpenString,
                Open::Backtick => FaultKind::OpenBacktick,
                Open::Comment => FaultKind::OpenComment,
            };
            self.script.faults.push(Fault { span: Span { start: at, end: at + 1 }, kind });
        }
        let before = self.script.statements.len();
        self.finish(false, &body);
        if let (Some(last), None) = (self.script.statements.get(before), self.lexer.open) {
            self.script.faults.push(Fault { span: last.span, kind: FaultKind::NoDelimiter });
        }
    }

    /// Ends the statement that was being read.
    fn finish(&mut self, terminated: bool, body: &Body) {
        self.lexer.end_statement();
        let mut tokens = std::mem::take(&mut self.tokens);
        while tokens.last().is_some_and(|token| token.kind == TokenKind::Comment) {
            tokens.pop();
        }
        if !tokens.iter().any(Token::is_significant) {
            return;
        }
        if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
            let span = Span { start: first.span.start, end: last.span.end };
            let needs_delimiter = body.separators > 0;
            self.script.statements.push(Statement { span, tokens, terminated, needs_delimiter });
        }
    }

    /// `DELIMITER` is a command of the client where a statement may start, and at the start of a line while another
    /// delimiter than `;` is set; elsewhere it is a name.
    fn is_delimiter_command(&self, token: &Token) -> bool {
        if !token.is_word(self.text, "delimiter") {
            return false;
        }
        let before = self.text.get(..token.span.start as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let starts_line = line.trim().is_empty();
        starts_line && (self.tokens.is_empty() || self.lexer.delimiter() != ";")
    }

    fn delimiter_command(&mut self, token: &Token) {
        let from = token.span.end as usize;
        let rest = self.text.get(from..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let word = line.split_whitespace().next().unwrap_or_default();
        let bare = word.trim_matches(|quote| quote == '\'' || quote == '"');
        if bare.is_empty() {
            self.script.faults.push(Fault { span: token.span, kind: FaultKind::EmptyDelimiter });
        }
        self.lexer.set_delimiter(bare, from + line.len());
    }
}

/// Follows the blocks of a routine's body, so that its `;` do not end the statement.
#[derive(Debug, Default)]
struct Body {
    /// Significant tokens seen.
    seen: usize,
    /// The statement starts with `CREATE`.
    create: bool,
    /// `CREATE … PROCEDURE|FUNCTION|TRIGGER|EVENT`
    routine: bool,
    /// Blocks that are open.
    depth: usize,
    /// A statement of the body may start here.
    at_start: bool,
    /// The last word was `END`.
    after_end: bool,
    /// `;` inside the body.
    separators: usize,
}

impl Body {
    /// Words within which the kind of the created object must have shown itself:
    /// `CREATE OR REPLACE DEFINER = user @host PROCEDURE`.
    const HEAD: usize = 12;

    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn separator(&mut self) {
        self.separators += 1;
        self.at_start = true;
        self.after_end = false;
    }

    fn token(&mut self, token: &Token, text: &str) {
        self.seen += 1;
        let at_start = std::mem::take(&mut self.at_start);
        let after_end = std::mem::take(&mut self.after_end);
        if token.kind != TokenKind::Word {
            // A label: `again: LOOP`.
            self.at_start = token.is_punct(b':');
            return;
        }
        let word = token.text(text);
        let is = |wanted: &str| word.eq_ignore_ascii_case(wanted);
        if self.seen == 1 {
            self.create = is("CREATE");
        }
        if self.create && !self.routine && self.seen <= Self::HEAD {
            self.routine = ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"].into_iter().any(is);
            // `CREATE FUNCTION f RETURNS INT SONAME 'x'` and every other kind of object have no body.
            if ["TABLE", "VIEW", "DATABASE", "SCHEMA", "INDEX", "USER", "ROLE", "SERVER"].into_iter().any(is)
            {
                self.create = false;
            }
            return;
        }
        if !self.routine {
            return;
        }
        let inner = ["IF", "CASE", "LOOP", "WHILE", "REPEAT"].into_iter().any(is);
        if after_end && inner {
            // The second word of `END IF`.
        } else if is("BEGIN") || is("CASE") || (inner && at_start) {
            self.depth += 1;
            self.at_start = is("BEGIN") || is("LOOP") || is("REPEAT");
        } else if is("END") {
            self.depth = self.depth.saturating_sub(1);
            self.after_end = true;
        } else {
            self.at_start = ["THEN", "ELSE", "DO", "ROW"].into_iter().any(is);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).statements.iter().map(|statement| statement.text(text)).collect()
    }

    #[test]
    fn semicolons_in_quotes_and_comments_do_not_cut() {
        let text = concat!(
            "# hash comment; DROP TABLE a;\n-- dash; DROP TABLE b;\nSELECT 5--1;\n",
            r#"SELECT '-- not; a comment', "it''s; \" ok", 'a\'; DROP TABLE c; --', `we``ird;col`;"#,
            "\n/* block ; /* not nested */ DROP TABLE real1;\n"
        );
        let found = texts(text);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[2], "DROP TABLE real1");
        assert!(split(text).faults.is_empty());
    }

    #[test]
    fn delimiter_is_a_command_of_the_client() {
        let text = "DELIMITER $$\nCREATE PROCEDURE p()\nBEGIN\n  SELECT 1; -- inner ;\n  ALTER TABLE t ADD COLUMN a INT;\n\
                    END$$\nDELIMITER ;\nALTER TABLE t MODIFY a BIGINT;\n";
        let found = texts(text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("END"), "{found:?}");
        assert!(
            split(text).statements.iter().all(|statement| statement.terminated && !statement.needs_delimiter)
        );
        // The column of that name is none.
        assert_eq!(texts("CREATE TABLE t (\n  delimiter varchar(3)\n);").len(), 1);
        assert_eq!(texts("delimiter //\nSELECT 1//\ndelimiter ;\nSELECT 2;"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(split("DELIMITER\nSELECT 1;").faults[0].kind, FaultKind::EmptyDelimiter);
    }

    #[test]
    fn a_body_is_not_cut_and_says_that_the_client_would() {
        let text = "CREATE PROCEDURE p() BEGIN IF a THEN SET b = CASE WHEN c THEN 1 ELSE 2 END; END IF; \
                    WHILE x DO SET x = 0; END WHILE; again: LOOP LEAVE again; END LOOP; END; SELECT 1;";
        let script = split(text);
        assert_eq!(script.statements.len(), 2, "{:?}", texts(text));
        assert!(script.statements[0].needs_delimiter);
        assert_eq!(script.statements[1].text(text), "SELECT 1");
        let text =
            "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.x THEN SET NEW.x = 1; END IF; SELECT 2;";
        assert_eq!(texts(text).len(), 2, "{:?}", texts(text));
        let text = "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.x = 1; SELECT 2;";
        assert_eq!(texts(text).len(), 2);
        let text = "CREATE PROCEDURE IF NOT EXISTS p() SELECT 1; SELECT 2;";
        assert_eq!(texts(text).len(), 2);
        let text = "CREATE TABLE t (`begin` int, event int, `case` int); BEGIN; COMMIT;";
        assert_eq!(texts(text).len(), 3);
    }

    #[test]
    fn versioned_comments_are_statements_and_plain_ones_are_not() {
        let text = "-- dump\n/*!40101 SET NAMES utf8 */;\n/* note */\n;\n";
        assert_eq!(texts(text), ["/*!40101 SET NAMES utf8 */"]);
        assert!(texts("-- only\n/* comments */\n;\n").is_empty());
        assert!(split("-- only\n/* comments */\n").faults.is_empty());
    }

    #[test]
    fn faults_of_the_form() {
        assert_eq!(split("SELECT 1").faults[0].kind, FaultKind::NoDelimiter);
        assert_eq!(split("SELECT 'a;\nDROP TABLE x;").faults[0].kind, FaultKind::OpenString);
        assert_eq!(split("SELECT 1;\n/* a").faults[0].kind, FaultKind::OpenComment);
        assert_eq!(split("SELECT `a;").faults[0].kind, FaultKind::OpenBacktick);
    }

    #[test]
    fn five_megabytes_in_one_line_take_no_time() {
        let rows: Vec<String> = (0..100_000).map(|at| format!("({at},'{}')", "x".repeat(40))).collect();
        let text = format!("INSERT INTO t VALUES {};\nDROP TABLE t;\n", rows.join(","));
        let begun = std::time::Instant::now();
        assert_eq!(split(&text).statements.len(), 2);
        // Far from what it takes; quadratic work would take hours.
        assert!(begun.elapsed().as_secs() < 60);
    }

    proptest::proptest! {
        #[test]
        fn statements_are_in_order_and_hold_every_significant_token(text in r"[a-z'`;#/*!\- \n$]{0,60}") {
            let script = split(&text);
            let mut end = 0;
            for statement in &script.statements {
                proptest::prop_assert!(statement.span.start >= end && statement.span.end > statement.span.start);
                end = statement.span.end;
                proptest::prop_assert!(!statement.text(&text).is_empty());
            }
        }
    }
}
