//! Expressions.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::exports;
use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::scope::{Measure, Slot};
use super::{Evaluator, MAX_DEPTH, too_large, unknown};

/// A value that a name stands for is taken over only up to this nesting and size, so that names cannot build what
/// would be too deep or too large to look at.
const MAX_NAMED_DEPTH: u32 = 40;
const MAX_NAMED_WEIGHT: usize = 1_000_000;

impl<'t> Evaluator<'t> {
    /// The value of an expression.
    pub(super) fn expression(&mut self, node: Node<'t>) -> Expr {
        if self.depth >= MAX_DEPTH {
            return too_large(span(node), "nesting");
        }
        self.depth += 1;
        let value = self.expression_below(node);
        self.depth -= 1;
        value
    }

    fn expression_below(&mut self, node: Node<'t>) -> Expr {
        let literal = |value| Expr { span: span(node), value };
        match kind(node) {
            Kind::String => self.string(node),
            Kind::ConcatenatedString => self.concatenated(node),
            Kind::Identifier => self.name(node),
            Kind::Attribute => self.attribute(node),
            Kind::Call => self.call(node),
            Kind::Integer => self.integer(node),
            Kind::Float => {
                literal(Value::Number(Arc::from(self.source(node).to_ascii_lowercase().replace('_', ""))))
            }
            Kind::True => literal(Value::Bool(true)),
            Kind::False => literal(Value::Bool(false)),
            Kind::None => literal(Value::None),
            Kind::List => literal(Value::List(self.elements(node).into())),
            Kind::Tuple | Kind::ExpressionList => literal(Value::Tuple(self.elements(node).into())),
            Kind::Set => literal(Value::Set(self.elements(node).into())),
            Kind::Dictionary => literal(Value::Dict(self.entries(node).into())),
            Kind::ParenthesizedExpression => self.parenthesized(node),
            Kind::BinaryOperator => self.binary(node),
            Kind::UnaryOperator => self.unary(node),
            Kind::NotOperator | Kind::ComparisonOperator => match self.truth(node) {
                Some(truth) => literal(Value::Bool(truth)),
                None => self.computed(node),
            },
            Kind::BooleanOperator => self.boolean(node),
            Kind::ConditionalExpression => self.conditional(node),
            Kind::Subscript => self.subscript(node),
            Kind::Lambda => self.lambda(node),
            Kind::NamedExpression => self.walrus(node),
            Kind::ListComprehension => literal(Value::List(self.comprehension(node).into())),
            Kind::GeneratorExpression => literal(Value::List(self.comprehension(node).into())),
            Kind::SetComprehension => literal(Value::Set(self.comprehension(node).into())),
            Kind::DictionaryComprehension => literal(Value::Dict(self.dict_comprehension(node).into())),
            Kind::Error => unknown(span(node), Reason::Syntax),
            _ => self.computed(node),
        }
    }

    /// `((((x))))`, without a level of nesting for each bracket.
    fn parenthesized(&mut self, node: Node<'t>) -> Expr {
        let mut inner = node;
        while kind(inner) == Kind::ParenthesizedExpression {
            match self.children(inner).first() {
                Some(child) => inner = *child,
                None => return unknown(span(node), Reason::Syntax),
            }
        }
        self.expression(inner)
    }

    /// The value that a name stands for, with the span of this use.
    fn name(&mut self, node: Node<'t>) -> Expr {
        let name = self.source(node);
        let at = span(node);
        if let Some(slot) = self.environment.slot(name) {
            return self.take(slot, at);
        }
        let from_star = |module: &&Arc<str>| exports::star_exports(module, name);
        if let Some(module) = self.star_imports.iter().rev().find(from_star) {
            return Expr { span: at, value: Value::Imported(format!("{module}.{name}").into()) };
        }
        if exports::star_exports("builtins", name) || name == "__import__" {
            return Expr { span: at, value: Value::Imported(format!("builtins.{name}").into()) };
        }
        let name: Arc<str> = Arc::from(name);
        if self.star_imports.iter().all(|module| exports::is_known(module)) {
            unknown(at, Reason::UndefinedName(name))
        } else {
            unknown(at, Reason::StarImport(name))
        }
    }

    /// The value in a slot, unless it has grown too large.
    pub(super) fn take(&mut self, slot: Slot, at: crate::source::Span) -> Expr {
        let value = &self.environment.get(slot).value;
        if is_compound(value) && self.environment.measure(slot).is_none() {
            let mut weight = 0;
            let depth = measure(value, 0, &mut weight);
            if !self.spend(weight) {
                return too_large(at, "work");
            }
            self.environment.set_measure(slot, Measure { depth, weight });
        }
        if let Some(Measure { depth, weight }) = self.environment.measure(slot)
            && (depth > MAX_NAMED_DEPTH || weight > MAX_NAMED_WEIGHT)
        {
            return too_large(at, "size");
        }
        Expr { span: at, value: self.environment.get(slot).value.clone() }
    }

    /// The elements of a list, tuple, set or argument-like node; `*known` is spread.
    fn elements(&mut self, node: Node<'t>) -> Vec<Expr> {
        let children = self.children(node);
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            match kind(child) {
                Kind::ListSplat | Kind::ParenthesizedListSplat => {
                    let Some(inner) = self.splat_operand(child) else {
                        continue;
                    };
                    let value = self.expression(inner);
                    let spread = self.spread(value, inner);
                    out.extend(spread);
                }
                Kind::Error => out.push(unknown(span(child), Reason::Syntax)),
                _ => out.push(self.expression(child)),
            }
        }
        out
    }

    /// The expression behind `*`, which may stand in brackets.
    pub(super) fn splat_operand(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        let mut inner = node;
        while matches!(kind(inner), Kind::ListSplat | Kind::ParenthesizedListSplat | Kind::DictionarySplat) {
            inner = *self.children(inner).first()?;
        }
        Some(inner)
    }

    /// What `*value` puts into a collection. Alternatives exclude one another, so their elements become `Maybe`.
    pub(super) fn spread(&mut self, value: Expr, node: Node<'t>) -> Vec<Expr> {
        let iterated = self.iterate(&value);
        match iterated {
            Some(elements) => elements,
            None => vec![self.opaque(value, node)],
        }
    }

    /// Unknown in the place of any number of elements.
    pub(super) fn opaque(&self, value: Expr, node: Node<'t>) -> Expr {
        match value.value {
            Value::Unknown(reason) => unknown(value.span, reason),
            _ => self.computed(node),
        }
    }

    /// What iterating over a value gives; `None` when that is not known.
    pub(super) fn iterate(&mut self, value: &Expr) -> Option<Vec<Expr>> {
        let elements = match &value.value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => items.as_ref().clone(),
            Value::Dict(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            Value::Str(text) if text.len() <= 256 => text
                .chars()
                .map(|each| Expr { span: value.span, value: Value::Str(each.to_string().into()) })
                .collect(),
            Value::Either(all) => {
                let lists: Option<Vec<Expr>> = all
                    .clone()
                    .iter()
                    .map(|each| {
                        let elements = self.iterate(each)?;
                        Some(Expr { span: each.span, value: Value::List(elements.into()) })
                    })
                    .collect();
                super::join::union(&lists?)
            }
            _ => return None,
        };
        self.spend(elements.len()).then_some(elements)
    }

    /// The entries of a dictionary display; `**known` is spread.
    fn entries(&mut self, node: Node<'t>) -> Vec<(Expr, Expr)> {
        let children = self.children(node);
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            match kind(child) {
                Kind::Pair => {
                    if let [key, value] = self.children(child).as_slice() {
                        out.push((self.expression(*key), self.expression(*value)));
                    } else {
                        out.push((
                            unknown(span(child), Reason::Syntax),
                            unknown(span(child), Reason::Syntax),
                        ));
                    }
                }
                Kind::DictionarySplat => {
                    let Some(inner) = self.splat_operand(child) else {
                        continue;
                    };
                    let value = self.expression(inner);
                    match &value.value {
                        Value::Dict(entries) if self.spend(entries.len()) => {
                            out.extend(entries.iter().cloned())
                        }
                        _ => {
                            let opaque = self.opaque(value, inner);
                            out.push((opaque.clone(), opaque));
                        }
                    }
                }
                _ => out.push((unknown(span(child), Reason::Syntax), unknown(span(child), Reason::Syntax))),
            }
        }
        out
    }

    /// `a.b.c`
    fn attribute(&mut self, node: Node<'t>) -> Expr {
        let mut names = Vec::new();
        let mut base = node;
        while kind(base) == Kind::Attribute {
            let [object, name] = self.children(base)[..] else {
                return unknown(span(node), Reason::Syntax);
            };
            names.push(name);
            base = object;
            if names.len() > MAX_DEPTH as usize {
                return too_large(span(node), "nesting");
            }
        }
        let mut value = self.expression(base);
        while let Some(name) = names.pop() {
            let name = self.source(name);
            value = self.each(value, &mut |this, object| this.attribute_of(object, name, node));
        }
        value.span = span(node);
        value
    }

    /// `object.name`
    pub(super) fn attribute_of(&mut self, object: Expr, name: &str, node: Node<'t>) -> Expr {
        match &object.value {
            Value::Imported(path) => {
                if let Some(found) = self.foreign(path, name) {
                    return Expr { span: span(node), value: found.value };
                }
                if name == "__dict__"
                    && let Some(names) = self.world.map(|world| world.all(path))
                    && matches!(names, super::Names::Known { .. })
                {
                    return self.names_value(names, false, node);
                }
                let separator = if path.ends_with('.') { "" } else { "." };
                Expr { span: object.span, value: Value::Imported(format!("{path}{separator}{name}").into()) }
            }
            Value::Class(class) => match self.class_attribute(class, name, 0) {
                Some(slot) => self.take(slot, span(node)),
                None => self.computed(node),
            },
            Value::Unknown(reason @ (Reason::UndefinedName(_) | Reason::StarImport(_))) => {
                unknown(span(node), reason.clone())
            }
            _ => self.computed(node),
        }
    }
}

fn is_compound(value: &Value) -> bool {
    matches!(
        value,
        Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::Dict(_) | Value::Either(_) | Value::Call(_)
    )
}

/// The nesting of a value; counts its parts into `weight`. Stops at the limits.
fn measure(value: &Value, depth: u32, weight: &mut usize) -> u32 {
    *weight += 1;
    if depth > MAX_NAMED_DEPTH || *weight > MAX_NAMED_WEIGHT {
        return depth;
    }
    let below = |part: &Expr, weight: &mut usize| measure(&part.value, depth + 1, weight);
    let parts: &[Expr] = match value {
        Value::List(parts) | Value::Tuple(parts) | Value::Set(parts) | Value::Either(parts) => parts,
        Value::Maybe(part) => std::slice::from_ref(part),
        Value::Dict(entries) => {
            let deepest = entries.iter().map(|(key, value)| below(key, weight).max(below(value, weight)));
            return deepest.max().unwrap_or(depth);
        }
        Value::Call(call) => {
            let deepest = call.args.iter().map(|arg| below(&arg.value, weight)).max();
            return deepest.unwrap_or(depth).max(below(&call.callee, weight));
        }
        _ => return depth,
    };
    parts.iter().map(|part| below(part, weight)).max().unwrap_or(depth)
}
