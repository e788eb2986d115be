//! NAM001: a field name that the library lists as wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::Config;
use crate::django::field_library::Verdict;
use crate::django::{FieldLibrary, Migration, OperationKind, Target};
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::{Project, Workspace};
use crate::rules::{Check, Emit, Rule, operation_subject};

use super::introduced::{introduced, model};
use super::rename::{Rename, Searches};

/// NAM001 field-name.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "NAM001",
        name: "field-name",
        family: "naming",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/naming/field-name.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for project in &workspace.projects {
        let searches = Searches::default();
        for migration in &project.migrations {
            check_migration(workspace, project, &searches, migration, emit);
        }
    }
}

fn check_migration(
    workspace: &Workspace,
    project: &Project,
    searches: &Searches,
    migration: &Migration,
    emit: &mut Emit<'_>,
) {
    let library = &project.field_library;
    let known = KnownFromReplaced::of(project, migration);
    for new in introduced(migration) {
        let Ok(name) = new.name else { continue };
        let Some(verdict) = library.verdict(name) else { continue };
        let model = model(new.operation);
        if known.holds(model.clone(), name) {
            continue;
        }
        let mut subject = operation_subject(project, migration, new.operation);
        subject.field = Some(name.clone());
        let finding =
            emit.at(&migration.file.text, new.span, message(name, subject.model.as_deref(), &verdict));
        finding.help = help(library, name, &verdict);
        finding.subject = subject;
        finding.suggestion = Some(verdict.row.standard.clone());
        finding.discriminator = new.operation.class.to_string();
        finding.fix = model.map(|model| {
            let (app, new) = (&migration.app, &verdict.row.standard);
            Rename { workspace, project, app, model: &model, old: name, new, searches }.fix(migration)
        });
        if let Some(text) = &library.source {
            let label = Bilingual::new("the library says so here", "字段库中的规定");
            finding.related.push((Place::new(text, verdict.row.span), label));
        }
    }
}

fn message(name: &str, model: Option<&str>, verdict: &Verdict<'_>) -> Bilingual {
    let standard = &verdict.row.standard;
    let (of_model, model_zh) = match model {
        Some(model) => (format!(" of model `{model}`"), format!("模型 `{model}` 的")),
        None => (" of a model that is not known".to_owned(), "某个未知模型的".to_owned()),
    };
    let mut text = Bilingual::new(
        format!("field `{name}`{of_model} should be named `{standard}`"),
        format!("{model_zh}字段 `{name}` 应命名为 `{standard}`"),
    );
    if let Some(other) = verdict.other {
        text.en
            .push_str(&format!("; the field library lists it under `{other}` too, and its last row counts"));
        text.zh.push_str(&format!("；字段库把它同时列在 `{other}` 之下，以最后一行为准"));
    }
    text
}

fn help(library: &FieldLibrary, name: &str, verdict: &Verdict<'_>) -> Bilingual {
    let standard = &verdict.row.standard;
    let meaning = verdict.row.meaning();
    let means = |text: &str, open: &str, close: &str| {
        if text.is_empty() { String::new() } else { format!("{open}{text}{close}") }
    };
    let mut text = Bilingual::new(
        format!(
            "Name it `{standard}`{} while nothing depends on it yet, or accept the name with \
             `# bklog-lint: ignore[NAM001] reason`.",
            means(&meaning.en, " (", ")")
        ),
        format!(
            "趁还没有代码依赖它，改名为 `{standard}`{}；或用 `# bklog-lint: ignore[NAM001] 理由` 接受此名。",
            means(&meaning.zh, "（", "）")
        ),
    );
    if library.standard(name).is_some() {
        text.en.push_str(&format!(
            " The library also lists `{name}` as a standard name: it contradicts itself."
        ));
        text.zh.push_str(&format!("字段库又把 `{name}` 列为标准名：字段库自相矛盾。"));
    }
    text
}

/// What the migrations that a squash replaces already introduced, where their files are still there: the squash says
/// it again and adds no debt.
#[derive(Default)]
struct KnownFromReplaced {
    /// Names with the models that they were given to; `None` for a model that is not known.
    of_models: BTreeSet<(Option<String>, Arc<str>)>,
    /// The names alone, once a model was renamed on the way, so that the squash may know it by another name.
    alone: BTreeSet<Arc<str>>,
}

impl KnownFromReplaced {
    fn of(project: &Project, squash: &Migration) -> Self {
        let mut known = Self::default();
        let mut renamed = false;
        for replaced in &squash.file.replaces {
            let Target::Migration { app, name } = &replaced.target else { continue };
            let Some(migration) = project.migration(app, name) else { continue };
            for old in introduced(migration) {
                if let Ok(name) = old.name {
                    known.of_models.insert((model(old.operation), name.clone()));
                }
            }
            let mut operations = migration.file.operations.iter().flat_map(|operation| operation.walk());
            renamed |= operations.any(|one| one.kind == OperationKind::RenameModel);
        }
        if renamed {
            known.alone = known.of_models.iter().map(|(_, name)| name.clone()).collect();
        }
        known
    }

    fn holds(&self, model: Option<String>, name: &Arc<str>) -> bool {
        self.alone.contains(name) || self.of_models.contains(&(model, name.clone()))
    }
}
