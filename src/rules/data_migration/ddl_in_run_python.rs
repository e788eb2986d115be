//! DAT010: a function of `RunPython` that changes the schema inside a transaction.

use crate::config::Config;
use crate::django::run_python::{Act, Entry};
use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{TokenKind, splitter};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Value;

use super::{describe, uses};

/// DAT010 ddl-in-run-python.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT010",
        name: "ddl-in-run-python",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/ddl-in-run-python.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for (entry, one) in uses(migration) {
        if !is_atomic(migration, entry) {
            continue;
        }
        let function = &one.function;
        let (what, message) = match &one.act {
            Act::EditSchema(method) if changes_schema(method) => (
                method.to_string(),
                Bilingual::new(
                    format!(
                        "`{function}` calls `schema_editor.{method}` inside the transaction in which Django runs RunPython: on MySQL the schema editor refuses that with TransactionManagementError"
                    ),
                    format!(
                        "`{function}` 在 RunPython 的事务中调用 `schema_editor.{method}`：在 MySQL 上 schema editor 会拒绝并抛出 TransactionManagementError"
                    ),
                ),
            ),
            Act::Execute(Some(sql)) => {
                let Some(word) = ddl_word(sql) else { continue };
                emit.graded(Severity::Warning);
                let message = Bilingual::new(
                    format!(
                        "`{function}` executes {word} inside the transaction in which Django runs RunPython: MySQL commits before and after it, so a failure later on takes nothing back"
                    ),
                    format!(
                        "`{function}` 在 RunPython 的事务中执行 {word}：MySQL 会在其前后隐式提交，之后失败时什么也不会回滚"
                    ),
                );
                (word, message)
            }
            _ => continue,
        };
        let finding = emit.at(&migration.file.text, one.span, message);
        finding.help = Bilingual::new(
            "Use the operation that Django has for it, or RunSQL. Where it must be code, set `atomic = False` on the migration and make the function safe to run again.",
            "请使用 Django 对应的操作或 RunSQL。必须用代码时，为迁移设置 `atomic = False`，并让函数可以重复执行。",
        );
        describe(finding, project, migration, (entry, one), &what);
    }
}

/// Whether Django runs the function in a transaction: `RunPython(atomic=…)`, else the migration's `atomic`.
pub(super) fn is_atomic(migration: &Migration, entry: &Entry) -> bool {
    let mut all = migration.file.operations.iter().flat_map(|operation| operation.walk());
    let operation =
        all.find(|operation| operation.kind == OperationKind::RunPython && operation.callee == entry.callee);
    match operation.and_then(|operation| operation.arg("atomic")).map(|atomic| &atomic.value) {
        Some(Value::Bool(atomic)) => *atomic,
        _ => migration.file.atomic,
    }
}

/// Methods of the schema editor that run statements.
fn changes_schema(method: &str) -> bool {
    method == "execute"
        || ["create_", "delete_", "alter_", "add_", "remove_", "rename_"]
            .iter()
            .any(|start| method.starts_with(start))
}

/// The first word of a statement that MySQL commits before.
fn ddl_word(sql: &str) -> Option<String> {
    let script = splitter::split(sql);
    script.statements.iter().find_map(|statement| {
        let first = statement.significant().next().filter(|token| token.kind == TokenKind::Word)?;
        let word = first.text(sql).to_ascii_uppercase();
        matches!(word.as_str(), "ALTER" | "CREATE" | "DROP" | "RENAME" | "TRUNCATE").then_some(word)
    })
}
