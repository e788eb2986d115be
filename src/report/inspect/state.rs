//! `inspect state`: the models after the last migration, or after one that is named, as Django's state has them.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::django::state::{Field, ModelKey, ModelState, ProjectState, state_at};
use crate::django::{Key, Maybe, Unknown};
use crate::findings::{Bilingual, Lang};
use crate::mysql::Features;
use crate::project::Project;
use crate::source::Snapshot;

use super::Only;
use crate::syntax::shown::not_known;

/// What `inspect state` is asked to show.
#[derive(Clone)]
pub struct Asked<'a> {
    /// The files of the projects, for the classes of their fields.
    pub snapshot: &'a Snapshot,
    /// Decides the types of columns: what Django does for this server.
    pub features: Features,
    /// `--only APP`: models of that app alone.
    pub only: Only,
    /// `--at APP.MIGRATION`: the state after this migration and all that it depends on, as Django's
    /// `project_state((app, name))`; the migration by its name or the beginning of it.
    pub at: Option<Only>,
}

impl Asked<'_> {
    /// What to say when `--only` or `--at` names nothing in `projects`; `None` when all is well.
    pub fn problem(&self, projects: &[Project]) -> Option<Bilingual> {
        if let Some(at) = &self.at {
            if let Some(problem) = at.problem(projects) {
                return Some(problem);
            }
            if at.migration.is_none() {
                return Some(Bilingual::new(
                    "--at names a migration: APP.MIGRATION",
                    "--at 需要指明一个迁移：APP.MIGRATION",
                ));
            }
            let found: usize = projects.iter().map(|project| candidates(project, at).len()).sum();
            if found > 1 {
                return Some(Bilingual::new(
                    "--at: more than one migration begins so; write more of its name",
                    "--at：有多个迁移以此开头，请写出更完整的名称",
                ));
            }
        }
        self.only.problem(projects)
    }
}

/// The migrations that `--at` may mean: the one of that very name, else all that begin so.
fn candidates(project: &Project, at: &Only) -> Vec<Key> {
    let all = project.migrations.iter().filter(|migration| at.takes(&migration.app, &migration.name));
    let all: Vec<Key> = all.map(|migration| (migration.app.clone(), migration.name.clone())).collect();
    let exact = all.iter().find(|key| Some(&key.1) == at.migration.as_ref());
    exact.map_or(all.clone(), |key| vec![key.clone()])
}

/// The states to show, with their projects. With `--at` only the project that has the migration.
fn states<'p>(projects: &'p [Project], asked: &Asked<'_>) -> Vec<(&'p Project, ProjectState)> {
    projects
        .iter()
        .filter_map(|project| {
            let classes = project.field_classes(asked.snapshot);
            let context = project.state_context(&classes);
            let state = match &asked.at {
                None => project.states(&context).last().clone(),
                Some(at) => {
                    let key = candidates(project, at).into_iter().next()?;
                    state_at(&project.migrations, &project.graph, &key, &context)?
                }
            };
            Some((project, state))
        })
        .collect()
}

/// `inspect state --format json`.
///
/// Beside the keys of the contract a model has `managed`, `proxy`, and `unknown`: why it may not be as it stands here. A
/// field has `unknown`: why its class or column is not known. A project has `unknown`: what in its migrations may have
/// changed models in a way that nobody can tell.
pub fn state_json(projects: &[Project], asked: &Asked<'_>) -> Json {
    let shown = states(projects, asked);
    let projects: Vec<Json> =
        shown.iter().map(|(project, state)| project_json(project, state, asked)).collect();
    json!({ "schema_version": 1, "projects": projects })
}

fn project_json(project: &Project, state: &ProjectState, asked: &Asked<'_>) -> Json {
    let mut models = Map::new();
    for (key, model) in state.models().filter(|(key, _)| asked.only.takes_app(&key.app)) {
        models.insert(key.to_string(), model_json(state, key, model, &asked.features));
    }
    let unknown: Vec<Json> = state
        .doubts()
        .filter(|doubt| asked.only.takes_app(&doubt.app))
        .map(|doubt| {
            let (app, name) = &doubt.origin.migration;
            let text = project.migration(app, name).map(|migration| &migration.file.text);
            let line = text.map(|text| text.line_column(doubt.origin.span.start).line);
            json!({ "migration": format!("{app}.{name}"), "line": line, "reason": doubt.why.describe().en })
        })
        .collect();
    json!({ "root": project.name, "models": models, "unknown": unknown })
}

fn model_json(state: &ProjectState, key: &ModelKey, model: &ModelState, features: &Features) -> Json {
    let mut fields = Map::new();
    for field in shown_fields(state, key, model) {
        fields.insert(field.name.to_string(), field_json(state, &field, features));
    }
    json!({
        "name": model.name,
        "table": maybe(state.table(key)),
        "managed": maybe(model.options.managed.clone()),
        "proxy": maybe(model.options.proxy.clone()),
        "fields": fields,
        "unknown": model.uncertain.as_ref().or(model.options.uncertain.as_ref()).map(|why| &why.describe().en),
    })
}

/// The fields in the order of their columns, those that Django adds included; where that cannot be told, those of the
/// migrations.
fn shown_fields(state: &ProjectState, key: &ModelKey, model: &ModelState) -> Vec<Arc<Field>> {
    state.local_fields(key).unwrap_or_else(|_| model.fields.iter().cloned().collect())
}

fn field_json(state: &ProjectState, field: &Field, features: &Features) -> Json {
    let db_type = state.db_type(field, features);
    let why = why_unknown(field, &db_type);
    json!({
        "class": field.class.name,
        "column": maybe(column(field, &db_type)),
        "db_type": maybe(db_type),
        "null": maybe(field.null()),
        "unknown": why.map(|why| why.describe().en.clone()),
    })
}

/// The column; none for a field without a type.
fn column(field: &Field, db_type: &Maybe<Option<Arc<str>>>) -> Maybe<Option<Arc<str>>> {
    if matches!(db_type, Ok(None)) { Ok(None) } else { field.column() }
}

fn why_unknown(field: &Field, db_type: &Maybe<Option<Arc<str>>>) -> Option<Unknown> {
    let parts = [field.uncertain.clone(), db_type.clone().err(), field.null().err(), field.column().err()];
    parts.into_iter().flatten().next()
}

fn maybe<T: serde::Serialize>(value: Maybe<T>) -> Json {
    value.map_or_else(|_| not_known(), |value| json!(value))
}

/// `inspect state` for people: per app its models, each with its table and its columns.
pub fn state_text(projects: &[Project], asked: &Asked<'_>, lang: Lang) -> String {
    let mut out = String::new();
    for (project, state) in states(projects, asked) {
        let models: Vec<_> = state.models().filter(|(key, _)| asked.only.takes_app(&key.app)).collect();
        let (name, count) = (&project.name, models.len());
        let plural = if count == 1 { "model" } else { "models" };
        let title = Bilingual::new(format!("{name}: {count} {plural}"), format!("{name}：{count} 个模型"));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}", title.get(lang));
        for (key, model) in models {
            let _ = model_text(&mut out, &state, key, model, asked, lang);
        }
        for doubt in state.doubts().filter(|doubt| asked.only.takes_app(&doubt.app)) {
            let (app, migration) = &doubt.origin.migration;
            let why = doubt.why.describe().get(lang);
            let _ = writeln!(out, "\n  ? {app}.{migration}: {why}");
        }
        out.push('\n');
    }
    out
}

fn model_text(
    out: &mut String,
    state: &ProjectState,
    key: &ModelKey,
    model: &ModelState,
    asked: &Asked<'_>,
    lang: Lang,
) -> std::fmt::Result {
    let mut notes = Vec::new();
    if model.options.managed == Ok(false) {
        notes.push(Bilingual::new("not managed", "不由迁移管理"));
    }
    if model.options.proxy == Ok(true) {
        notes.push(Bilingual::new("proxy", "代理模型"));
    }
    let notes: String = notes.iter().map(|note| format!("  [{}]", note.get(lang))).collect();
    let table = state.table(key).map_or_else(|_| "?".to_owned(), |table| table.to_string());
    writeln!(out, "\n  {}.{}  {table}{notes}", model.app, model.name)?;
    if let Some(why) = model.uncertain.as_ref().or(model.options.uncertain.as_ref()) {
        writeln!(out, "    ? {}", why.describe().get(lang))?;
    }
    let fields = shown_fields(state, key, model);
    let rows: Vec<[String; 3]> = fields.iter().map(|field| row(state, field, asked)).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    for [name, class, column] in &rows {
        writeln!(out, "    {}", format!("{name:first$}  {class:second$}  {column}").trim_end())?;
    }
    for field in &fields {
        if let Some(why) = why_unknown(field, &state.db_type(field, &asked.features)) {
            writeln!(out, "    ? {}: {}", field.name, why.describe().get(lang))?;
        }
    }
    Ok(())
}

/// Name, class, and what the column is.
fn row(state: &ProjectState, field: &Field, asked: &Asked<'_>) -> [String; 3] {
    let db_type = state.db_type(field, &asked.features);
    let column = match column(field, &db_type) {
        Ok(Some(column)) if column == field.name => None,
        Ok(Some(column)) => Some(format!("{column}: ")),
        Ok(None) => None,
        Err(_) => Some("?: ".to_owned()),
    };
    let what = match &db_type {
        Ok(Some(text)) => text.to_string(),
        Ok(None) => "-".to_owned(),
        Err(_) => "?".to_owned(),
    };
    let null = match field.null() {
        _ if matches!(db_type, Ok(None)) => "",
        Ok(true) => " NULL",
        Ok(false) => " NOT NULL",
        Err(_) => " ?",
    };
    let target = field.relation.as_ref().map(|relation| match &relation.to {
        Ok(to) => format!(" -> {to}"),
        Err(_) => " -> ?".to_owned(),
    });
    let name = field.name.to_string();
    let class = field.class.name.to_string();
    [name, class, format!("{}{what}{null}{}", column.unwrap_or_default(), target.unwrap_or_default())]
}
