//! DAT003: a data migration that asks for a model of an app that it does not depend on.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::migration::Target;
use crate::django::run_python::Act;
use crate::django::{Dependency, Migration};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, models, uses};

/// DAT003 undeclared-app.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT003",
        name: "undeclared-app",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/undeclared-app.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut told = FxHashSet::default();
    let mut known = None;
    for (entry, one) in uses(migration) {
        let Act::GetModel { app: Some(app), .. } = &one.act else { continue };
        if **app == *migration.app {
            continue;
        }
        let known = known.get_or_insert_with(|| Known::of(project, migration));
        if known.unsure || known.apps.contains(app.as_ref()) {
            continue;
        }
        // Of an app outside the project nothing is known but that this migration does not ask for any such app.
        if !project.apps.contains_key(app) && known.leaves_the_project {
            continue;
        }
        if !told.insert(app.clone()) {
            continue;
        }
        let function = &one.function;
        let finding = emit.at(
            &migration.file.text,
            one.span,
            Bilingual::new(
                format!("`{function}` asks for a model of `{app}`, and nothing makes Django run the migrations of `{app}` first: where they come later, `get_model` raises LookupError"),
                format!("`{function}` 获取应用 `{app}` 的模型，但没有依赖保证 `{app}` 的迁移先执行：若其排在后面，`get_model` 会抛出 LookupError"),
            ),
        );
        finding.help = Bilingual::new(
            format!("Add the migration of `{app}` that brings what the function needs to `dependencies`."),
            format!("请在 `dependencies` 中加上 `{app}` 中提供所需模型和字段的那个迁移。"),
        );
        describe(finding, project, migration, (entry, one), app);
    }
}

/// What a migration has behind it.
struct Known<'a> {
    apps: FxHashSet<&'a str>,
    /// An app outside the project is among what it depends on; that one may bring others.
    leaves_the_project: bool,
    /// Some dependency is not known.
    unsure: bool,
}

impl<'a> Known<'a> {
    fn of(project: &'a Project, migration: &Migration) -> Self {
        let mut known = Self { apps: FxHashSet::default(), leaves_the_project: false, unsure: false };
        if !project.graph.cycles.is_empty() {
            known.unsure = true;
        }
        let before = models::before(project, migration);
        known.unsure |= before.is_empty();
        for key in before {
            known.apps.insert(&key.0);
            if let Some(earlier) = project.migration(&key.0, &key.1) {
                let file = &earlier.file;
                known.unsure |= file.unknown.iter().any(|part| part.what == "dependencies");
                file.dependencies.iter().for_each(|dependency| known.declared(project, dependency));
            }
        }
        known
    }

    fn declared(&mut self, project: &'a Project, dependency: &'a Dependency) {
        let app = match &dependency.target {
            Target::Migration { app, .. } => app.as_ref(),
            Target::SwappableModel(model) => model.split('.').next().unwrap_or_default(),
            Target::SwappableSetting(setting) => match project.settings.swappable.get(setting) {
                Some(model) => model.split('.').next().unwrap_or_default(),
                None => {
                    self.leaves_the_project = true;
                    return;
                }
            },
            Target::Unknown(_) => {
                self.unsure = true;
                return;
            }
        };
        self.apps.insert(app);
        self.leaves_the_project |= !project.apps.contains_key(app);
    }
}
