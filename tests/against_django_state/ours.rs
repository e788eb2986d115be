//! Our state in the shape of `scripts/truth/state.py`.

use bklog_lint::django::Maybe;
use bklog_lint::django::state::{ConstraintKind, Default, Field, ModelKey, ProjectState};
use bklog_lint::mysql::Features;
use bklog_lint::syntax::{Expr, Value};
use serde_json::{Map, Value as Json, json};

fn shown<T: serde::Serialize>(value: Maybe<T>) -> Json {
    match value {
        Ok(value) => json!(value),
        Err(why) => json!({ "unknown": why.to_string() }),
    }
}

/// Every model of the project's own migrations.
pub fn describe(state: &ProjectState, features: &Features) -> Json {
    let models = state.models().map(|(key, _)| (key.to_string(), describe_model(state, key, features)));
    Json::Object(models.collect())
}

pub fn describe_model(state: &ProjectState, key: &ModelKey, features: &Features) -> Json {
    let model = state.model(key).unwrap();
    let fields = match state.local_fields(key) {
        Ok(fields) => {
            json!(fields.iter().map(|field| describe_field(state, key, field, features)).collect::<Vec<_>>())
        }
        Err(why) => json!({ "unknown": why.to_string() }),
    };
    let sorted = |sets: &Maybe<Vec<Vec<std::sync::Arc<str>>>>| {
        shown(sets.clone().map(|mut sets| {
            sets.sort();
            sets
        }))
    };
    let indexes: Vec<Json> = model
        .options
        .indexes
        .iter()
        .map(|index| json!([shown(index.name.clone()), shown(index.fields.clone())]))
        .collect();
    let constraints: Vec<Json> = model
        .options
        .constraints
        .iter()
        .map(|constraint| {
            let (class, fields) = match &constraint.kind {
                ConstraintKind::Check(_) => ("CheckConstraint", json!([])),
                ConstraintKind::Unique { fields, .. } => ("UniqueConstraint", shown(fields.clone())),
                ConstraintKind::Other(_) => ("?", json!([])),
            };
            json!([shown(constraint.name.clone()), class, fields])
        })
        .collect();
    json!({
        "name": model.name,
        "table": shown(state.table(key)),
        "managed": shown(model.options.managed.clone()),
        "proxy": shown(model.options.proxy.clone()),
        "primary_key": shown(state.primary_key(key).map(|(owner, field)| [owner.to_string(), field.name.to_string()])),
        "fields": fields,
        "state_fields": model.fields.iter().map(|field| &field.name).collect::<Vec<_>>(),
        "unique_together": sorted(&model.options.unique_together),
        "index_together": sorted(&model.options.index_together),
        "indexes": indexes,
        "constraints": constraints,
        "order_with_respect_to": shown(model.options.order_with_respect_to.clone()),
        "comment": shown(model.options.db_table_comment.clone().map(|text| text.filter(|text| !text.is_empty()))),
    })
}

fn describe_field(state: &ProjectState, key: &ModelKey, field: &Field, features: &Features) -> Json {
    if field.uncertain.is_some() {
        return json!({ "name": field.name, "uncertain": true });
    }
    let db_type = state.db_type(field, features);
    let column = if matches!(db_type, Ok(None)) { Json::Null } else { shown(field.column()) };
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| {
        out.insert(name.to_owned(), value);
    };
    put("name", json!(field.name));
    put("class", json!(field.class.name));
    put("column", column);
    put("db_type", shown(db_type));
    put("null", shown(field.null()));
    put("unique", shown(field.unique()));
    put("db_index", shown(field.db_index()));
    put("primary_key", shown(field.primary_key()));
    put("default", describe_default(&field.default()));
    let relation = field.relation.as_ref();
    put("to", relation.map_or(Json::Null, |relation| shown(relation.to.clone().map(|to| to.to_string()))));
    put("through", Json::Null);
    if field.is_many_to_many() {
        put("through", describe_through(state, key, field, features));
    } else if field.is_foreign_key() {
        put("to_field", shown(state.target(field).map(|(_, target)| target.name.to_string())));
        put("db_constraint", shown(field.db_constraint()));
    }
    Json::Object(out)
}

fn describe_through(state: &ProjectState, key: &ModelKey, field: &Field, features: &Features) -> Json {
    match state.through(key, field) {
        Ok(through) => {
            let columns: Vec<Json> = through
                .fields
                .iter()
                .map(|field| json!([shown(field.column()), shown(state.db_type(field, features))]))
                .collect();
            json!({
                "table": through.table,
                "auto": through.model.is_none(),
                "columns": columns,
                "managed": shown(through.managed),
            })
        }
        Err(why) => json!({ "unknown": why.to_string() }),
    }
}

fn describe_default(default: &Default) -> Json {
    match default {
        Default::NotProvided => Json::Null,
        Default::Value(value) => json!({ "value": repr(value) }),
        Default::Callable(_) => json!("callable"),
        Default::Imported(path) => json!({ "imported": path }),
        Default::Unknown(why) => json!({ "unknown": why.to_string() }),
    }
}

/// Python's `repr` of the values that the generator and the fixtures write.
fn repr(value: &Expr) -> String {
    match &value.value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Number(text) => text.to_string(),
        Value::Str(text) => format!("'{text}'"),
        Value::Bytes(bytes) => format!("b'{}'", String::from_utf8_lossy(bytes)),
        Value::List(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Dict(items) => {
            let items = items.iter().map(|(key, value)| format!("{}: {}", repr(key), repr(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}
