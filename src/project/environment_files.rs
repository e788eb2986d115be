//! Settings that the environment files of a project (`prod.env.yml`) give when it starts.
//!
//! BlueKing's loader reads one of them, by the environment and a variable that chooses the family, formats the `value` of
//! mappings that have one, and writes what comes out over the names of the settings module. Only where the settings write
//! names that running them alone can tell are such files loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config_files::{EnvironmentFile, Node, value_of};
use crate::django::settings::{Environment, Setting, Settings, SourceMap, is_setting_name};
use crate::source::Span;
use crate::syntax::eval::HOLE;
use crate::syntax::{Arg, ArgKind, Call, Expr, Reason, Value};

/// Puts what the files of a project give in the place of what its modules write.
pub(super) fn override_by_files(settings: &mut Settings, root: &str, files: &[EnvironmentFile]) {
    let Settings { environments, map, .. } = settings;
    for environment in environments.iter_mut().filter(|one| !one.dynamic_writes.is_empty()) {
        let of_environment = files.iter().filter(|file| file.environment == environment.name);
        let here: Vec<&EnvironmentFile> = of_environment
            .filter(|file| {
                let path = &file.document.text.path;
                path.rsplit_once('/').map_or("", |(folder, _)| folder) == root
            })
            .collect();
        let mut given: BTreeMap<&str, Vec<(Expr, Span)>> = BTreeMap::new();
        for file in &here {
            let Some(base) = map.add_file(file.document.text.clone()) else { continue };
            let names = file.document.root().and_then(|root| root.get("settings"));
            for (key, node) in names.map(Node::entries).unwrap_or_default() {
                let Some(name) = key.as_str().filter(|name| is_setting_name(name)) else { continue };
                let at = Span { start: key.span.start + base, end: key.span.end + base };
                given.entry(name).or_default().push((setting_value(file, node, base), at));
            }
        }
        for (name, values) in given {
            put(environment, map, name, values, here.len());
        }
    }
}

/// Writes what the files give for one setting; `families` is how many files the process can choose among.
fn put(
    environment: &mut Environment,
    map: &SourceMap,
    name: &str,
    values: Vec<(Expr, Span)>,
    families: usize,
) {
    let Some((first, _)) = values.first().cloned() else { return };
    let before = environment.settings.get(name);
    let unknown = || match map.file(first.span) {
        Some((text, _)) => Value::Unknown(Reason::DeploymentFile(text.path.clone())),
        None => first.value.clone(),
    };
    let merges = |value: &Value| matches!(value, Value::Dict(_)) && before.is_some();
    let is_complete = values.len() == families;
    let value = if before.is_some_and(|setting| is_written_after(environment, map, setting))
        // A loader may put two mappings together.
        || values.iter().any(|(value, _)| merges(&value.value))
        // Where the chosen file says nothing, nobody sets it.
        || (!is_complete && before.is_none())
    {
        Expr { span: first.span, value: unknown() }
    } else {
        let mut alternatives: Vec<Expr> = Vec::new();
        let own = before.filter(|_| !is_complete).map(|setting| setting.value.clone());
        for value in values.iter().map(|(value, _)| value.clone()).chain(own) {
            if !alternatives.iter().any(|known| known.value == value.value) {
                alternatives.push(value);
            }
        }
        match alternatives.len() {
            1 => first,
            _ => Expr { span: first.span, value: Value::Either(Arc::new(alternatives)) },
        }
    };
    let mut written = before.map(|setting| setting.written.clone()).unwrap_or_default();
    written.extend(values.into_iter().map(|(_, at)| at));
    environment.references.retain(|reference| *reference.setting != *name);
    environment.settings.insert(name.into(), Setting { value, written });
}

/// Whether a module may write the setting after it has taken what the files give.
fn is_written_after(environment: &Environment, map: &SourceMap, setting: &Setting) -> bool {
    let Some((text, last)) = setting.written.last().and_then(|span| map.file(*span)) else { return false };
    let loads = environment.dynamic_writes.iter().filter_map(|span| map.file(*span));
    let mut here = loads.filter(|(file, _)| file.path == text.path).peekable();
    match here.peek() {
        Some(_) => here.all(|(_, load)| last.start > load.start),
        // The module that Django loads imports the one that reads the file, before it goes on.
        None => text.path == environment.path,
    }
}

/// What a file gives for one setting: the node's value, or the `value` of a mapping, formatted.
fn setting_value(file: &EnvironmentFile, node: &Node, base: u32) -> Expr {
    let Some(format) = node.get("value") else { return value_of(&file.document, node, base) };
    let span = Span { start: format.span.start + base, end: format.span.end + base };
    let unknown = || Value::Unknown(Reason::DeploymentFile(file.document.text.path.clone()));
    let Some(template) = format.as_str() else { return Expr { span, value: unknown() } };
    let refers: Vec<_> = file
        .references
        .iter()
        .filter(|one| one.span.start >= format.span.start && one.span.end <= format.span.end)
        .collect();
    let value = match refers.as_slice() {
        [] => literal(template).map_or_else(unknown, |text| Value::Str(text.into())),
        [only] if only.root == "env" && template == format!("{{env.{}}}", only.name) => {
            let default = node.get("env").and_then(|defaults| defaults.get(&only.name));
            let default = default.map(|default| value_of(&file.document, default, base));
            match default {
                Some(default) => as_text(&default).map_or_else(unknown, |text| {
                    let default = Expr { span: default.span, value: Value::Str(text) };
                    read_of_environment("os.environ.get", span, &only.name, Some(default))
                }),
                // Formatting fails, and with it the start.
                None => read_of_environment("os.environ.__getitem__", span, &only.name, None),
            }
        }
        _ => match pattern(template) {
            Some(pattern) => Value::Unknown(Reason::Text { pattern: pattern.into(), shown: template.into() }),
            None => unknown(),
        },
    };
    Expr { span, value }
}

/// `str.format` of a default that is a text or a whole number.
fn as_text(value: &Expr) -> Option<Arc<str>> {
    match &value.value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string().into()),
        _ => None,
    }
}

fn read_of_environment(callee: &str, span: Span, name: &str, default: Option<Expr>) -> Value {
    let name = Expr { span, value: Value::Str(name.into()) };
    let args = std::iter::once(name).chain(default);
    let args = args.map(|value| Arg { kind: ArgKind::Positional, value }).collect();
    Value::Call(Arc::new(Call { callee: Expr { span, value: Value::Imported(callee.into()) }, args }))
}

/// A template without fields as `str.format` gives it.
fn literal(template: &str) -> Option<String> {
    pattern(template).filter(|text| !text.contains(HOLE))
}

/// A template with a hole in the place of each field; `None` when it is no template.
fn pattern(template: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = template.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' if rest.next_if_eq(&'{').is_some() => out.push('{'),
            '}' if rest.next_if_eq(&'}').is_some() => out.push('}'),
            '{' => {
                rest.by_ref().find(|c| *c == '}')?;
                out.push(HOLE);
            }
            '}' => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_keep_what_is_known_of_them() {
        assert_eq!(pattern("{env.A}/x{{y}}").as_deref(), Some("\0/x{y}"));
        assert_eq!(literal("a{{b}}").as_deref(), Some("a{b}"));
        assert_eq!(literal("{env.A}"), None);
        assert_eq!(pattern("a}"), None);
        assert_eq!(pattern("{a"), None);
    }
}
