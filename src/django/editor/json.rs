//! Python's `json.dumps` with its default settings.

use super::default::float;
use super::literal::python_float;
use crate::syntax::{Expr, Value};

/// How deep values are followed.
const MAX_DEPTH: u32 = 64;

/// The JSON text of a value; `None` when a part of it is not known or is nothing that JSON has.
pub(super) fn dumps(expr: &Expr) -> Option<String> {
    let mut out = String::new();
    write(expr, &mut out, 0)?;
    Some(out)
}

fn write(expr: &Expr, out: &mut String, depth: u32) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &expr.value {
        Value::None => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(text),
        Value::Number(_) => out.push_str(&python_float(float(expr)?)),
        Value::Str(text) => string(text, out),
        Value::List(items) | Value::Tuple(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write(item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Dict(items) => {
            out.push('{');
            for (at, (key, value)) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                match &key.value {
                    Value::Str(text) => string(text, out),
                    Value::Int(number) => string(&number.to_string(), out),
                    _ => return None,
                }
                out.push_str(": ");
                write(value, out, depth + 1)?;
            }
            out.push('}');
        }
        _ => return None,
    }
    Some(())
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    let mut units = [0u16; 2];
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(char),
            other => {
                for unit in other.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
