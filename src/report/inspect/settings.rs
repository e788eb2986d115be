//! `inspect settings`: every setting of every environment, as the analyser understood it. Secrets are masked.

#[cfg(test)]
mod tests;
mod text;

use serde_json::{Map, Value as Json, json};

use crate::django::settings::environ::{self, EnvRead, Missing};
use crate::django::settings::secrets::is_secret_name;
use crate::django::settings::{Environment, Origin, Setting, Settings};
use crate::project::Project;
use crate::source::Span;
use crate::syntax::{Expr, Reason, Value};

pub use text::settings_text;

use super::Only;
use crate::django::settings::masked::masked;
use crate::syntax::shown::value;

/// `inspect settings --format json`; `only` may name one setting.
///
/// A setting is `known` with its `value`, or holds what it can be under `alternatives`, or says why it is not known under
/// `reason`. `variable` names the environment variable that decides it. `written` are the places that write it, oldest
/// first; `package` is the installed package whose module brings it.
pub fn settings_json(projects: &[Project], only: &Only) -> Json {
    let projects: Vec<Json> = projects.iter().map(|project| project_json(project, only)).collect();
    json!({ "schema_version": 1, "projects": projects })
}

fn project_json(project: &Project, only: &Only) -> Json {
    let settings = &project.configuration;
    let environments: Vec<Json> = settings
        .environments
        .iter()
        .map(|environment| environment_json(settings, environment, only))
        .collect();
    json!({
        "root": project.name,
        "module": settings.module,
        "unknown": settings.problem.as_ref().map(|problem| problem.en.clone()),
        "assumed": settings.assumed,
        "environments": environments,
    })
}

fn environment_json(settings: &Settings, environment: &Environment, only: &Only) -> Json {
    let mut all = Map::new();
    for (name, setting) in environment.settings.iter().filter(|(name, _)| takes(only, name)) {
        all.insert(name.to_string(), setting_json(settings, name, setting));
    }
    let missing: Vec<Json> = environment
        .missing_imports
        .iter()
        .map(|(span, module)| json!({ "module": module, "place": place_json(settings, *span) }))
        .collect();
    let writes: Vec<Json> =
        environment.dynamic_writes.iter().map(|span| place_json(settings, *span)).collect();
    json!({
        "name": environment.name,
        "stage": environment.stage,
        "module": environment.module,
        "complete": !environment.open,
        "missing_imports": missing,
        "dynamic_writes": writes,
        "settings": all,
    })
}

/// Whether a setting is asked for.
fn takes(only: &Only, name: &str) -> bool {
    only.app.as_deref().is_none_or(|wanted| wanted == name)
}

fn setting_json(settings: &Settings, name: &str, setting: &Setting) -> Json {
    let value_shown = masked(name, &setting.value);
    let known = environ::is_known(&value_shown);
    let alternatives: Vec<Json> = match &value_shown.value {
        Value::Either(all) => all.iter().map(value).collect(),
        _ => Vec::new(),
    };
    let written: Vec<Json> = setting
        .written
        .iter()
        .filter(|span| settings.map.file(**span).is_some())
        .map(|span| place_json(settings, *span))
        .collect();
    json!({
        "known": known,
        "value": if known { value(&value_shown) } else { Json::Null },
        "alternatives": alternatives,
        "variable": variable_of(&setting.value),
        "reason": reason_of(name, &setting.value),
        "written": written,
        "package": package_of(settings, setting),
    })
}

fn place_json(settings: &Settings, span: Span) -> Json {
    match settings.place(span) {
        Some((text, span)) => json!({ "path": text.path, "line": text.line_column(span.start).line }),
        None => Json::Null,
    }
}

/// The environment variable that a value is read from.
fn variable_of(expr: &Expr) -> Option<String> {
    environ::read(expr).and_then(|read| read.name).map(|name| name.to_string())
}

/// Why a value is not known; the source text of what may be a secret is left out.
fn reason_of(name: &str, expr: &Expr) -> Option<String> {
    if let Some(EnvRead { name: Some(variable), missing }) = environ::read(expr) {
        return Some(match missing {
            Missing::Raises => format!("the environment variable {variable}"),
            Missing::None => format!("the environment variable {variable}, else None"),
            Missing::Default(_) => format!("the environment variable {variable}, else a default"),
        });
    }
    let reason = expr.unknown()?;
    let shows_source = matches!(reason, Reason::Computed(_) | Reason::Text { .. });
    let described = reason.describe().en;
    if shows_source && (is_secret_name(name) || described.contains("://")) {
        return Some("only running the code can tell".to_owned());
    }
    Some(described)
}

/// The installed package whose module brings a setting.
fn package_of(settings: &Settings, setting: &Setting) -> Option<String> {
    match settings.map.locate(setting.place())? {
        (Origin::Framework(facts), _) => Some(format!("{} {}", facts.package, facts.version)),
        (Origin::File(_), _) => None,
    }
}
