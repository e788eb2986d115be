//! RSQ001: SQL that MySQL refuses.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{Statement, TokenKind};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{Sql, describe, dialect, written};

/// RSQ001 not-mysql.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ001",
        name: "not-mysql",
        family: "raw-sql",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/not-mysql.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for sql in written(migration) {
        for statement in &sql.script.statements {
            let Some((span, message, what)) = fault(&sql, statement) else { continue };
            let finding = emit.at(&migration.file.text, sql.place(span), message);
            finding.help = Bilingual::new(
                "Write it as MySQL does, or use Django's own operation, which does so.",
                "请改用 MySQL 的写法，或使用 Django 自带的操作，由它生成正确的语句。",
            );
            describe(finding, project, migration, sql.operation, &what);
        }
    }
}

/// What of a statement MySQL does not know, where, and what tells it apart.
fn fault(sql: &Sql<'_>, statement: &Statement) -> Option<(Span, Bilingual, String)> {
    let text = &sql.text;
    if let Some((span, words, whose)) = dialect::foreign(text, statement) {
        let message = Bilingual::new(
            format!("`{words}` is {whose}; MySQL and MariaDB refuse it with 1064, a syntax error"),
            format!("`{words}` 是 {whose} 的语法，MySQL 和 MariaDB 会以 1064 语法错误拒绝"),
        );
        return Some((span, message, words));
    }
    if let Some(span) = dialect::cast(statement) {
        let message = Bilingual::new(
            "`::` is a cast of PostgreSQL; MySQL and MariaDB refuse it with 1064, a syntax error",
            "`::` 是 PostgreSQL 的类型转换，MySQL 和 MariaDB 会以 1064 语法错误拒绝",
        );
        return Some((span, message, "::".to_owned()));
    }
    if let Some(span) = dialect::quoted_name(text, statement) {
        let name = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let message = Bilingual::new(
            format!("{name} is a string to MySQL, not a name: 1064, a syntax error"),
            format!("{name} 在 MySQL 中是字符串而不是名称：会报 1064 语法错误"),
        );
        return Some((span, message, name.to_owned()));
    }
    let first = statement.significant().next()?;
    let word = first.text(text);
    if first.kind == TokenKind::Word
        && !dialect::begins_a_statement(word)
        && !word.eq_ignore_ascii_case("delimiter")
    {
        let message = Bilingual::new(
            format!("no statement of MySQL or MariaDB begins with `{word}`"),
            format!("MySQL 和 MariaDB 没有以 `{word}` 开头的语句"),
        );
        return Some((first.span, message, word.to_owned()));
    }
    None
}
