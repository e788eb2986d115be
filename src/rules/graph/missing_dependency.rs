//! GRA001: a dependency names a migration that does not exist.

use crate::config::Config;
use crate::django::graph::Unresolved;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::{dotted, migration};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA001",
        name: "missing-dependency",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/missing-dependency.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for entry in &project.graph.unresolved {
        let Some(child) = migration(project, &entry.child) else { continue };
        let Some(lack) = lack(project, entry) else { continue };
        let text = &child.file.text;
        let who = dotted(&entry.child);
        let (verb, verb_zh) = match entry.attribute {
            "run_before" => ("wants to run before", "声明要先于"),
            _ => ("depends on", "依赖"),
        };
        let target = format!("{}.{}", entry.app, entry.name);
        let finding = emit.at(
            text,
            entry.span,
            Bilingual::new(
                format!(
                    "`{who}` {verb} `{target}`, but {}; Django stops every command that loads migrations",
                    lack.what.en
                ),
                format!(
                    "`{who}` {verb_zh} `{target}`，但{}；所有需要加载迁移的 Django 命令都会中止",
                    lack.what.zh
                ),
            ),
        );
        finding.subject = migration_subject(project, child);
        finding.discriminator = format!("{} {target}", entry.attribute);
        finding.help = lack.remedy;
    }
}

/// What is missing, and what to do about it.
struct Lack {
    what: Bilingual,
    remedy: Bilingual,
}

/// `None` when the file is there and another rule says why Django cannot load it.
fn lack(project: &Project, entry: &Unresolved) -> Option<Lack> {
    let (app, name) = (&entry.app, &entry.name);
    if matches!(name.as_ref(), "__first__" | "__latest__") {
        let own = *app == entry.child.0;
        return Some(Lack {
            what: if own {
                Bilingual::new(
                    "Django knows `__latest__` only for other apps".to_owned(),
                    "Django 只在引用其他应用时才识别 `__latest__`".to_owned(),
                )
            } else {
                Bilingual::new(format!("app `{app}` has no migrations"), format!("应用 `{app}` 没有任何迁移"))
            },
            remedy: Bilingual::new(
                "Name the migration that this one needs.",
                "写明真正需要的那个迁移的名称。",
            ),
        });
    }
    if let Some(other) = project.other_files.iter().find(|other| other.app == *app && other.name == *name) {
        if !other.ignored_name && !matches!(other.file.outcome, Outcome::NotDjango(_)) {
            return None;
        }
        let path = &other.file.text.path;
        return Some(Lack {
            what: Bilingual::new(
                format!("Django does not take `{path}` as a migration"),
                format!("Django 不会把 `{path}` 当作迁移"),
            ),
            remedy: Bilingual::default(),
        });
    }
    let what = Bilingual::new(
        format!("app `{app}` has no migration with this name"),
        format!("应用 `{app}` 中没有这个迁移"),
    );
    let names = project.migrations.iter().filter(|migration| migration.app == *app);
    let nearest = names
        .filter(|migration| (&migration.app, &migration.name) != (&entry.child.0, &entry.child.1))
        .map(|migration| (strsim::damerau_levenshtein(&migration.name, name), &migration.name))
        .min()
        .filter(|(distance, _)| *distance <= name.chars().count() / 2);
    let remedy = match nearest {
        Some((_, nearest)) => Bilingual::new(
            format!(
                "The nearest name is `{nearest}`. Name the right migration, or bring the missing file back: a renamed or deleted migration that others depend on must not be lost."
            ),
            format!(
                "最接近的名称是 `{nearest}`。请改为正确的迁移名，或恢复缺失的文件：被其他迁移依赖的迁移不能改名或删除。"
            ),
        ),
        None => Bilingual::new(
            "Name the right migration, or bring the missing file back: a renamed or deleted migration that others depend on must not be lost.",
            "请改为正确的迁移名，或恢复缺失的文件：被其他迁移依赖的迁移不能改名或删除。",
        ),
    };
    Some(Lack { what, remedy })
}
