//! RSQ004: SQL that does not reach the server in the pieces that it was written in.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Statement;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Form, Sql, describe, written};

/// RSQ004 unsafe-split.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ004",
        name: "unsafe-split",
        family: "raw-sql",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/unsafe-split.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for sql in written(migration) {
        let Some((severity, message, help)) = fault(&sql) else { continue };
        emit.graded(severity);
        let first = sql.script.statements.first().map(|one| one.span).unwrap_or_default();
        let finding = emit.at(&migration.file.text, sql.place(first), message);
        finding.help = help;
        describe(finding, project, migration, sql.operation, "");
    }
}

fn fault(sql: &Sql<'_>) -> Option<(Severity, Bilingual, Bilingual)> {
    let as_list = Bilingual::new(
        "Pass a list with one statement for each element, without DELIMITER: Django sends each as it is.",
        "请传入列表，每个元素一条语句，不写 DELIMITER：Django 会原样发送每个元素。",
    );
    if has_delimiter(&sql.text) {
        let message = Bilingual::new(
            "DELIMITER is a command of the mysql client, not SQL: the server gets it as part of a statement and refuses that with 1064",
            "DELIMITER 是 mysql 客户端的命令而不是 SQL：服务器会把它当作语句的一部分，报 1064 错误",
        );
        return Some((Severity::Error, message, as_list));
    }
    let statements = &sql.script.statements;
    if sql.form != Form::Script {
        let [_, second, ..] = statements.as_slice() else { return None };
        let word = sql.first_words(second, 1).concat();
        let message = Bilingual::new(
            format!(
                "this element holds {} statements and is sent in one: PyMySQL refuses that, mysqlclient goes on after an error that it may not report (the second begins with {word})",
                statements.len()
            ),
            format!(
                "该列表元素含有 {} 条语句并一次发送：PyMySQL 会拒绝，mysqlclient 则可能在出错后不报告（第二条以 {word} 开头）",
                statements.len()
            ),
        );
        let help =
            Bilingual::new("Give each statement an element of its own.", "请让每条语句单独成为一个元素。");
        return Some((Severity::Warning, message, help));
    }
    let routine = statements.iter().find(|statement| statement.needs_delimiter)?;
    let (severity, message) = if has_begin(sql, routine) {
        let message = Bilingual::new(
            "a routine with several statements is passed as one string: Django has sqlparse cut it, and which versions of sqlparse keep a body whole differs",
            "含多条语句的例程以一个字符串传入：Django 用 sqlparse 切分，而不同版本的 sqlparse 能否保持函数体完整并不一致",
        );
        (Severity::Warning, message)
    } else {
        let message = Bilingual::new(
            "the body of this routine has no BEGIN: sqlparse, by which Django cuts the string, cuts it at its first semicolon, and the server refuses the halves with 1064",
            "该例程的函数体没有 BEGIN：Django 用 sqlparse 切分时会在第一个分号处断开，服务器会以 1064 拒绝这些片段",
        );
        (Severity::Error, message)
    };
    Some((severity, message, as_list))
}

/// Whether a line begins with the client's command. The splitter has taken it out of the statements.
fn has_delimiter(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_start().get(..10).is_some_and(|word| word.eq_ignore_ascii_case("delimiter ")))
}

fn has_begin(sql: &Sql<'_>, statement: &Statement) -> bool {
    statement.significant().any(|token| token.is_word(&sql.text, "begin"))
}
