//! DAT008: a data migration that deletes or updates every row of a table.

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Act, Direction, ModelRef};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, is_large, model_name, models, shown, uses};

/// DAT008 whole-table-write.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT008",
        name: "whole-table-write",
        family: "data-migration",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/whole-table-write.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, config: &Config, emit: &mut Emit<'_>) {
    for (entry, one) in uses(migration) {
        let Act::Write { verb, rows, one: false } = &one.act else { continue };
        let deletes = matches!(verb.as_ref(), "delete" | "_raw_delete" | "adelete");
        let updates = matches!(verb.as_ref(), "update" | "aupdate");
        let large = is_large(project, config, &rows.model);
        if rows.filtered
            || !(deletes || updates)
            || is_new(migration, &rows.model)
            || (updates && large == Some(false))
        {
            continue;
        }
        let on_rollback = entry.direction == Direction::Reverse;
        if on_rollback || (updates && large != Some(true)) {
            emit.graded(Severity::Info);
        }
        let function = &one.function;
        let model = model_name(&rows.model);
        let table = shown(&rows.model);
        let message = if deletes && on_rollback {
            Bilingual::new(
                format!(
                    "`{function}` deletes every row of {} on a rollback, those that were added since included",
                    table.en
                ),
                format!("回滚时 `{function}` 删除 {} 的全部数据，包括之后新增的", table.zh),
            )
        } else if deletes {
            Bilingual::new(
                format!("`{function}` deletes every row of {}; nothing brings them back", table.en),
                format!("`{function}` 删除 {} 的全部数据，且无法恢复", table.zh),
            )
        } else {
            Bilingual::new(
                format!(
                    "`{function}` updates every row of {} in one statement: all of them stay locked until it ends",
                    table.en
                ),
                format!("`{function}` 用一条语句更新 {} 的所有行：执行期间全部行都被锁住", table.zh),
            )
        };
        let finding = emit.at(&migration.file.text, one.span, message);
        finding.help = if deletes {
            Bilingual::new(
                "Make sure that a backup holds them, and that the release that is running does not need them; narrow it with a condition where only some have to go.",
                "请确认数据已有备份，且正在运行的版本不再需要它们；若只需删除一部分，请加上条件。",
            )
        } else {
            Bilingual::new(
                "On a table with many rows go by ranges of the primary key, each in its own transaction (`atomic = False`).",
                "数据量大的表请按主键分段更新，每段单独提交（`atomic = False`）。",
            )
        };
        describe(finding, project, migration, (entry, one), &format!("{verb} {}", model.unwrap_or_default()));
    }
}

/// Whether the migration itself creates the model's table.
fn is_new(migration: &Migration, model: &ModelRef) -> bool {
    let ModelRef::Historic { app: Some(app), name: Some(name) } = model else { return false };
    let mut all = migration.file.operations.iter().flat_map(|operation| operation.walk());
    *app == migration.app && all.any(|operation| models::brings(operation, name))
}
