//! DAT004: a data migration that asks for a model that history does not have at that point.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::run_python::{Act, Direction};
use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, models, uses};

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
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut told = FxHashSet::default();
    let mut before = None;
    for (entry, one) in uses(migration) {
        let Act::GetModel { app: Some(app), model: Some(model) } = &one.act else { continue };
        if entry.direction == Direction::Reverse || !project.apps.contains_key(app) {
            continue;
        }
        let before = before.get_or_insert_with(|| models::before(project, migration));
        let is_before =
            |other: &Migration| before.iter().any(|key| key.0 == other.app && key.1 == other.name);
        // An app of which nothing comes before is the matter of another rule.
        if !before.iter().any(|key| key.0 == *app) || !is_known(project, app) {
            continue;
        }
        let bringing: Vec<&Migration> = models::operations(project, app)
            .filter(|(_, operation)| models::brings(operation, model))
            .map(|(other, _)| other)
            .collect();
        if bringing.iter().any(|other| is_before(other)) || !told.insert((app.clone(), model.clone())) {
            continue;
        }
        let later = bringing.first();
        let function = &one.function;
        let message = match later {
            Some(later) => Bilingual::new(
                format!(
                    "`{function}` asks for `{app}.{model}`, which comes with `{}` only, and that does not run before this migration: LookupError",
                    later.name
                ),
                format!(
                    "`{function}` 获取 `{app}.{model}`，但该模型由 `{}` 才创建，而它并不先于本迁移执行：将抛出 LookupError",
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
        let finding = emit.at(&migration.file.text, one.span, message);
        finding.help = match later {
            Some(later) => Bilingual::new(
                format!("Add (\"{}\", \"{}\") to `dependencies`.", later.app, later.name),
                format!("请在 `dependencies` 中加上 (\"{}\", \"{}\")。", later.app, later.name),
            ),
            None => Bilingual::new(
                "Name the model as its CreateModel does; after a RenameModel by its name at this point of history.",
                "请使用 CreateModel 中的模型名；若有 RenameModel，使用历史上此刻的名称。",
            ),
        };
        describe(finding, project, migration, (entry, one), &format!("{app}.{model}"));
    }
}

/// Whether all operations of an app are known, as far as they may bring models.
fn is_known(project: &Project, app: &str) -> bool {
    let mut of_app = project.migrations.iter().filter(|migration| *migration.app == *app);
    let is_open = |migration: &Migration| migration.file.unknown.iter().any(|part| part.what == "operations");
    let other = |migration: &Migration| {
        let mut all = migration.file.operations.iter().flat_map(|operation| operation.walk());
        all.any(|operation| operation.kind == OperationKind::Custom)
    };
    !project.other_files.iter().any(|file| *file.app == *app && !file.ignored_name)
        && !of_app.any(|migration| is_open(migration) || other(migration))
}
