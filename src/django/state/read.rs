//! Reads fields, indexes, constraints and options from what a migration file says.

use std::sync::Arc;

use crate::syntax::{Arg, ArgKind, Call, Expr, Value};

use super::super::fields::{BuiltIn, FieldClass, Passed, ResolvedClass};
use super::super::migration::Migration;
use super::super::unknown::{Maybe, Unknown};
use super::field::{as_bool, as_text, not_known};
use super::model::{Base, Constraint, ConstraintKind, Index};
use super::related::text;
use super::{Context, Default, Field, ModelKey, Options, Origin, Relation};

/// A field from its definition in a migration: `models.CharField(max_length=64)`. `model` is the model that it is (or
/// will be) part of.
pub fn read_field(
    name: &str,
    definition: &Expr,
    model: &ModelKey,
    migration: &Migration,
    context: &Context<'_>,
) -> Field {
    let origin = Some(origin(migration, definition));
    let Value::Call(call) = &definition.value else {
        let why = not_known("field", definition);
        let class = FieldClass { name: "?".into(), path: "?".into(), resolved: Err(why.clone()) };
        return Field {
            name: name.into(),
            class,
            args: Vec::new(),
            open_arguments: true,
            default_is_callable: false,
            relation: None,
            output_field: None,
            origin,
            uncertain: Some(why),
        };
    };
    let class = context.classes.class(&call.callee, &migration.file);
    let (mut args, open_arguments) = bind(call, class.resolved.as_deref().ok());
    if class.is(|class| class == BuiltIn::CompositePrimaryKey) {
        args.push(("field_names".into(), field_names(call, definition)));
    }
    let mut field = Field {
        name: name.into(),
        class,
        args,
        open_arguments,
        default_is_callable: false,
        relation: None,
        output_field: None,
        origin,
        uncertain: None,
    };
    field.relation = relation(&field, model, context);
    resolve_default(&mut field, migration, context);
    if field.class.is(|class| class == BuiltIn::GeneratedField)
        && let Some(output) = field.arg("output_field")
        // A generated field of a generated field is nothing that Django takes.
        && !is_generated(output)
    {
        field.output_field = Some(Arc::new(read_field(name, output, model, migration, context)));
    }
    field
}

/// Looks an imported default up in the repository: a function stays what it is, a constant is replaced by its value.
fn resolve_default(field: &mut Field, migration: &Migration, context: &Context<'_>) {
    let Default::Imported(path) = field.default() else { return };
    match context.classes.value(&path, &migration.file) {
        Some(Value::Function(_) | Value::Class(_)) => field.default_is_callable = true,
        Some(value) => {
            for (_, argument) in field.args.iter_mut().filter(|(name, _)| name.as_ref() == "default") {
                argument.value = value.clone();
            }
        }
        None => {}
    }
}

/// The fields of a `CompositePrimaryKey`, which takes them by position.
fn field_names(call: &Call, definition: &Expr) -> Expr {
    let positional = call.args.iter().filter(|arg| arg.kind == ArgKind::Positional);
    let names: Vec<Expr> = positional.map(|arg| arg.value.clone()).collect();
    Expr { span: definition.span, value: Value::Tuple(Arc::new(names)) }
}

fn is_generated(definition: &Expr) -> bool {
    let Value::Call(call) = &definition.value else { return false };
    matches!(&call.callee.value, Value::Imported(path) if path.ends_with(".GeneratedField"))
}

/// Where `definition` stands.
pub(super) fn origin(migration: &Migration, definition: &Expr) -> Origin {
    Origin { migration: (migration.app.clone(), migration.name.clone()), span: definition.span }
}

/// The arguments by parameter name, with what constructors of the class do; true when more may be passed.
fn bind(call: &Call, class: Option<&ResolvedClass>) -> (Vec<(Arc<str>, Expr)>, bool) {
    // A constructor of its own may have other parameters, so that positional arguments mean nothing known.
    let own_constructor = class.is_none_or(|class| class.own_constructor);
    let parameters = match class {
        Some(class) if !own_constructor => class.django.parameters(),
        _ => &[],
    };
    let mut open = call.has_unknown_arguments();
    let mut positional = parameters.iter();
    let mut after_splat = false;
    let mut args: Vec<(Arc<str>, Expr)> = Vec::with_capacity(call.args.len());
    for Arg { kind, value } in &call.args {
        let name: Option<Arc<str>> = match kind {
            ArgKind::Positional if after_splat => None,
            ArgKind::Positional => {
                let next = positional.next().map(|name| Arc::from(*name));
                open |= next.is_none() && own_constructor;
                next
            }
            ArgKind::Keyword(name) => Some(name.clone()),
            ArgKind::Splat => {
                after_splat = true;
                None
            }
            ArgKind::DoubleSplat => None,
        };
        if let Some(name) = name
            && !args.iter().any(|(bound, _)| *bound == name)
        {
            args.push((name, value.clone()));
        }
    }
    for (name, passed) in class.into_iter().flat_map(|class| class.constructor.iter()) {
        let given = args.iter().position(|(bound, _)| bound == name);
        match (passed, given) {
            (Passed::Always(value), Some(at)) => args[at].1 = value.clone(),
            (Passed::Always(value) | Passed::Default(value), None) => {
                args.push((name.clone(), value.clone()))
            }
            (Passed::Default(_), Some(_)) | (Passed::Dropped, None) => {}
            (Passed::Dropped, Some(at)) => {
                args.remove(at);
            }
            (Passed::Unknown(reason), given) => {
                let value = Expr { span: call.callee.span, value: Value::Unknown(reason.clone()) };
                match given {
                    Some(at) => args[at].1 = value,
                    None => args.push((name.clone(), value)),
                }
            }
        }
    }
    (args, open)
}

fn relation(field: &Field, model: &ModelKey, context: &Context<'_>) -> Option<Relation> {
    let class = field.class.django().ok()?;
    if !class.is_foreign_key() && class != BuiltIn::ManyToManyField {
        return None;
    }
    let (to, setting) = match field.arg("to") {
        Some(to) => model_reference("to", to, model, context),
        None => {
            let why = Unknown::new("`to` is not given", "没有给出 `to`");
            (Err(why), None)
        }
    };
    let to_field = match field.arg("to_field") {
        Some(expr) => as_text(&expr.value).ok_or_else(|| not_known("to_field", expr)),
        None => Ok(None),
    };
    let through = match field.arg("through") {
        Some(Expr { value: Value::None, .. }) | None => Ok(None),
        Some(expr) => model_reference("through", expr, model, context).0.map(Some),
    };
    let through_fields = match field.arg("through_fields") {
        Some(Expr { value: Value::None, .. }) | None => Ok(None),
        Some(expr) => match names(expr).as_deref() {
            Some([from, to]) => Ok(Some((from.clone(), to.clone()))),
            _ => Err(not_known("through_fields", expr)),
        },
    };
    Some(Relation { to, setting, to_field, through, through_fields })
}

/// A reference to a model: `"app.Model"`, `"Model"` of the same app, `"self"`, `settings.AUTH_USER_MODEL`; with the
/// setting, when it is one.
fn model_reference(
    what: &str,
    expr: &Expr,
    own: &ModelKey,
    context: &Context<'_>,
) -> (Maybe<ModelKey>, Option<Arc<str>>) {
    // `getattr(settings, "X", "app.Model")` gives both the setting and its fallback: the setting is what the code means.
    let setting = expr.alternatives().into_iter().find_map(|each| match &each.value {
        Value::Imported(path) => path.strip_prefix("django.conf.settings."),
        _ => None,
    });
    if let Some(setting) = setting {
        let model = context.swappable.get(setting).and_then(|model| ModelKey::parse(model));
        let model = model.ok_or_else(|| {
            Unknown::new(
                format!("the value of the setting `{setting}` is not known"),
                format!("配置项 `{setting}` 的值未知"),
            )
        });
        return (model, Some(setting.into()));
    }
    let model = match text(expr) {
        Some(text) if text.as_ref() == "self" => Ok(own.clone()),
        Some(text) => Ok(ModelKey::parse(text).unwrap_or_else(|| ModelKey::new(own.app.clone(), text))),
        None => Err(not_known(what, expr)),
    };
    (model, None)
}

/// The strings of a list, tuple or set; `None` when a part of it is not known.
pub fn names(expr: &Expr) -> Option<Vec<Arc<str>>> {
    expr.elements()?.iter().map(|each| text(each).cloned()).collect()
}

/// Sets of fields as `normalize_together` takes them: one set or several, duplicates left out.
pub(super) fn together(what: &str, expr: &Expr) -> Maybe<Vec<Vec<Arc<str>>>> {
    let unknown = || not_known(what, expr);
    let Some(elements) = expr.elements() else {
        return if as_bool(&expr.value) == Some(false) { Ok(Vec::new()) } else { Err(unknown()) };
    };
    if elements.first().is_some_and(|first| text(first).is_some()) {
        return Ok(vec![names(expr).ok_or_else(unknown)?]);
    }
    let mut sets: Vec<Vec<Arc<str>>> = Vec::with_capacity(elements.len());
    for element in elements {
        let set = names(element).ok_or_else(unknown)?;
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    Ok(sets)
}

/// An index from its definition: `models.Index(fields=["a"], name="x")`.
pub fn read_index(definition: &Expr, migration: &Migration) -> Index {
    let origin = Some(origin(migration, definition));
    let Value::Call(call) = &definition.value else {
        let why = not_known("index", definition);
        return Index {
            name: Err(why.clone()),
            class: Err(why.clone()),
            fields: Err(why.clone()),
            expressions: Vec::new(),
            condition: None,
            include: Err(why),
            definition: definition.clone(),
            origin,
        };
    };
    let fields = match call.argument("fields", None) {
        Some(expr) => names(expr).ok_or_else(|| not_known("fields", expr)).map(|names| {
            let direction = |name: Arc<str>| match name.strip_prefix('-') {
                Some(bare) => (bare.into(), true),
                None => (name, false),
            };
            names.into_iter().map(direction).collect()
        }),
        None if call.has_unknown_arguments() => Err(open("fields")),
        None => Ok(Vec::new()),
    };
    Index {
        name: name_of(call),
        class: class_path(call),
        fields,
        expressions: positional(call),
        condition: given(call, "condition"),
        include: names_argument(call, "include"),
        definition: definition.clone(),
        origin,
    }
}

/// A constraint from its definition: `models.UniqueConstraint(fields=["a"], name="x")`.
pub fn read_constraint(definition: &Expr, migration: &Migration) -> Constraint {
    let origin = Some(origin(migration, definition));
    let Value::Call(call) = &definition.value else {
        let why = not_known("constraint", definition);
        return Constraint {
            name: Err(why.clone()),
            kind: ConstraintKind::Other(Err(why)),
            definition: definition.clone(),
            origin,
        };
    };
    let class = class_path(call);
    let kind = match class.as_deref() {
        Ok("django.db.models.CheckConstraint" | "django.db.models.constraints.CheckConstraint") => {
            match given(call, "condition").or_else(|| given(call, "check")) {
                Some(condition) => ConstraintKind::Check(condition),
                None => ConstraintKind::Other(Err(open("condition"))),
            }
        }
        Ok("django.db.models.UniqueConstraint" | "django.db.models.constraints.UniqueConstraint") => {
            let special = ["deferrable", "include", "opclasses", "nulls_distinct"];
            ConstraintKind::Unique {
                fields: names_argument(call, "fields"),
                expressions: positional(call),
                condition: given(call, "condition"),
                special: special
                    .into_iter()
                    .filter(|name| given(call, name).is_some())
                    .map(Arc::from)
                    .collect(),
            }
        }
        _ => ConstraintKind::Other(class),
    };
    Constraint { name: name_of(call), kind, definition: definition.clone(), origin }
}

fn class_path(call: &Call) -> Maybe<Arc<str>> {
    match &call.callee.value {
        Value::Imported(path) => Ok(path.clone()),
        Value::Class(class) => Ok(class.name.clone()),
        _ => Err(not_known("class", &call.callee)),
    }
}

fn name_of(call: &Call) -> Maybe<Arc<str>> {
    match call.argument("name", None) {
        Some(name) => text(name).cloned().ok_or_else(|| not_known("name", name)),
        None => Err(open("name")),
    }
}

fn open(name: &str) -> Unknown {
    Unknown::new(format!("`{name}` is not given in a way that is known"), format!("`{name}` 的给法无法确定"))
}

fn names_argument(call: &Call, name: &str) -> Maybe<Vec<Arc<str>>> {
    match call.argument(name, None) {
        Some(Expr { value: Value::None, .. }) => Ok(Vec::new()),
        Some(expr) => names(expr).ok_or_else(|| not_known(name, expr)),
        None if call.has_unknown_arguments() => Err(open(name)),
        None => Ok(Vec::new()),
    }
}

/// An argument that is something else than `None`, an empty list or an empty tuple.
fn given(call: &Call, name: &str) -> Option<Expr> {
    let argument = call.argument(name, None)?;
    let empty = argument.value == Value::None || argument.elements().is_some_and(<[Expr]>::is_empty);
    (!empty).then(|| argument.clone())
}

fn positional(call: &Call) -> Vec<Expr> {
    let args = call.args.iter().filter(|arg| arg.kind == ArgKind::Positional);
    args.map(|arg| arg.value.clone()).collect()
}

/// `bases` of `CreateModel`.
pub(super) fn bases(expr: Option<&Expr>) -> Arc<[Base]> {
    let Some(expr) = expr.filter(|expr| as_bool(&expr.value) != Some(false)) else {
        return Arc::from([Base::Model]);
    };
    let Some(elements) = expr.elements() else {
        return Arc::from([Base::Unknown(not_known("bases", expr))]);
    };
    let base = |element: &Expr| match &element.value {
        Value::Str(text) => match ModelKey::parse(text) {
            Some(key) => Base::State(key),
            None => Base::Unknown(not_known("bases", element)),
        },
        Value::Imported(path) if is_model(path) => Base::Model,
        Value::Imported(path) => Base::Class(path.clone()),
        Value::Class(class) => Base::Class(class.name.clone()),
        _ => Base::Unknown(not_known("bases", element)),
    };
    if elements.is_empty() { Arc::from([Base::Model]) } else { elements.iter().map(base).collect() }
}

fn is_model(path: &str) -> bool {
    matches!(path, "django.db.models.Model" | "django.db.models.base.Model")
}

/// Sets the options that the dictionary holds.
pub(super) fn set_options(options: &mut Options, dictionary: &Expr, migration: &Migration) {
    let Value::Dict(entries) = &dictionary.value else {
        if as_bool(&dictionary.value) != Some(false) {
            options.uncertain = Some(not_known("options", dictionary));
        }
        return;
    };
    for (key, value) in entries.iter() {
        match text(key) {
            Some(name) => set_option(options, name, value, migration),
            None => options.uncertain = Some(not_known("options", key)),
        }
    }
}

/// Sets one option.
pub(super) fn set_option(options: &mut Options, name: &str, value: &Expr, migration: &Migration) {
    let flag = || as_bool(&value.value).ok_or_else(|| not_known(name, value));
    let name_or_none = || as_text(&value.value).ok_or_else(|| not_known(name, value));
    match name {
        "db_table" => options.db_table = name_or_none(),
        "db_table_comment" => options.db_table_comment = name_or_none(),
        "db_tablespace" => options.db_tablespace = name_or_none(),
        "managed" => options.managed = flag(),
        "proxy" => options.proxy = flag(),
        "abstract" => options.is_abstract = flag(),
        "swappable" => options.swappable = name_or_none(),
        "required_db_vendor" => options.required_db_vendor = name_or_none(),
        "order_with_respect_to" => options.order_with_respect_to = name_or_none(),
        "unique_together" => options.unique_together = together(name, value),
        "index_together" => options.index_together = together(name, value),
        "indexes" | "constraints" => match value.elements() {
            Some(elements) if name == "indexes" => {
                options.indexes = elements.iter().map(|each| Arc::new(read_index(each, migration))).collect();
            }
            Some(elements) => {
                options.constraints =
                    elements.iter().map(|each| Arc::new(read_constraint(each, migration))).collect();
            }
            None if as_bool(&value.value) == Some(false) => {}
            None => options.uncertain = Some(not_known(name, value)),
        },
        _ => {}
    }
}
