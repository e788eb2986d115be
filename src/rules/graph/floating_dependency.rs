//! GRA011: a dependency on whatever is the last migration of another app today.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::named;
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA011",
        name: "floating-dependency",
        family: "graph",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/graph/floating-dependency.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let file = &migration.file;
    for entry in file.dependencies.iter().chain(&file.run_before) {
        let Some((app, name)) = named(entry) else { continue };
        if name.as_ref() != "__latest__" || app == migration.app {
            continue;
        }
        let leaf = project.graph.leaves.get(&app).and_then(|leaves| leaves.first());
        let finding = emit.at(
            &file.text,
            entry.span,
            Bilingual::new(
                format!("`{}` is tied to the last migration of app `{app}`, whichever that is: its place in history changes with every migration added there", migration.name),
                format!("`{}` 依赖应用 `{app}` 的“最后一个”迁移：那边每新增一个迁移，它在历史中的位置就会改变", migration.name),
            ),
        );
        finding.subject = migration_subject(project, migration);
        finding.discriminator = app.to_string();
        finding.help = match leaf {
            Some(leaf) => Bilingual::new(
                format!("Name the migration that it needs; today `__latest__` is `{leaf}`."),
                format!("写明真正需要的迁移；目前 `__latest__` 指向 `{leaf}`。"),
            ),
            None => Bilingual::new("Name the migration that it needs.", "写明真正需要的迁移。"),
        };
    }
}
