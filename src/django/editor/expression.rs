//! Expressions as Django compiles them for MySQL: columns, values, functions and arithmetic, in indexes, constraints,
//! generated columns and database defaults.
//!
//! Source: `django/db/models/{expressions,indexes}.py`, `models/functions/` and `backends/mysql/operations.py` of Django
//! 3.2 to 5.2; the functions are those of `rules/facts/django_mysql_functions.toml`.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::super::fields::BuiltIn;
use super::super::state::Field;
use super::super::unknown::{Maybe, Unknown};
use super::Table;
use super::column::Column;
use super::default::{Effective, Literal};
use super::statement::Sql;
use crate::mysql::Features;
use crate::mysql::names::quote_name;
use crate::syntax::{ArgKind, Call, Expr, Value};

static FACTS: &str = include_str!("../../../rules/facts/django_mysql_functions.toml");

/// How deep expressions are followed.
const MAX_DEPTH: u32 = 32;

/// What a value is, as far as it decides what Django writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Gives {
    Number,
    Text,
    Date,
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Function {
    sql: String,
    arguments: [usize; 2],
    fill: Option<String>,
    takes: Option<Gives>,
    gives: Gives,
}

fn functions() -> &'static FxHashMap<String, Function> {
    static FUNCTIONS: OnceLock<FxHashMap<String, Function>> = OnceLock::new();
    // A test reads the file, so that a mistake in it cannot reach a release.
    FUNCTIONS.get_or_init(|| toml::from_str(FACTS).unwrap_or_default())
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) sql: Sql,
    pub(super) gives: Gives,
    /// The column, when the expression is nothing else.
    pub(super) column: Option<Column>,
}

impl Compiled {
    fn new(sql: Sql, gives: Gives) -> Self {
        Self { sql, gives, column: None }
    }
}

/// Compiles what stands in one table.
pub(super) struct Compiler<'t, 's> {
    /// The table whose columns may be named; `None` where none may, as in a default.
    pub(super) table: Option<&'t Table<'s>>,
    pub(super) features: Features,
    /// The columns that were named, each once.
    pub(super) columns: Vec<Arc<str>>,
}

impl<'t, 's> Compiler<'t, 's> {
    pub(super) fn new(table: Option<&'t Table<'s>>, features: Features) -> Self {
        Self { table, features, columns: Vec::new() }
    }

    /// The column of a field by name, which counts as named.
    pub(super) fn column(&mut self, name: &str) -> Maybe<Column> {
        let table = self.table.ok_or_else(|| not_compiled("a field in a default"))?;
        let column = table.column(name, self.features)?;
        if !self.columns.contains(&column.name) {
            self.columns.push(column.name.clone());
        }
        Ok(column)
    }

    /// An expression, or the name of a field.
    ///
    /// # Errors
    /// When a part of it is not known, or is not compiled here.
    pub(super) fn expression(&mut self, expr: &Expr) -> Maybe<Compiled> {
        self.nested(expr, 0)
    }

    fn nested(&mut self, expr: &Expr, depth: u32) -> Maybe<Compiled> {
        if depth > MAX_DEPTH {
            return Err(not_compiled("an expression nested too deep"));
        }
        let call = match &expr.value {
            Value::Str(name) => return self.field(name),
            Value::Call(call) if !call.has_unknown_arguments() => call,
            Value::Call(_) | Value::Unknown(_) => return Err(not_compiled("arguments that are not known")),
            _ => return value(expr, self.features),
        };
        let Some(name) = django_name(call) else {
            return Err(not_compiled("something that is not Django's"));
        };
        match name {
            "F" => match call.argument("name", Some(0)).and_then(Expr::as_str) {
                Some(name) => self.field(name),
                None => Err(not_compiled("F()")),
            },
            "Value" => self.value_call(call),
            "ExpressionWrapper" => match call.argument("expression", Some(0)) {
                Some(inner) if !is_q(inner) => self.nested(inner, depth + 1),
                _ => Err(not_compiled(name)),
            },
            "CombinedExpression" => self.combined(call, depth),
            "Concat" => self.concat(&positional(call, name)?, depth),
            "Cast" => self.cast(call, depth),
            "Collate" => self.collate(call, depth),
            "Round" if self.features.round_to_places => {
                let first = call.argument("expression", Some(0)).ok_or_else(|| not_compiled(name))?;
                let mut sql = Sql::new("ROUND(");
                sql.append(self.nested(first, depth + 1)?.sql).text(", ");
                match call.argument("precision", Some(1)) {
                    Some(places) => sql.append(self.nested(places, depth + 1)?.sql),
                    None => sql.value(&Effective::Known(Literal::plain("0"))),
                };
                sql.text(")");
                Ok(Compiled::new(sql, Gives::Number))
            }
            _ => self.function(name, call, depth),
        }
    }

    fn field(&mut self, name: &str) -> Maybe<Compiled> {
        let column = self.column(name)?;
        let gives = if column.remote.is_some() { Gives::Other } else { gives_of(&column.internal_type) };
        Ok(Compiled { sql: Sql::new(quote_name(&column.name)), gives, column: Some(column) })
    }

    /// `Value(…)`
    fn value_call(&mut self, call: &Call) -> Maybe<Compiled> {
        let given = call.argument("value", Some(0)).ok_or_else(|| not_compiled("Value()"))?;
        let compiled = value(given, self.features)?;
        // The class of the field prepares the value; texts and numbers stay as they are in their own.
        match call.argument("output_field", Some(1)).map(|field| (class_of(field), compiled.gives)) {
            None
            | Some((Some("CharField" | "TextField"), Gives::Text))
            | Some((Some("IntegerField" | "BigIntegerField"), Gives::Number)) => Ok(compiled),
            Some(_) => Err(not_compiled("Value() with an output_field")),
        }
    }

    fn function(&mut self, name: &str, call: &Call, depth: u32) -> Maybe<Compiled> {
        let function = functions().get(name).ok_or_else(|| not_compiled(name))?;
        let arguments = positional(call, name)?;
        let [least, most] = function.arguments;
        if arguments.len() < least || arguments.len() > most {
            return Err(not_compiled(name));
        }
        let (before, after) = function.sql.split_once("{}").unwrap_or((&function.sql, ""));
        let mut sql = Sql::new(before);
        let mut gives = function.gives;
        for (at, argument) in arguments.iter().enumerate() {
            let part = self.nested(argument, depth + 1)?;
            if at == 0 && function.takes.is_some_and(|takes| takes != part.gives) {
                return Err(not_compiled(name));
            }
            // COALESCE and its kin give what they take.
            if function.gives == Gives::Other {
                gives = if at == 0 || gives == part.gives { part.gives } else { Gives::Other };
            }
            if at > 0 {
                sql.text(", ");
            }
            sql.append(part.sql);
        }
        if let Some(fill) = function.fill.as_ref().filter(|_| arguments.len() < most) {
            sql.text(", ").value(&Effective::Known(Literal::text(fill, self.features)));
        }
        sql.text(after);
        Ok(Compiled::new(sql, gives))
    }

    /// `Concat(a, b, c)` is `CONCAT_WS('', a, CONCAT_WS('', b, c))`.
    fn concat(&mut self, arguments: &[&Expr], depth: u32) -> Maybe<Compiled> {
        let (Some((first, rest)), true) = (arguments.split_first(), depth <= MAX_DEPTH) else {
            return Err(not_compiled("Concat"));
        };
        let mut sql = Sql::new("CONCAT_WS('', ");
        sql.append(self.nested(first, depth + 1)?.sql).text(", ");
        match rest {
            [] => return Err(not_compiled("Concat")),
            [second] => sql.append(self.nested(second, depth + 1)?.sql),
            more => sql.append(self.concat(more, depth + 1)?.sql),
        };
        sql.text(")");
        Ok(Compiled::new(sql, Gives::Text))
    }

    /// `F('a') + 1` as migrations write it. Dates and durations are subtracted and added in ways of their own.
    fn combined(&mut self, call: &Call, depth: u32) -> Maybe<Compiled> {
        let argument = |name, at| call.argument(name, Some(at));
        let (Some(left), Some(connector), Some(right)) =
            (argument("lhs", 0), argument("connector", 1).and_then(Expr::as_str), argument("rhs", 2))
        else {
            return Err(not_compiled("CombinedExpression"));
        };
        let (left, right) = (self.nested(left, depth + 1)?, self.nested(right, depth + 1)?);
        if (left.gives, right.gives) != (Gives::Number, Gives::Number) {
            return Err(not_compiled("arithmetic with something else than numbers"));
        }
        let (open, between, close) = match connector {
            "+" | "-" | "*" | "/" | "%%" => ("(", format!(" {connector} "), ")"),
            "^" => ("(POW(", ",".to_owned(), "))"),
            _ => return Err(not_compiled("an operator on bits")),
        };
        let mut sql = Sql::new(open);
        sql.append(left.sql).text(between).append(right.sql).text(close);
        Ok(Compiled::new(sql, Gives::Number))
    }

    /// `Cast(expression, output_field)` to the types of `cast_data_types`.
    fn cast(&mut self, call: &Call, depth: u32) -> Maybe<Compiled> {
        let (Some(inner), Some(output)) =
            (call.argument("expression", Some(0)), call.argument("output_field", Some(1)))
        else {
            return Err(not_compiled("Cast"));
        };
        let number = |name: &str| match &output.value {
            Value::Call(call) => match call.argument(name, None).map(|expr| &expr.value) {
                Some(Value::Int(number)) => Some(*number),
                _ => None,
            },
            _ => None,
        };
        let (ty, gives) = match class_of(output) {
            Some("IntegerField" | "BigIntegerField" | "SmallIntegerField") => {
                ("signed integer".to_owned(), Gives::Number)
            }
            Some("PositiveBigIntegerField" | "PositiveIntegerField" | "PositiveSmallIntegerField") => {
                ("unsigned integer".to_owned(), Gives::Number)
            }
            Some("TextField") => ("char".to_owned(), Gives::Text),
            Some("CharField") => match number("max_length") {
                Some(length) => (format!("char({length})"), Gives::Text),
                None => ("char".to_owned(), Gives::Text),
            },
            Some("DecimalField") => match (number("max_digits"), number("decimal_places")) {
                (Some(digits), Some(places)) => (format!("decimal({digits}, {places})"), Gives::Number),
                _ => return Err(not_compiled("Cast")),
            },
            Some("DateField") => ("date".to_owned(), Gives::Date),
            Some("DateTimeField") => ("datetime(6)".to_owned(), Gives::Other),
            _ => return Err(not_compiled("Cast")),
        };
        let mut sql = Sql::new("CAST(");
        sql.append(self.nested(inner, depth + 1)?.sql).text(format!(" AS {ty})"));
        Ok(Compiled::new(sql, gives))
    }

    fn collate(&mut self, call: &Call, depth: u32) -> Maybe<Compiled> {
        let (Some(inner), Some(collation)) = (
            call.argument("expression", Some(0)),
            call.argument("collation", Some(1)).and_then(Expr::as_str),
        ) else {
            return Err(not_compiled("Collate"));
        };
        let mut sql = self.nested(inner, depth + 1)?.sql;
        sql.text(format!(" COLLATE {}", quote_name(collation)));
        Ok(Compiled::new(sql, Gives::Text))
    }

    /// What stands between the parentheses of CREATE INDEX, and whether the server has to compute any of it.
    ///
    /// # Errors
    /// As [`Compiler::expression`].
    pub(super) fn index(&mut self, expressions: &[Expr]) -> Maybe<(String, bool)> {
        let mut out = Vec::with_capacity(expressions.len());
        let mut functional = false;
        for expr in expressions {
            let (inner, direction) = match order_by(expr)? {
                Some((inner, true)) => (inner, " DESC"),
                Some((inner, false)) => (inner, " ASC"),
                None => (expr, ""),
            };
            let compiled = self.expression(inner)?;
            let text = compiled.sql.render(true).0;
            let text = if compiled.column.is_some() { text } else { format!("({text})") };
            functional |= compiled.column.is_none();
            out.push(format!("{text}{direction}"));
        }
        Ok((out.join(", "), functional))
    }
}

/// The field that the first expression of an index names, when it is nothing else.
pub(super) fn leading_field(expressions: &[Expr]) -> Option<&str> {
    match &expressions.first()?.value {
        Value::Str(name) => Some(name),
        Value::Call(call) if django_name(call) == Some("F") => call.argument("name", Some(0))?.as_str(),
        _ => None,
    }
}

/// The expression inside `OrderBy`, and whether it is descending.
fn order_by(expr: &Expr) -> Maybe<Option<(&Expr, bool)>> {
    let Value::Call(call) = &expr.value else { return Ok(None) };
    if django_name(call) != Some("OrderBy") {
        return Ok(None);
    }
    let given = |name, at| {
        call.argument(name, at).filter(|expr| !matches!(expr.value, Value::None | Value::Bool(false)))
    };
    let inner = call
        .argument("expression", Some(0))
        .filter(|_| given("nulls_first", Some(2)).is_none() && given("nulls_last", Some(3)).is_none());
    let inner = inner.ok_or_else(|| not_compiled("OrderBy with the place of NULL"))?;
    match call.argument("descending", Some(1)).map(|expr| &expr.value) {
        None | Some(Value::Bool(false)) => Ok(Some((inner, false))),
        Some(Value::Bool(true)) => Ok(Some((inner, true))),
        Some(_) => Err(not_compiled("OrderBy")),
    }
}

/// A constant as Python passes it.
fn value(expr: &Expr, features: Features) -> Maybe<Compiled> {
    let (literal, gives) = match &expr.value {
        Value::None => return Ok(Compiled::new(Sql::new("NULL"), Gives::Other)),
        Value::Str(text) => (Literal::text(text, features), Gives::Text),
        Value::Int(number) => (Literal::plain(number.to_string()), Gives::Number),
        Value::Bool(value) => (Literal::plain(if *value { "1" } else { "0" }), Gives::Other),
        Value::Number(_) => match super::default::float(expr) {
            Some(number) => (Literal::plain(super::literal::quote_float(number)), Gives::Number),
            None => return Err(not_compiled("a number")),
        },
        _ => return Err(not_compiled("a value")),
    };
    let mut sql = Sql::default();
    sql.value(&Effective::Known(literal));
    Ok(Compiled::new(sql, gives))
}

/// The name of a class of Django's that a call creates: `F`, `Value`, `Lower`.
pub(super) fn django_name(call: &Call) -> Option<&str> {
    let Value::Imported(path) = &call.callee.value else { return None };
    let rest = path.strip_prefix("django.db.models.")?;
    Some(rest.rsplit('.').next().unwrap_or(rest))
}

/// Whether it is a `Q`.
pub(super) fn is_q(expr: &Expr) -> bool {
    matches!(&expr.value, Value::Call(call) if django_name(call) == Some("Q"))
}

/// The class of a field that is built in place.
fn class_of(expr: &Expr) -> Option<&str> {
    let Value::Call(call) = &expr.value else { return None };
    django_name(call)
}

/// Arguments by position; an `output_field` says what Python makes of the result, and changes no SQL.
fn positional<'c>(call: &'c Call, name: &str) -> Maybe<Vec<&'c Expr>> {
    let mut out = Vec::with_capacity(call.args.len());
    for arg in &call.args {
        match &arg.kind {
            ArgKind::Positional => out.push(&arg.value),
            ArgKind::Keyword(key) if key.as_ref() == "output_field" => {}
            _ => return Err(not_compiled(name)),
        }
    }
    Ok(out)
}

fn gives_of(internal_type: &str) -> Gives {
    match internal_type {
        "IntegerField"
        | "BigIntegerField"
        | "SmallIntegerField"
        | "PositiveIntegerField"
        | "PositiveBigIntegerField"
        | "PositiveSmallIntegerField"
        | "AutoField"
        | "BigAutoField"
        | "SmallAutoField"
        | "FloatField"
        | "DecimalField" => Gives::Number,
        "CharField" | "TextField" | "SlugField" | "EmailField" | "URLField" | "FileField"
        | "FilePathField" => Gives::Text,
        "DateField" => Gives::Date,
        _ => Gives::Other,
    }
}

/// `GENERATED ALWAYS AS (…) STORED` of a generated field.
///
/// # Errors
/// When the expression is not compiled, or `db_persist` is not known.
pub(super) fn generated(table: &Table<'_>, field: &Field, features: Features) -> Maybe<Option<Sql>> {
    if !field.class.is(|class| class == BuiltIn::GeneratedField) {
        return Ok(None);
    }
    let what = || not_compiled("the expression of a GeneratedField");
    // A plain text is no expression here: `GeneratedField` makes no field name of it.
    let expr = field.arg("expression").filter(|expr| matches!(expr.value, Value::Call(_)) && !is_q(expr));
    let compiled = Compiler::new(Some(table), features).expression(expr.ok_or_else(what)?)?;
    let kept = match field.arg("db_persist").map(|expr| &expr.value) {
        Some(Value::Bool(true)) => ") STORED",
        Some(Value::Bool(false)) => ") VIRTUAL",
        _ => return Err(what()),
    };
    let mut sql = Sql::new("GENERATED ALWAYS AS (");
    sql.append(compiled.sql).text(kept);
    Ok(Some(sql))
}

/// Why something is not compiled.
pub(super) fn not_compiled(what: &str) -> Unknown {
    Unknown::new(
        format!("the expression uses {what}, which is not compiled"),
        format!("表达式使用了 {what}，尚不编译"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_read() {
        let functions: FxHashMap<String, Function> = toml::from_str(FACTS).unwrap();
        for (name, function) in &functions {
            assert!(function.arguments[0] <= function.arguments[1], "{name}");
            assert_eq!(function.sql.contains("{}"), function.arguments[1] > 0, "{name}");
            assert!(function.fill.is_none() || function.arguments[0] < function.arguments[1], "{name}");
        }
    }
}
