//! Conditions of check constraints as Django compiles them: `Q` objects with simple lookups.
//!
//! Source: `django/db/models/sql/{query,where}.py`, `models/lookups.py` and `utils/tree.py` of Django 2.2 to 5.2.

use std::sync::Arc;

use super::super::unknown::{Maybe, Unknown};
use super::Table;
use super::column::Column;
use super::default::{Effective, prepare};
use crate::mysql::Features;
use crate::mysql::names::quote_name;
use crate::syntax::{ArgKind, Call, Expr, Value};

/// How deep conditions are followed.
const MAX_DEPTH: u32 = 32;

/// A tree as Django's `WhereNode`.
enum Node {
    Leaf(String),
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
    let mut compiler = Compiler { table, features, columns: Vec::new() };
    let node = compiler.q(condition, false, 0)?;
    let sql = render(&node).ok_or_else(not_compiled)?;
    Ok((sql, compiler.columns))
}

struct Compiler<'t, 's> {
    table: &'t Table<'s>,
    features: Features,
    columns: Vec<Arc<str>>,
}

fn not_compiled() -> Unknown {
    Unknown::new(
        "the condition of the constraint uses something that is not compiled",
        "约束的条件中有尚不编译的写法",
    )
}

/// The `Q` that an expression calls.
fn q_call(expr: &Expr) -> Option<&Call> {
    let Value::Call(call) = &expr.value else { return None };
    let Value::Imported(path) = &call.callee.value else { return None };
    matches!(path.as_ref(), "django.db.models.Q" | "django.db.models.query_utils.Q").then_some(&**call)
}

impl Compiler<'_, '_> {
    fn q(&mut self, expr: &Expr, negated_above: bool, depth: u32) -> Maybe<Node> {
        let call = q_call(expr).filter(|call| depth < MAX_DEPTH && !call.has_unknown_arguments());
        let call = call.ok_or_else(not_compiled)?;
        let or = match call.argument("_connector", None).map(|expr| &expr.value) {
            None => false,
            Some(Value::Str(text)) if text.as_ref() == "AND" => false,
            Some(Value::Str(text)) if text.as_ref() == "OR" => true,
            Some(_) => return Err(not_compiled()),
        };
        let negated = match call.argument("_negated", None).map(|expr| &expr.value) {
            None => false,
            Some(Value::Bool(value)) => *value,
            Some(_) => return Err(not_compiled()),
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
                    Some(_) => return Err(not_compiled()),
                    None => parts.push(self.q(&arg.value, current, depth + 1)?),
                },
                ArgKind::Keyword(name) if name.starts_with('_') => {}
                ArgKind::Keyword(name) => keywords.push((name, &arg.value)),
                _ => return Err(not_compiled()),
            }
        }
        // `Q(**kwargs)` takes its lookups by name.
        keywords.sort_by_key(|(name, _)| *name);
        for (name, value) in keywords {
            parts.push(self.lookup(name, value, current)?);
        }
        let mut children = Vec::new();
        for part in parts {
            add(&mut children, part, or);
        }
        Ok(Node::Branch { children, or, negated })
    }

    fn lookup(&mut self, path: &str, value: &Expr, negated: bool) -> Maybe<Node> {
        let (name, lookup) = path.split_once("__").unwrap_or((path, "exact"));
        let column = self.table.column(name, self.features)?;
        let quoted = quote_name(&column.name);
        if !self.columns.contains(&column.name) {
            self.columns.push(column.name.clone());
        }
        let operator = match lookup {
            "exact" => "=",
            "gt" => ">",
            "gte" => ">=",
            "lt" => "<",
            "lte" => "<=",
            "in" | "isnull" | "range" => "",
            _ => return Err(not_compiled()),
        };
        let null = |yes: bool| format!("{quoted} IS {}NULL", if yes { "" } else { "NOT " });
        let sql = match (lookup, &value.value) {
            ("isnull", Value::Bool(yes)) => return Ok(leaf(null(*yes))),
            ("isnull", _) => return Err(not_compiled()),
            ("exact", Value::None) => return Ok(leaf(null(true))),
            ("in", _) => {
                let items = value.elements().filter(|items| !items.is_empty()).ok_or_else(not_compiled)?;
                let mut list: Vec<String> = Vec::new();
                for item in items {
                    let item = self.value(&column, item)?;
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
                format!("{quoted} IN ({})", list.join(", "))
            }
            ("range", _) => match value.elements() {
                Some([low, high]) => {
                    format!(
                        "{quoted} BETWEEN {} AND {}",
                        self.value(&column, low)?,
                        self.value(&column, high)?
                    )
                }
                _ => return Err(not_compiled()),
            },
            _ => format!("{quoted} {operator} {}", self.side(&column, value)?),
        };
        if negated && column.null {
            let children = vec![Node::Leaf(sql), Node::Leaf(null(false))];
            return Ok(Node::Branch { children, or: false, negated: false });
        }
        Ok(leaf(sql))
    }

    /// The right side of a comparison: a value, or another field.
    fn side(&mut self, column: &Column, value: &Expr) -> Maybe<String> {
        let field = match &value.value {
            Value::Call(call) => match (&call.callee.value, call.args.as_slice()) {
                (Value::Imported(path), [name]) if is_f(path) => name.value.as_str(),
                _ => None,
            },
            _ => return self.value(column, value),
        };
        let other = self.table.column(field.ok_or_else(not_compiled)?, self.features)?;
        if !self.columns.contains(&other.name) {
            self.columns.push(other.name.clone());
        }
        let quoted = quote_name(&other.name);
        Ok(if self.features.wrapped_expressions { format!("({quoted})") } else { quoted })
    }

    fn value(&self, column: &Column, value: &Expr) -> Maybe<String> {
        // A comparison with a truth value is written in other ways by different releases.
        if matches!(value.value, Value::Bool(_)) {
            return Err(not_compiled());
        }
        match prepare(self.table.state, &column.field, value, self.features)? {
            Effective::Known(literal) => Ok(literal.sql),
            _ => Err(not_compiled()),
        }
    }
}

fn is_f(path: &str) -> bool {
    matches!(path, "django.db.models.F" | "django.db.models.expressions.F")
}

fn leaf(sql: String) -> Node {
    Node::Branch { children: vec![Node::Leaf(sql)], or: false, negated: false }
}

/// Django's `Node.add`: a branch with the same connector, or with one child, is taken apart.
fn add(children: &mut Vec<Node>, part: Node, or: bool) {
    match part {
        Node::Branch { children: inner, or: inner_or, negated: false }
            if inner_or == or || inner.len() == 1 =>
        {
            children.extend(inner);
        }
        other => children.push(other),
    }
}

/// The text of a tree; `None` for an empty one.
fn render(node: &Node) -> Option<String> {
    match node {
        Node::Leaf(sql) => Some(sql.clone()),
        Node::Branch { children, or, negated } => {
            let parts: Vec<String> = children.iter().filter_map(render).collect();
            let joined = parts.join(if *or { " OR " } else { " AND " });
            match parts.len() {
                0 => None,
                _ if *negated => Some(format!("NOT ({joined})")),
                1 => Some(joined),
                _ => Some(format!("({joined})")),
            }
        }
    }
}
