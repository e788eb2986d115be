//! Dotted names in settings: middlewares, apps, backends, handlers, and whether the repository holds what they name.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::files::Files;
use super::{Environment, Origin, SourceMap};

/// A dotted name that a setting holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The setting.
    pub setting: Arc<str>,
    /// The name as it is written.
    pub dotted: Arc<str>,
    /// Where; a position of the [`SourceMap`].
    pub span: Span,
    /// What the repository says of it.
    pub found: Found,
}

/// What the repository says of a dotted name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Its first part is not of the repository: an installed package.
    Elsewhere,
    /// The repository holds it: the module's file, and the last part of the name where that is a name in the module.
    Here {
        /// Path of the file.
        path: Arc<str>,
        /// The name in the module; `None` for a module.
        name: Option<Arc<str>>,
    },
    /// The repository would hold this module, and does not.
    NoModule(Arc<str>),
    /// The module is there and binds no such name.
    NoName {
        /// Path of the module's file.
        path: Arc<str>,
        /// The name.
        name: Arc<str>,
    },
}

/// Settings that hold dotted names; those of them whose names are modules.
const SETTINGS: [(&str, bool); 22] = [
    ("MIDDLEWARE", false),
    ("INSTALLED_APPS", true),
    ("AUTHENTICATION_BACKENDS", false),
    ("CACHES", false),
    ("TEMPLATES", false),
    ("LOGGING", false),
    ("PASSWORD_HASHERS", false),
    ("SESSION_ENGINE", true),
    ("SESSION_SERIALIZER", false),
    ("EMAIL_BACKEND", false),
    ("DEFAULT_FILE_STORAGE", false),
    ("STATICFILES_STORAGE", false),
    ("STATICFILES_FINDERS", false),
    ("STORAGES", false),
    ("FORM_RENDERER", false),
    ("FILE_UPLOAD_HANDLERS", false),
    ("MESSAGE_STORAGE", false),
    ("DATABASE_ROUTERS", false),
    ("ROOT_URLCONF", true),
    ("WSGI_APPLICATION", false),
    ("TEST_RUNNER", false),
    ("DEFAULT_EXCEPTION_REPORTER", false),
];

/// Keys of dictionaries whose values are dotted names.
const KEYS: [&str; 8] =
    ["BACKEND", "class", "()", "context_processors", "loaders", "builtins", "default", "staticfiles"];

/// The dotted names in the settings of an environment.
pub(super) fn collect(environment: &Environment, files: &Files<'_>, map: &SourceMap) -> Vec<Reference> {
    let mut out = Vec::new();
    for (setting, is_module) in SETTINGS {
        let Some(value) = environment.value(setting) else { continue };
        let mut texts = Vec::new();
        let nested = matches!(setting, "CACHES" | "TEMPLATES" | "LOGGING" | "STORAGES");
        gather(value, !nested, 0, &mut texts);
        for (dotted, span) in texts {
            // Only what the project itself writes can be mended there.
            if !matches!(map.locate(span), Some((Origin::File(_), _))) {
                continue;
            }
            let found = find(&dotted, is_module, files);
            out.push(Reference { setting: setting.into(), dotted, span, found });
        }
    }
    out
}

/// The texts of a value that are dotted names; in dictionaries those under the keys that hold some.
fn gather(expr: &Expr, counts: bool, depth: u32, out: &mut Vec<(Arc<str>, Span)>) {
    if depth > 10 {
        return;
    }
    match &expr.value {
        Value::Str(text) if counts && is_dotted(text) => out.push((text.clone(), expr.span)),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
            for item in items.iter() {
                gather(item, counts, depth + 1, out);
            }
        }
        Value::Maybe(item) => gather(item, counts, depth + 1, out),
        Value::Dict(entries) => {
            for (key, value) in entries.iter() {
                let listed = key.as_str().is_some_and(|key| KEYS.contains(&key));
                gather(value, listed, depth + 1, out);
            }
        }
        _ => {}
    }
}

fn is_dotted(text: &str) -> bool {
    let part = |part: &str| {
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    !text.is_empty() && text.split('.').all(part)
}

fn find(dotted: &str, is_module: bool, files: &Files<'_>) -> Found {
    let top = dotted.split('.').next().unwrap_or(dotted);
    if files.locate(top).is_none() {
        return Found::Elsewhere;
    }
    if let Some(module) = files.locate(dotted) {
        return Found::Here { path: module.path, name: None };
    }
    if files.holds(dotted) {
        return Found::Elsewhere;
    }
    let Some((module, name)) = dotted.rsplit_once('.') else { return Found::Elsewhere };
    match files.locate(module) {
        Some(found) => {
            // The name may be defined, imported, or come from a star import of which nothing is known.
            let held = files.text(&found.path).is_none_or(|text| {
                memchr::memmem::find(text.text.as_bytes(), name.as_bytes()).is_some()
                    || text.text.contains("import *")
                    || text.text.contains("__getattr__")
            });
            let name = name.into();
            if held {
                Found::Here { path: found.path, name: Some(name) }
            } else {
                Found::NoName { path: found.path, name }
            }
        }
        None if files.holds(module) && !is_module => Found::Elsewhere,
        None => Found::NoModule(if is_module { dotted.into() } else { module.into() }),
    }
}
