//! RSQ005: percent signs that do not fit the way the SQL is passed.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{Form, Sql, describe, written};

/// RSQ005 percent-sign.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ005",
        name: "percent-sign",
        family: "raw-sql",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/percent-sign.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for sql in written(migration) {
        let Some((at, severity, message)) = fault(&sql) else { continue };
        emit.graded(severity);
        let span = Span { start: at as u32, end: at as u32 + 2 };
        let finding = emit.at(&migration.file.text, sql.place(span), message);
        finding.help = match sql.form {
            Form::WithParameters => {
                Bilingual::new("Write `%%` for a percent sign.", "请用 `%%` 表示一个百分号。")
            }
            _ => Bilingual::new(
                "Without parameters a percent sign stands for itself; to pass values, write `[(sql, [values])]`.",
                "没有参数时百分号就是它本身；需要传值时请写成 `[(sql, [值])]`。",
            ),
        };
        describe(finding, project, migration, sql.operation, "");
    }
}

/// The first percent sign that is wrong.
fn fault(sql: &Sql<'_>) -> Option<(usize, Severity, Bilingual)> {
    let bytes = sql.text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'%', bytes.get(at..).unwrap_or_default()) {
        let here = at + found;
        let next = bytes.get(here + 1).copied();
        at = here + if next == Some(b'%') { 2 } else { 1 };
        let (severity, message) = match (sql.form, next) {
            (Form::WithParameters, Some(b'%' | b's' | b'(')) => continue,
            (Form::WithParameters, _) => (
                Severity::Error,
                Bilingual::new(
                    "a single `%` in SQL with parameters: the driver takes it for a placeholder and raises before anything is sent",
                    "带参数的 SQL 中出现单个 `%`：驱动会把它当作占位符，语句发送之前就会报错",
                ),
            ),
            (_, Some(b'%')) => (
                Severity::Warning,
                Bilingual::new(
                    "`%%` in SQL without parameters is sent as two percent signs",
                    "没有参数的 SQL 中，`%%` 会原样作为两个百分号发送",
                ),
            ),
            (_, Some(b's')) if is_placeholder(sql, here) => (
                Severity::Error,
                Bilingual::new(
                    "`%s` in SQL without parameters is sent as it is: the server refuses it with 1064",
                    "没有参数的 SQL 中，`%s` 会原样发送：服务器会以 1064 拒绝",
                ),
            ),
            _ => continue,
        };
        return Some((here, severity, message));
    }
    None
}

/// Whether `%s` stands outside strings, where nothing but a placeholder makes sense.
fn is_placeholder(sql: &Sql<'_>, at: usize) -> bool {
    let tokens = sql.script.statements.iter().flat_map(|statement| statement.significant());
    let mut around = tokens.filter(|token| token.span.start as usize == at);
    let before = at.checked_sub(1).and_then(|at| sql.text.as_bytes().get(at)).copied();
    let after = sql.text.as_bytes().get(at + 2).copied();
    let apart = |byte: Option<u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
    around.next().is_some_and(|token| token.is_punct(b'%')) && apart(before) && apart(after)
}
