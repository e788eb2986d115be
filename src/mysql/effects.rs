//! What a statement changes: tables, columns, indexes, rows. Read from its tokens, without a grammar: what is not
//! understood is [`Verb::Other`], never a guess.

use crate::source::Span;

use super::cursor::Cursor;
use super::lexer::{Token, TokenKind};
use super::splitter::Statement;

/// One change that a statement makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What it does.
    pub verb: Verb,
    /// The table (or view), without its schema; `None` where the statement has none or it is not understood.
    pub table: Option<String>,
    /// The column, index or constraint.
    pub name: Option<String>,
    /// The new name of what is renamed.
    pub to: Option<String>,
    /// `IF EXISTS` or `IF NOT EXISTS`.
    pub guarded: bool,
    /// The words of the statement, or of the clause of an ALTER TABLE, that say it.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the variants are the statements and clauses of the manual
pub enum Verb {
    CreateTable,
    DropTable,
    RenameTable,
    TruncateTable,
    AddColumn,
    DropColumn,
    ModifyColumn,
    ChangeColumn,
    RenameColumn,
    /// `ALTER [COLUMN] c SET DEFAULT`, `DROP DEFAULT`
    AlterColumn,
    AddIndex,
    DropIndex,
    AddConstraint,
    DropConstraint,
    Insert,
    Update,
    Delete,
    /// `UPDATE` or `DELETE` without `WHERE` and `LIMIT`
    UpdateAll,
    DeleteAll,
    /// `CREATE TRIGGER|PROCEDURE|FUNCTION|EVENT`
    CreateRoutine,
    CreateView,
    /// `SELECT`, `SHOW`: no function or expression in them can change a schema
    Read,
    Other,
}

/// What `statement` changes.
pub fn effects(text: &str, statement: &Statement) -> Vec<Effect> {
    let tokens: Vec<Token> = statement.significant().copied().collect();
    let mut words = Words { on: Cursor::new(text, &tokens) };
    words.statement()
}

/// Reads effects.
struct Words<'t> {
    on: Cursor<'t>,
}

impl Words<'_> {
    fn statement(&mut self) -> Vec<Effect> {
        let start = self.on.at;
        let one = |effect: Effect| vec![effect];
        if self.on.word("ALTER") {
            while self.on.any(&["ONLINE", "OFFLINE", "IGNORE"]) {}
            if self.on.word("TABLE") {
                return self.alter_table();
            }
        } else if self.on.word("CREATE") {
            return one(self.create(start));
        } else if self.on.word("DROP") {
            return self.drop(start);
        } else if self.on.word("RENAME") && self.on.word("TABLE") {
            let table = self.on.name();
            let to = self.on.word("TO").then(|| self.on.name()).flatten();
            return one(Effect { table, to, ..self.effect(Verb::RenameTable, start) });
        } else if self.on.word("TRUNCATE") {
            self.on.word("TABLE");
            let table = self.on.name();
            return one(Effect { table, ..self.effect(Verb::TruncateTable, start) });
        } else if self.on.any(&["INSERT", "REPLACE"]) {
            while self.on.any(&["LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"]) {}
            let table = self.on.name();
            return one(Effect { table, ..self.effect(Verb::Insert, start) });
        } else if self.on.word("UPDATE") {
            while self.on.any(&["LOW_PRIORITY", "IGNORE"]) {}
            let table = self.on.name();
            let verb = if self.is_narrowed() { Verb::Update } else { Verb::UpdateAll };
            return one(Effect { table, ..self.effect(verb, start) });
        } else if self.on.word("DELETE") {
            while self.on.any(&["LOW_PRIORITY", "QUICK", "IGNORE", "FROM"]) {}
            let table = self.on.name();
            let verb = if self.is_narrowed() { Verb::Delete } else { Verb::DeleteAll };
            return one(Effect { table, ..self.effect(verb, start) });
        }
        let verb = if self.on.any(&["SELECT", "SHOW"]) { Verb::Read } else { Verb::Other };
        one(self.effect(verb, start))
    }

    fn create(&mut self, start: usize) -> Effect {
        let mut guarded = false;
        // The kind of object comes within a few words: OR REPLACE, DEFINER = account, TEMPORARY, UNIQUE, …
        for _ in 0..16 {
            if self.on.word("TABLE") {
                guarded |= self.on.guard();
                let table = self.on.name();
                return Effect { table, guarded, ..self.effect(Verb::CreateTable, start) };
            }
            if self.on.word("INDEX") {
                guarded |= self.on.guard();
                let name = self.on.name();
                while self.on.at < self.on.tokens.len() && !self.on.word("ON") {
                    self.on.at += 1;
                }
                let table = self.on.name();
                return Effect { table, name, guarded, ..self.effect(Verb::AddIndex, start) };
            }
            if self.on.word("VIEW") {
                guarded |= self.on.guard();
                let table = self.on.name();
                return Effect { table, guarded, ..self.effect(Verb::CreateView, start) };
            }
            if self.on.any(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"]) {
                guarded |= self.on.guard();
                let name = self.on.name();
                return Effect { name, guarded, ..self.effect(Verb::CreateRoutine, start) };
            }
            if self.on.at >= self.on.tokens.len() {
                break;
            }
            self.on.at += 1;
        }
        self.effect(Verb::Other, start)
    }

    fn drop(&mut self, start: usize) -> Vec<Effect> {
        self.on.word("TEMPORARY");
        if self.on.word("TABLE") {
            let guarded = self.on.guard();
            let mut out = Vec::new();
            loop {
                let table = self.on.name();
                out.push(Effect { table, guarded, ..self.effect(Verb::DropTable, start) });
                if !self.on.punct(b',') {
                    return out;
                }
            }
        }
        if self.on.word("INDEX") {
            let guarded = self.on.guard();
            let name = self.on.name();
            let table = self.on.word("ON").then(|| self.on.name()).flatten();
            return vec![Effect { table, name, guarded, ..self.effect(Verb::DropIndex, start) }];
        }
        vec![self.effect(Verb::Other, start)]
    }

    fn alter_table(&mut self) -> Vec<Effect> {
        self.on.guard();
        let table = self.on.name();
        let mut out = Vec::new();
        while self.on.at < self.on.tokens.len() {
            let start = self.on.at;
            let mut clause = self.clause(start);
            for effect in &mut clause {
                effect.table = table.clone();
            }
            out.append(&mut clause);
            self.skip_clause();
            if let Some(last) = self.on.at.checked_sub(1).and_then(|at| self.on.tokens.get(at))
                && let Some(effect) = out.last_mut()
            {
                effect.span.end = last.span.end;
            }
            if !self.on.punct(b',') {
                break;
            }
        }
        out
    }

    /// A clause of an ALTER TABLE, up to where its names are read.
    fn clause(&mut self, start: usize) -> Vec<Effect> {
        let mut verb = Verb::Other;
        let (mut name, mut to, mut guarded) = (None, None, false);
        if self.on.word("ADD") {
            (verb, name, guarded) = self.add();
            if verb == Verb::AddColumn && name.is_none() {
                return self.column_list(start);
            }
        } else if self.on.word("DROP") {
            (verb, name, guarded) = self.drop_clause();
        } else if self.on.word("MODIFY") {
            self.on.word("COLUMN");
            verb = Verb::ModifyColumn;
            guarded = self.on.guard();
            name = self.on.name();
        } else if self.on.word("CHANGE") {
            self.on.word("COLUMN");
            verb = Verb::ChangeColumn;
            guarded = self.on.guard();
            name = self.on.name();
            to = self.on.name();
        } else if self.on.word("ALTER") {
            if !self.on.any(&["INDEX", "CHECK", "CONSTRAINT"]) {
                self.on.word("COLUMN");
                verb = Verb::AlterColumn;
                guarded = self.on.guard();
                name = self.on.name();
            }
        } else if self.on.word("RENAME") {
            if self.on.word("COLUMN") {
                verb = Verb::RenameColumn;
            } else if !self.on.any(&["INDEX", "KEY"]) {
                verb = Verb::RenameTable;
                self.on.any(&["TO", "AS"]);
                to = self.on.name();
            }
            if verb != Verb::RenameTable {
                guarded = self.on.guard();
                name = self.on.name();
                self.on.word("TO");
                to = self.on.name();
            }
        }
        vec![Effect { name, to, guarded, ..self.effect(verb, start) }]
    }

    fn add(&mut self) -> (Verb, Option<String>, bool) {
        let mut verb = Verb::AddColumn;
        if self.on.word("CONSTRAINT") {
            let guarded = self.on.guard();
            let name = if self.on.next_is(&["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"]) {
                None
            } else {
                self.on.name()
            };
            return (Verb::AddConstraint, name, guarded);
        }
        if self.on.next_is(&["PARTITION"]) {
            return (Verb::Other, None, false);
        }
        if self.on.any(&["PRIMARY", "FOREIGN", "CHECK"]) {
            return (Verb::AddConstraint, None, false);
        }
        if self.on.any(&["UNIQUE", "FULLTEXT", "SPATIAL"]) {
            verb = Verb::AddIndex;
            self.on.any(&["INDEX", "KEY"]);
        } else if self.on.any(&["INDEX", "KEY"]) {
            verb = Verb::AddIndex;
        } else {
            self.on.word("COLUMN");
        }
        let guarded = self.on.guard();
        (verb, if self.on.next_is_punct(b'(') { None } else { self.on.name() }, guarded)
    }

    /// `ADD COLUMN (a int, b int)`
    fn column_list(&mut self, start: usize) -> Vec<Effect> {
        let mut out = Vec::new();
        if !self.on.punct(b'(') {
            return vec![self.effect(Verb::Other, start)];
        }
        while let Some(name) = self.on.name() {
            out.push(Effect { name: Some(name), ..self.effect(Verb::AddColumn, start) });
            self.skip_clause();
            if !self.on.punct(b',') {
                break;
            }
        }
        self.on.punct(b')');
        out
    }

    fn drop_clause(&mut self) -> (Verb, Option<String>, bool) {
        let verb = if self.on.any(&["INDEX", "KEY"]) {
            Verb::DropIndex
        } else if self.on.any(&["PRIMARY", "FOREIGN"]) {
            self.on.word("KEY");
            Verb::DropConstraint
        } else if self.on.any(&["CONSTRAINT", "CHECK"]) {
            Verb::DropConstraint
        } else if self.on.next_is(&["PARTITION"]) {
            return (Verb::Other, None, false);
        } else {
            self.on.word("COLUMN");
            Verb::DropColumn
        };
        let guarded = self.on.guard();
        (verb, self.on.name(), guarded)
    }

    /// Goes to the `,` that ends a clause, or to the `)` around it.
    fn skip_clause(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.on.tokens.get(self.on.at) {
            match token.kind {
                TokenKind::Punct(b'(') => depth += 1,
                TokenKind::Punct(b')') if depth == 0 => return,
                TokenKind::Punct(b')') => depth -= 1,
                TokenKind::Punct(b',') if depth == 0 => return,
                _ => {}
            }
            self.on.at += 1;
        }
    }

    /// Whether `WHERE`, `LIMIT` or a join stands in the rest of the statement.
    fn is_narrowed(&self) -> bool {
        let rest = self.on.tokens.get(self.on.at..).unwrap_or_default();
        rest.iter().any(|token| {
            ["WHERE", "LIMIT", "JOIN", "USING"].iter().any(|word| token.is_word(self.on.text, word))
        })
    }

    fn effect(&self, verb: Verb, start: usize) -> Effect {
        let first = self.on.tokens.get(start).map_or(0, |token| token.span.start);
        let last = self.on.at.max(start + 1) - 1;
        let last = self.on.tokens.get(last).or(self.on.tokens.last()).map_or(first, |token| token.span.end);
        Effect {
            verb,
            table: None,
            name: None,
            to: None,
            guarded: false,
            span: Span { start: first, end: last },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::splitter::split;
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let script = split(text);
        let all = script.statements.iter().flat_map(|statement| effects(text, statement));
        all.map(|effect| {
            let mut out = format!("{:?}", effect.verb);
            for (mark, part) in [(" ", &effect.table), (".", &effect.name), (" to ", &effect.to)] {
                if let Some(part) = part {
                    out.push_str(mark);
                    out.push_str(part);
                }
            }
            out + if effect.guarded { " guarded" } else { "" }
        })
        .collect()
    }

    #[test]
    fn statements_on_tables() {
        assert_eq!(shown("create table if not exists `a`.`b` (c int)"), ["CreateTable b guarded"]);
        assert_eq!(shown("DROP TABLE IF EXISTS a, b;"), ["DropTable a guarded", "DropTable b guarded"]);
        assert_eq!(shown("RENAME TABLE a TO b"), ["RenameTable a to b"]);
        assert_eq!(shown("truncate a"), ["TruncateTable a"]);
        assert_eq!(shown("CREATE UNIQUE INDEX i USING BTREE ON t (a)"), ["AddIndex t.i"]);
        assert_eq!(shown("DROP INDEX i ON t"), ["DropIndex t.i"]);
        assert_eq!(
            shown("CREATE DEFINER=`a`@`%` TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1"),
            ["CreateRoutine.x"]
        );
        assert_eq!(shown("CREATE OR REPLACE VIEW v AS SELECT 1"), ["CreateView v"]);
        assert_eq!(shown("SELECT 1"), ["Read"]);
        assert_eq!(shown("SHOW TABLES"), ["Read"]);
        assert_eq!(shown("CALL it()"), ["Other"]);
    }

    #[test]
    fn clauses_of_alter_table() {
        assert_eq!(
            shown("ALTER TABLE t ADD COLUMN a decimal(10,2) NOT NULL, ADD b int, ADD (c int, d enum('x,y'))"),
            ["AddColumn t.a", "AddColumn t.b", "AddColumn t.c", "AddColumn t.d"]
        );
        assert_eq!(
            shown(
                "alter table `t` drop c, drop column if exists d, drop index i, drop primary key, drop foreign key f"
            ),
            [
                "DropColumn t.c",
                "DropColumn t.d guarded",
                "DropIndex t.i",
                "DropConstraint t",
                "DropConstraint t.f"
            ]
        );
        assert_eq!(
            shown(
                "ALTER TABLE t CHANGE a b int, MODIFY c int, RENAME COLUMN d TO e, RENAME TO u, ALTER f SET DEFAULT 1"
            ),
            [
                "ChangeColumn t.a to b",
                "ModifyColumn t.c",
                "RenameColumn t.d to e",
                "RenameTable t to u",
                "AlterColumn t.f"
            ]
        );
        assert_eq!(
            shown(
                "ALTER TABLE t ADD INDEX (a), ADD UNIQUE KEY u (a), ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES b (c), ADD PRIMARY KEY (a)"
            ),
            ["AddIndex t", "AddIndex t.u", "AddConstraint t.x", "AddConstraint t"]
        );
        assert_eq!(shown("ALTER TABLE t AUTO_INCREMENT=2, ENGINE=InnoDB"), ["Other t", "Other t"]);
    }

    #[test]
    fn rows() {
        assert_eq!(shown("insert into t (a) values (1)"), ["Insert t"]);
        assert_eq!(shown("UPDATE t SET a = 1 WHERE b = 2; UPDATE t SET a = 1"), ["Update t", "UpdateAll t"]);
        assert_eq!(shown("DELETE FROM t; DELETE FROM t LIMIT 5"), ["DeleteAll t", "Delete t"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_an_end(text in r"(ALTER TABLE |ADD |DROP |t |\(|\)|,|CREATE |INDEX |`a`|\.){0,20}") {
            shown(&text);
        }
    }
}
