//! What short methods of field classes return: `get_internal_type`, `db_type`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::syntax::python::{self, Kind, kind};
use crate::syntax::{ClassDef, FunctionDef, Value, eval};

use super::resolver::Source;

/// What a method returns on MySQL and MariaDB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Returned {
    /// This text.
    Text(Arc<str>),
    /// `None`, or nothing at all.
    None,
    /// What the next class returns.
    Super,
    /// Only running it tells.
    Unknown,
}

/// What the method called `name` of a class returns; `None` when the class has no such attribute.
pub(super) fn returned(class: &ClassDef, source: &Source, name: &str) -> Option<Returned> {
    class.attributes.get(name)?;
    let method = class.methods.iter().find(|method| method.name.as_ref() == name);
    Some(
        method
            .and_then(|method| body(source, method))
            .map_or(Returned::Unknown, |body| block(body, source, name).unwrap_or(Returned::None)),
    )
}

/// The node of a method's body.
pub(super) fn body<'t>(source: &'t Source, method: &FunctionDef) -> Option<Node<'t>> {
    definition(source, method)?.child_by_field_name("body")
}

/// The node of a function.
pub(super) fn definition<'t>(source: &'t Source, method: &FunctionDef) -> Option<Node<'t>> {
    let (start, end) = (method.span.start as usize, method.span.end as usize);
    let mut node = source.tree.root()?.named_descendant_for_byte_range(start, end)?;
    // The smallest node with these bounds may be inside a wrapper with the same bounds.
    while kind(node) != Kind::FunctionDefinition {
        node = node.parent()?;
        if node.start_byte() < start || node.end_byte() > end {
            return None;
        }
    }
    Some(node)
}

/// The statements of a block, without comments.
pub(super) fn statements(block: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = block.walk();
    block.named_children(&mut cursor).filter(|node| kind(*node) != Kind::Comment).collect()
}

/// The source of a node.
pub(super) fn source_of<'t>(node: Node<'_>, source: &'t Source) -> &'t str {
    source.text.text.get(node.byte_range()).unwrap_or("")
}

/// What a block returns; `None` when control goes on behind it.
fn block(node: Node<'_>, source: &Source, method: &str) -> Option<Returned> {
    for statement in statements(node) {
        match kind(statement) {
            Kind::Return => return Some(value(statement, source, method)),
            Kind::If => {
                if let Some(result) = branch(statement, source, method) {
                    return Some(result);
                }
            }
            Kind::Raise => return Some(Returned::Unknown),
            _ if returns(statement) => return Some(Returned::Unknown),
            _ => {}
        }
    }
    None
}

/// What an `if` statement returns.
fn branch(statement: Node<'_>, source: &Source, method: &str) -> Option<Returned> {
    let mut cursor = statement.walk();
    let clauses = statement
        .named_children(&mut cursor)
        .filter(|node| matches!(kind(*node), Kind::ElifClause | Kind::ElseClause));
    for clause in std::iter::once(statement).chain(clauses) {
        let condition = clause.child_by_field_name("condition");
        let body = match clause.child_by_field_name("consequence") {
            Some(body) => Some(body),
            None => clause.child_by_field_name("body"),
        }?;
        match condition.map(|node| holds(source_of(node, source))) {
            None | Some(Some(true)) => return block(body, source, method),
            Some(Some(false)) => {}
            Some(None) if returns(statement) => return Some(Returned::Unknown),
            Some(None) => return None,
        }
    }
    None
}

/// Whether a condition on the connection holds on MySQL and MariaDB; `None` for any other condition.
fn holds(condition: &str) -> Option<bool> {
    let bare: String = condition
        .chars()
        .filter(|each| !each.is_whitespace())
        .map(|each| if each == '"' { '\'' } else { each })
        .collect();
    for (subject, mysql) in [
        ("connection.vendor", "'mysql'"),
        ("connection.settings_dict['ENGINE']", "'django.db.backends.mysql'"),
    ] {
        let Some(rest) = bare.strip_prefix(subject) else { continue };
        let text = |rest: &str| rest.len() > 2 && rest.starts_with('\'') && rest.find('\'') == Some(0);
        let literal = |rest: &str| text(rest) && rest[1..].find('\'') == Some(rest.len() - 2);
        return match (rest.strip_prefix("=="), rest.strip_prefix("!="), rest.strip_prefix("in")) {
            (Some(other), _, _) if literal(other) => Some(other == mysql),
            (_, Some(other), _) if literal(other) => Some(other != mysql),
            (_, _, Some(list)) if list.starts_with(['(', '[', '{']) && list.contains('\'') => {
                Some(list.contains(mysql))
            }
            _ => None,
        };
    }
    None
}

/// Whether a statement holds a `return` of the same function.
fn returns(statement: Node<'_>) -> bool {
    let mut stack = vec![statement];
    while let Some(node) = stack.pop() {
        match kind(node) {
            Kind::Return => return true,
            Kind::FunctionDefinition | Kind::ClassDefinition | Kind::Lambda => {}
            _ => {
                let mut cursor = node.walk();
                stack.extend(node.named_children(&mut cursor));
            }
        }
    }
    false
}

/// What a `return` statement returns.
fn value(statement: Node<'_>, source: &Source, method: &str) -> Returned {
    let Some(expression) = statements(statement).first().copied() else {
        return Returned::None;
    };
    let text = source_of(expression, source);
    if kind(expression) == Kind::Call
        && text.starts_with("super(")
        && text.split("(").any(|part| part.ends_with(&format!(".{method}")))
    {
        return Returned::Super;
    }
    match literal(text, source) {
        Some(Value::Str(text)) => Returned::Text(text),
        Some(Value::None) => Returned::None,
        _ => Returned::Unknown,
    }
}

/// A literal, or a constant of the module.
pub(super) fn literal(text: &str, source: &Source) -> Option<Value> {
    if let Some(bound) = source.module.bindings.get(text) {
        return Some(bound.value.clone());
    }
    let assignment = format!("value = ({text})");
    let module = eval::module_of(&assignment, &python::parse_str(&assignment));
    module.bindings.get("value").map(|bound| bound.value.clone())
}
