//! RSQ003: SQL that begins or ends a transaction by itself.

use crate::config::Config;
use crate::django::{Migration, Operation};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Sql, describe, run_sql, written_in};

/// RSQ003 transaction-control.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ003",
        name: "transaction-control",
        family: "raw-sql",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/transaction-control.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for operation in run_sql(migration) {
        let all = written_in(migration, operation);
        for reverse in [false, true] {
            let pieces: Vec<&Sql<'_>> = all.iter().filter(|sql| sql.reverse == reverse).collect();
            judge(project, migration, operation, &pieces, emit);
        }
    }
}

/// What a statement does to the transaction of the session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Opens,
    Closes,
    /// `SET autocommit`
    Switches,
}

fn judge(
    project: &Project,
    migration: &Migration,
    operation: &Operation,
    pieces: &[&Sql<'_>],
    emit: &mut Emit<'_>,
) {
    let statements = pieces.iter().flat_map(|sql| sql.script.statements.iter().map(move |one| (*sql, one)));
    let controls: Vec<_> = statements
        .filter_map(|(sql, statement)| {
            let words = sql.first_words(statement, 4);
            control(&words).map(|(kind, name)| (sql, statement, kind, name))
        })
        .collect();
    for (at, (sql, statement, kind, name)) in controls.iter().enumerate() {
        let later = controls.iter().skip(at + 1);
        let message = match kind {
            Control::Closes if at > 0 => continue,
            Control::Closes => Bilingual::new(
                format!("{name} ends a transaction that this RunSQL did not begin"),
                format!("{name} 结束了一个并非由此 RunSQL 开启的事务"),
            ),
            Control::Opens if later.clone().any(|other| other.2 == Control::Closes) => {
                emit.graded(Severity::Warning);
                Bilingual::new(
                    format!(
                        "{name} opens a transaction of its own: a schema change in it commits at once, and when a statement fails Django does not know that one is open"
                    ),
                    format!(
                        "{name} 自行开启事务：其中的结构变更会立即提交；语句失败时 Django 并不知道有未结束的事务"
                    ),
                )
            }
            Control::Opens => Bilingual::new(
                format!(
                    "{name} is never ended: what runs next on this connection, the record of the migration included, is lost when it closes"
                ),
                format!("{name} 之后没有结束：此连接随后执行的内容（包括迁移记录本身）会在连接关闭时丢失"),
            ),
            Control::Switches => Bilingual::new(
                "autocommit is switched behind Django's back: later statements, the record of the migration included, may never be committed",
                "绕过 Django 切换了 autocommit：之后的语句（包括迁移记录本身）可能永远不会提交",
            ),
        };
        let first = statement.tokens.first().map_or(statement.span, |token| token.span);
        let finding = emit.at(&migration.file.text, sql.place(first), message);
        finding.help = Bilingual::new(
            "Leave it out. Statements on rows that belong together: RunPython with a cursor, which Django runs in a transaction.",
            "请去掉它。需要一起提交的数据语句，可在 RunPython 中用游标执行，Django 会为其开启事务。",
        );
        describe(finding, project, migration, operation, name);
    }
}

/// What a statement with these first words does, and its name.
fn control(words: &[String]) -> Option<(Control, String)> {
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    match (word(0), word(1)) {
        ("START", "TRANSACTION") => Some((Control::Opens, "START TRANSACTION".to_owned())),
        ("LOCK", "TABLES" | "TABLE") => Some((Control::Opens, "LOCK TABLES".to_owned())),
        ("UNLOCK", "TABLES" | "TABLE") => Some((Control::Closes, "UNLOCK TABLES".to_owned())),
        ("BEGIN" | "XA", _) => Some((Control::Opens, word(0).to_owned())),
        ("COMMIT" | "ROLLBACK", second) if second != "TO" => Some((Control::Closes, word(0).to_owned())),
        ("SET", _) if words.iter().any(|word| word.trim_start_matches("@@").ends_with("AUTOCOMMIT")) => {
            Some((Control::Switches, "SET AUTOCOMMIT".to_owned()))
        }
        _ => None,
    }
}
