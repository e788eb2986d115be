//! Databases, tables, routines and accounts that a statement creates, drops or uses, and the accounts that it names.

use super::lexer::TokenKind;
use super::words::{Name, Words};
use crate::source::Span;

/// What a statement does to an object that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStatement {
    /// What it does.
    pub act: Act,
    /// The kind of object, as the keyword of the statement: `TABLE`, `DATABASE`, `PROCEDURE`, …
    pub object: &'static str,
    /// The names.
    pub names: Vec<Name>,
    /// `IF EXISTS`, `IF NOT EXISTS`, `OR REPLACE`.
    pub guarded: bool,
    /// `TEMPORARY`
    pub temporary: bool,
    /// From the verb to the first name.
    pub span: Span,
}

/// What a statement does to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the verbs of the manual
pub enum Act {
    Create,
    Drop,
    Alter,
    Use,
}

const OBJECTS: [&str; 11] = [
    "DATABASE",
    "TABLE",
    "VIEW",
    "PROCEDURE",
    "FUNCTION",
    "TRIGGER",
    "EVENT",
    "INDEX",
    "USER",
    "ROLE",
    "SERVER",
];

/// Reads a statement from its first tokens; `None` for every other statement.
pub fn object_statement(words: Words<'_>) -> Option<ObjectStatement> {
    let act = match () {
        () if words.is(0, "CREATE") => Act::Create,
        () if words.is(0, "DROP") => Act::Drop,
        () if words.is(0, "ALTER") => Act::Alter,
        () if words.is(0, "USE") => {
            let (name, next) = words.name(1)?;
            let span = words.span(0, next);
            let names = vec![name];
            return Some(ObjectStatement {
                act: Act::Use,
                object: "DATABASE",
                names,
                guarded: false,
                temporary: false,
                span,
            });
        }
        () => return None,
    };
    // OR REPLACE, DEFINER = a@b, ALGORITHM = x, SQL SECURITY DEFINER, TEMPORARY, UNIQUE, … come first.
    let kind = (1..words.tokens.len().min(16)).find_map(|at| {
        let at_schema = words.is(at, "SCHEMA").then_some("DATABASE");
        let object = at_schema.or_else(|| OBJECTS.into_iter().find(|object| words.is(at, object)));
        object.map(|object| (at, object))
    });
    let (at, object) = kind?;
    let temporary = (1..at).any(|at| words.is(at, "TEMPORARY"));
    let mut guarded = words.is(1, "OR") && words.is(2, "REPLACE");
    let mut next = at + 1;
    if let Some(length) = words.are(next, "IF NOT EXISTS").or_else(|| words.are(next, "IF EXISTS")) {
        guarded = true;
        next += length;
    }
    let mut names = Vec::new();
    let mut end = None;
    while let Some((name, behind)) = words.name(next).or_else(|| account(words, next)) {
        names.push(name);
        end = end.or(Some(behind));
        if act != Act::Drop || !words.is_punct(behind, b',') {
            break;
        }
        next = behind + 1;
    }
    Some(ObjectStatement { act, object, names, guarded, temporary, span: words.span(0, end.unwrap_or(next)) })
}

/// `'user'@'host'`
fn account(words: Words<'_>, at: usize) -> Option<(Name, usize)> {
    let token = words.get(at).filter(|token| token.kind == TokenKind::Str)?;
    let host = words.get(at + 1).is_some_and(|token| token.kind == TokenKind::Variable);
    Some((Name { schema: None, name: words.bare(at), span: token.span }, at + 1 + usize::from(host)))
}

/// `DEFINER = account`, unless it is who runs the statement: where it stands.
pub fn definer(words: Words<'_>) -> Option<Span> {
    let (at, _) = words.find("DEFINER =")?;
    let mut end = at + 3;
    if words.get(end).is_some_and(|token| token.kind == TokenKind::Variable) {
        end += 1;
    }
    (!words.is_any(at + 2, &["CURRENT_USER", "CURRENT_ROLE"])).then(|| words.span(at, end))
}

/// Syntax for accounts that MySQL 8.0 refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldAccountSyntax {
    /// `GRANT … IDENTIFIED BY`
    GrantIdentified,
    /// `IDENTIFIED BY PASSWORD 'hash'`
    IdentifiedByPassword,
    /// `SET PASSWORD … = PASSWORD('…')`
    SetPasswordFunction,
}

/// Old syntax for accounts, and where it stands: never the password itself.
pub fn old_account_syntax(words: Words<'_>) -> Option<(OldAccountSyntax, Span)> {
    if let Some((_, span)) = words.find("IDENTIFIED BY PASSWORD") {
        return Some((OldAccountSyntax::IdentifiedByPassword, span));
    }
    if words.is(0, "GRANT") {
        let found = words.find("IDENTIFIED BY").or_else(|| words.find("IDENTIFIED WITH"));
        return found.map(|(_, span)| (OldAccountSyntax::GrantIdentified, span));
    }
    if words.is(0, "SET") && words.is(1, "PASSWORD") {
        let found = words.find("= PASSWORD (");
        return found.map(|(at, _)| (OldAccountSyntax::SetPasswordFunction, words.span(at + 1, at + 2)));
    }
    None
}

/// The authentication plugins that a statement names: `IDENTIFIED WITH name`, `IDENTIFIED VIA name`.
pub fn plugins(words: Words<'_>) -> Vec<(String, Span)> {
    let at = ["IDENTIFIED WITH", "IDENTIFIED VIA"].into_iter().filter_map(|clause| words.find(clause));
    at.map(|(at, _)| (words.bare(at + 2), words.span(at + 2, at + 3))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::super::words::significant;
    use super::*;

    fn with<T>(text: &str, of: impl Fn(Words<'_>) -> T) -> T {
        let script = split(text);
        let tokens = significant(&script.statements[0]);
        of(Words { text, tokens: &tokens })
    }

    fn shown(text: &str) -> String {
        with(text, |words| {
            object_statement(words).map_or_else(String::new, |found| {
                let names: Vec<String> = found
                    .names
                    .iter()
                    .map(|name| {
                        format!(
                            "{}{}",
                            name.schema.as_deref().map(|s| format!("{s}.")).unwrap_or_default(),
                            name.name
                        )
                    })
                    .collect();
                let guard = if found.guarded { " guarded" } else { "" };
                let span = &text[found.span.start as usize..found.span.end as usize];
                format!("{:?} {} {}{guard} | {span}", found.act, found.object, names.join(","))
            })
        })
    }

    #[test]
    fn objects_of_statements() {
        for (text, expected) in [
            (
                "create schema if not exists `a` default charset utf8",
                "Create DATABASE a guarded | create schema if not exists `a`",
            ),
            ("USE shop;", "Use DATABASE shop | USE shop"),
            ("CREATE TEMPORARY TABLE a.b (c int)", "Create TABLE a.b | CREATE TEMPORARY TABLE a.b"),
            (
                "CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`x`@`y` SQL SECURITY DEFINER VIEW v AS SELECT 1",
                "Create VIEW v guarded | CREATE OR REPLACE ALGORITHM=MERGE DEFINER=`x`@`y` SQL SECURITY DEFINER VIEW v",
            ),
            ("DROP TABLE IF EXISTS a, b.c", "Drop TABLE a,b.c guarded | DROP TABLE IF EXISTS a"),
            ("CREATE USER 'u'@'%' IDENTIFIED BY 'x'", "Create USER u | CREATE USER 'u'@'%'"),
            ("SELECT 1", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn accounts() {
        let old = |text: &str| with(text, |words| old_account_syntax(words).map(|(syntax, _)| syntax));
        assert_eq!(
            old("GRANT ALL ON *.* TO u@'%' IDENTIFIED BY 'p'"),
            Some(OldAccountSyntax::GrantIdentified)
        );
        assert_eq!(old("GRANT ALL ON *.* TO u@'%'"), None);
        assert_eq!(old("CREATE USER u IDENTIFIED BY 'p'"), None);
        assert_eq!(old("SET PASSWORD FOR u = PASSWORD('p')"), Some(OldAccountSyntax::SetPasswordFunction));
        let definer = |text: &str| {
            with(text, |words| {
                definer(words).map(|span| text[span.start as usize..span.end as usize].to_owned())
            })
        };
        assert_eq!(definer("CREATE DEFINER=`a`@`%` VIEW v AS SELECT 1").as_deref(), Some("DEFINER=`a`@`%`"));
        assert_eq!(definer("CREATE DEFINER = CURRENT_USER VIEW v AS SELECT 1"), None);
        let found = with("ALTER USER u IDENTIFIED WITH 'mysql_native_password' BY 'p'", plugins);
        assert_eq!(found[0].0, "mysql_native_password");
    }
}
