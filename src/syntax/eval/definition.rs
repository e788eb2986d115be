//! Functions and classes.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{ClassDef, Expr, FunctionDef, Reason, Value};
use super::scope::Slot;
use super::{Class, Evaluator, unknown};

/// How far base classes are followed.
const MAX_BASES: u32 = 16;

impl<'t> Evaluator<'t> {
    /// `def name(…): …`; binds the name.
    pub(super) fn function(&mut self, node: Node<'t>, decorators: &[Node<'t>]) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let (parameters, defaults) = match node.child_by_field_name("parameters") {
            Some(parameters) => self.parameters(parameters),
            None => (Vec::new(), 0),
        };
        let name: Arc<str> = self.source(name).into();
        let decorators: Vec<Arc<str>> = decorators.iter().map(|each| self.decorator_name(*each)).collect();
        let definition = Arc::new(FunctionDef {
            name: name.clone(),
            parameters,
            defaults,
            span: span(node),
            body: node.child_by_field_name("body").map_or_else(|| span(node), span),
            decorators,
        });
        self.bind(&name, Expr { span: span(node), value: Value::Function(definition) });
    }

    fn decorator_name(&mut self, decorator: Node<'t>) -> Arc<str> {
        let Some(expression) = self.children(decorator).first().copied() else {
            return Arc::from("");
        };
        let callee =
            if kind(expression) == Kind::Call { expression.child_by_field_name("function") } else { None };
        self.shown(callee.unwrap_or(expression))
    }

    pub(super) fn lambda(&mut self, node: Node<'t>) -> Expr {
        let (parameters, defaults) = match node.child_by_field_name("parameters") {
            Some(parameters) => self.parameters(parameters),
            None => (Vec::new(), 0),
        };
        let definition = FunctionDef {
            name: Arc::from("<lambda>"),
            parameters,
            defaults,
            span: span(node),
            body: node.child_by_field_name("body").map_or_else(|| span(node), span),
            decorators: Vec::new(),
        };
        Expr { span: span(node), value: Value::Function(Arc::new(definition)) }
    }

    /// Names of the positional parameters, and how many of them have a default.
    fn parameters(&mut self, node: Node<'t>) -> (Vec<Arc<str>>, usize) {
        let mut names = Vec::new();
        let mut defaults = 0;
        for parameter in self.children(node) {
            let name = match kind(parameter) {
                Kind::Identifier => Some(parameter),
                Kind::TypedParameter => {
                    self.children(parameter).first().copied().filter(|first| kind(*first) == Kind::Identifier)
                }
                Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                    defaults += 1;
                    parameter.child_by_field_name("name")
                }
                // `*args` or a bare `*`: what follows is passed by keyword only.
                Kind::ListSplatPattern | Kind::KeywordSeparator => break,
                _ => None,
            };
            match name {
                Some(name) => names.push(Arc::from(self.source(name))),
                None if kind(parameter) == Kind::TypedParameter => break,
                None => {}
            }
        }
        (names, defaults)
    }

    /// `class name(bases): …`; runs the body and binds the name.
    pub(super) fn class(&mut self, node: Node<'t>, decorators: &[Node<'t>]) {
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        else {
            return;
        };
        let bases = match node.child_by_field_name("superclasses") {
            Some(superclasses) => self.bases(superclasses),
            None => Vec::new(),
        };
        let scope = self.environment.enter();
        self.nested_block(body);
        self.environment.leave();
        let attributes = self.environment.values(scope);
        let methods = attributes
            .values()
            .filter_map(|value| match &value.value {
                Value::Function(function) if function.name.as_ref() != "<lambda>" => Some(function.clone()),
                _ => None,
            })
            .collect();
        let definition = Arc::new(ClassDef {
            name: self.source(name).into(),
            name_span: span(name),
            span: span(node),
            bases,
            attributes,
            methods,
        });
        self.class_at.insert(definition.span.start, self.classes.len());
        self.classes.push(Class { definition: definition.clone(), scope });
        let bound: Arc<str> = self.source(name).into();
        let value = Expr { span: span(node), value: Value::Class(definition) };
        // A class decorator may give anything; the class itself is what matters in practice and what is kept.
        let _ = decorators;
        self.bind(&bound, value);
    }

    fn bases(&mut self, node: Node<'t>) -> Vec<Expr> {
        let mut out = Vec::new();
        for base in self.children(node) {
            match kind(base) {
                Kind::KeywordArgument | Kind::DictionarySplat => {}
                Kind::ListSplat => {
                    if let Some(inner) = self.splat_operand(base) {
                        let value = self.expression(inner);
                        let spread = self.spread(value, inner);
                        out.extend(spread);
                    }
                }
                Kind::Error => out.push(unknown(span(base), Reason::Syntax)),
                _ => out.push(self.expression(base)),
            }
        }
        out
    }

    /// The slot of `class.name`, looked up in the class and in bases that this module defines. `None` when it is not
    /// known: a base from elsewhere may bring the name, or change what attributes mean (enumerations do).
    pub(super) fn class_attribute(&self, class: &ClassDef, name: &str, depth: u32) -> Option<Slot> {
        let at = *self.class_at.get(&class.span.start)?;
        let known = self.classes.get(at)?;
        if depth > MAX_BASES || !known.definition.bases.iter().all(is_plain_base) {
            return None;
        }
        self.environment.slot_in(known.scope, name).or_else(|| {
            known.definition.bases.iter().find_map(|base| match &base.value {
                Value::Class(base) => self.class_attribute(base, name, depth + 1),
                _ => None,
            })
        })
    }

    /// Attributes of a class by name, empty for a class that is not of this module.
    pub(super) fn class_scope(&self, class: &ClassDef) -> Option<usize> {
        let at = *self.class_at.get(&class.span.start)?;
        self.classes.get(at).map(|class| class.scope)
    }
}

/// A base that leaves the attributes of its subclasses as they are written.
fn is_plain_base(base: &Expr) -> bool {
    match &base.value {
        Value::Class(_) => true,
        Value::Imported(path) => {
            path.starts_with("django.db.migrations.") || path.as_ref() == "builtins.object"
        }
        _ => false,
    }
}
