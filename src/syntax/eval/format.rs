//! `%`, `.format` and f-strings over known parts.

use super::super::value::{Expr, Reason, Value};
use super::world::HOLE;

/// What `str()` gives for a value; `None` where that is not known.
pub(super) fn to_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Str(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::None => "None".to_owned(),
        _ => return None,
    })
}

/// What is known of `str()` of any value, with [`HOLE`] for what is not.
pub(super) fn to_pattern(value: &Value) -> Option<String> {
    Some(match value {
        Value::Unknown(Reason::Text { pattern, .. }) => pattern.to_string(),
        other => to_text(other).unwrap_or_else(|| HOLE.to_string()),
    })
}

/// `text % value`, with `text_of` for its parts; `None` where the result is not known or Python would raise an error.
pub(super) fn percent(text: &str, value: &Value, text_of: fn(&Value) -> Option<String>) -> Option<String> {
    let single;
    let positional: &[Expr] = match value {
        Value::Tuple(parts) => parts,
        Value::Dict(_) => &[],
        other => {
            single = [Expr { span: crate::source::Span::default(), value: other.clone() }];
            &single
        }
    };
    let mut next = positional.iter();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let part = match rest.strip_prefix('(') {
            Some(after) => {
                let (name, after) = after.split_once(')')?;
                rest = after;
                lookup(value, name)?
            }
            None => &next.next()?.value,
        };
        let (conversion, after) = rest.split_at_checked(1)?;
        match (conversion, part) {
            ("s", _) => out.push_str(&text_of(part)?),
            ("d" | "i", Value::Int(number)) => out.push_str(&number.to_string()),
            _ => return None,
        }
        rest = after;
    }
    out.push_str(rest);
    next.next().is_none().then_some(out)
}

fn lookup<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Dict(entries) = value else {
        return None;
    };
    let found = entries.iter().rev().find(|(key, _)| key.as_str().is_none_or(|key| key == name))?;
    (found.0.as_str() == Some(name)).then_some(&found.1.value)
}

/// `text.format(*positional, **keywords)`, with `text_of` for its parts; `None` where the result is not known or Python would raise an error.
pub(super) fn braces(
    text: &str,
    positional: &[&Value],
    keywords: &[(&str, &Value)],
    text_of: fn(&Value) -> Option<String>,
) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut automatic = 0;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        if rest.as_bytes().first() == Some(&brace) {
            out.push(brace as char);
            rest = &rest[1..];
            continue;
        }
        if brace == b'}' {
            return None;
        }
        let (name, after) = rest.split_once('}')?;
        rest = after;
        let part = if name.is_empty() {
            automatic += 1;
            *positional.get(automatic - 1)?
        } else if let Ok(index) = name.parse::<usize>() {
            *positional.get(index)?
        } else {
            keywords.iter().find(|(key, _)| *key == name)?.1
        };
        out.push_str(&text_of(part)?);
    }
    out.push_str(rest);
    Some(out)
}
