//! Statements of a body.

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind, span};

use super::thing::Thing;
use super::walk::Walker;
use super::{Act, RowLoop};

impl<'t> Walker<'t> {
    /// Walks the statements of a block.
    pub(super) fn block(&mut self, node: Node<'t>) -> Thing<'t> {
        for statement in self.children(node) {
            self.statement(statement);
        }
        Thing::Unknown
    }

    fn statement(&mut self, node: Node<'t>) {
        if !self.descend(node) {
            return;
        }
        match kind(node) {
            Kind::FunctionDefinition => self.nested_function(node),
            Kind::DecoratedDefinition => {
                for child in self.children(node) {
                    match kind(child) {
                        Kind::FunctionDefinition => self.nested_function(child),
                        _ => drop(self.evaluate(child)),
                    }
                }
            }
            Kind::ClassDefinition => {}
            Kind::Import | Kind::ImportFrom => self.import(node),
            Kind::For => self.for_loop(node),
            Kind::While => {
                self.loops.push(None);
                self.parts(node);
                self.loops.pop();
            }
            Kind::Return => {
                let value = self.children(node).first().map_or(Thing::Unknown, |value| self.evaluate(*value));
                if let Some(frame) = self.frames.last_mut() {
                    let before = std::mem::replace(&mut frame.result, Thing::Unknown);
                    frame.result = before.or(value);
                }
            }
            _ if node.kind() == "global_statement" => {
                let names: Vec<&str> =
                    self.children(node).into_iter().map(|name| self.source(name)).collect();
                if let Some(frame) = self.frames.last_mut() {
                    frame.global.extend(names);
                }
            }
            _ => self.parts(node),
        }
        self.ascend();
    }

    /// The parts of any other statement, in order.
    fn parts(&mut self, node: Node<'t>) {
        for child in self.children(node) {
            match kind(child) {
                Kind::Block => drop(self.block(child)),
                Kind::ElseClause
                | Kind::ElifClause
                | Kind::ExceptClause
                | Kind::ExceptGroupClause
                | Kind::FinallyClause
                | Kind::CaseClause => self.statement(child),
                _ if is_statement(child) => self.statement(child),
                _ => drop(self.evaluate(child)),
            }
        }
    }

    /// A function inside a function: walked where it is called or passed on.
    fn nested_function(&mut self, node: Node<'t>) {
        if let Some(name) = node.child_by_field_name("name") {
            self.bind(self.source(name), Thing::Function(node));
        }
    }

    fn for_loop(&mut self, node: Node<'t>) {
        let Some(right) = node.child_by_field_name("right") else { return };
        let over = self.evaluate(right);
        if let Some(left) = node.child_by_field_name("left") {
            self.assign(left, over.element());
        }
        self.open_loop(right, &over);
        for field in ["body", "alternative"] {
            match node.child_by_field_name(field) {
                Some(block) if kind(block) == Kind::Block => drop(self.block(block)),
                Some(clause) => self.statement(clause),
                None => {}
            }
            if field == "body" {
                self.loops.pop();
            }
        }
    }

    /// Notes a loop over rows and remembers it until it is popped from `loops`.
    pub(super) fn open_loop(&mut self, at: Node<'t>, over: &Thing<'t>) {
        let rows = match over {
            Thing::Rows(rows) => {
                self.note(at, Act::Loop(rows.clone()));
                Some(RowLoop { span: span(at), rows: rows.clone() })
            }
            _ => None,
        };
        self.loops.push(rows);
    }

    /// Binds the names of a pattern.
    pub(super) fn assign(&mut self, left: Node<'t>, value: Thing<'t>) {
        match kind(left) {
            Kind::Identifier => self.bind(self.source(left), value),
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern => {
                for (at, part) in self.children(left).into_iter().enumerate() {
                    self.assign(part, value.at(at));
                }
            }
            // `models[name] = apps.get_model(…)` tells what `models` holds.
            Kind::Subscript => {
                let base = left.child_by_field_name("value");
                self.parts(left);
                if let Some(base) = base.filter(|base| kind(*base) == Kind::Identifier)
                    && value != Thing::Unknown
                {
                    self.store_in(self.source(base), value);
                }
            }
            Kind::ListSplatPattern | Kind::ParenthesizedExpression => {
                if let Some(inner) = self.children(left).first() {
                    self.assign(*inner, Thing::Unknown);
                }
            }
            _ => drop(self.evaluate(left)),
        }
    }

    /// Remembers that the collection `name` holds such things, wherever the name is bound.
    fn store_in(&mut self, name: &'t str, value: Thing<'t>) {
        let before = match self.lookup(name) {
            Thing::Items(inner) => inner.as_ref().clone(),
            _ => Thing::Unknown,
        };
        let items = Thing::Items(value.or(before).into());
        match self.frames.iter_mut().rev().find(|frame| frame.names.contains_key(name)) {
            Some(frame) => drop(frame.names.insert(name, items)),
            None => drop(self.globals.insert(name, items)),
        }
    }

    /// `import a.b as c`, `from a import b as c`
    fn import(&mut self, node: Node<'t>) {
        let module = node.child_by_field_name("module_name");
        let prefix = module.map(|module| self.source(module));
        for child in self.children(node) {
            if Some(child) == module {
                continue;
            }
            let (path, name) = match kind(child) {
                Kind::AliasedImport => {
                    let (Some(path), Some(alias)) =
                        (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                    else {
                        continue;
                    };
                    (self.source(path), self.source(alias))
                }
                Kind::DottedName if prefix.is_some() => (self.source(child), self.source(child)),
                // `import a.b` binds `a`.
                Kind::DottedName => {
                    let first = self.source(child).split('.').next().unwrap_or_default();
                    (first, first)
                }
                _ => continue,
            };
            let path = match prefix {
                Some(prefix) if prefix.ends_with('.') => format!("{prefix}{path}"),
                Some(prefix) => format!("{prefix}.{path}"),
                None => path.to_owned(),
            };
            self.bind(name, Thing::Path(path.into()));
        }
    }
}

/// Statements that hold blocks or statements themselves.
fn is_statement(node: Node<'_>) -> bool {
    matches!(
        kind(node),
        Kind::FunctionDefinition
            | Kind::DecoratedDefinition
            | Kind::ClassDefinition
            | Kind::Import
            | Kind::ImportFrom
            | Kind::For
            | Kind::While
            | Kind::If
            | Kind::Try
            | Kind::With
            | Kind::Match
            | Kind::Return
            | Kind::ExpressionStatement
            | Kind::Assert
            | Kind::Raise
            | Kind::Delete
    )
}
