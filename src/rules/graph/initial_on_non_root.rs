//! GRA012: `initial = True` on a migration that comes after ordinary ones.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::migration;
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA012",
        name: "initial-on-non-root",
        family: "graph",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/graph/initial-on-non-root.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, found: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let key = (found.app.clone(), found.name.clone());
    if found.file.initial != Some(true) {
        return;
    }
    // `makemigrations` itself writes `initial` on every part of a first migration that it had to split.
    let ordinary = project
        .graph
        .parents
        .get(&key)
        .into_iter()
        .flatten()
        .filter(|parent| parent.0 == found.app)
        .filter_map(|parent| migration(project, parent))
        .find(|parent| parent.file.initial != Some(true));
    let Some(parent) = ordinary else { return };
    let text = &found.file.text;
    let finding = emit.at(
        text,
        found.file.class_name,
        Bilingual::new(
            format!("`{}` is marked `initial`, but comes after `{}`, which is not", found.name, parent.name),
            format!("`{}` 标记为 `initial`，但它排在非初始迁移 `{}` 之后", found.name, parent.name),
        ),
    );
    finding.subject = migration_subject(project, found);
    finding.help = Bilingual::new(
        "Take `initial = True` out: `migrate --fake-initial` records such a migration as applied, without running it, as soon as its tables exist.",
        "去掉 `initial = True`：只要对应的表已存在，`migrate --fake-initial` 就会把这种迁移直接记为已执行而不真正运行。",
    );
}
