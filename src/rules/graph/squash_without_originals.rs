//! GRA008: a squash that still replaces migrations whose files are all deleted.

use crate::config::Config;
use crate::django::{Key, Migration};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::{exists, named};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA008",
        name: "squash-without-originals",
        family: "graph",
        severity: Severity::Warning,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/squash-without-originals.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, squash: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let own: Key = (squash.app.clone(), squash.name.clone());
    let targets: Option<Vec<Key>> = squash.file.replaces.iter().map(named).collect();
    let Some(targets) = targets else { return };
    let foreign = targets.iter().any(|key| key.0 != own.0);
    if foreign || targets.contains(&own) || targets.iter().any(|key| exists(project, key)) {
        return;
    }
    let Some(first) = squash.file.replaces.first() else { return };
    let count = targets.len();
    let finding = emit.at(
        &squash.file.text,
        first.span,
        Bilingual::new(
            format!(
                "`{}` still replaces {count} migrations whose files are gone: a database that has applied only some of them can no longer be upgraded",
                squash.name
            ),
            format!("`{}` 仍声明替代 {count} 个已删除的迁移：只执行过其中一部分的数据库将无法继续升级", squash.name),
        ),
    );
    finding.subject = migration_subject(project, squash);
    finding.help = Bilingual::new(
        "Make sure that every environment has applied all of them, then take `replaces` out: the squash becomes an ordinary migration. Until then keep the files.",
        "确认所有环境都已完整执行这些迁移，然后去掉 `replaces`，让它成为普通迁移；在此之前请保留原文件。",
    );
}
