//! What a statement that somebody wrote changes, as far as its tokens tell without doubt.

use std::sync::Arc;

use super::change::{Change, ColumnDef, DefaultDef, KeyDef, KeyKind};
use super::classify::Asked;
use super::cursor::Cursor;
use super::lexer::{Token, TokenKind};
use super::online_ddl::{Algorithm, Lock};
use super::splitter;

/// The table that a statement is about, what it does to it ([`Change::Unknown`] for what is not understood), and the
/// algorithm and lock that it asks for.
pub fn read_change(text: &str) -> (Option<Arc<str>>, Change, Asked) {
    let script = splitter::split(text);
    let Some(statement) = script.statements.first().filter(|_| script.statements.len() == 1) else {
        return (None, Change::Unknown, Asked::default());
    };
    let mut tokens: Vec<Token> = statement.significant().copied().collect();
    let asked = take_asked(text, &mut tokens);
    let mut reader = Reader { on: Cursor::new(text, &tokens) };
    let (table, change) = reader.statement();
    (table, change, asked)
}

/// Takes `ALGORITHM [=] …` and `LOCK [=] …` off the end of the tokens.
fn take_asked(text: &str, tokens: &mut Vec<Token>) -> Asked {
    let mut asked = Asked::default();
    let ddl = tokens
        .first()
        .is_some_and(|first| ["ALTER", "CREATE", "DROP"].iter().any(|it| first.is_word(text, it)));
    while let (true, [.., before, value]) = (ddl, tokens.as_slice()) {
        let equals = before.is_punct(b'=');
        let at = tokens.len() - if equals { 3 } else { 2 };
        let Some(name) = tokens.get(at).filter(|_| tokens.len() > 3) else { break };
        let value = value.text(text).to_ascii_uppercase();
        if name.is_word(text, "ALGORITHM") {
            asked.algorithm = match value.as_str() {
                "INSTANT" => Some(Algorithm::Instant),
                "INPLACE" => Some(Algorithm::Inplace),
                "COPY" => Some(Algorithm::Copy),
                "DEFAULT" => None,
                _ => break,
            };
        } else if name.is_word(text, "LOCK") {
            asked.lock = match value.as_str() {
                "NONE" => Some(Lock::None),
                "SHARED" => Some(Lock::Shared),
                "EXCLUSIVE" => Some(Lock::Exclusive),
                "DEFAULT" => None,
                _ => break,
            };
        } else {
            break;
        }
        tokens.truncate(at);
        // CREATE INDEX takes them without a comma.
        if tokens.last().is_some_and(|last| last.is_punct(b',')) {
            tokens.pop();
        }
    }
    asked
}

/// Reads one statement.
struct Reader<'t> {
    on: Cursor<'t>,
}

impl Reader<'_> {
    fn name(&mut self) -> Option<Arc<str>> {
        self.on.identifier().map(Arc::from)
    }

    /// A table, without the database before it.
    fn table(&mut self) -> Option<Arc<str>> {
        self.on.name().map(Arc::from)
    }

    /// `(a, b(10) DESC)`: the columns; `None` for expressions.
    fn columns(&mut self) -> Option<Vec<Arc<str>>> {
        if !self.on.punct(b'(') {
            return None;
        }
        let mut out = Vec::new();
        loop {
            out.push(self.name()?);
            if self.on.punct(b'(') {
                self.on.at += 1;
                if !self.on.punct(b')') {
                    return None;
                }
            }
            let _ = self.on.word("asc") || self.on.word("desc");
            if self.on.punct(b')') {
                return Some(out);
            }
            if !self.on.punct(b',') {
                return None;
            }
        }
    }

    fn statement(&mut self) -> (Option<Arc<str>>, Change) {
        let first =
            self.on.peek().map(|token| token.text(self.on.text).to_ascii_lowercase()).unwrap_or_default();
        match first.as_str() {
            "alter" => {
                self.on.at += 1;
                let _ = self.on.word("ignore");
                if !self.on.word("table") {
                    return (None, Change::Unknown);
                }
                let table = self.table();
                let change = self.alter().filter(|_| self.on.done()).unwrap_or(Change::Unknown);
                (table, change)
            }
            "create" => self.create(),
            "drop" => self.drop(),
            "rename" => {
                if !self.on.words(&["rename", "table"]) {
                    return (None, Change::Unknown);
                }
                let table = self.table();
                let new = if self.on.word("to") { self.table() } else { None };
                match new.filter(|_| self.on.done()) {
                    Some(new) => (table, Change::RenameTable(new)),
                    None => (table, Change::Unknown),
                }
            }
            "update" | "delete" => {
                self.on.at += 1;
                let _ = self.on.word("ignore");
                let _ = self.on.word("from");
                (self.table(), Change::TouchRows)
            }
            "insert" | "replace" | "select" | "set" | "commit" | "begin" | "start" | "rollback" | "show"
            | "analyze" | "use" | "lock" | "unlock" | "truncate" => (None, Change::Nothing),
            _ => (None, Change::Unknown),
        }
    }

    fn create(&mut self) -> (Option<Arc<str>>, Change) {
        self.on.at += 1;
        let _ = self.on.word("temporary");
        if self.on.word("table") {
            let _ = self.on.guard();
            // Its columns are not read: nothing is known of the table.
            return (self.table(), Change::Nothing);
        }
        let kind = self.key_kind();
        if !self.on.word("index") {
            return (None, Change::Unknown);
        }
        let _ = self.on.guard();
        let name = self.name();
        if !self.on.word("on") {
            return (None, Change::Unknown);
        }
        let table = self.table();
        match (name, self.columns()) {
            (Some(name), Some(columns)) if self.on.done() => {
                (table, Change::AddKey(key(name, columns, kind)))
            }
            _ => (table, Change::Unknown),
        }
    }

    fn drop(&mut self) -> (Option<Arc<str>>, Change) {
        self.on.at += 1;
        let _ = self.on.word("temporary");
        if self.on.word("table") {
            let _ = self.on.guard();
            let table = self.table();
            let _ = self.on.word("cascade") || self.on.word("restrict");
            let change = if self.on.done() { Change::DropTable } else { Change::Unknown };
            return (table, change);
        }
        if self.on.word("index") {
            let name = self.name();
            if self.on.word("on") {
                let table = self.table();
                return match name.filter(|_| self.on.done()) {
                    Some(name) => (table, Change::DropKey(name)),
                    None => (table, Change::Unknown),
                };
            }
        }
        (None, Change::Unknown)
    }

    fn key_kind(&mut self) -> KeyKind {
        if self.on.word("unique") {
            KeyKind::Unique
        } else if self.on.word("fulltext") {
            KeyKind::FullText
        } else if self.on.word("spatial") {
            KeyKind::Spatial
        } else {
            KeyKind::Plain
        }
    }

    /// What follows ALTER TABLE and the name, for a statement with one action.
    fn alter(&mut self) -> Option<Change> {
        if self.on.word("add") {
            return self.add();
        }
        if self.on.word("drop") {
            if self.on.word("index") || self.on.word("key") {
                return self.name().map(Change::DropKey);
            }
            if self.on.words(&["foreign", "key"]) {
                return self.name().map(Change::DropForeignKey);
            }
            if self.on.words(&["primary", "key"]) {
                return Some(Change::DropKey("PRIMARY".into()));
            }
            if self.on.word("check") {
                return self.name().map(Change::DropCheck);
            }
            if self.on.word("constraint") {
                return None;
            }
            let _ = self.on.word("column");
            return self.name().map(Change::DropColumn);
        }
        if self.on.word("rename") {
            if self.on.word("column") {
                let old = self.name()?;
                return self.on.word("to").then(|| self.name())?.map(|new| Change::RenameColumn(old, new));
            }
            if self.on.word("index") || self.on.word("key") {
                let old = self.name()?;
                return self.on.word("to").then(|| self.name())?.map(|new| Change::RenameKey(old, new));
            }
            let _ = self.on.word("to") || self.on.word("as");
            return self.table().map(Change::RenameTable);
        }
        if self.on.word("modify") || self.on.word("change") {
            let change = self
                .on
                .tokens
                .get(self.on.at.wrapping_sub(1))
                .is_some_and(|it| it.is_word(self.on.text, "change"));
            let _ = self.on.word("column");
            let old = self.name()?;
            let name = if change { self.name()? } else { old.clone() };
            let column = self.column(name)?;
            return Some(Change::Modify { old, column });
        }
        if self.on.word("alter") {
            let _ = self.on.word("column");
            let column = self.name()?;
            if self.on.words(&["drop", "default"]) {
                return Some(Change::DropDefault(column));
            }
            if self.on.words(&["set", "default"]) {
                let value = self.literal()?;
                return Some(Change::SetDefault(column, DefaultDef::Literal(value)));
            }
            return None;
        }
        if self.on.word("engine") {
            let _ = self.on.punct(b'=');
            return self.on.word("innodb").then_some(Change::Rebuild);
        }
        if self.on.word("force") {
            return Some(Change::Rebuild);
        }
        if self.on.words(&["convert", "to"]) {
            self.on.at = self.on.tokens.len();
            return Some(Change::ConvertCharset);
        }
        if self.on.word("auto_increment") {
            let _ = self.on.punct(b'=');
            self.on.at += 1;
            return Some(Change::AutoIncrementValue);
        }
        if self.on.word("comment") {
            let _ = self.on.punct(b'=');
            self.on.at += 1;
            return Some(Change::TableComment);
        }
        None
    }

    fn add(&mut self) -> Option<Change> {
        let start = self.on.at;
        let kind = self.key_kind();
        if self.on.word("index") || self.on.word("key") || kind != KeyKind::Plain {
            let at = self.on.at;
            let name = match self.name() {
                Some(name) if self.on.peek().is_some_and(|token| token.is_punct(b'(')) => name,
                _ => {
                    self.on.at = at;
                    "".into()
                }
            };
            return self.columns().map(|columns| Change::AddKey(key(name, columns, kind)));
        }
        self.on.at = start;
        if self.on.words(&["primary", "key"]) {
            let columns = self.columns()?;
            return Some(Change::AddKey(key("PRIMARY".into(), columns, KeyKind::Primary)));
        }
        if self.on.word("constraint") {
            let name = self.name()?;
            if self.on.word("unique") {
                let _ = self.on.word("key") || self.on.word("index");
                return self.columns().map(|columns| Change::AddKey(key(name, columns, KeyKind::Unique)));
            }
            return None;
        }
        if self.on.word("foreign") || self.on.word("check") || self.on.word("partition") {
            return None;
        }
        let _ = self.on.word("column");
        let name = self.name()?;
        let column = self.column(name)?;
        Some(Change::AddColumn { column, key: None, foreign_key: None })
    }

    /// A column of a plain kind: type, NULL or NOT NULL, a literal default, a comment.
    fn column(&mut self, name: Arc<str>) -> Option<ColumnDef> {
        let mut ty = self.name()?.to_lowercase();
        if self.on.punct(b'(') {
            ty.push('(');
            while !self.on.punct(b')') {
                ty.push_str(self.on.peek()?.text(self.on.text));
                self.on.at += 1;
            }
            ty.push(')');
        }
        if ty == "double" {
            let _ = self.on.word("precision");
        }
        if self.on.word("unsigned") {
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
        while !self.on.done() {
            if self.on.words(&["not", "null"]) {
                column.null = false;
            } else if self.on.word("null") {
                column.null = true;
            } else if self.on.word("default") {
                column.default = DefaultDef::Literal(self.literal()?);
            } else if self.on.word("collate") {
                column.collation = Some(self.name()?);
            } else if self.on.word("comment") {
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
        if self.on.punct(b'-') {
            out.push('-');
        }
        let token = self.on.peek()?;
        let text = token.text(self.on.text);
        let fits = match token.kind {
            TokenKind::Str | TokenKind::Number => true,
            TokenKind::Word => matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false"),
            _ => false,
        };
        if !fits {
            return None;
        }
        out.push_str(text);
        self.on.at += 1;
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
                Change::AddKey(key("i".into(), vec!["a".into(), "b".into()], KeyKind::Unique)),
                Asked::default()
            )
        );
        let asked = Asked { algorithm: Some(Algorithm::Inplace), lock: Some(Lock::None) };
        for text in [
            "ALTER TABLE a DROP COLUMN b, ALGORITHM=INPLACE, LOCK=NONE",
            "ALTER TABLE a DROP COLUMN b, lock none, algorithm inplace",
        ] {
            assert_eq!(read_change(text), (Some("a".into()), Change::DropColumn("b".into()), asked));
        }
        let index = read_change("CREATE INDEX i ON t (a) LOCK = SHARED");
        assert_eq!(index.1, Change::AddKey(key("i".into(), vec!["a".into()], KeyKind::Plain)));
        assert_eq!(index.2, Asked { algorithm: None, lock: Some(Lock::Shared) });
        assert_eq!(change("ALTER TABLE a ADD COLUMN lock int"), change("ALTER TABLE a ADD `lock` int"));
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
