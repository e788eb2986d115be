//! What the constructors of field classes make of arguments: `kwargs["max_length"] = 36` and its kin.

use std::sync::Arc;

use tree_sitter::Node;

use crate::source::Span;
use crate::syntax::python::{Kind, kind};
use crate::syntax::{ClassDef, Expr, Reason, Value};

use super::Passed;
use super::hierarchy::{Constructors, Link};
use super::methods::{definition, literal, source_of, statements};
use super::resolver::Source;

/// Parameters of Django's fields that decide columns and constraints.
const PARAMETERS: &[&str] = &[
    "auto_now",
    "auto_now_add",
    "blank",
    "db_collation",
    "db_column",
    "db_comment",
    "db_constraint",
    "db_default",
    "db_index",
    "db_table",
    "db_tablespace",
    "decimal_places",
    "default",
    "max_digits",
    "max_length",
    "null",
    "on_delete",
    "primary_key",
    "through",
    "through_fields",
    "to",
    "to_field",
    "unique",
];

/// What all constructors of a hierarchy do, first class first.
pub(super) fn effects(order: &[Link]) -> Constructors {
    let mut all = Constructors::default();
    for link in order {
        match link {
            Link::Custom(class, source) => one(class, source, &mut all),
            Link::Package(class) => {
                for (name, passed) in class.constructor.iter() {
                    add(&mut all.passed, name, passed.clone());
                }
                all.own_parameters |= class.own_constructor;
            }
            Link::Django(_) | Link::Plain | Link::Unknown(_) => {}
        }
    }
    all
}

/// Adds what a constructor does to what those before it did.
fn add(passed: &mut Vec<(Arc<str>, Passed)>, name: &str, next: Passed) {
    match passed.iter_mut().find(|(known, _)| known.as_ref() == name) {
        // What an earlier constructor passes on is given by the time the later one looks.
        Some((_, Passed::Always(_) | Passed::Default(_))) if matches!(next, Passed::Default(_)) => {}
        Some((_, known)) => *known = next,
        None => passed.push((name.into(), next)),
    }
}

/// A constructor while it is read.
struct Constructor<'t> {
    source: &'t Source,
    /// Name of the `**kwargs` parameter.
    kwargs: Option<&'t str>,
    /// Parameters of its own with the source of their defaults.
    own: Vec<(&'t str, Option<&'t str>)>,
    passed: Vec<(Arc<str>, Passed)>,
}

fn one(class: &ClassDef, source: &Source, all: &mut Constructors) {
    let Some(method) = class.methods.iter().find(|method| method.name.as_ref() == "__init__") else {
        return;
    };
    let Some(node) = definition(source, method) else { return };
    let (Some(parameters), Some(body)) =
        (node.child_by_field_name("parameters"), node.child_by_field_name("body"))
    else {
        return;
    };
    let mut constructor = Constructor { source, kwargs: None, own: Vec::new(), passed: Vec::new() };
    constructor.parameters(parameters);
    all.own_parameters |= !constructor.own.is_empty();
    for statement in statements(body) {
        constructor.statement(statement);
    }
    for (name, passed) in constructor.passed {
        add(&mut all.passed, &name, passed);
    }
}

impl<'t> Constructor<'t> {
    fn parameters(&mut self, node: Node<'_>) {
        for (at, parameter) in statements(node).into_iter().enumerate() {
            match kind(parameter) {
                Kind::DictionarySplat => {
                    self.kwargs = Some(source_of(parameter, self.source).trim_start_matches('*'))
                }
                _ if at == 0 => {}
                Kind::Identifier => self.own.push((source_of(parameter, self.source), None)),
                Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                    if let Some(name) = parameter.child_by_field_name("name") {
                        let default = parameter.child_by_field_name("value");
                        let default = default.map(|value| source_of(value, self.source));
                        self.own.push((source_of(name, self.source), default));
                    }
                }
                Kind::TypedParameter => {
                    let text = source_of(parameter, self.source);
                    let name = text.split(':').next().unwrap_or(text).trim();
                    match name.strip_prefix("**") {
                        Some(kwargs) => self.kwargs = Some(kwargs),
                        None if name.starts_with('*') => {}
                        None => self.own.push((name, None)),
                    }
                }
                _ => {
                    // `**kwargs` in a parameter list is a pattern of its own.
                    let text = source_of(parameter, self.source);
                    if let Some(name) = text.strip_prefix("**") {
                        self.kwargs = Some(name.trim());
                    }
                }
            }
        }
    }

    fn set(&mut self, name: &str, passed: Passed) {
        if PARAMETERS.contains(&name) {
            add(&mut self.passed, name, passed);
        }
    }

    fn value(&self, node: Node<'_>) -> Result<Expr, Reason> {
        let text = source_of(node, self.source);
        match literal(text, self.source) {
            Some(Value::Unknown(_)) | None => Err(Reason::Computed(text.into())),
            Some(value) => Ok(Expr { span: Span::default(), value }),
        }
    }

    fn statement(&mut self, statement: Node<'_>) {
        let expression = match kind(statement) {
            Kind::ExpressionStatement => statements(statement).first().copied(),
            _ => None,
        };
        match expression {
            Some(node) if kind(node) == Kind::Assignment => self.assignment(node),
            Some(node) if kind(node) == Kind::Call => self.call(node),
            Some(node) if kind(node) == Kind::String => {}
            _ if kind(statement) == Kind::Delete => {
                if let Some(name) = statements(statement).first().and_then(|node| self.key(*node)) {
                    self.set(&name, Passed::Dropped);
                }
            }
            _ => self.mentions(statement),
        }
    }

    /// The key of `kwargs["key"]`.
    fn key(&self, node: Node<'_>) -> Option<String> {
        if kind(node) != Kind::Subscript {
            return None;
        }
        let value = node.child_by_field_name("value")?;
        let key = node.child_by_field_name("subscript")?;
        if Some(source_of(value, self.source)) != self.kwargs {
            return None;
        }
        match literal(source_of(key, self.source), self.source)? {
            Value::Str(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn assignment(&mut self, node: Node<'_>) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return;
        };
        let target = source_of(left, self.source);
        let own_attribute = target.strip_prefix("self.").map(str::to_owned);
        if let Some(name) = self.key(left).or(own_attribute)
            && PARAMETERS.contains(&name.as_str())
        {
            let passed = match self.value(right) {
                Ok(value) => Passed::Always(value),
                Err(reason) => Passed::Unknown(reason),
            };
            self.set(&name, passed);
            return;
        }
        if Some(target) == self.kwargs {
            // Other keywords altogether.
            for name in PARAMETERS {
                self.set(name, Passed::Unknown(Reason::Computed(source_of(right, self.source).into())));
            }
            return;
        }
        if kind(right) == Kind::Call { self.call(right) } else { self.mentions(right) }
    }

    fn call(&mut self, node: Node<'_>) {
        let (Some(function), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return;
        };
        let callee = source_of(function, self.source);
        let arguments = statements(arguments);
        if let Some(method) =
            self.kwargs.and_then(|kwargs| callee.strip_prefix(kwargs)).and_then(|rest| rest.strip_prefix('.'))
        {
            let name = arguments.first().and_then(|first| {
                match literal(source_of(*first, self.source), self.source) {
                    Some(Value::Str(text)) => Some(text),
                    _ => None,
                }
            });
            match (method, name) {
                ("get", _) => {}
                ("pop", Some(name)) => self.set(&name, Passed::Dropped),
                ("setdefault", Some(name)) => {
                    let passed = match arguments.get(1).map(|value| self.value(*value)) {
                        Some(Ok(value)) => Passed::Default(value),
                        Some(Err(reason)) => Passed::Unknown(reason),
                        None => Passed::Default(Expr { span: Span::default(), value: Value::None }),
                    };
                    self.set(&name, passed);
                }
                _ => self.mentions(node),
            }
            return;
        }
        if callee.ends_with(".__init__") {
            for argument in arguments {
                self.keyword(argument);
            }
        } else {
            self.mentions(node);
        }
    }

    /// A keyword that is passed on to the next constructor.
    fn keyword(&mut self, argument: Node<'_>) {
        if kind(argument) != Kind::KeywordArgument {
            return;
        }
        let (Some(name), Some(value)) =
            (argument.child_by_field_name("name"), argument.child_by_field_name("value"))
        else {
            return;
        };
        let name = source_of(name, self.source).to_owned();
        let text = source_of(value, self.source);
        let own = self.own.iter().find(|(own, _)| *own == text).copied();
        let passed = match own {
            // `def __init__(self, max_length=36, **kwargs): super().__init__(max_length=max_length, **kwargs)`
            Some((own, Some(default))) if own == name => match literal(default, self.source) {
                Some(Value::Unknown(_)) | None => Passed::Unknown(Reason::Computed(default.into())),
                Some(value) => Passed::Default(Expr { span: Span::default(), value }),
            },
            Some((own, None)) if own == name => return,
            Some(_) => Passed::Unknown(Reason::Computed(text.into())),
            None => match self.value(value) {
                Ok(value) => Passed::Always(value),
                Err(reason) => Passed::Unknown(reason),
            },
        };
        self.set(&name, passed);
    }

    /// Parameters that a statement names in a way that is not followed: strings, keywords and attributes of `self`.
    fn mentions(&mut self, statement: Node<'_>) {
        let mut stack = vec![statement];
        while let Some(node) = stack.pop() {
            let name = match kind(node) {
                Kind::String => match literal(source_of(node, self.source), self.source) {
                    Some(Value::Str(text)) => Some(text.to_string()),
                    _ => None,
                },
                Kind::KeywordArgument => {
                    node.child_by_field_name("name").map(|name| source_of(name, self.source).to_owned())
                }
                Kind::Attribute if is_assigned(node) => {
                    source_of(node, self.source).strip_prefix("self.").map(str::to_owned)
                }
                _ => None,
            };
            if let Some(name) = name {
                let reason = Reason::Computed(source_of(node, self.source).into());
                self.set(&name, Passed::Unknown(reason));
            }
            let mut cursor = node.walk();
            stack.extend(node.named_children(&mut cursor));
        }
    }
}

fn is_assigned(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        kind(parent) == Kind::Assignment
            && parent.child_by_field_name("left").is_some_and(|left| left == node)
    })
}
