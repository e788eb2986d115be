//! DAT004: a data migration that asks for a model that history does not have at that point.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::run_python::{Act, Direction};
use crate::django::state::ModelKey;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule};

use super::{describe, models};

/// DAT004 unknown-model.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT004",
        name: "unknown-model",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/unknown-model.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let project = change.project;
    let mut told = FxHashSet::default();
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::RunPython) {
        let entries = change.migration.file.run_python().entries.iter();
        let forward = entries
            .filter(|entry| entry.callee == step.operation.callee && entry.direction == Direction::Forward);
        for (entry, one) in forward.flat_map(|entry| entry.uses.iter().map(move |one| (entry, one))) {
            let Act::GetModel { app: Some(app), model: Some(model) } = &one.act else { continue };
            let key = ModelKey::new(app.clone(), model);
            // Where nothing of the app is there yet, a missing dependency is the matter.
            let is_begun = step.before.models().any(|(other, _)| other.app == *app);
            if !project.apps.contains_key(app)
                || !is_begun
                || step.before.model(&key).is_some()
                || step.before.uncertain(&key).is_some()
                || change.loses_operations(app)
                || !told.insert(key.clone())
            {
                continue;
            }
            let mut bringing = models::operations(project, app).filter(|(_, one)| models::brings(one, model));
            let later = bringing.next().map(|(migration, _)| migration);
            let function = &one.function;
            let message = match later {
                Some(later) => Bilingual::new(
                    format!(
                        "`{function}` asks for `{app}.{model}`, which `{}` brings and which is not there at this point: LookupError",
                        later.name
                    ),
                    format!(
                        "`{function}` 获取 `{app}.{model}`，它由 `{}` 提供，但此刻并不存在：将抛出 LookupError",
                        later.name
                    ),
                ),
                None => Bilingual::new(
                    format!(
                        "`{function}` asks for `{app}.{model}`, which no migration of `{app}` creates: LookupError"
                    ),
                    format!(
                        "`{function}` 获取 `{app}.{model}`，但 `{app}` 的迁移从未创建该模型：将抛出 LookupError"
                    ),
                ),
            };
            let finding = emit.at(&change.migration.file.text, one.span, message);
            finding.help = Bilingual::new(
                format!(
                    "Name the model as history knows it at this point (after a RenameModel by its new name), or depend on the migration of `{app}` that brings it."
                ),
                format!(
                    "请使用历史上此刻的模型名（RenameModel 之后用新名称），或依赖 `{app}` 中提供它的迁移。"
                ),
            );
            describe(finding, project, change.migration, (entry, one), &key.to_string());
        }
    }
}
