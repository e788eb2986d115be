//! Statements: imports, assignments, and the order in which a block runs.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Expr, Reason, Value};
use super::{Evaluator, MAX_DEPTH, unknown};

/// Where the statements of a block lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// To the statement after it.
    Next,
    /// On some unknown condition out of the loop body or the block, else to the next statement.
    MaybeLeft,
    /// Out of this turn of the loop.
    Continue,
    /// Out of the loop.
    Break,
    /// Nowhere: an exception.
    Raise,
}

impl<'t> Evaluator<'t> {
    /// Runs the statements of a module or a block.
    pub(super) fn block(&mut self, node: Node<'t>) -> Flow {
        let statements = self.children(node);
        self.statements(&statements)
    }

    /// Runs a block that stands inside a statement.
    pub(super) fn nested_block(&mut self, node: Node<'t>) -> Flow {
        if self.depth >= MAX_DEPTH {
            self.skip(node, Reason::TooLarge("nesting"));
            return Flow::Next;
        }
        self.depth += 1;
        let flow = self.block(node);
        self.depth -= 1;
        flow
    }

    fn statements(&mut self, statements: &[Node<'t>]) -> Flow {
        for (index, statement) in statements.iter().enumerate() {
            if self.work == 0 {
                self.skip(*statement, Reason::TooLarge("work"));
                return Flow::Next;
            }
            match self.statement(*statement) {
                Flow::Next => {}
                Flow::MaybeLeft => {
                    // What follows runs on some condition only.
                    let Some(rest) = statements.get(index + 1..).filter(|rest| !rest.is_empty()) else {
                        return Flow::MaybeLeft;
                    };
                    if self.depth >= MAX_DEPTH {
                        self.skip(rest[0], Reason::TooLarge("nesting"));
                        return Flow::MaybeLeft;
                    }
                    self.depth += 1;
                    let (changes, flow) = self.branch(|this| this.statements(rest));
                    self.depth -= 1;
                    if flow != Flow::Raise {
                        self.join(vec![changes, Default::default()]);
                    }
                    return Flow::MaybeLeft;
                }
                flow => return flow,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, node: Node<'t>) -> Flow {
        match kind(node) {
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::Import => self.import(node),
            Kind::ImportFrom => return if self.import_from(node) { Flow::Next } else { Flow::Raise },
            Kind::FunctionDefinition => self.function(node, &[]),
            Kind::ClassDefinition => self.class(node, &[]),
            Kind::DecoratedDefinition => self.decorated(node),
            Kind::Delete => self.delete(node),
            Kind::If => return self.if_statement(node),
            Kind::For => return self.for_statement(node),
            Kind::While => return self.while_statement(node),
            Kind::Try => return self.try_statement(node),
            Kind::Match => return self.match_statement(node),
            Kind::With => {
                if let Some(body) = node.child_by_field_name("body") {
                    return self.nested_block(body);
                }
            }
            // What the parser could still read inside an error counts, best effort.
            Kind::Error | Kind::Block => return self.nested_block(node),
            Kind::Continue => return Flow::Continue,
            Kind::Break => return Flow::Break,
            Kind::Raise | Kind::Return => return Flow::Raise,
            _ => {}
        }
        Flow::Next
    }

    fn decorated(&mut self, node: Node<'t>) {
        let decorators: Vec<Node<'t>> =
            self.children(node).into_iter().filter(|child| kind(*child) == Kind::Decorator).collect();
        match node.child_by_field_name("definition") {
            Some(definition) if kind(definition) == Kind::ClassDefinition => {
                self.class(definition, &decorators)
            }
            Some(definition) => self.function(definition, &decorators),
            None => {}
        }
    }

    fn expression_statement(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            match kind(child) {
                Kind::Assignment => {
                    self.assignment(child);
                }
                Kind::AugmentedAssignment => self.augmented_assignment(child),
                Kind::Call => self.call_statement(child),
                // A docstring or another constant has no effect.
                Kind::String | Kind::ConcatenatedString | Kind::Ellipsis => {}
                Kind::NamedExpression | Kind::ConditionalExpression | Kind::BooleanOperator => {
                    self.expression(child);
                }
                _ => {}
            }
        }
    }

    /// `import a.b`, `import a.b as c`
    fn import(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            match kind(child) {
                Kind::DottedName => {
                    // `import a.b` binds `a`.
                    let source = self.dotted(child);
                    let first = source.split('.').next().unwrap_or_default();
                    self.bind(first, Expr { span: span(child), value: Value::Imported(Arc::from(first)) });
                }
                Kind::AliasedImport => {
                    if let (Some(name), Some(alias)) =
                        (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                    {
                        let path = self.dotted(name);
                        self.bind(
                            self.source(alias),
                            Expr { span: span(child), value: Value::Imported(path.into()) },
                        );
                    }
                }
                _ => {}
            }
        }
    }

    /// `from m import a`, `from .m import a as b`, `from m import *`
    /// False when it certainly fails.
    fn import_from(&mut self, node: Node<'t>) -> bool {
        let Some(module_node) = node.child_by_field_name("module_name") else {
            return true;
        };
        let module = self.dotted(module_node);
        for child in self.children(node) {
            if child.id() == module_node.id() {
                continue;
            }
            let (name, alias) = match kind(child) {
                Kind::WildcardImport => {
                    if !self.star_import(&module, node) {
                        return false;
                    }
                    continue;
                }
                Kind::DottedName => (child, child),
                Kind::AliasedImport => {
                    match (child.child_by_field_name("name"), child.child_by_field_name("alias")) {
                        (Some(name), Some(alias)) => (name, alias),
                        _ => continue,
                    }
                }
                _ => continue,
            };
            let name = self.dotted(name);
            let separator = if module.ends_with('.') { "" } else { "." };
            let value = match self.foreign(&module, &name) {
                Some(found) => found.value,
                None => Value::Imported(format!("{module}{separator}{name}").into()),
            };
            self.note_written(self.source(alias), span(alias));
            self.bind(self.source(alias), Expr { span: span(child), value });
        }
        true
    }

    /// A dotted name without the white space that Python allows between its parts.
    fn dotted(&self, node: Node<'t>) -> String {
        self.source(node).chars().filter(|each| !each.is_whitespace() && *each != '\\').collect()
    }

    /// `target = value`, chains included; gives the value.
    fn assignment(&mut self, node: Node<'t>) -> Option<Expr> {
        let mut targets = Vec::new();
        let mut right = node;
        while kind(right) == Kind::Assignment {
            targets.push(right.child_by_field_name("left")?);
            // An annotation without a value binds nothing.
            right = right.child_by_field_name("right")?;
        }
        let shared = self.place_slot(right);
        let value = if kind(right) == Kind::AugmentedAssignment {
            unknown(span(right), Reason::Syntax)
        } else {
            self.expression(right)
        };
        let slot = match shared {
            Some(slot) if is_mutable(&self.environment.get(slot).value) => slot,
            _ => self.environment.store(value.clone()),
        };
        for target in targets {
            if kind(target) == Kind::Identifier {
                let name = self.source(target);
                self.note_written(name, span(target));
                self.environment.bind(self.environment.current(), Arc::from(name), Some(slot));
            } else {
                self.assign(target, value.clone(), right);
            }
        }
        Some(value)
    }

    /// Binds `name` in the innermost scope to a value.
    pub(super) fn bind(&mut self, name: &str, value: Expr) {
        let slot = self.environment.store(value);
        self.environment.bind(self.environment.current(), Arc::from(name), Some(slot));
    }

    /// `name := value`
    pub(super) fn walrus(&mut self, node: Node<'t>) -> Expr {
        let (Some(name), Some(value)) = (node.child_by_field_name("name"), node.child_by_field_name("value"))
        else {
            return unknown(span(node), Reason::Syntax);
        };
        let value = self.expression(value);
        self.bind(self.source(name), value.clone());
        value
    }

    /// Binds the names of a target to a value.
    pub(super) fn assign(&mut self, target: Node<'t>, value: Expr, right: Node<'t>) {
        match kind(target) {
            Kind::Identifier => {
                self.note_written(self.source(target), span(target));
                self.bind(self.source(target), value);
            }
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::Tuple
            | Kind::List
            | Kind::ExpressionList => self.unpack(target, value, right),
            Kind::ListSplatPattern | Kind::ListSplat => {
                if let Some(inner) = self.children(target).first() {
                    self.assign(*inner, value, right);
                }
            }
            Kind::ParenthesizedExpression => {
                if let Some(inner) = self.children(target).first() {
                    self.assign(*inner, value, right);
                }
            }
            Kind::Attribute | Kind::Subscript => self.assign_place(target, value),
            _ => {}
        }
    }

    /// `a, *b, c = value`
    fn unpack(&mut self, target: Node<'t>, value: Expr, right: Node<'t>) {
        if self.depth >= MAX_DEPTH {
            self.skip(target, Reason::TooLarge("nesting"));
            return;
        }
        self.depth += 1;
        let targets = self.children(target);
        let star =
            targets.iter().position(|each| matches!(kind(*each), Kind::ListSplatPattern | Kind::ListSplat));
        let items = match self.iterate(&value) {
            Some(items) if super::operator::is_exact(&items) || items.len() == targets.len() => Some(items),
            _ => None,
        };
        match (items, star) {
            (Some(items), None) if items.len() == targets.len() => {
                for (target, item) in targets.into_iter().zip(items) {
                    self.assign(target, item, right);
                }
            }
            (Some(items), Some(star)) if items.len() + 1 >= targets.len() => {
                let behind = targets.len() - star - 1;
                let mut items = items;
                let last = items.split_off(items.len() - behind);
                let middle = items.split_off(star);
                let middle = Expr { span: value.span, value: Value::List(middle.into()) };
                let items = items.into_iter().chain([middle]).chain(last);
                for (target, item) in targets.into_iter().zip(items) {
                    self.assign(target, item, right);
                }
            }
            _ => {
                let opaque = self.opaque(value, right);
                for target in targets {
                    self.assign(target, opaque.clone(), right);
                }
            }
        }
        self.depth -= 1;
    }
}

/// A value that can be changed through another name for it.
pub(super) fn is_mutable(value: &Value) -> bool {
    match value {
        Value::List(_) | Value::Dict(_) | Value::Set(_) => true,
        Value::Either(all) => all.iter().any(|each| is_mutable(&each.value)),
        _ => false,
    }
}
