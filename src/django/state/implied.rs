//! Fields that Django adds by itself when it renders a model.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::super::fields::{BuiltIn, FieldClass, ResolvedClass};
use super::super::unknown::Maybe;
use super::{Field, ModelKey, Relation};

fn expr(value: Value) -> Expr {
    Expr { span: Span::default(), value }
}

fn class(class: BuiltIn) -> FieldClass {
    FieldClass {
        name: class.name().into(),
        path: format!("django.db.models.{}", class.name()).into(),
        resolved: Ok(Arc::new(ResolvedClass::of_django(class))),
    }
}

fn field(name: &str, of: BuiltIn, args: &[(&str, Value)]) -> Field {
    Field {
        name: name.into(),
        class: class(of),
        args: args.iter().map(|(name, value)| (Arc::from(*name), expr(value.clone()))).collect(),
        open_arguments: false,
        default_is_callable: false,
        relation: None,
        output_field: None,
        origin: None,
        uncertain: None,
    }
}

/// A primary key of the given class.
pub(super) fn primary_key(name: &str, of: BuiltIn, max_length: Option<i64>) -> Field {
    let mut args = vec![("primary_key", Value::Bool(true))];
    args.extend(max_length.map(|length| ("max_length", Value::Int(length))));
    field(name, of, &args)
}

/// The primary key of a model that defines none: `id`, of the class that `DEFAULT_AUTO_FIELD` names.
pub(super) fn auto_id(class_path: &Maybe<Arc<str>>) -> Field {
    let args = [("primary_key", Value::Bool(true)), ("auto_created", Value::Bool(true))];
    let mut id = field("id", BuiltIn::AutoField, &args);
    match class_path {
        Ok(path) => match BuiltIn::from_path(path) {
            Some(of) => id.class = class(of),
            None => {
                id.class = FieldClass {
                    name: path.rsplit('.').next().unwrap_or(path).into(),
                    path: path.clone(),
                    resolved: Err(super::Unknown::new(
                        format!("DEFAULT_AUTO_FIELD names `{path}`, which is not a class of Django"),
                        format!("DEFAULT_AUTO_FIELD 指向 `{path}`，它不是 Django 的类"),
                    )),
                };
            }
        },
        Err(why) => id.class.resolved = Err(why.clone()),
    }
    id
}

/// The one-to-one relation of a model to the one that it inherits from.
pub(super) fn parent_link(parent: &ModelKey) -> Field {
    let args = [("auto_created", Value::Bool(true)), ("parent_link", Value::Bool(true))];
    let mut link = field(&format!("{}_ptr", parent.name), BuiltIn::OneToOneField, &args);
    link.relation = Some(relation_to(parent.clone()));
    link
}

/// A link to a parent as the primary key, which it becomes in a model without another one.
pub(super) fn promoted(link: &Field) -> Field {
    let mut link = link.clone();
    link.args.retain(|(name, _)| name.as_ref() != "primary_key");
    link.args.push(("primary_key".into(), expr(Value::Bool(true))));
    link
}

/// The column that `order_with_respect_to` adds.
pub(super) fn order() -> Field {
    field("_order", BuiltIn::OrderWrt, &[])
}

/// A foreign key of an automatic many-to-many table.
pub(super) fn foreign_key(name: &str, to: ModelKey, args: Vec<(Arc<str>, Expr)>) -> Field {
    let mut key = field(name, BuiltIn::ForeignKey, &[]);
    key.args = args;
    key.relation = Some(relation_to(to));
    key
}

fn relation_to(to: ModelKey) -> Relation {
    Relation { to: Ok(to), setting: None, to_field: Ok(None), through: Ok(None), through_fields: Ok(None) }
}
