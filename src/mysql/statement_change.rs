//! What a statement that somebody wrote changes, as far as its tokens tell without doubt.

use std::sync::Arc;

use super::change::{Change, ColumnDef, DefaultDef, KeyDef, KeyKind};
use super::lexer::{Token, TokenKind};
use super::splitter;

/// The table that a statement is about and what it does to it; [`Change::Unknown`] for what is not understood.
pub fn read_change(text: &str) -> (Option<Arc<str>>, Change) {
    let script = splitter::split(text);
    let Some(statement) = script.statements.first().filter(|_| script.statements.len() == 1) else {
        return (None, Change::Unknown);
    };
    let tokens: Vec<Token> = statement.significant().copied().collect();
    let mut reader = Reader { text, tokens: &tokens, at: 0 };
    reader.statement()
}

struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_word(self.text, word));
        self.at += usize::from(found);
        found
    }

    /// Every word of `words`, one after the other, or nothing.
    fn words(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        if words.iter().all(|word| self.word(word)) {
            return true;
        }
        self.at = start;
        false
    }

    fn punct(&mut self, byte: u8) -> bool {
        let found = self.peek().is_some_and(|token| token.is_punct(byte));
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<Arc<str>> {
        let token = self.peek()?;
        let text = token.text(self.text);
        let name = match token.kind {
            TokenKind::Word => text.to_owned(),
            TokenKind::Backtick => text.strip_prefix('`')?.strip_suffix('`')?.replace("``", "`"),
            _ => return None,
        };
        self.at += 1;
        Some(name.into())
    }

    /// A table, without the database before it.
    fn table(&mut self) -> Option<Arc<str>> {
        let first = self.name()?;
        if self.punct(b'.') { self.name() } else { Some(first) }
    }

    /// `(a, b(10) DESC)`: the columns; `None` for expressions.
    fn columns(&mut self) -> Option<Vec<Arc<str>>> {
        if !self.punct(b'(') {
            return None;
        }
        let mut out = Vec::new();
        loop {
            out.push(self.name()?);
            if self.punct(b'(') {
                self.at += 1;
                if !self.punct(b')') {
                    return None;
                }
            }
            let _ = self.word("asc") || self.word("desc");
            if self.punct(b')') {
                return Some(out);
            }
            if !self.punct(b',') {
                return None;
            }
        }
    }

    fn done(&self) -> bool {
        self.at == self.tokens.len()
    }

    fn statement(&mut self) -> (Option<Arc<str>>, Change) {
        let first = self.peek().map(|token| token.text(self.text).to_ascii_lowercase()).unwrap_or_default();
        match first.as_str() {
            "alter" => {
                self.at += 1;
                let _ = self.word("ignore");
                if !self.word("table") {
                    return (None, Change::Unknown);
                }
                let table = self.table();
                let change = self.alter().filter(|_| self.done()).unwrap_or(Change::Unknown);
                (table, change)
            }
            "create" => self.create(),
            "drop" => self.drop(),
            "rename" => {
                if !self.words(&["rename", "table"]) {
                    return (None, Change::Unknown);
                }
                let table = self.table();
                let new = if self.word("to") { self.table() } else { None };
                match new.filter(|_| self.done()) {
                    Some(new) => (table, Change::RenameTable(new)),
                    None => (table, Change::Unknown),
                }
            }
            "update" | "delete" => {
                self.at += 1;
                let _ = self.word("ignore");
                let _ = self.word("from");
                (self.table(), Change::TouchRows)
            }
            "insert" | "replace" | "select" | "set" | "commit" | "begin" | "start" | "rollback" | "show"
            | "analyze" | "use" | "lock" | "unlock" | "truncate" => (None, Change::Nothing),
            _ => (None, Change::Unknown),
        }
    }

    fn create(&mut self) -> (Option<Arc<str>>, Change) {
        self.at += 1;
        let _ = self.word("temporary");
        if self.word("table") {
            let _ = self.words(&["if", "not", "exists"]);
            // Its columns are not read: nothing is known of the table.
            return (self.table(), Change::Nothing);
        }
        let kind = self.key_kind();
        if !self.word("index") {
            return (None, Change::Unknown);
        }
        let _ = self.words(&["if", "not", "exists"]);
        let name = self.name();
        if !self.word("on") {
            return (None, Change::Unknown);
        }
        let table = self.table();
        match (name, self.columns()) {
            (Some(name), Some(columns)) if self.done() => (table, Change::AddKey(key(name, columns, kind))),
            _ => (table, Change::Unknown),
        }
    }

    fn drop(&mut self) -> (Option<Arc<str>>, Change) {
        self.at += 1;
        let _ = self.word("temporary");
        if self.word("table") {
            let _ = self.words(&["if", "exists"]);
            let table = self.table();
            let _ = self.word("cascade") || self.word("restrict");
            let change = if self.done() { Change::DropTable } else { Change::Unknown };
            return (table, change);
        }
        if self.word("index") {
            let name = self.name();
            if self.word("on") {
                let table = self.table();
                return match name.filter(|_| self.done()) {
                    Some(name) => (table, Change::DropKey(name)),
                    None => (table, Change::Unknown),
                };
            }
        }
        (None, Change::Unknown)
    }

    fn key_kind(&mut self) -> KeyKind {
        if self.word("unique") {
            KeyKind::Unique
        } else if self.word("fulltext") {
            KeyKind::FullText
        } else if self.word("spatial") {
            KeyKind::Spatial
        } else {
            KeyKind::Plain
        }
    }

    /// What follows ALTER TABLE and the name, for a statement with one action.
    fn alter(&mut self) -> Option<Change> {
        if self.word("add") {
            return self.add();
        }
        if self.word("drop") {
            if self.word("index") || self.word("key") {
                return self.name().map(Change::DropKey);
            }
            if self.words(&["foreign", "key"]) {
                return self.name().map(Change::DropForeignKey);
            }
            if self.words(&["primary", "key"]) {
                return Some(Change::DropKey("PRIMARY".into()));
            }
            if self.word("check") {
                return self.name().map(Change::DropCheck);
            }
            if self.word("constraint") {
                return None;
            }
            let _ = self.word("column");
            return self.name().map(Change::DropColumn);
        }
        if self.word("rename") {
            if self.word("column") {
                let old = self.name()?;
                return self.word("to").then(|| self.name())?.map(|new| Change::RenameColumn(old, new));
            }
            if self.word("index") || self.word("key") {
                let old = self.name()?;
                return self.word("to").then(|| self.name())?.map(|new| Change::RenameKey(old, new));
            }
            let _ = self.word("to") || self.word("as");
            return self.table().map(Change::RenameTable);
        }
        if self.word("modify") || self.word("change") {
            let change =
                self.tokens.get(self.at.wrapping_sub(1)).is_some_and(|it| it.is_word(self.text, "change"));
            let _ = self.word("column");
            let old = self.name()?;
            let name = if change { self.name()? } else { old.clone() };
            let column = self.column(name)?;
            return Some(Change::Modify { old, column });
        }
        if self.word("alter") {
            let _ = self.word("column");
            let column = self.name()?;
            if self.words(&["drop", "default"]) {
                return Some(Change::DropDefault(column));
            }
            if self.words(&["set", "default"]) {
                let value = self.literal()?;
                return Some(Change::SetDefault(column, DefaultDef::Literal(value)));
            }
            return None;
        }
        if self.word("engine") {
            let _ = self.punct(b'=');
            return self.word("innodb").then_some(Change::Rebuild);
        }
        if self.word("force") {
            return Some(Change::Rebuild);
        }
        if self.words(&["convert", "to"]) {
            self.at = self.tokens.len();
            return Some(Change::ConvertCharset);
        }
        if self.word("auto_increment") {
            let _ = self.punct(b'=');
            self.at += 1;
            return Some(Change::AutoIncrementValue);
        }
        if self.word("comment") {
            let _ = self.punct(b'=');
            self.at += 1;
            return Some(Change::TableComment);
        }
        None
    }

    fn add(&mut self) -> Option<Change> {
        let start = self.at;
        let kind = self.key_kind();
        if self.word("index") || self.word("key") || kind != KeyKind::Plain {
            let at = self.at;
            let name = match self.name() {
                Some(name) if self.peek().is_some_and(|token| token.is_punct(b'(')) => name,
                _ => {
                    self.at = at;
                    "".into()
                }
            };
            return self.columns().map(|columns| Change::AddKey(key(name, columns, kind)));
        }
        self.at = start;
        if self.words(&["primary", "key"]) {
            let columns = self.columns()?;
            return Some(Change::AddKey(key("PRIMARY".into(), columns, KeyKind::Primary)));
        }
        if self.word("constraint") {
            let name = self.name()?;
            if self.word("unique") {
                let _ = self.word("key") || self.word("index");
                return self.columns().map(|columns| Change::AddKey(key(name, columns, KeyKind::Unique)));
            }
            return None;
        }
        if self.word("foreign") || self.word("check") || self.word("partition") {
            return None;
        }
        let _ = self.word("column");
        let name = self.name()?;
        let column = self.column(name)?;
        Some(Change::AddColumn { column, key: None, foreign_key: None })
    }

    /// A column of a plain kind: type, NULL or NOT NULL, a literal default, a comment.
    fn column(&mut self, name: Arc<str>) -> Option<ColumnDef> {
        let mut ty = self.name()?.to_lowercase();
        if self.punct(b'(') {
            ty.push('(');
            while !self.punct(b')') {
                ty.push_str(self.peek()?.text(self.text));
                self.at += 1;
            }
            ty.push(')');
        }
        if self.word("unsigned") {
            ty.push_str(" unsigned");
        }
        let mut column = ColumnDef {
            name,
            ty,
            null: true,
            default: DefaultDef::None,
            collation: None,
            comment: None,
            check: false,
            auto_increment: false,
            generated: None,
        };
        while !self.done() {
            if self.words(&["not", "null"]) {
                column.null = false;
            } else if self.word("null") {
                column.null = true;
            } else if self.word("default") {
                column.default = DefaultDef::Literal(self.literal()?);
            } else if self.word("collate") {
                column.collation = Some(self.name()?);
            } else if self.word("comment") {
                column.comment = Some(self.literal()?.into());
            } else {
                return None;
            }
        }
        Some(column)
    }

    /// A string, a number, NULL, TRUE or FALSE.
    fn literal(&mut self) -> Option<String> {
        let mut out = String::new();
        if self.punct(b'-') {
            out.push('-');
        }
        let token = self.peek()?;
        let text = token.text(self.text);
        let fits = match token.kind {
            TokenKind::Str | TokenKind::Number => true,
            TokenKind::Word => matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false"),
            _ => false,
        };
        if !fits {
            return None;
        }
        out.push_str(text);
        self.at += 1;
        Some(out)
    }
}

fn key(name: Arc<str>, columns: Vec<Arc<str>>, kind: KeyKind) -> KeyDef {
    KeyDef { name, columns, kind, implicit: false, functional: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_statements_are_understood_and_others_are_not() {
        let change = |text: &str| read_change(text).1;
        assert_eq!(change("ALTER TABLE a ENGINE=InnoDB"), Change::Rebuild);
        assert_eq!(change("alter table `a` drop column b"), Change::DropColumn("b".into()));
        assert_eq!(change("ALTER TABLE d.a DROP INDEX b"), Change::DropKey("b".into()));
        assert_eq!(
            read_change("CREATE UNIQUE INDEX i ON t (a, b(10) DESC)"),
            (
                Some("t".into()),
                Change::AddKey(key("i".into(), vec!["a".into(), "b".into()], KeyKind::Unique))
            )
        );
        assert_eq!(change("UPDATE t SET a = 1 WHERE b"), Change::TouchRows);
        assert_eq!(change("INSERT INTO t VALUES (1)"), Change::Nothing);
        for text in [
            "ALTER TABLE a DROP COLUMN b, DROP COLUMN c",
            "ALTER TABLE a ADD COLUMN b int AFTER c",
            "ALTER TABLE a ADD CONSTRAINT c CHECK (x > 0)",
            "ALTER TABLE a MODIFY b int CHARACTER SET latin1",
            "CREATE INDEX i ON t ((a + 1))",
            "CALL p()",
            "",
        ] {
            assert_eq!(change(text), Change::Unknown, "{text}");
        }
        let Change::AddColumn { column, .. } = change("ALTER TABLE a ADD b varchar(20) NOT NULL DEFAULT 'x'")
        else {
            panic!("not a column");
        };
        assert_eq!((column.varchar_length(), column.null), (Some(20), false));
    }
}
