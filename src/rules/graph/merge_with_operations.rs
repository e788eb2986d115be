//! GRA009: a merge migration that also changes something.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::branches::Branches;
use super::is_history_known;
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA009",
        name: "merge-with-operations",
        family: "graph",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/graph/merge-with-operations.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(branches) = Branches::new(&project.graph) else { return };
    for migration in &project.migrations {
        let file = &migration.file;
        let Some(first) = file.operations.first() else { continue };
        let key = (migration.app.clone(), migration.name.clone());
        if !file.replaces.is_empty()
            || branches.joined_by(&key).is_empty()
            || !is_history_known(project, &migration.app)
        {
            continue;
        }
        let count = 1 + file.operations.last().map_or(0, |last| last.index);
        let finding = emit.at(
            &file.text,
            first.callee,
            Bilingual::new(
                format!(
                    "`{}` joins branches and changes the schema or data as well ({count} {})",
                    migration.name,
                    if count == 1 { "operation" } else { "operations" }
                ),
                format!("`{}` 既合并分支，又包含 {count} 个操作", migration.name),
            ),
        );
        finding.subject = migration_subject(project, migration);
        finding.subject.operation_index = Some(first.index);
        finding.help = Bilingual::new(
            "Leave `operations` of the merge empty and put them into the next migration: nobody looks for a change in a merge.",
            "让合并迁移的 `operations` 保持为空，把这些操作放到下一个迁移中：没有人会到合并迁移里找变更。",
        );
    }
}
