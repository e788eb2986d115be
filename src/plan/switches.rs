//! Feature switches in the settings: what can be turned off when the upgrade goes wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::django::settings::environ;
use crate::django::settings::masked::masked;
use crate::project::Project;
use crate::syntax::{Expr, Reason, Value};

/// Words that a value of a switch can be.
const WORDS: [&str; 12] =
    ["on", "off", "true", "false", "yes", "no", "1", "0", "enabled", "disabled", "debug", "enable"];
/// Parts of a name that is one of a switch.
const PARTS: [&str; 10] = [
    "SWITCH", "TOGGLE", "TOGGLES", "FEATURE", "FEATURES", "ENABLE", "ENABLED", "DISABLE", "DISABLED", "FLAG",
];
/// Starts of names that belong to frameworks, whose meaning is another.
const OF_FRAMEWORKS: [&str; 8] =
    ["CELERY_", "CELERYD_", "DJANGO_", "SESSION_", "CSRF_", "USE_", "DEBUG_TOOLBAR", "CORS_"];

/// A feature switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The setting; `FEATURE_TOGGLE["trace"]` for an entry of a dict.
    pub name: String,
    /// Its value, or its default where a variable decides; `None` where only running the code tells.
    pub value: Option<String>,
    /// The environment variable that decides.
    pub variable: Option<Arc<str>>,
    /// The file.
    pub path: Arc<str>,
    /// The line there, from 1.
    pub line: u32,
}

/// The switches of a project, those of deployed environments, by name.
pub(super) fn of(project: &Project) -> Vec<Switch> {
    let settings = &project.configuration;
    let mut out: Vec<Switch> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let environments = settings.environments.iter().filter(|environment| environment.is_deployed());
    for (name, setting) in environments.flat_map(|environment| &environment.settings) {
        if !is_name(name) {
            continue;
        }
        let value = masked(name, &setting.value);
        let mut add = |shown: String, value: &Expr, span| {
            let Some((state, variable)) = switch(value) else { return };
            let Some((text, span)) = settings.place(span) else { return };
            if seen.insert(shown.clone()) {
                let line = text.line_column(span.start).line;
                out.push(Switch { name: shown, value: state, variable, path: text.path.clone(), line });
            }
        };
        add(name.to_string(), &value, setting.place());
        for dict in value.alternatives() {
            let Value::Dict(entries) = &dict.value else { continue };
            for (key, value) in entries.iter() {
                if let Some(key) = key.as_str() {
                    add(format!("{name}[\"{key}\"]"), value, value.span);
                }
            }
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn is_name(name: &str) -> bool {
    name.split('_').any(|part| PARTS.contains(&part))
        && !OF_FRAMEWORKS.iter().any(|prefix| name.starts_with(prefix))
}

/// The state of a switch and the variable that decides it; `None` when the value is none of a switch.
fn switch(value: &Expr) -> Option<(Option<String>, Option<Arc<str>>)> {
    let mut state: Option<Option<String>> = None;
    let mut variable = None;
    for each in value.alternatives() {
        let (word, of) = match environ::read(each) {
            Some(read) => match read.missing {
                environ::Missing::Default(default) => (word(&default), read.name),
                _ => (None, read.name),
            },
            None => match &each.value {
                // `os.getenv("X", "off") == "on"`: the source tells the variable, running it the value.
                Value::Unknown(Reason::Computed(text))
                    if text.contains("environ") || text.contains("getenv") =>
                {
                    (None, variable_in(text))
                }
                _ => (word(each), None),
            },
        };
        if word.is_none() && of.is_none() {
            return None;
        }
        variable = variable.or(of);
        state = Some(match state {
            None => word,
            Some(other) if other == word => other,
            Some(_) => None,
        });
    }
    Some((state?, variable))
}

fn word(value: &Expr) -> Option<String> {
    match &value.value {
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        Value::Str(text) if WORDS.contains(&text.to_ascii_lowercase().as_str()) => Some(text.to_string()),
        _ => None,
    }
}

/// The first quoted name in the text of a computation.
fn variable_in(text: &str) -> Option<Arc<str>> {
    let start = text.find(['"', '\''])?;
    let rest = text.get(start + 1..)?;
    let name = rest.get(..rest.find(['"', '\''])?)?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| name.into())
}
