//! Conditions of check constraints as Django compiles them: `Q` objects with simple lookups.
//!
//! Source: `django/db/models/sql/{query,where}.py`, `models/lookups.py` and `utils/tree.py` of Django 2.2 to 5.2.

use std::sync::Arc;

use super::super::unknown::Maybe;
use super::Table;
use super::column::Column;
use super::default::{Effective, Literal, prepare};
use super::expression::{Compiler, Gives, django_name, is_q, not_compiled};
use super::statement::Sql;
use crate::mysql::Features;
use crate::mysql::names::quote_name;
use crate::syntax::{ArgKind, Expr, Value};

/// How deep conditions are followed.
const MAX_DEPTH: u32 = 32;

/// A tree as Django's `WhereNode`.
#[derive(PartialEq)]
enum Node {
    Leaf(Sql),
    Branch { children: Vec<Node>, or: bool, negated: bool },
}

/// The SQL of a condition and the columns it names.
///
/// # Errors
/// When a part of it is not known, or is a lookup or an expression that is not compiled here.
pub(super) fn compile(
    condition: &Expr,
    table: &Table<'_>,
    features: Features,
) -> Maybe<(String, Vec<Arc<str>>)> {
    // Lookups pass decimals as they are, whatever INSERT does with them.
    let features = Features { decimal_as_text: false, ..features };
    let mut compiler = Compiler::new(Some(table), features);
    let node = compiler.q(condition, false, 0)?;
    let sql = render(&node).ok_or_else(|| not_compiled("an empty condition"))?;
    // Django puts the values into the text before it runs it.
    Ok((sql.render(true).0, compiler.columns))
}

impl Compiler<'_, '_> {
    fn q(&mut self, expr: &Expr, negated_above: bool, depth: u32) -> Maybe<Node> {
        let call = match &expr.value {
            Value::Call(call) if is_q(expr) && depth < MAX_DEPTH && !call.has_unknown_arguments() => call,
            _ => return Err(not_compiled("a condition that is no Q")),
        };
        let or = match call.argument("_connector", None).map(|expr| &expr.value) {
            None => false,
            Some(Value::Str(text)) if text.as_ref() == "AND" => false,
            Some(Value::Str(text)) if text.as_ref() == "OR" => true,
            Some(_) => return Err(not_compiled("XOR")),
        };
        let negated = match call.argument("_negated", None).map(|expr| &expr.value) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => return Err(not_compiled("a Q that is negated by something")),
        };
        let current = negated_above ^ negated;
        let mut parts: Vec<Node> = Vec::new();
        let mut keywords: Vec<(&str, &Expr)> = Vec::new();
        for arg in &call.args {
            match &arg.kind {
                ArgKind::Positional => match arg.value.elements() {
                    Some([Expr { value: Value::Str(name), .. }, value]) => {
                        parts.push(self.lookup(name, value, current)?);
                    }
                    Some(_) => return Err(not_compiled("an argument of Q")),
                    None => parts.push(self.q(&arg.value, current, depth + 1)?),
                },
                ArgKind::Keyword(name) if name.starts_with('_') => {}
                ArgKind::Keyword(name) => keywords.push((name, &arg.value)),
                _ => return Err(not_compiled("an argument of Q")),
            }
        }
        // `Q(**kwargs)` takes its lookups by name.
        keywords.sort_by_key(|(name, _)| *name);
        for (name, value) in keywords {
            parts.push(self.lookup(name, value, current)?);
        }
        let mut children = Vec::new();
        for part in parts {
            self.add(&mut children, part, or);
        }
        Ok(Node::Branch { children, or, negated })
    }

    /// Django's `Node.add`: a branch with the same connector, or with one child, is taken apart.
    fn add(&self, children: &mut Vec<Node>, part: Node, or: bool) {
        match part {
            part if self.features.same_conditions_once && children.contains(&part) => {}
            Node::Branch { children: inner, or: inner_or, negated: false }
                if inner_or == or || inner.len() == 1 =>
            {
                children.extend(inner);
            }
            other => children.push(other),
        }
    }

    fn lookup(&mut self, path: &str, value: &Expr, negated: bool) -> Maybe<Node> {
        let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
        let column = self.column(name)?;
        let mut nullable = vec![(column.name.clone(), column.null)];
        let sql = match (lookup, &value.value) {
            ("isnull", Value::Bool(yes)) => return Ok(leaf(null(&column.name, *yes))),
            ("exact" | "iexact", Value::None) => return Ok(leaf(null(&column.name, true))),
            ("exact", Value::Bool(yes)) => self.truth(&column, *yes)?,
            ("in", _) => self.among(&column, value)?,
            ("range", _) => match value.elements() {
                Some([low, high]) => {
                    let mut sql = Sql::new(format!("{} BETWEEN ", quote_name(&column.name)));
                    sql.append(self.value(&column, low)?).text(" AND ").append(self.value(&column, high)?);
                    sql
                }
                _ => return Err(not_compiled("a range that is not known")),
            },
            ("exact" | "gt" | "gte" | "lt" | "lte", _) => {
                let operator = match lookup {
                    "exact" => "=",
                    "gt" => ">",
                    "gte" => ">=",
                    "lt" => "<",
                    _ => "<=",
                };
                let mut sql = Sql::new(format!("{} {operator} ", quote_name(&column.name)));
                sql.append(self.side(&column, value, &mut nullable)?);
                sql
            }
            _ => self.pattern(&column, lookup, value)?,
        };
        // Where NULL must not pass a negation, Django excludes it.
        if !self.features.null_of_both_sides {
            nullable.truncate(1);
        }
        let mut children = vec![Node::Leaf(sql)];
        for (name, _) in nullable.iter().filter(|(_, null)| negated && *null) {
            self.add(&mut children, Node::Leaf(null(name, false)), false);
        }
        Ok(Node::Branch { children, or: false, negated: false })
    }

    /// `field=True`
    fn truth(&mut self, column: &Column, yes: bool) -> Maybe<Sql> {
        let name = quote_name(&column.name);
        match column.internal_type.as_ref() {
            "BooleanField" | "NullBooleanField" if self.features.compared_booleans => {
                Ok(Sql::new(format!("{name} = {}", u8::from(yes))))
            }
            "BooleanField" if self.features.bare_booleans => {
                Ok(Sql::new(format!("{}{name}", if yes { "" } else { "NOT " })))
            }
            _ => Err(not_compiled("a comparison with a truth value")),
        }
    }

    fn among(&mut self, column: &Column, value: &Expr) -> Maybe<Sql> {
        let items = value.elements().filter(|items| !items.is_empty());
        let mut list: Vec<String> = Vec::new();
        let mut sql = Sql::new(format!("{} IN (", quote_name(&column.name)));
        for item in items.ok_or_else(|| not_compiled("a list that is not known"))? {
            let item = self.value(column, item)?;
            let text = item.render(false).0;
            if list.contains(&text) {
                continue;
            }
            if !list.is_empty() {
                sql.text(", ");
            }
            sql.append(item);
            list.push(text);
        }
        sql.text(")");
        Ok(sql)
    }

    /// LIKE and regular expressions.
    fn pattern(&mut self, column: &Column, lookup: &str, value: &Expr) -> Maybe<Sql> {
        let text = value.as_str().filter(|_| {
            matches!(
                column.internal_type.as_ref(),
                "CharField" | "TextField" | "SlugField" | "FileField" | "FilePathField"
            )
        });
        let text = text.ok_or_else(|| not_compiled(&format!("the lookup `{lookup}`")))?;
        let bare = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let name = quote_name(&column.name);
        let (operator, pattern) = match lookup {
            "iexact" => ("LIKE", bare),
            "contains" => ("LIKE BINARY", format!("%{bare}%")),
            "icontains" => ("LIKE", format!("%{bare}%")),
            "startswith" => ("LIKE BINARY", format!("{bare}%")),
            "istartswith" => ("LIKE", format!("{bare}%")),
            "endswith" => ("LIKE BINARY", format!("%{bare}")),
            "iendswith" => ("LIKE", format!("%{bare}")),
            "regex" | "iregex" if self.features.regexp_like => {
                let mut sql = Sql::new(format!("REGEXP_LIKE({name}, "));
                sql.value(&Effective::Known(Literal::text(text, self.features)));
                sql.text(if lookup == "regex" { ", 'c')" } else { ", 'i')" });
                return Ok(sql);
            }
            "regex" => ("REGEXP BINARY", text.to_owned()),
            "iregex" => ("REGEXP", text.to_owned()),
            _ => return Err(not_compiled(&format!("the lookup `{lookup}`"))),
        };
        let mut sql = Sql::new(format!("{name} {operator} "));
        sql.value(&Effective::Known(Literal::text(&pattern, self.features)));
        Ok(sql)
    }

    /// The right side of a comparison: a value, or an expression.
    fn side(&mut self, column: &Column, value: &Expr, nullable: &mut Vec<(Arc<str>, bool)>) -> Maybe<Sql> {
        let Value::Call(call) = &value.value else { return self.value(column, value) };
        match django_name(call) {
            None => return self.value(column, value),
            Some("Value") => return Err(not_compiled("Value() in a comparison")),
            Some(_) => {}
        }
        let compiled = self.expression(value)?;
        // Dates and texts may be converted on the way.
        let followed = compiled.gives == Gives::Number && self.features.bare_columns_in_expressions;
        if compiled.column.is_none() && !followed {
            return Err(not_compiled("a comparison with an expression"));
        }
        nullable.extend(compiled.column.map(|other| (other.name, other.null)));
        let wrapped = compiled.sql.in_parentheses() && !self.features.doubled_parentheses;
        if !self.features.wrapped_expressions || wrapped {
            return Ok(compiled.sql);
        }
        let mut sql = Sql::new("(");
        sql.append(compiled.sql).text(")");
        Ok(sql)
    }

    fn value(&self, column: &Column, value: &Expr) -> Maybe<Sql> {
        let unknown = || not_compiled("a value that is not known");
        if matches!(value.value, Value::Bool(_)) {
            return Err(not_compiled("a comparison with a truth value"));
        }
        let state = self.table.ok_or_else(unknown)?.state;
        match prepare(state, &column.field, value, self.features)? {
            known @ Effective::Known(_) => {
                let mut sql = Sql::default();
                sql.value(&known);
                Ok(sql)
            }
            _ => Err(unknown()),
        }
    }
}

fn null(column: &str, yes: bool) -> Sql {
    Sql::new(format!("{} IS {}NULL", quote_name(column), if yes { "" } else { "NOT " }))
}

fn leaf(sql: Sql) -> Node {
    Node::Branch { children: vec![Node::Leaf(sql)], or: false, negated: false }
}

/// The text of a tree; `None` for an empty one.
fn render(node: &Node) -> Option<Sql> {
    match node {
        Node::Leaf(sql) => Some(sql.clone()),
        Node::Branch { children, or, negated } => {
            let parts: Vec<Sql> = children.iter().filter_map(render).collect();
            let (open, close) = match parts.len() {
                0 => return None,
                _ if *negated => ("NOT (", ")"),
                1 => ("", ""),
                _ => ("(", ")"),
            };
            let mut sql = Sql::new(open);
            for (at, part) in parts.into_iter().enumerate() {
                if at > 0 {
                    sql.text(if *or { " OR " } else { " AND " });
                }
                sql.append(part);
            }
            sql.text(close);
            Some(sql)
        }
    }
}
