//! A field as `inspect operations` shows it.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::django::fields::BuiltIn;
use crate::syntax::{Arg, ArgKind, Call, Expr, Value};

use crate::syntax::shown::{last_part, not_known, value};

/// The class and the arguments of a field. `null`, `max_length`, `unique` and `db_index` are what the field has in
/// Django, so they are there when the source leaves them out; `default` is null when there is none.
pub(super) fn field_def(field: &Expr) -> Json {
    let Value::Call(call) = &field.value else {
        return not_known();
    };
    let (class, built_in) = match &call.callee.value {
        Value::Imported(path) => (last_part(path), BuiltIn::from_path(path)),
        Value::Class(class) => (class.name.as_ref(), None),
        Value::Function(function) => (function.name.as_ref(), None),
        _ => return not_known(),
    };
    let arguments = Arguments { bound: bind(call, built_in), open: call.has_unknown_arguments(), built_in };
    let mut out = Map::new();
    out.insert("class".to_owned(), json!(class));
    out.insert("null".to_owned(), arguments.null());
    out.insert("max_length".to_owned(), arguments.max_length());
    out.insert("default".to_owned(), arguments.default());
    out.insert("unique".to_owned(), arguments.unique());
    out.insert("db_index".to_owned(), arguments.db_index());
    for (name, expr) in &arguments.bound {
        if !out.contains_key(name.as_ref()) {
            out.insert(name.to_string(), argument(name, expr));
        }
    }
    Json::Object(out)
}

/// An argument: `on_delete` and other names of `django.db.models` are known by their last part.
fn argument(name: &str, expr: &Expr) -> Json {
    match &expr.value {
        Value::Imported(path) if name == "on_delete" && path.starts_with("django.db.models.") => {
            json!(last_part(path))
        }
        _ => value(expr),
    }
}

/// The arguments by parameter name.
fn bind(call: &Call, built_in: Option<BuiltIn>) -> Vec<(Arc<str>, Expr)> {
    let mut positional = built_in.map(BuiltIn::parameters).unwrap_or_default().iter();
    let mut out: Vec<(Arc<str>, Expr)> = Vec::with_capacity(call.args.len());
    for Arg { kind, value } in &call.args {
        let name: Option<Arc<str>> = match kind {
            ArgKind::Positional => positional.next().map(|name| Arc::from(*name)),
            ArgKind::Keyword(name) => Some(name.clone()),
            ArgKind::Splat => break,
            ArgKind::DoubleSplat => None,
        };
        out.extend(name.map(|name| (name, value.clone())));
    }
    out
}

struct Arguments {
    bound: Vec<(Arc<str>, Expr)>,
    /// True when `*args` or `**kwargs` may carry more.
    open: bool,
    built_in: Option<BuiltIn>,
}

impl Arguments {
    fn get(&self, name: &str) -> Option<&Expr> {
        self.bound.iter().find(|(bound, _)| bound.as_ref() == name).map(|(_, value)| value)
    }

    /// An argument that is written, or what Django's class has without it; a class that is not Django's may change
    /// what is not written.
    fn effective(&self, name: &str, without: impl FnOnce(BuiltIn) -> Json) -> Json {
        match (self.get(name), self.built_in) {
            (Some(written), _) => value(written),
            (None, Some(class)) if !self.open => without(class),
            _ => not_known(),
        }
    }

    fn null(&self) -> Json {
        self.effective("null", |class| json!(class == BuiltIn::NullBooleanField))
    }

    fn max_length(&self) -> Json {
        let own = self.built_in.and_then(BuiltIn::own_max_length);
        match own {
            Some((length, false)) => json!(length),
            own => self.effective("max_length", |_| own.map_or(Json::Null, |(length, _)| json!(length))),
        }
    }

    fn default(&self) -> Json {
        match self.get("default") {
            Some(default) => match value(default) {
                Json::Object(map) if map.get("known") == Some(&Json::Bool(false)) => Json::Object(map),
                known => json!({ "known": true, "value": known }),
            },
            None if self.open || self.built_in.is_none() => not_known(),
            None => Json::Null,
        }
    }

    /// As Django has it: a primary key is unique too.
    fn unique(&self) -> Json {
        if self.get("primary_key").is_some_and(|key| key.value == Value::Bool(true)) {
            return json!(true);
        }
        self.effective("unique", |class| json!(class == BuiltIn::OneToOneField))
    }

    fn db_index(&self) -> Json {
        let indexed = |class: BuiltIn| class.is_foreign_key() || class == BuiltIn::SlugField;
        self.effective("db_index", |class| json!(indexed(class)))
    }
}
