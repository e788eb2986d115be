//! `*.env.yml`: settings of one environment that replace those of the Python modules.
//!
//! The loader of BlueKing's products formats the strings under `domains`, and the `value` of a mapping under
//! `settings`, with `str.format(settings=…, env=…)`: `{settings.NAME}` is a name of the settings module, `{env.NAME}` an
//! environment variable. Where a variable is not set, a `value` is formatted again with the mapping's own `env` alone, so
//! that has to hold every variable of the string; strings under `domains` have no such defaults.

use std::sync::Arc;

use super::document::{Document, Node};
use super::value::value_of;
use crate::django::settings::secrets::secrets_in;
use crate::source::Span;

/// The settings of one environment.
#[derive(Debug, Clone)]
pub struct EnvironmentFile {
    /// The file.
    pub document: Document,
    /// Files that are used in place of each other: the folder, and what stands before the environment in the name.
    pub family: Arc<str>,
    /// `prod`.
    pub environment: Arc<str>,
    /// What its strings refer to.
    pub references: Vec<Reference>,
}

/// A `{env.NAME}` or `{settings.NAME}` in a string that the loader formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where it stands.
    pub span: Span,
    /// `env` or `settings`, or another word, which the loader does not know.
    pub root: String,
    /// The name behind the dot; empty when there is none.
    pub name: String,
    /// What counts when the environment does not set it.
    pub fallback: Fallback,
}

/// Whether a reference has a default in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The mapping's own `env` holds it.
    Given,
    /// The mapping has defaults, and not for this one.
    Missing,
    /// The place cannot have one.
    Impossible,
}

impl EnvironmentFile {
    /// Reads the model from a document.
    pub fn new(document: Document) -> Self {
        let path = document.text.path.clone();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let stem = stem.strip_suffix(".env").unwrap_or("");
        let (prefix, environment) = stem.rsplit_once('.').unwrap_or(("", stem));
        let family = format!("{folder}/{prefix}").into();
        let environment = environment.into();
        let references = references(&document);
        Self { document, family, environment, references }
    }

    /// Where secrets stand, whatever the settings make of them.
    pub fn secrets(&self) -> Vec<Span> {
        let values = self.document.roots.iter().map(|root| value_of(&self.document, root, 0));
        values.flat_map(|value| secrets_in("", &value)).map(|secret| secret.span).collect()
    }
}

fn references(document: &Document) -> Vec<Reference> {
    let mut out = Vec::new();
    let Some(root) = document.root() else { return out };
    for (_, setting) in root.get("settings").map(Node::entries).unwrap_or_default() {
        let Some(value) = setting.get("value") else { continue };
        let defaults = setting.get("env");
        collect(document, value, &mut out, |name| match defaults {
            Some(defaults) if defaults.get(name).is_some() => Fallback::Given,
            _ => Fallback::Missing,
        });
    }
    for (_, value) in root.get("domains").map(Node::entries).unwrap_or_default() {
        collect(document, value, &mut out, |_| Fallback::Impossible);
    }
    out
}

fn collect(document: &Document, value: &Node, out: &mut Vec<Reference>, fallback: impl Fn(&str) -> Fallback) {
    let Some(format) = value.as_str() else { return };
    let written = document.text.slice(value.span);
    let mut from = 0;
    for field in fields(format) {
        let braced = format!("{{{field}}}");
        // A field that escapes have changed is pointed at by its string.
        let found = written.get(from..).and_then(|rest| rest.find(&braced)).map(|at| at + from);
        let span = match found {
            Some(at) => {
                from = at + braced.len();
                let start = value.span.start + at as u32;
                Span { start, end: start + braced.len() as u32 }
            }
            None => value.span,
        };
        let path = field.split(['!', ':', '[']).next().unwrap_or_default();
        let mut parts = path.split('.');
        let root = parts.next().unwrap_or_default().to_owned();
        let name = parts.next().unwrap_or_default().to_owned();
        let fallback = fallback(&name);
        out.push(Reference { span, root, name, fallback });
    }
}

/// What stands between single braces of a format string.
fn fields(format: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('{') {
        let behind = &rest[at + 1..];
        if let Some(escaped) = behind.strip_prefix('{') {
            rest = escaped;
            continue;
        }
        let Some(end) = behind.find('}') else { break };
        out.push(&behind[..end]);
        rest = &behind[end + 1..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceText;

    #[test]
    fn strings_that_the_loader_formats_refer_to_variables() {
        let text = "settings:\n  NOTE: \"{env.A} stays as it is\"\n  URL:\n    value: \"{env.HOST}/a{env.PATH:>3}{{x}}\"\n    env:\n      HOST: ''\n\
                    domains:\n  API: '{settings.API_HOST}/v2/'\n";
        let text = SourceText::decode_plain("shop/ieod.prod.env.yml".into(), text.as_bytes()).unwrap();
        let file = EnvironmentFile::new(Document::yaml(Arc::new(text)));
        assert_eq!((file.family.as_ref(), file.environment.as_ref()), ("shop/ieod", "prod"));
        let shown: Vec<(&str, &str, &str, Fallback)> = file
            .references
            .iter()
            .map(|one| {
                (file.document.text.slice(one.span), one.root.as_str(), one.name.as_str(), one.fallback)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("{env.HOST}", "env", "HOST", Fallback::Given),
                ("{env.PATH:>3}", "env", "PATH", Fallback::Missing),
                ("{settings.API_HOST}", "settings", "API_HOST", Fallback::Impossible),
            ]
        );
    }
}
