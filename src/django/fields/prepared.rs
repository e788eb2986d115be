//! What a field class makes of `None` and of an empty text before it stores them: `get_db_prep_save` and what it calls.
//!
//! Django puts a default into a statement as `get_db_prep_save` returns it, so a class that turns `None` into a text has a
//! default in the database although its definition names none.

use std::sync::Arc;

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};
use crate::syntax::{ClassDef, FunctionDef};

use super::hierarchy::Link;
use super::methods::{body, definition, source_of, statements};
use super::resolver::Source;

/// How far calls of methods are followed.
const MAX_CALLS: u32 = 12;

/// A value that a method is given or returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prepared {
    /// `None`
    None,
    /// A text.
    Text(Arc<str>),
    /// A list or a dictionary as it was given: an empty one or not.
    Collection {
        /// Whether it has no entries.
        empty: bool,
    },
    /// The text that `json.dumps` makes of the given collection.
    Json,
    /// Only running it tells.
    Unknown,
}

/// Methods of Django's `Field` through which a value goes.
const METHODS: &[&str] = &["get_db_prep_save", "get_db_prep_value", "get_prep_value", "to_python"];

/// Whether a class before Django's own says how values are prepared.
pub(super) fn is_own(order: &[Link]) -> bool {
    for link in order {
        match link {
            Link::Custom(class, _) => {
                let own = METHODS.iter().chain(&["get_default", "has_default"]);
                if own.into_iter().any(|method| class.attributes.contains_key(*method)) {
                    return true;
                }
            }
            Link::Django(_) => return false,
            Link::Package(class) => return class.prepares_values,
            Link::Plain => {}
            Link::Unknown(_) => return true,
        }
    }
    false
}

/// What `get_db_prep_save(value)` returns for `None` or the empty text.
pub(super) fn save(order: &[Link], value: Prepared) -> Prepared {
    let own_default = |link: &Link| {
        matches!(link, Link::Custom(class, _)
            if class.attributes.contains_key("get_default") || class.attributes.contains_key("has_default"))
    };
    if order.iter().any(own_default) {
        return Prepared::Unknown;
    }
    call(order, 0, "get_db_prep_save", value, 0)
}

/// Calls a method on the first class from `from` on that has it.
fn call(order: &[Link], from: usize, method: &str, value: Prepared, depth: u32) -> Prepared {
    if depth > MAX_CALLS {
        return Prepared::Unknown;
    }
    for (at, link) in order.iter().enumerate().skip(from) {
        match link {
            Link::Custom(class, source) if class.attributes.contains_key(method) => {
                let found = class.methods.iter().find(|one| one.name.as_ref() == method);
                return match found {
                    Some(function) => run(order, at, class, source, function, value, depth),
                    None => Prepared::Unknown,
                };
            }
            Link::Django(_) if METHODS.contains(&method) => return of_django(order, method, value, depth),
            Link::Package(_) | Link::Unknown(_) => return Prepared::Unknown,
            _ => {}
        }
    }
    Prepared::Unknown
}

/// Django's own methods: each asks the next; what they do to texts depends on the class.
fn of_django(order: &[Link], method: &str, value: Prepared, depth: u32) -> Prepared {
    match method {
        "get_db_prep_save" => call(order, 0, "get_db_prep_value", value, depth + 1),
        "get_db_prep_value" => call(order, 0, "get_prep_value", value, depth + 1),
        "get_prep_value" => {
            let text = order.iter().any(|link| {
                use super::BuiltIn::{CharField, EmailField, SlugField, TextField, URLField};
                matches!(link, Link::Django(CharField | TextField | EmailField | SlugField | URLField))
            });
            if text {
                call(order, 0, "to_python", value, depth + 1)
            } else if matches!(value, Prepared::None) {
                value
            } else {
                Prepared::Unknown
            }
        }
        // `str` of a collection is Python's own notation.
        _ if matches!(value, Prepared::Collection { .. }) => Prepared::Unknown,
        _ => value,
    }
}

struct Body<'o, 't> {
    order: &'o [Link],
    at: usize,
    source: &'t Source,
    /// The parameter that holds the value.
    parameter: Arc<str>,
    value: Prepared,
    depth: u32,
}

fn run(
    order: &[Link],
    at: usize,
    class: &ClassDef,
    source: &Arc<Source>,
    function: &FunctionDef,
    value: Prepared,
    depth: u32,
) -> Prepared {
    let _ = class;
    let (Some(block), Some(parameter)) = (body(source, function), function.parameters.get(1)) else {
        return Prepared::Unknown;
    };
    if definition(source, function).is_none() || !function.decorators.is_empty() {
        return Prepared::Unknown;
    }
    let mut body = Body { order, at, source, parameter: parameter.clone(), value, depth };
    body.block(block).unwrap_or(Prepared::None)
}

impl Body<'_, '_> {
    /// What a block returns; `None` when control goes on behind it.
    fn block(&mut self, block: Node<'_>) -> Option<Prepared> {
        for statement in statements(block) {
            match kind(statement) {
                Kind::Return => {
                    let expression = statements(statement).first().copied();
                    return Some(expression.map_or(Prepared::None, |node| self.expression(node)));
                }
                Kind::If => {
                    if let Some(result) = self.branch(statement) {
                        return Some(result);
                    }
                }
                Kind::Try => {
                    let inner = statement.child_by_field_name("body")?;
                    if let Some(result) = self.block(inner) {
                        return Some(result);
                    }
                }
                Kind::ExpressionStatement => {
                    let Some(inner) = statements(statement).first().copied() else { continue };
                    match kind(inner) {
                        Kind::String | Kind::Ellipsis => {}
                        Kind::Assignment => self.assign(inner),
                        _ => return Some(Prepared::Unknown),
                    }
                }
                Kind::Pass => {}
                _ => return Some(Prepared::Unknown),
            }
        }
        None
    }

    fn assign(&mut self, assignment: Node<'_>) {
        let left = assignment.child_by_field_name("left").map(|node| source_of(node, self.source));
        if left == Some(self.parameter.as_ref()) {
            self.value = match assignment.child_by_field_name("right") {
                Some(right) => self.expression(right),
                None => Prepared::Unknown,
            };
        }
    }

    fn branch(&mut self, statement: Node<'_>) -> Option<Prepared> {
        let mut cursor = statement.walk();
        let clauses: Vec<Node<'_>> = statement
            .named_children(&mut cursor)
            .filter(|node| matches!(kind(*node), Kind::ElifClause | Kind::ElseClause))
            .collect();
        for clause in std::iter::once(statement).chain(clauses) {
            let condition = clause.child_by_field_name("condition");
            let block =
                clause.child_by_field_name("consequence").or_else(|| clause.child_by_field_name("body"))?;
            match condition.map(|node| self.holds(node)) {
                None | Some(Some(true)) => return self.block(block),
                Some(Some(false)) => {}
                Some(None) => return Some(Prepared::Unknown),
            }
        }
        None
    }

    /// Whether a condition on the value holds.
    fn holds(&self, condition: Node<'_>) -> Option<bool> {
        let bare: String =
            source_of(condition, self.source).chars().filter(|char| !char.is_whitespace()).collect();
        let bare = bare.trim_start_matches('(').trim_end_matches(')');
        let name = self.parameter.as_ref();
        let none = match &self.value {
            Prepared::None => true,
            Prepared::Text(_) | Prepared::Collection { .. } | Prepared::Json => false,
            Prepared::Unknown => return None,
        };
        let collection = matches!(self.value, Prepared::Collection { .. });
        let empty = match &self.value {
            Prepared::Text(text) => text.is_empty(),
            Prepared::Collection { empty } => *empty,
            Prepared::Json => false,
            _ => none,
        };
        if bare == format!("{name}isNone") || bare == format!("{name}==None") {
            return Some(none);
        }
        if bare == format!("{name}isnotNone") {
            return Some(!none);
        }
        if bare == format!("not{name}") {
            return Some(empty);
        }
        if bare == name {
            return Some(!empty);
        }
        if bare == format!("{name}==\"\"") || bare == format!("{name}==''") {
            return Some(empty && !none && !collection);
        }
        let list = bare.strip_prefix(&format!("{name}in")).map(|list| list.replace('\'', "\""));
        if let Some(list) = list {
            let list = list.trim_start_matches(['(', '[', '{']).trim_end_matches([')', ']', '}']);
            let items: Vec<&str> = list.split(',').filter(|item| !item.is_empty()).collect();
            if !items.iter().all(|item| matches!(*item, "\"\"" | "None")) {
                return None;
            }
            return Some(!collection && items.contains(if none { &"None" } else { &"\"\"" }) && empty);
        }
        let negated = bare.strip_prefix("not");
        if let Some(rest) = negated.unwrap_or(bare).strip_prefix("isinstance(") {
            let rest = rest.strip_prefix(name)?.strip_prefix(',')?;
            let classes: Vec<&str> =
                rest.split(|char: char| !(char.is_alphanumeric() || char == '_')).collect();
            let other = ["list", "dict", "tuple", "set"].iter().any(|class| classes.contains(class));
            if collection && other {
                return None;
            }
            let is = !none && !collection && classes.contains(&"str");
            return Some(is != negated.is_some());
        }
        None
    }

    fn expression(&self, node: Node<'_>) -> Prepared {
        let text = source_of(node, self.source);
        match kind(node) {
            Kind::None => Prepared::None,
            Kind::Identifier if text == self.parameter.as_ref() => self.value.clone(),
            Kind::ParenthesizedExpression => {
                statements(node).first().map_or(Prepared::Unknown, |inner| self.expression(*inner))
            }
            Kind::String => match super::methods::literal(text, self.source) {
                Some(crate::syntax::Value::Str(text)) => Prepared::Text(text),
                _ => Prepared::Unknown,
            },
            Kind::Call => self.call(node),
            _ => Prepared::Unknown,
        }
    }

    fn call(&self, node: Node<'_>) -> Prepared {
        let callee = node.child_by_field_name("function").map_or("", |node| source_of(node, self.source));
        let first = node
            .child_by_field_name("arguments")
            .and_then(|arguments| statements(arguments).first().copied())
            .filter(|argument| kind(*argument) != Kind::KeywordArgument);
        let Some(value) = first.map(|argument| self.expression(argument)) else { return Prepared::Unknown };
        if callee == "json.dumps" {
            return match value {
                Prepared::None => Prepared::Text("null".into()),
                Prepared::Collection { .. } => Prepared::Json,
                Prepared::Text(text) if text.is_empty() => Prepared::Text("\"\"".into()),
                _ => Prepared::Unknown,
            };
        }
        if let Some(method) = callee.strip_prefix("self.") {
            return call(self.order, 0, method, value, self.depth + 1);
        }
        if callee.starts_with("super(")
            && let Some((_, method)) = callee.rsplit_once(").")
        {
            return call(self.order, self.at + 1, method, value, self.depth + 1);
        }
        Prepared::Unknown
    }
}
