//! SQL001: a script whose quotes, comments or delimiters do not work out.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::FaultKind;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;

use super::{describe, files};

/// SQL001 sql-broken.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL001",
        name: "sql-broken",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-broken.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for file in files(workspace) {
        for fault in &file.script.faults {
            // A comment that does not end may hide what the last statement lacks.
            let span = match fault.kind {
                FaultKind::NoDelimiter => last_character(&file.text.text, fault.span),
                _ => fault.span,
            };
            if fault.kind == FaultKind::NoDelimiter {
                emit.graded(Severity::Info);
            }
            let (message, help) = text(fault.kind);
            let finding = emit.at(&file.text, span, message);
            finding.help = help;
            describe(finding, workspace, file, format!("{:?}", fault.kind));
        }
        for statement in file.script.statements.iter().filter(|statement| statement.needs_delimiter) {
            let Some(first) = statement.tokens.iter().find(|token| token.is_significant()) else { continue };
            let finding = emit.at(
                &file.text,
                first.span,
                Bilingual::new(
                    "the mysql client cuts this routine at the first `;` of its body and sends the pieces: 1064, a syntax error",
                    "mysql 客户端会在该例程体的第一个 `;` 处截断并分段发送：报 1064 语法错误",
                ),
            );
            finding.help = Bilingual::new(
                "Put `DELIMITER $$` before it, end it with `$$`, and set `DELIMITER ;` again behind it.",
                "请在它之前写 `DELIMITER $$`，以 `$$` 结束，并在其后恢复 `DELIMITER ;`。",
            );
            describe(finding, workspace, file, "delimiter");
        }
    }
}

/// The last character of a span: `;` is missing behind it.
fn last_character(text: &str, span: Span) -> Span {
    let last = text.get(..span.end as usize).and_then(|before| before.chars().next_back());
    let length = last.map_or(0, char::len_utf8) as u32;
    Span { start: span.end.saturating_sub(length).max(span.start), ..span }
}

fn text(kind: FaultKind) -> (Bilingual, Bilingual) {
    let close = |en: &str, zh: &str| {
        (
            Bilingual::new(
                format!(
                    "this {en} never ends: everything up to the end of the file belongs to it, and none of it was checked"
                ),
                format!("此{zh}没有结束：直到文件末尾的内容都属于它，均未检查"),
            ),
            Bilingual::new("Close it.", "请补上结束符。"),
        )
    };
    match kind {
        FaultKind::OpenString => close("string", "字符串"),
        FaultKind::OpenBacktick => close("quoted name", "反引号名称"),
        FaultKind::OpenComment => close("comment", "注释"),
        FaultKind::NoDelimiter => (
            Bilingual::new(
                "the last statement has no `;`: joined with another file, it runs into that file's first statement",
                "最后一条语句没有 `;`：与其他文件拼接执行时，会与对方的第一条语句连在一起",
            ),
            Bilingual::new("End it with `;`.", "请以 `;` 结尾。"),
        ),
        FaultKind::EmptyDelimiter => (
            Bilingual::new(
                "`DELIMITER` names no delimiter; the mysql client refuses it and keeps the old one",
                "`DELIMITER` 后没有指定分隔符；mysql 客户端会报错并沿用原来的分隔符",
            ),
            Bilingual::new(
                "Write `DELIMITER $$` or `DELIMITER ;`.",
                "请写成 `DELIMITER $$` 或 `DELIMITER ;`。",
            ),
        ),
    }
}
