//! GRA006: a migrations folder that is no package.

use std::sync::Arc;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing, Subject};
use crate::project::{App, Project};
use crate::source::SourceText;

use crate::rules::{Check, Emit, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA006",
        name: "missing-init-file",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/missing-init-file.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for app in project.apps.values().filter(|app| !app.has_init) {
        let Some((text, count)) = migrations_of(project, app) else { continue };
        let folder = &app.migrations_path;
        let finding = emit.on_file(
            text,
            Bilingual::new(
                format!(
                    "`{folder}` has no `__init__.py`: Django takes app `{}` as one without migrations, and none of its {count} runs",
                    app.label
                ),
                format!(
                    "`{folder}` 缺少 `__init__.py`：Django 会把应用 `{}` 当作没有迁移，其 {count} 个迁移都不会执行",
                    app.label
                ),
            ),
        );
        finding.subject = Subject {
            project: Some(project.name.clone()),
            app: Some(app.label.clone()),
            ..Subject::default()
        };
        finding.help = Bilingual::new(
            format!("Add an empty `{folder}/__init__.py`."),
            format!("添加空文件 `{folder}/__init__.py`。"),
        );
    }
}

/// The first migration of the app and their number; `None` when there is none.
fn migrations_of<'a>(project: &'a Project, app: &App) -> Option<(&'a Arc<SourceText>, usize)> {
    let mut of_app = project.migrations.iter().filter(|migration| migration.app == app.label);
    let first = of_app.next()?;
    Some((&first.file.text, 1 + of_app.count()))
}
