//! What Django writes after DEFAULT: `effective_default` of its schema editor.
//!
//! Source: `django/db/backends/base/schema.py` (`_effective_default`), `get_default`, `get_prep_value` and
//! `get_db_prep_save` of `django/db/models/fields/`, `adapt_*_value` of `django/db/backends/mysql/operations.py`,
//! Django 2.2 to 5.2.

use std::sync::Arc;

use super::super::fields::{BuiltIn, Prepared};
use super::super::state::{Default as Given, Field, ProjectState};
use super::super::unknown::{Maybe, Unknown};
use super::column::internal_type;
use super::literal::{quote_float, quote_text};
use super::{date, decimal, json};
use crate::mysql::Features;
use crate::syntax::{Expr, Value};

/// The default of a column at the moment when a migration runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Effective {
    /// There is none, or it is `None`.
    None,
    /// A value that the source tells.
    Known(Literal),
    /// A value that is computed when the migration runs; what computes it.
    Hole(String),
}

/// A value as it stands in a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Literal {
    /// Quoted.
    pub(super) sql: String,
    /// What it is in Python.
    pub(super) kind: Kind,
    /// True for the empty text and the empty bytes.
    pub(super) is_empty: bool,
}

/// What a value is in Python, where values of different kinds are never equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `int`, `bool`, `float`, `Decimal`
    Number,
    /// `str`
    Text,
    /// `bytes`
    Bytes,
}

impl Literal {
    /// A number.
    pub(super) fn plain(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), kind: Kind::Number, is_empty: false }
    }

    /// A text.
    pub(super) fn text(text: &str, features: Features) -> Self {
        let quoted = quote_text(text);
        let sql = if features.doubled_percent { quoted.replace('%', "%%") } else { quoted };
        Self { sql, kind: Kind::Text, is_empty: text.is_empty() }
    }

    fn bytes(bytes: &[u8]) -> Option<Self> {
        // Beyond ASCII the drivers write bytes that are no text.
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?;
        Some(Self { sql: quote_text(text), kind: Kind::Bytes, is_empty: bytes.is_empty() })
    }

    /// Python's `==`: numbers are compared by their exact value, whatever their types.
    pub(super) fn equals(&self, other: &Self) -> bool {
        let exact = |literal: &Self| exact_number(&literal.sql).unwrap_or_else(|| literal.sql.clone());
        self.kind == other.kind
            && (self.sql == other.sql || (self.kind == Kind::Number && exact(self) == exact(other)))
    }
}

impl Effective {
    /// True for the empty text and the empty bytes, which get no DEFAULT in Django 5.1 and later.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Known(literal) if literal.is_empty)
    }

    /// Whether there is one.
    pub(super) fn is_some(&self) -> bool {
        *self != Self::None
    }
}

/// Django's `has_default`: whether one is given, `None` included.
pub(super) fn has_default(field: &Field) -> Maybe<bool> {
    match field.default() {
        Given::NotProvided => Ok(false),
        Given::Unknown(why) if field.arg("default").is_none() => Err(why),
        _ => Ok(true),
    }
}

/// Whether `default` is given and is not the literal `None`: Django's `field.default not in (None, NOT_PROVIDED)`.
pub(super) fn is_given(field: &Field) -> Maybe<bool> {
    Ok(has_default(field)? && !matches!(field.arg("default"), Some(Expr { value: Value::None, .. })))
}

/// The default that a column gets.
///
/// # Errors
/// When it is not known whether there is one.
pub(super) fn effective(state: &ProjectState, field: &Arc<Field>, features: Features) -> Maybe<Effective> {
    if has_default(field)? {
        return match field.arg("default") {
            Some(expr) => prepare(state, field, expr, features),
            None => none(state, field, features),
        };
    }
    let class = field.class.django()?;
    if class == BuiltIn::GeneratedField {
        return Ok(Effective::None);
    }
    if !field.null()? && field.blank()? && class.empty_strings_allowed() {
        if internal_type(field)?.as_ref() == "BinaryField" {
            let empty = Literal { sql: "''".to_owned(), kind: Kind::Bytes, is_empty: true };
            return Ok(Effective::Known(empty));
        }
        return own_value(field, false, features);
    }
    if field.auto_now()? || field.auto_now_add()? {
        return Ok(Effective::Hole("now()".to_owned()));
    }
    none(state, field, features)
}

/// What is stored for `None`: nothing, unless the class is not Django's and makes something of it.
fn none(state: &ProjectState, field: &Arc<Field>, features: Features) -> Maybe<Effective> {
    // A foreign key asks the field it points to only when there is a value.
    let _ = state;
    if field.class.django()?.is_foreign_key() {
        Ok(Effective::None)
    } else {
        own_value(field, true, features)
    }
}

/// What the class stores for `None` or for the empty text.
fn own_value(field: &Field, none: bool, features: Features) -> Maybe<Effective> {
    let resolved = field.class.resolved.as_ref().map_err(Clone::clone)?;
    match if none { &resolved.none_becomes } else { &resolved.empty_becomes } {
        Prepared::None => Ok(Effective::None),
        Prepared::Text(text) => Ok(Effective::Known(Literal::text(text, features))),
        Prepared::Unknown | Prepared::Json | Prepared::Collection { .. } if none => Err(Unknown::new(
            format!("only running `{}` tells what it stores for None", field.class.name),
            format!("只有运行 `{}` 才能知道它为 None 存储什么", field.class.name),
        )),
        _ => Ok(Effective::Hole(format!("default of `{}`", field.name))),
    }
}

/// What `get_db_prep_save` makes of a default.
pub(super) fn prepare(
    state: &ProjectState,
    field: &Arc<Field>,
    expr: &Expr,
    features: Features,
) -> Maybe<Effective> {
    let called;
    let expr = match &expr.value {
        Value::Imported(path) => match empty_of(path) {
            Some(value) => {
                called = Expr { span: expr.span, value };
                &called
            }
            None => {
                let call = if matches!(field.default(), Given::Callable(_)) { "()" } else { "" };
                return Ok(Effective::Hole(format!("{path}{call}")));
            }
        },
        Value::Function(function) => return Ok(Effective::Hole(format!("{}()", function.name))),
        Value::Class(class) => return Ok(Effective::Hole(format!("{}()", class.name))),
        Value::Unknown(reason) => return Ok(Effective::Hole(reason.describe().en)),
        Value::None => return none(state, field, features),
        Value::Str(text) if text.is_empty() && !field.class.django()?.is_foreign_key() && custom(field) => {
            return own_value(field, false, features);
        }
        _ => expr,
    };
    let target = if field.class.django()?.is_foreign_key() {
        let target = state.final_target(field)?;
        let empty = expr.as_str() == Some("");
        if empty && !target.class.django()?.empty_strings_allowed() {
            return Ok(Effective::None);
        }
        target
    } else {
        field.clone()
    };
    Ok(match literal(&target, expr, features)? {
        Some(Effective::None) => Effective::None,
        Some(known) => known,
        None => Effective::Hole(format!("default of `{}`", field.name)),
    })
}

/// Whether the class prepares values in a way of its own.
fn custom(field: &Field) -> bool {
    field.class.resolved.as_ref().is_ok_and(|resolved| resolved.prepares_values)
}

/// What a class of Python's own gives when it is called without arguments.
fn empty_of(path: &str) -> Option<Value> {
    Some(match path {
        "builtins.dict" => Value::Dict(Arc::default()),
        "builtins.list" => Value::List(Arc::default()),
        "builtins.tuple" => Value::Tuple(Arc::default()),
        "builtins.str" => Value::Str("".into()),
        "builtins.bytes" => Value::Bytes(Arc::default()),
        "builtins.int" => Value::Int(0),
        "builtins.bool" => Value::Bool(false),
        "builtins.float" => Value::Number("0.0".into()),
        _ => return None,
    })
}

/// The value as the field class prepares it; `None` when only running the code tells.
fn literal(field: &Field, expr: &Expr, features: Features) -> Maybe<Option<Effective>> {
    let known = |literal: Option<Literal>| literal.map(Effective::Known);
    let text = |text: &str| Some(Literal::text(text, features));
    let resolved = match &field.class.resolved {
        Ok(resolved) => resolved,
        Err(why) => return Err(why.clone()),
    };
    // A class of the project's own may prepare values in its own way.
    if resolved.prepares_values {
        let empty = match &expr.value {
            Value::List(items) | Value::Tuple(items) => items.is_empty(),
            Value::Dict(items) => items.is_empty(),
            _ => return Ok(None),
        };
        return Ok(match &resolved.collection_becomes[usize::from(!empty)] {
            Prepared::Json => known(json::dumps(expr).and_then(|value| text(&value))),
            Prepared::Text(value) => known(text(value)),
            Prepared::None => Some(Effective::None),
            _ => None,
        });
    }
    use BuiltIn as Class;
    Ok(match resolved.django {
        Class::CharField
        | Class::EmailField
        | Class::URLField
        | Class::SlugField
        | Class::CommaSeparatedIntegerField
        | Class::FilePathField
        | Class::FileField
        | Class::ImageField
        | Class::TextField
        | Class::IPAddressField => known(python_text(expr).and_then(|value| text(&value))),
        Class::GenericIPAddressField => {
            known(expr.as_str().filter(|value| !value.contains(':')).and_then(text))
        }
        Class::IntegerField
        | Class::BigIntegerField
        | Class::SmallIntegerField
        | Class::PositiveIntegerField
        | Class::PositiveBigIntegerField
        | Class::PositiveSmallIntegerField
        | Class::AutoField
        | Class::BigAutoField
        | Class::SmallAutoField
        | Class::OrderWrt => known(integer(expr).map(Literal::plain)),
        Class::BooleanField | Class::NullBooleanField => match boolean(expr) {
            Some(value) => known(Some(Literal::plain(if value { "1" } else { "0" }))),
            None if expr.as_str() == Some("") && field.null()? => Some(Effective::None),
            None => None,
        },
        Class::FloatField => known(float(expr).map(|value| Literal::plain(quote_float(value)))),
        Class::DecimalField => {
            let digits = field.max_digits()?.and_then(|digits| usize::try_from(digits).ok());
            let places = field.decimal_places()?.and_then(|places| usize::try_from(places).ok());
            let value = decimal::text(expr, digits);
            known(if features.decimal_as_text {
                value
                    .zip(places)
                    .and_then(|(value, places)| decimal::fixed(&value, places))
                    .and_then(|it| text(&it))
            } else {
                value.map(Literal::plain)
            })
        }
        Class::BinaryField => known(match &expr.value {
            Value::Bytes(bytes) => Literal::bytes(bytes),
            Value::Str(text) if text.is_empty() => Literal::bytes(b""),
            _ => None,
        }),
        Class::JSONField if field.arg("encoder").is_none() => {
            known(json::dumps(expr).and_then(|value| text(&value)))
        }
        Class::UUIDField => known(date::uuid(expr, features.native_uuid).and_then(|value| text(&value))),
        Class::DateField => known(date::date(expr).and_then(|value| text(&value))),
        Class::DateTimeField => known(date::datetime(expr).and_then(|value| text(&value))),
        Class::TimeField => {
            known(date::time(expr, features.time_with_microseconds).and_then(|value| text(&value)))
        }
        Class::DurationField => {
            known(date::microseconds(expr).map(|value| Literal::plain(value.to_string())))
        }
        _ => None,
    })
}

/// Python's `str` of a value.
fn python_text(expr: &Expr) -> Option<String> {
    Some(match &expr.value {
        Value::Str(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(_) => super::literal::python_float(float(expr)?),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::Dict(items) if items.is_empty() => "{}".to_owned(),
        Value::Tuple(items) if items.is_empty() => "()".to_owned(),
        _ => return None,
    })
}

fn integer(expr: &Expr) -> Option<String> {
    Some(match &expr.value {
        Value::Int(number) => number.to_string(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Str(text) => text.trim().parse::<i64>().ok()?.to_string(),
        Value::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.to_string(),
        Value::Number(_) => {
            let value = float(expr)?.trunc();
            if value.abs() < 9e15 { (value as i64).to_string() } else { return None }
        }
        _ => return None,
    })
}

fn boolean(expr: &Expr) -> Option<bool> {
    match &expr.value {
        Value::Bool(value) => Some(*value),
        Value::Int(0) => Some(false),
        Value::Int(1) => Some(true),
        Value::Str(text) => match text.as_ref() {
            "t" | "True" | "1" => Some(true),
            "f" | "False" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn float(expr: &Expr) -> Option<f64> {
    match &expr.value {
        Value::Int(number) => Some(*number as f64),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Number(text) | Value::Str(text) => {
            text.replace('_', "").trim().parse().ok().filter(|it: &f64| it.is_finite())
        }
        _ => None,
    }
}

/// All digits of a number as a driver writes it; a float (with an exponent) stands for the number that it is in binary.
fn exact_number(sql: &str) -> Option<String> {
    let text = match sql.split_once('e') {
        Some(_) => format!("{:.1074}", sql.parse::<f64>().ok()?),
        None => sql.to_owned(),
    };
    let (sign, bare) = text.strip_prefix('-').map_or(("", text.as_str()), |bare| ("-", bare));
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let sign = if whole.is_empty() && fraction.is_empty() { "" } else { sign };
    Some(format!("{sign}{whole}.{fraction}"))
}

/// Why two defaults cannot be compared.
pub(super) fn incomparable(field: &Field) -> Unknown {
    Unknown::new(
        format!("only running the code can tell whether the default of `{}` changes", field.name),
        format!("只有运行代码才能知道 `{}` 的默认值是否改变", field.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_equal_as_in_python() {
        let number = |sql: &str| Literal::plain(sql);
        assert!(number("1").equals(&number("1.0e0")));
        assert!(number("1.50").equals(&number("1.5")));
        assert!(number("0").equals(&number("-0.0e0")));
        assert!(number("1e+22").equals(&number("10000000000000000000000")));
        // `0.1 == Decimal("0.1")` is false, `0.5 == Decimal("0.5")` is true.
        assert!(!number("0.1e0").equals(&number("0.1")));
        assert!(number("0.5e0").equals(&number("0.50")));
        let empty_bytes = Literal::bytes(b"").unwrap();
        let empty_text = Literal { kind: Kind::Text, ..empty_bytes.clone() };
        assert!(!empty_bytes.equals(&empty_text));
    }
}
