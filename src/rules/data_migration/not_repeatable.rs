//! DAT012: a data migration that cannot be run again after it, or what comes after it, has failed.

use crate::config::Config;
use crate::django::run_python::{Act, Direction, Entry, Use};
use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::ddl_in_run_python::is_atomic;
use super::{describe, model_name};

/// DAT012 not-repeatable.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT012",
        name: "not-repeatable",
        family: "data-migration",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/not-repeatable.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for entry in &migration.file.run_python().entries {
        if entry.direction == Direction::Reverse {
            continue;
        }
        let Some(one) = entry.uses.iter().find(|one| creates(one)) else { continue };
        let atomic = is_atomic(migration, entry);
        let next = migration.file.operations.iter().find(|operation| {
            operation.index > entry.operation
                && !matches!(
                    operation.kind,
                    OperationKind::AlterModelOptions | OperationKind::AlterModelManagers
                )
        });
        let function = &one.function;
        let message = match next {
            _ if !atomic => Bilingual::new(
                format!(
                    "`{function}` creates rows outside a transaction: after a failure the ones that are there stay, and the next run creates them again"
                ),
                format!("`{function}` 在事务之外创建数据：失败后已创建的行会保留，重新执行时又会再创建一遍"),
            ),
            Some(next) => Bilingual::new(
                format!(
                    "`{function}` creates rows, and MySQL has them committed before `{}` runs: if that fails, the next `migrate` creates them again",
                    next.class
                ),
                format!(
                    "`{function}` 创建的数据在 `{}` 执行之前就已在 MySQL 中提交：若后者失败，再次 `migrate` 会重复创建",
                    next.class
                ),
            ),
            None => continue,
        };
        report(project, migration, (entry, one), message, emit);
    }
}

fn report(
    project: &Project,
    migration: &Migration,
    at: (&Entry, &Use),
    message: Bilingual,
    emit: &mut Emit<'_>,
) {
    let finding = emit.at(&migration.file.text, at.1.span, message);
    finding.help = Bilingual::new(
        "Make it safe to run twice (`get_or_create`, `bulk_create(ignore_conflicts=True)`, a check first), or give it a migration of its own.",
        "请让它可以重复执行（`get_or_create`、`bulk_create(ignore_conflicts=True)` 或先检查），或放到单独的迁移中。",
    );
    let model = match &at.1.act {
        Act::Write { rows, .. } => model_name(&rows.model),
        _ => None,
    };
    describe(finding, project, migration, at, model.as_deref().unwrap_or_default());
}

/// Whether a use adds rows whatever is there already.
fn creates(one: &Use) -> bool {
    matches!(&one.act, Act::Write { verb, one: false, .. } if matches!(verb.as_ref(), "create" | "bulk_create" | "acreate" | "abulk_create"))
}
