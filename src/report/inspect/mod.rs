//! What the analyser understood, for programs and for people: the builders behind `inspect`.

mod field_def;
pub mod graph;
pub mod operations;
pub mod pins;
pub mod settings;
pub mod sql;
pub mod state;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::findings::Bilingual;
use crate::project::Project;

/// The part of the projects that `--only APP[.MIGRATION]` asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Only {
    /// App label; `None` takes all.
    pub app: Option<Arc<str>>,
    /// Migration of that app, by its name or the beginning of it, as `migrate` takes it.
    pub migration: Option<Arc<str>>,
}

impl Only {
    /// Reads `APP` or `APP.MIGRATION`.
    pub fn parse(text: &str) -> Self {
        match text.split_once('.') {
            Some((app, migration)) => Self { app: Some(app.into()), migration: Some(migration.into()) },
            None => Self { app: Some(text.into()), migration: None },
        }
    }

    /// Whether the app with this label is asked for, wholly or in part.
    pub fn takes_app(&self, label: &str) -> bool {
        self.app.as_deref().is_none_or(|app| app == label)
    }

    /// Whether this migration is asked for.
    pub fn takes(&self, app: &str, migration: &str) -> bool {
        self.takes_app(app) && self.migration.as_deref().is_none_or(|start| migration.starts_with(start))
    }

    /// What to say when nothing in `projects` is asked for; `None` when something is.
    pub fn problem(&self, projects: &[Project]) -> Option<Bilingual> {
        let app = self.app.as_deref()?;
        let all = || projects.iter().flat_map(|project| &project.migrations);
        if all().any(|migration| self.takes(&migration.app, &migration.name)) {
            return None;
        }
        let asked = self.migration.as_deref().filter(|_| all().any(|migration| *migration.app == *app));
        let (wanted, known): (&str, BTreeSet<&str>) = match asked {
            Some(name) => (name, all().filter(|m| *m.app == *app).map(|m| m.name.as_ref()).collect()),
            None => (app, all().map(|migration| migration.app.as_ref()).collect()),
        };
        let nearest = known
            .into_iter()
            .map(|name| (strsim::damerau_levenshtein(name, wanted), name))
            .min()
            .map(|(_, name)| name);
        let (mut en, mut zh) = match asked {
            Some(name) => (
                format!("app `{app}` has no migration that starts with `{name}`"),
                format!("应用 `{app}` 没有以 `{name}` 开头的迁移"),
            ),
            None => (
                format!("no app with the label `{app}` has migrations"),
                format!("没有标签为 `{app}` 且带迁移的应用"),
            ),
        };
        if let Some(nearest) = nearest {
            en.push_str(&format!("; the nearest is `{nearest}`"));
            zh.push_str(&format!("；最接近的是 `{nearest}`"));
        }
        Some(Bilingual { en, zh })
    }
}

/// `path` as the project's own files name it: relative to the folder of its `manage.py`.
pub(crate) fn below<'a>(project: &Project, path: &'a str) -> &'a str {
    if project.root.is_empty() {
        return path;
    }
    match path.strip_prefix(project.root.as_ref()) {
        Some("") => ".",
        Some(rest) => rest.strip_prefix('/').unwrap_or(path),
        None => path,
    }
}
