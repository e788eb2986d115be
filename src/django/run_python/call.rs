//! Calls in a body.

use std::sync::Arc;

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};

use super::thing::{ModelRef, Rows, Thing};
use super::walk::Walker;
use super::{Act, On, Taken, api};

/// The arguments of a call.
struct Arguments<'t> {
    positional: Vec<Thing<'t>>,
    keywords: Vec<(&'t str, Thing<'t>)>,
    /// `**values`
    spread: bool,
}

impl<'t> Arguments<'t> {
    fn is_empty(&self) -> bool {
        self.positional.is_empty() && self.keywords.is_empty() && !self.spread
    }

    fn taken(&self) -> Taken {
        if self.keywords.is_empty() && !self.spread { Taken::Called } else { Taken::CalledWithKeywords }
    }

    fn get(&self, at: usize, keyword: &str) -> Option<&Thing<'t>> {
        let named = self.keywords.iter().find(|(name, _)| *name == keyword).map(|(_, thing)| thing);
        named.or_else(|| self.positional.get(at))
    }
}

impl<'t> Walker<'t> {
    pub(super) fn call(&mut self, node: Node<'t>) -> Thing<'t> {
        let Some(function) = node.child_by_field_name("function") else { return Thing::Unknown };
        let callee = match kind(function) {
            Kind::Identifier => self.lookup(self.source(function)),
            Kind::Attribute => {
                // Not `evaluate`: the use is noted below, as a call.
                self.callee(function)
            }
            _ => self.evaluate(function),
        };
        let arguments = self.arguments(node);
        match callee {
            Thing::Path(path) => self.call_path(function, &path, &arguments),
            Thing::Function(definition) => {
                self.call_function(definition, &arguments.positional, &arguments.keywords)
            }
            Thing::Method(object, name) => self.call_method(function, &object, &name, &arguments),
            Thing::Model(model) => {
                if let ModelRef::Live(path) = &model {
                    self.note_path(function, path.clone(), arguments.taken());
                }
                Thing::Instance(model)
            }
            Thing::Class(definition) => {
                self.call_methods(definition);
                Thing::Unknown
            }
            _ => Thing::Unknown,
        }
    }

    /// What a class of this file does is what its methods do; which of them are called is not followed.
    pub(super) fn call_methods(&mut self, class: Node<'t>) {
        let Some(body) = class.child_by_field_name("body") else { return };
        for child in self.children(body) {
            let method = match kind(child) {
                Kind::DecoratedDefinition => child.child_by_field_name("definition").unwrap_or(child),
                _ => child,
            };
            if kind(method) == Kind::FunctionDefinition {
                self.call_function(method, &[], &[]);
            }
        }
    }

    fn callee(&mut self, function: Node<'t>) -> Thing<'t> {
        if !self.descend(function) {
            return Thing::Unknown;
        }
        let thing = self.attribute(function);
        self.ascend();
        thing
    }

    fn arguments(&mut self, node: Node<'t>) -> Arguments<'t> {
        let mut out = Arguments { positional: Vec::new(), keywords: Vec::new(), spread: false };
        let Some(list) = node.child_by_field_name("arguments") else { return out };
        if kind(list) == Kind::GeneratorExpression {
            out.positional.push(self.evaluate(list));
            return out;
        }
        for argument in self.children(list) {
            let thing = self.evaluate(argument);
            // A function that is passed on is called by someone.
            if let Thing::Function(definition) = thing {
                self.call_function(definition, &[], &[]);
            }
            match kind(argument) {
                Kind::KeywordArgument => {
                    if let Some(name) = argument.child_by_field_name("name") {
                        out.keywords.push((self.source(name), thing));
                    }
                }
                Kind::DictionarySplat => out.spread = true,
                Kind::ListSplat => {}
                _ => out.positional.push(thing),
            }
        }
        out
    }

    fn call_path(&mut self, at: Node<'t>, path: &Arc<str>, arguments: &Arguments<'t>) -> Thing<'t> {
        self.note_path(at, path.clone(), arguments.taken());
        let first = arguments.positional.first();
        match (path.as_ref(), first) {
            (
                "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.sorted",
                Some(Thing::Rows(rows)),
            ) => Thing::Rows(Rows { collected: true, ..rows.clone() }),
            (
                "builtins.list" | "builtins.tuple" | "builtins.set" | "builtins.sorted" | "builtins.reversed"
                | "builtins.iter",
                Some(thing),
            ) => thing.clone(),
            ("builtins.enumerate", Some(Thing::Rows(rows))) => {
                Thing::Rows(Rows { numbered: true, ..rows.clone() })
            }
            ("builtins.enumerate", Some(thing)) => {
                Thing::Items(Thing::Sequence(vec![Thing::Unknown, thing.element()].into()).into())
            }
            ("builtins.next", Some(thing)) => thing.element(),
            ("functools.partial", Some(thing)) => thing.clone(),
            _ => result_of_path(path),
        }
    }

    fn call_method(
        &mut self,
        at: Node<'t>,
        object: &Thing<'t>,
        name: &Arc<str>,
        arguments: &Arguments<'t>,
    ) -> Thing<'t> {
        match object {
            Thing::Apps if name.as_ref() == "get_model" => self.get_model(at, arguments),
            Thing::SchemaEditor => {
                self.note(at, Act::EditSchema(name.clone()));
                Thing::Unknown
            }
            Thing::Connection if name.as_ref() == "cursor" => Thing::Cursor,
            Thing::Cursor => {
                match name.as_ref() {
                    "execute" | "executemany" => self.note(at, Act::Execute(text(arguments))),
                    "__enter__" => return Thing::Cursor,
                    _ => {}
                }
                Thing::Unknown
            }
            Thing::Rows(rows) => self.rows_method(at, rows, name, arguments),
            Thing::Instance(model) => {
                if matches!(name.as_ref(), "save" | "delete") {
                    let (verb, rows) = (name.clone(), Rows { filtered: true, ..Rows::all(model.clone()) });
                    self.note(at, Act::Write { verb, rows, one: true });
                } else {
                    self.note_member(at, model, On::Instance, name, true);
                }
                Thing::Unknown
            }
            Thing::Model(model) => {
                self.note_member(at, model, On::Class, name, true);
                Thing::Unknown
            }
            Thing::Text(text) if matches!(name.as_ref(), "format" | "strip" | "join" | "replace") => {
                Thing::Text(text.clone())
            }
            Thing::Items(inner) => match name.as_ref() {
                "get" | "pop" | "setdefault" => inner.as_ref().clone(),
                "values" => object.clone(),
                "items" => {
                    Thing::Items(Thing::Sequence(vec![Thing::Unknown, inner.as_ref().clone()].into()).into())
                }
                _ => Thing::Unknown,
            },
            _ => Thing::Unknown,
        }
    }

    fn get_model(&mut self, at: Node<'t>, arguments: &Arguments<'t>) -> Thing<'t> {
        let known = |thing: Option<&Thing<'t>>| match thing {
            Some(Thing::Text(text)) if !text.contains('…') => Some(text.clone()),
            _ => None,
        };
        let first = known(arguments.get(0, "app_label"));
        let second = arguments.get(1, "model_name");
        let (app, model) = match (first, second) {
            (first, Some(second)) => (first, known(Some(second))),
            (Some(dotted), None) => match dotted.split_once('.') {
                Some((app, model)) => (Some(Arc::from(app)), Some(Arc::from(model))),
                None => (Some(dotted), None),
            },
            (None, None) => (None, None),
        };
        self.note(at, Act::GetModel { app: app.clone(), model: model.clone() });
        Thing::Model(ModelRef::Historic { app, name: model })
    }

    fn rows_method(
        &mut self,
        at: Node<'t>,
        rows: &Rows,
        name: &Arc<str>,
        arguments: &Arguments<'t>,
    ) -> Thing<'t> {
        let rows = rows.clone();
        let narrowed =
            |filtered: bool| Thing::Rows(Rows { filtered: rows.filtered || filtered, ..rows.clone() });
        if api::is_write(name) {
            self.note(at, Act::Write { verb: name.clone(), rows: rows.clone(), one: false });
        }
        match name.as_ref() {
            "filter" | "exclude" | "complex_filter" => narrowed(!arguments.is_empty()),
            "none" | "difference" | "intersection" => narrowed(true),
            "iterator" | "aiterator" => Thing::Rows(Rows { streamed: true, ..rows }),
            "using" | "db_manager" => Thing::Rows(Rows { using: true, ..rows }),
            "values" | "values_list" | "dates" | "datetimes" => Thing::Rows(Rows { plain: true, ..rows }),
            "get" | "first" | "last" | "latest" | "earliest" | "create" => Thing::Instance(rows.model),
            "get_or_create" | "update_or_create" => {
                Thing::Sequence(vec![Thing::Instance(rows.model), Thing::Unknown].into())
            }
            "in_bulk" => Thing::Items(Thing::Instance(rows.model).into()),
            "all" | "order_by" | "select_related" | "prefetch_related" | "only" | "defer" | "distinct"
            | "annotate" | "alias" | "reverse" | "select_for_update" | "extra" | "union" | "get_queryset" => {
                Thing::Rows(rows)
            }
            _ => {
                self.note_member(at, &rows.model, On::Rows, name, true);
                Thing::Unknown
            }
        }
    }
}

/// What a call of an imported name gives.
pub(super) fn result_of_path<'t>(path: &Arc<str>) -> Thing<'t> {
    let result: Arc<str> = format!("{path}()").into();
    match path.as_ref() {
        api::GET_USER_MODEL | api::GLOBAL_GET_MODEL => Thing::Model(ModelRef::Live(result)),
        "django.db.connection.cursor" => Thing::Cursor,
        _ if path.starts_with("builtins.") => Thing::Unknown,
        _ => Thing::Path(result),
    }
}

/// The text of a statement.
fn text(arguments: &Arguments<'_>) -> Option<Arc<str>> {
    match arguments.get(0, "sql") {
        Some(Thing::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
