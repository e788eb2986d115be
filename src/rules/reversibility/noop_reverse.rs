//! REV003: a rollback that leaves what the data migration added, or does not bring back what it deleted.

use crate::config::Config;
use crate::django::run_python::{Act, Code, Direction, Entry, Use};
use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::project::Project;
use crate::rules::raw_sql::written_in;
use crate::rules::{Check, Emit, Rule, operation_subject};
use crate::source::Span;
use crate::syntax::Value;

use super::of_kind;

/// REV003 noop-reverse.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "REV003",
        name: "noop-reverse",
        family: "reversibility",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/reversibility/noop-reverse.md"),
    check: Check::Migration(check),
};

/// What a data step did that an empty reverse leaves as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Added,
    Deleted,
}

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for operation in of_kind(migration, OperationKind::RunPython) {
        let entries =
            || migration.file.run_python().entries.iter().filter(|entry| entry.callee == operation.callee);
        let undone = entries().any(|entry| entry.direction == Direction::Reverse && !does_nothing(entry));
        if operation.reversible() != Some(true) || undone {
            continue;
        }
        let forward =
            entries().filter(|entry| entry.direction == Direction::Forward).flat_map(|entry| &entry.uses);
        if let Some((one, left)) = forward.filter_map(|one| left_by(one).map(|left| (one, left))).next() {
            report(project, migration, operation, one.span, left, emit);
        }
    }
    for operation in of_kind(migration, OperationKind::RunSql) {
        let all = written_in(migration, operation);
        if !is_empty_sql(operation) {
            continue;
        }
        let effects = all
            .iter()
            .filter(|sql| !sql.reverse)
            .flat_map(|sql| sql.effects().into_iter().map(|effect| (sql.place(effect.span), effect.verb)));
        let found = effects.filter_map(|(span, verb)| match verb {
            Verb::Insert => Some((span, Left::Added)),
            Verb::Delete | Verb::DeleteAll | Verb::TruncateTable => Some((span, Left::Deleted)),
            _ => None,
        });
        if let Some((span, left)) = found.into_iter().next() {
            report(project, migration, operation, span, left, emit);
        }
    }
}

fn report(
    project: &Project,
    migration: &Migration,
    operation: &Operation,
    span: Span,
    left: Left,
    emit: &mut Emit<'_>,
) {
    let message = match left {
        Left::Added => Bilingual::new(
            "the rows that this step adds stay after a rollback, since its reverse does nothing; the old release finds them, and the next run may add them again",
            "此步骤新增的数据在回滚后仍会保留（反向操作为空）；旧版本会读到它们，再次执行还可能重复新增",
        ),
        Left::Deleted => Bilingual::new(
            "the rows that this step deletes do not come back on a rollback, since its reverse does nothing",
            "此步骤删除的数据在回滚时不会恢复（反向操作为空）",
        ),
    };
    let finding = emit.at(&migration.file.text, span, message);
    finding.help = match left {
        Left::Added => Bilingual::new(
            "Delete them in the reverse, by the values that the forward step wrote; or accept the finding with a reason.",
            "请在反向操作中按写入的值删除它们；或写明理由后忽略此提示。",
        ),
        Left::Deleted => Bilingual::new(
            "Keep them until the release has proved itself: delete in a later migration, or copy them to another table first.",
            "请在新版本稳定之前保留数据：放到以后的迁移中删除，或先复制到另一张表。",
        ),
    };
    finding.subject = operation_subject(project, migration, operation);
}

/// Whether a reverse function has no effect: `noop`, or a body in which nothing happens.
fn does_nothing(entry: &Entry) -> bool {
    match &entry.code {
        Code::Noop => true,
        Code::Function(_) => entry.uses.is_empty(),
        Code::Imported(_) | Code::Other => false,
    }
}

fn left_by(one: &Use) -> Option<Left> {
    let Act::Write { verb, .. } = &one.act else { return None };
    match verb.as_ref() {
        "create" | "bulk_create" | "get_or_create" | "update_or_create" => Some(Left::Added),
        "delete" | "_raw_delete" => Some(Left::Deleted),
        _ => None,
    }
}

/// Whether `reverse_sql` is given and runs nothing.
fn is_empty_sql(operation: &Operation) -> bool {
    operation.arg("reverse_sql").is_some_and(|reverse| match &reverse.value {
        Value::Str(text) => text.trim().is_empty(),
        Value::Imported(path) => path.ends_with(".RunSQL.noop"),
        Value::List(items) | Value::Tuple(items) => items.is_empty(),
        _ => false,
    })
}
