//! A field of a model state.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Call, Expr, Value};

use super::super::fields::{BuiltIn, FieldClass};
use super::super::graph::Key;
use super::super::unknown::{Maybe, Unknown};
use super::ModelKey;

/// A field as a migration defines it, with what later operations made of it.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in the model.
    pub name: Arc<str>,
    /// Its class.
    pub class: FieldClass,
    /// Arguments by Django's parameter name: those of the call, with what the class's own constructor makes of them.
    pub args: Vec<(Arc<str>, Expr)>,
    /// True when `*args` or `**kwargs` of something unknown may carry more.
    pub open_arguments: bool,
    /// True when `default` is imported and the repository's source shows that it is a function or a class.
    pub default_is_callable: bool,
    /// What it relates to; `None` for a field that is no relation (or whose class is not known).
    pub relation: Option<Relation>,
    /// `output_field` of a generated field.
    pub output_field: Option<Arc<Field>>,
    /// Where it is defined; `None` for a field that Django adds by itself (`id`, `parent_ptr`, `_order`).
    pub origin: Option<Origin>,
    /// Why it is not known whether the field is as it stands here (conditional code, an operation nobody understands).
    pub uncertain: Option<Unknown>,
}

/// The place in a migration that defines a field, an index or a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// App label and migration name.
    pub migration: Key,
    /// The definition in that file.
    pub span: Span,
}

/// A foreign key, one-to-one or many-to-many relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The model it points to; `self` is already the field's own model.
    pub to: Maybe<ModelKey>,
    /// The setting that names the model, for a swappable one: `AUTH_USER_MODEL`.
    pub setting: Option<Arc<str>>,
    /// `to_field`, when one is given: the name of a field of the model it points to.
    pub to_field: Maybe<Option<Arc<str>>>,
    /// `through` of a many-to-many relation, when one is given.
    pub through: Maybe<Option<ModelKey>>,
    /// `through_fields`, when given.
    pub through_fields: Maybe<Option<(Arc<str>, Arc<str>)>>,
}

/// What `default` of a field is.
#[derive(Debug, Clone, PartialEq)]
pub enum Default {
    /// None is given.
    NotProvided,
    /// A value that the source tells: a literal, a collection of such values, or a date, a time, a `Decimal` or a `UUID`
    /// that is built of literals (a [`Value::Call`]).
    Value(Expr),
    /// Something that Django calls when it needs the value: a function of this file or the dotted path of one that is
    /// known to be callable (`builtins.dict`, `django.utils.timezone.now`, `apps.utils.get_app_code`).
    Callable(Arc<str>),
    /// Imported from outside the repository: a function or a constant.
    Imported(Arc<str>),
    /// Not known.
    Unknown(Unknown),
}

impl Field {
    /// The argument bound to Django's parameter `name`.
    pub fn arg(&self, name: &str) -> Option<&Expr> {
        self.args.iter().find(|(key, _)| key.as_ref() == name).map(|(_, value)| value)
    }

    /// The argument `name` as `read` understands it, or what Django's class has without it.
    fn value<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
        without: impl FnOnce(BuiltIn) -> T,
    ) -> Maybe<T> {
        match self.arg(name) {
            Some(expr) => read(&expr.value).ok_or_else(|| not_known(name, expr)),
            None if self.open_arguments => Err(Unknown::new(
                format!("`{name}` may be among arguments that only running the code tells"),
                format!("`{name}` 可能在只有运行代码才能知道的参数中"),
            )),
            None => Ok(without(self.class.django()?)),
        }
    }

    fn flag(&self, name: &str, without: impl FnOnce(BuiltIn) -> bool) -> Maybe<bool> {
        self.value(name, as_bool, without)
    }

    fn text(&self, name: &str) -> Maybe<Option<Arc<str>>> {
        self.value(name, as_text, |_| None)
    }

    /// `null`
    pub fn null(&self) -> Maybe<bool> {
        self.flag("null", |class| class == BuiltIn::NullBooleanField)
    }

    /// `blank`
    pub fn blank(&self) -> Maybe<bool> {
        self.flag("blank", |class| {
            matches!(
                class,
                BuiltIn::NullBooleanField
                    | BuiltIn::AutoField
                    | BuiltIn::BigAutoField
                    | BuiltIn::SmallAutoField
            )
        })
    }

    /// `primary_key`
    pub fn primary_key(&self) -> Maybe<bool> {
        self.flag("primary_key", |_| false)
    }

    /// `unique` as Django has it: a primary key and a one-to-one relation are unique too.
    pub fn unique(&self) -> Maybe<bool> {
        if self.class.is(|class| class == BuiltIn::OneToOneField) || self.primary_key() == Ok(true) {
            return Ok(true);
        }
        self.flag("unique", |_| false)
    }

    /// `db_index` as Django has it: foreign keys and slugs are indexed unless told otherwise.
    pub fn db_index(&self) -> Maybe<bool> {
        self.flag("db_index", |class| class.is_foreign_key() || class == BuiltIn::SlugField)
    }

    /// `max_length`, or the one that the class sets itself.
    pub fn max_length(&self) -> Maybe<Option<i64>> {
        if let Some((length, false)) = self.class.django().ok().and_then(BuiltIn::own_max_length) {
            return Ok(Some(length));
        }
        self.value("max_length", as_number, |class| class.own_max_length().map(|(length, _)| length))
    }

    /// `max_digits`
    pub fn max_digits(&self) -> Maybe<Option<i64>> {
        self.value("max_digits", as_number, |_| None)
    }

    /// `decimal_places`
    pub fn decimal_places(&self) -> Maybe<Option<i64>> {
        self.value("decimal_places", as_number, |_| None)
    }

    /// `db_column`
    pub fn db_column(&self) -> Maybe<Option<Arc<str>>> {
        self.text("db_column")
    }

    /// `db_collation`
    pub fn db_collation(&self) -> Maybe<Option<Arc<str>>> {
        self.text("db_collation")
    }

    /// `db_comment`
    pub fn db_comment(&self) -> Maybe<Option<Arc<str>>> {
        self.text("db_comment")
    }

    /// `db_tablespace`
    pub fn db_tablespace(&self) -> Maybe<Option<Arc<str>>> {
        self.text("db_tablespace")
    }

    /// `db_table` of a many-to-many relation.
    pub fn db_table(&self) -> Maybe<Option<Arc<str>>> {
        self.text("db_table")
    }

    /// `db_constraint` of a relation.
    pub fn db_constraint(&self) -> Maybe<bool> {
        self.flag("db_constraint", |_| true)
    }

    /// `auto_now`
    pub fn auto_now(&self) -> Maybe<bool> {
        self.flag("auto_now", |_| false)
    }

    /// `auto_now_add`
    pub fn auto_now_add(&self) -> Maybe<bool> {
        self.flag("auto_now_add", |_| false)
    }

    /// `auto_created`: such a field stands before all others in its table.
    pub fn auto_created(&self) -> Maybe<bool> {
        self.flag("auto_created", |_| false)
    }

    /// `parent_link`: a one-to-one relation that links a model to the one it inherits from.
    pub fn parent_link(&self) -> Maybe<bool> {
        self.flag("parent_link", |_| false)
    }

    /// `default`
    pub fn default(&self) -> Default {
        match self.arg("default") {
            Some(expr) => match Default::of(expr) {
                Default::Imported(path) if self.default_is_callable => Default::Callable(path),
                default => default,
            },
            None if self.open_arguments => Default::Unknown(Unknown::new(
                "`default` may be among arguments that only running the code tells",
                "`default` 可能在只有运行代码才能知道的参数中",
            )),
            None => match self.class.django() {
                Ok(_) => Default::NotProvided,
                Err(why) => Default::Unknown(why),
            },
        }
    }

    /// `db_default` as it is written: a literal or an expression (`Now()`).
    pub fn db_default(&self) -> Option<&Expr> {
        self.arg("db_default")
    }

    /// `on_delete` by its last part (`CASCADE`), when it is one of Django's.
    pub fn on_delete(&self) -> Option<&str> {
        match &self.arg("on_delete")?.value {
            Value::Imported(path) => path.rsplit('.').next(),
            _ => None,
        }
    }

    /// True for a many-to-many relation.
    pub fn is_many_to_many(&self) -> bool {
        self.class.is(|class| class == BuiltIn::ManyToManyField)
    }

    /// True for a foreign key or a one-to-one relation.
    pub fn is_foreign_key(&self) -> bool {
        self.class.is(BuiltIn::is_foreign_key)
    }

    /// `attname`: the attribute that holds the column's value, `owner_id` for the foreign key `owner`.
    pub fn attname(&self) -> Maybe<Arc<str>> {
        Ok(if self.class.django()?.is_foreign_key() {
            format!("{}_id", self.name).into()
        } else {
            self.name.clone()
        })
    }

    /// The column; `None` for a many-to-many relation, which has none.
    pub fn column(&self) -> Maybe<Option<Arc<str>>> {
        let class = self.class.django()?;
        if matches!(class, BuiltIn::ManyToManyField | BuiltIn::CompositePrimaryKey) {
            return Ok(None);
        }
        match self.db_column()? {
            // An empty `db_column` counts as none.
            Some(column) if !column.is_empty() => Ok(Some(column)),
            _ => self.attname().map(Some),
        }
    }
}

impl Default {
    /// What the expression after `default=` is.
    pub fn of(expr: &Expr) -> Self {
        match &expr.value {
            Value::Imported(path) if is_not_provided(path) => Self::NotProvided,
            Value::Imported(path) if is_callable(path) => Self::Callable(path.clone()),
            Value::Imported(path) => Self::Imported(path.clone()),
            Value::Function(function) => Self::Callable(function.name.clone()),
            Value::Class(class) => Self::Callable(class.name.clone()),
            Value::Call(call) if called(call) == Some("functools.partial") => {
                Self::Callable("functools.partial".into())
            }
            _ if is_known(expr) => Self::Value(expr.clone()),
            _ => Self::Unknown(not_known("default", expr)),
        }
    }
}

fn is_not_provided(path: &str) -> bool {
    matches!(path, "django.db.models.NOT_PROVIDED" | "django.db.models.fields.NOT_PROVIDED")
}

/// Names that certainly stand for something callable.
fn is_callable(path: &str) -> bool {
    if let Some(name) = path.strip_prefix("builtins.") {
        return name.starts_with(|first: char| first.is_ascii_lowercase()) && name != "__debug__";
    }
    let known = ["django.utils.timezone.", "datetime.", "uuid.uuid", "time.", "random.", "secrets."];
    known.iter().any(|start| path.starts_with(start)) && !path.ends_with(".utc") && !path.ends_with(".UTC")
}

/// The dotted path of what is called.
fn called(call: &Call) -> Option<&str> {
    match &call.callee.value {
        Value::Imported(path) => Some(path),
        _ => None,
    }
}

/// Classes whose instances are determined by the arguments of their constructor.
fn is_value_class(path: &str) -> bool {
    let known = [
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "decimal.Decimal",
        "uuid.UUID",
    ];
    known.contains(&path)
}

fn is_utc(path: &str) -> bool {
    let known =
        ["django.utils.timezone.utc", "datetime.timezone.utc", "pytz.utc", "pytz.UTC", "datetime.UTC"];
    known.contains(&path)
}

/// True when every part of the value is known.
fn is_known(expr: &Expr) -> bool {
    let mut stack = vec![expr];
    while let Some(next) = stack.pop() {
        match &next.value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number(_)
            | Value::Str(_)
            | Value::Bytes(_) => {}
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => stack.extend(items.iter()),
            Value::Dict(items) => stack.extend(items.iter().flat_map(|(key, value)| [key, value])),
            Value::Call(call)
                if called(call).is_some_and(is_value_class) && !call.has_unknown_arguments() =>
            {
                stack.extend(call.args.iter().map(|arg| &arg.value));
            }
            Value::Imported(path) if is_utc(path) => {}
            _ => return false,
        }
    }
    true
}

/// Why the argument `name` is not known.
pub(super) fn not_known(name: &str, expr: &Expr) -> Unknown {
    match &expr.value {
        Value::Unknown(reason) => {
            let why = reason.describe();
            Unknown::new(format!("`{name}`: {}", why.en), format!("`{name}`：{}", why.zh))
        }
        Value::Either(_) | Value::Maybe(_) => {
            Unknown::new(format!("`{name}` depends on conditional code"), format!("`{name}` 取决于条件代码"))
        }
        _ => Unknown::new(
            format!("only running the code can tell what `{name}` is"),
            format!("只有运行代码才能知道 `{name}` 的值"),
        ),
    }
}

/// A truth value, as Python takes it.
pub(super) fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::None => Some(false),
        Value::Int(number) => Some(*number != 0),
        Value::Str(text) => Some(!text.is_empty()),
        _ => None,
    }
}

/// A text or `None`.
pub(super) fn as_text(value: &Value) -> Option<Option<Arc<str>>> {
    match value {
        Value::Str(text) => Some(Some(text.clone())),
        Value::None => Some(None),
        _ => None,
    }
}

fn as_number(value: &Value) -> Option<Option<i64>> {
    match value {
        Value::Int(number) => Some(Some(*number)),
        Value::None => Some(None),
        _ => None,
    }
}
