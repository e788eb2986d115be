//! Expressions of a body.

use std::sync::Arc;

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};

use super::thing::{ModelRef, Rows, Thing};
use super::walk::Walker;
use super::{Act, On, Taken, api};

/// Longest path that is kept.
const MAX_PATH: usize = 300;

impl<'t> Walker<'t> {
    /// What an expression is; notes what it does, the use of imported names included.
    pub(super) fn evaluate(&mut self, node: Node<'t>) -> Thing<'t> {
        let thing = self.resolve(node);
        if let Thing::Path(path) = &thing
            && matches!(kind(node), Kind::Identifier | Kind::Attribute)
        {
            self.note_path(node, path.clone(), Taken::Read);
        }
        thing
    }

    /// Python's own names are not worth a note, those aside that reach outside.
    pub(super) fn note_path(&mut self, node: Node<'t>, path: Arc<str>, taken: Taken) {
        if !path.starts_with("builtins.") || path.as_ref() == "builtins.open" {
            self.note(node, Act::Name { path, taken });
        }
    }

    /// As `evaluate`, without the note on an imported name: the caller takes a part of it or calls it.
    fn resolve(&mut self, node: Node<'t>) -> Thing<'t> {
        if !self.descend(node) {
            return Thing::Unknown;
        }
        let thing = self.by_kind(node);
        self.ascend();
        thing
    }

    fn by_kind(&mut self, node: Node<'t>) -> Thing<'t> {
        match kind(node) {
            Kind::Identifier => self.lookup(self.source(node)),
            Kind::Attribute => self.attribute(node),
            Kind::Call => self.call(node),
            Kind::Subscript => self.subscript(node),
            Kind::String | Kind::ConcatenatedString => self.string(node),
            Kind::Tuple | Kind::List | Kind::Set | Kind::ExpressionList => {
                let parts = self.children(node);
                Thing::Sequence(parts.into_iter().map(|part| self.evaluate(part)).collect::<Vec<_>>().into())
            }
            Kind::Dictionary => self.dictionary(node),
            Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::GeneratorExpression
            | Kind::DictionaryComprehension => self.comprehension(node),
            Kind::Lambda => Thing::Function(node),
            Kind::Assignment | Kind::AugmentedAssignment => self.assignment(node),
            Kind::NamedExpression => {
                let value = node.child_by_field_name("value").map(|value| self.evaluate(value));
                let value = value.unwrap_or(Thing::Unknown);
                if let Some(name) = node.child_by_field_name("name") {
                    self.assign(name, value.clone());
                }
                value
            }
            Kind::AsPattern => self.as_pattern(node),
            Kind::ParenthesizedExpression | Kind::Await => {
                self.children(node).first().map_or(Thing::Unknown, |inner| self.evaluate(*inner))
            }
            Kind::ConditionalExpression => {
                let parts = self.children(node);
                let things: Vec<_> = parts.into_iter().map(|part| self.evaluate(part)).collect();
                // value, condition, other value
                match things.as_slice() {
                    [first, _, last] => first.clone().or(last.clone()),
                    _ => Thing::Unknown,
                }
            }
            Kind::BooleanOperator => {
                let parts = self.children(node);
                let things = parts.into_iter().map(|part| self.evaluate(part)).collect::<Vec<_>>();
                things.into_iter().reduce(Thing::or).unwrap_or(Thing::Unknown)
            }
            Kind::BinaryOperator => self.binary(node),
            Kind::KeywordArgument => {
                node.child_by_field_name("value").map_or(Thing::Unknown, |value| self.evaluate(value))
            }
            // An annotation names types, it does not use them.
            _ if node.kind() == "type" => Thing::Unknown,
            _ => {
                for child in self.children(node) {
                    self.evaluate(child);
                }
                Thing::Unknown
            }
        }
    }

    fn assignment(&mut self, node: Node<'t>) -> Thing<'t> {
        let value = node.child_by_field_name("right").map(|right| self.evaluate(right));
        if let Some(left) = node.child_by_field_name("left") {
            match (value.clone(), kind(node)) {
                (Some(value), Kind::Assignment) => self.assign(left, value),
                // `x: int` binds nothing.
                (None, _) => {}
                _ => drop(self.evaluate(left)),
            }
        }
        value.unwrap_or(Thing::Unknown)
    }

    /// `value as name` in `with` and `except`.
    fn as_pattern(&mut self, node: Node<'t>) -> Thing<'t> {
        let parts = self.children(node);
        let value = parts.first().map_or(Thing::Unknown, |value| self.evaluate(*value));
        if let Some(target) = node.child_by_field_name("alias")
            && let Some(name) = self.children(target).first().copied()
        {
            self.assign(name, value.clone());
        }
        value
    }

    /// `a + b` of texts; of `text % values` the text, which is most of it.
    fn binary(&mut self, node: Node<'t>) -> Thing<'t> {
        let parts = self.children(node);
        let things: Vec<_> = parts.into_iter().map(|part| self.evaluate(part)).collect();
        let operator = node.child_by_field_name("operator").map(|operator| self.source(operator));
        match (things.as_slice(), operator) {
            ([Thing::Text(a), Thing::Text(b)], Some("+")) => Thing::Text(format!("{a}{b}").into()),
            ([Thing::Text(a), _], Some("+" | "%")) => Thing::Text(a.clone()),
            ([Thing::Sequence(a), Thing::Sequence(b)], Some("+")) => {
                Thing::Sequence(a.iter().chain(b.iter()).cloned().collect::<Vec<_>>().into())
            }
            // Union and intersection of querysets.
            ([Thing::Rows(rows), _], Some("|" | "&")) => Thing::Rows(rows.clone()),
            _ => Thing::Unknown,
        }
    }

    fn string(&mut self, node: Node<'t>) -> Thing<'t> {
        let mut text = String::new();
        for child in self.children(node) {
            match kind(child) {
                Kind::String => {
                    if let Thing::Text(part) = self.string(child) {
                        text.push_str(&part);
                    }
                }
                Kind::StringContent => text.push_str(self.source(child)),
                Kind::Interpolation => {
                    self.evaluate(child);
                    text.push('…');
                }
                _ => {}
            }
        }
        Thing::Text(text.into())
    }

    fn dictionary(&mut self, node: Node<'t>) -> Thing<'t> {
        let mut held = Thing::Unknown;
        for entry in self.children(node) {
            if kind(entry) != Kind::Pair {
                self.evaluate(entry);
                continue;
            }
            if let Some(key) = entry.child_by_field_name("key") {
                self.evaluate(key);
            }
            if let Some(value) = entry.child_by_field_name("value") {
                held = held.or(self.evaluate(value));
            }
        }
        if held == Thing::Unknown { held } else { Thing::Items(held.into()) }
    }

    fn comprehension(&mut self, node: Node<'t>) -> Thing<'t> {
        let parts = self.children(node);
        let opened = self.loops.len();
        let mut names = Vec::new();
        for clause in parts.iter().skip(1) {
            if kind(*clause) != Kind::ForInClause {
                self.evaluate(*clause);
                continue;
            }
            let Some(right) = clause.child_by_field_name("right") else { continue };
            let over = self.evaluate(right);
            if let Some(left) = clause.child_by_field_name("left") {
                if kind(left) == Kind::Identifier {
                    let name = self.source(left);
                    names.push((name, self.frames.last().and_then(|frame| frame.names.get(name)).cloned()));
                }
                self.assign(left, over.element());
            }
            self.open_loop(right, &over);
        }
        let value = match parts.first() {
            Some(pair) if kind(*pair) == Kind::Pair => self
                .children(*pair)
                .into_iter()
                .map(|part| self.evaluate(part))
                .last()
                .unwrap_or(Thing::Unknown),
            Some(body) => self.evaluate(*body),
            None => Thing::Unknown,
        };
        self.loops.truncate(opened);
        for (name, before) in names {
            if let Some(frame) = self.frames.last_mut() {
                match before {
                    Some(thing) => drop(frame.names.insert(name, thing)),
                    None => drop(frame.names.remove(name)),
                }
            }
        }
        if value == Thing::Unknown { value } else { Thing::Items(value.into()) }
    }

    fn subscript(&mut self, node: Node<'t>) -> Thing<'t> {
        let Some(value) = node.child_by_field_name("value") else { return Thing::Unknown };
        let base = self.evaluate(value);
        let index = node.child_by_field_name("subscript");
        let is_slice = index.is_some_and(|index| kind(index) == Kind::Slice);
        if let Some(index) = index {
            self.evaluate(index);
        }
        match base {
            Thing::Rows(rows) if is_slice => Thing::Rows(Rows { sliced: true, filtered: true, ..rows }),
            same if is_slice => same,
            Thing::Rows(rows) => Thing::Rows(rows).element(),
            Thing::Sequence(all) => {
                let at = index.and_then(|index| self.source(index).parse::<usize>().ok());
                match at {
                    Some(at) => all.get(at).cloned().unwrap_or(Thing::Unknown),
                    None => Thing::Sequence(all).element(),
                }
            }
            Thing::Items(inner) => inner.as_ref().clone(),
            Thing::Path(path) if path.as_ref() == "django.db.connections" => Thing::Connection,
            _ => Thing::Unknown,
        }
    }

    pub(super) fn attribute(&mut self, node: Node<'t>) -> Thing<'t> {
        let (Some(object), Some(name)) =
            (node.child_by_field_name("object"), node.child_by_field_name("attribute"))
        else {
            return Thing::Unknown;
        };
        let base = self.resolve(object);
        let name: Arc<str> = self.source(name).into();
        match base {
            Thing::Path(path) if api::is_manager(&name) && api::is_class_name(&path) => {
                self.note_path(node, format!("{path}.{name}").into(), Taken::Read);
                Thing::Rows(Rows::all(ModelRef::Live(path)))
            }
            Thing::Path(path) if path.len() < MAX_PATH => Thing::Path(format!("{path}.{name}").into()),
            Thing::SchemaEditor if name.as_ref() == "connection" => Thing::Connection,
            Thing::Model(model) if api::is_manager(&name) => {
                if let ModelRef::Live(path) = &model {
                    self.note_path(node, format!("{path}.{name}").into(), Taken::Read);
                }
                Thing::Rows(Rows::all(model))
            }
            Thing::Model(model) => {
                self.note_member(node, &model, On::Class, &name, false);
                Thing::Method(Thing::Model(model).into(), name)
            }
            Thing::Rows(rows) if rows.collected => Thing::Unknown,
            Thing::Text(_)
            | Thing::Items(_)
            | Thing::Apps
            | Thing::SchemaEditor
            | Thing::Connection
            | Thing::Cursor
            | Thing::Rows(_)
            | Thing::Instance(_) => Thing::Method(base.into(), name),
            Thing::Class(definition) => {
                self.call_methods(definition);
                Thing::Unknown
            }
            _ => Thing::Unknown,
        }
    }

    /// Notes a member that a historical model does not have by itself.
    pub(super) fn note_member(
        &mut self,
        node: Node<'t>,
        model: &ModelRef,
        on: On,
        name: &Arc<str>,
        called: bool,
    ) {
        let known = match on {
            On::Class | On::Instance => api::is_model_member(name),
            On::Rows => api::is_queryset_member(name),
        };
        if !known && matches!(model, ModelRef::Historic { .. }) {
            self.note(node, Act::Member { model: model.clone(), on, name: name.clone(), called });
        }
    }
}
