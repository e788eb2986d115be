//! Values of the source as JSON, as far as they are known.

use serde_json::{Map, Number, Value as Json, json};

use super::{Expr, Value};

/// How deep collections are shown.
const MAX_DEPTH: u32 = 16;

/// What stands for a value that the source does not tell.
pub fn not_known() -> Json {
    json!({ "known": false })
}

/// A value: plain JSON where it is known, `{"known": false}` in the place of everything else. What leads out of the
/// module keeps its dotted name.
pub fn value(expr: &Expr) -> Json {
    of(expr, 0)
}

fn of(expr: &Expr, depth: u32) -> Json {
    if depth > MAX_DEPTH {
        return not_known();
    }
    let below = |parts: &[Expr]| Json::Array(parts.iter().map(|part| of(part, depth + 1)).collect());
    match &expr.value {
        Value::None => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => json!(number),
        Value::Number(text) => match text.parse::<f64>().ok().and_then(Number::from_f64) {
            Some(number) => Json::Number(number),
            None => json!(text),
        },
        Value::Str(text) => json!(text),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_or_else(|_| not_known(), |text| json!(text)),
        Value::List(parts) | Value::Tuple(parts) | Value::Set(parts) => below(parts),
        Value::Dict(entries) => {
            let mut out = Map::new();
            for (key, value) in entries.iter() {
                match &key.value {
                    Value::Str(name) => out.insert(name.to_string(), of(value, depth + 1)),
                    Value::Int(number) => out.insert(number.to_string(), of(value, depth + 1)),
                    _ => return not_known(),
                };
            }
            Json::Object(out)
        }
        Value::Imported(path) => json!({ "known": false, "name": path }),
        Value::Function(function) => json!({ "known": false, "name": function.name }),
        Value::Class(class) => json!({ "known": false, "name": class.name }),
        Value::Call(call) => match &call.callee.value {
            Value::Imported(path) => json!({ "known": false, "call": path }),
            Value::Class(class) => json!({ "known": false, "call": class.name }),
            Value::Function(function) => json!({ "known": false, "call": function.name }),
            _ => not_known(),
        },
        Value::Either(_) | Value::Maybe(_) | Value::Unknown(_) => not_known(),
    }
}

/// The last part of a dotted name.
pub fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
