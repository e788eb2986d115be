//! The literal evaluator: what a module binds, as far as its text alone tells.
//!
//! It runs the top-level statements and the class bodies of a module over abstract values. What only running the code
//! could tell becomes [`Value::Unknown`] with the reason; where the code branches on something unknown, both branches
//! are followed and their results become [`Value::Either`]. Function bodies are not run.
//!
//! Hostile input is bounded in two ways: nesting by `MAX_DEPTH`, and everything that can cost more than the length
//! of the text (loops, repetition, copies of collections) by a budget of work.

mod alias;
mod call;
mod condition;
mod control;
mod definition;
mod expression;
mod format;
mod join;
mod operator;
mod place;
mod scope;
mod statement;
mod string;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;
use tree_sitter::{Node, TreeCursor};

use crate::source::{SourceText, Span};

use super::python::{Kind, PythonTree, kind, span};
use super::value::{ClassDef, Expr, Module, Reason, Value};
pub use join::union;
use scope::Environment;
pub use world::{HOLE, Names, World};

/// How deep expressions and blocks may be nested; no hand-written file comes near it.
const MAX_DEPTH: u32 = 64;
/// How many alternatives of one value are kept apart.
const MAX_ALTERNATIVES: usize = 8;
/// How much work beyond reading the text once is done for a module, in elements touched.
const WORK: u64 = 1_000_000;
/// How many bytes of source a [`Reason::Computed`] shows.
const SHOWN: usize = 80;

/// Evaluates a module. Never fails: what could not be followed is unknown.
pub fn module(text: &SourceText, tree: &PythonTree) -> Module {
    module_of(&text.text, tree)
}

/// Evaluates Python source that stands in no file; `tree` is the tree of `text`.
pub fn module_of(text: &str, tree: &PythonTree) -> Module {
    run(text, tree, None)
}

/// Evaluates a module as part of a program: imports of its other modules are followed.
pub fn module_in(text: &SourceText, tree: &PythonTree, world: &dyn World) -> Module {
    run(&text.text, tree, Some(world))
}

fn run<'t>(text: &'t str, tree: &'t PythonTree, world: Option<&'t dyn World>) -> Module {
    let Some(root) = tree.root() else {
        return Module::default();
    };
    let mut evaluator = Evaluator::new(text, world);
    evaluator.block(root);
    evaluator.finish()
}

/// A class of the module while the module runs; its attributes are the names of its scope.
struct Class {
    definition: Arc<ClassDef>,
    scope: usize,
}

struct Evaluator<'t> {
    text: &'t str,
    environment: Environment,
    classes: Vec<Class>,
    /// Classes by the start of their definition, newest last.
    class_at: FxHashMap<u32, usize>,
    star_imports: Vec<Arc<str>>,
    not_followed: Vec<(Span, Reason)>,
    cursors: Vec<TreeCursor<'t>>,
    depth: u32,
    work: u64,
    world: Option<&'t dyn World>,
    written: IndexMap<Arc<str>, Vec<Span>>,
    dynamic_writes: Vec<Span>,
    missing_imports: Vec<(Span, Arc<str>)>,
    /// How many `try` bodies that survive an `ImportError` the current statement stands in.
    guarded: u32,
    /// The module and the name that `getattr` read last.
    last_getattr: Option<(Arc<str>, Arc<str>)>,
}

impl<'t> Evaluator<'t> {
    fn new(text: &'t str, world: Option<&'t dyn World>) -> Self {
        Self {
            text,
            environment: Environment::new(),
            classes: Vec::new(),
            class_at: FxHashMap::default(),
            star_imports: Vec::new(),
            not_followed: Vec::new(),
            cursors: Vec::new(),
            depth: 0,
            work: WORK,
            world,
            written: IndexMap::new(),
            dynamic_writes: Vec::new(),
            missing_imports: Vec::new(),
            guarded: 0,
            last_getattr: None,
        }
    }

    /// The module as it stands after its last statement, with the classes as later statements left them.
    fn finish(self) -> Module {
        let mut bindings = IndexMap::new();
        let mut finished: FxHashMap<u32, Arc<ClassDef>> = FxHashMap::default();
        for class in &self.classes {
            let mut definition = ClassDef::clone(&class.definition);
            definition.attributes = self.environment.values(class.scope);
            finished.insert(definition.span.start, Arc::new(definition));
        }
        for (name, mut expr) in self.environment.values(scope::MODULE) {
            refresh(&mut expr, &finished);
            bindings.insert(name, expr);
        }
        Module {
            bindings,
            star_imports: self.star_imports,
            not_followed: self.not_followed,
            written: self.written,
            dynamic_writes: self.dynamic_writes,
            missing_imports: self.missing_imports,
        }
    }

    /// The text of a node.
    fn source(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// The named children of a node without comments.
    fn children(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = match self.cursors.pop() {
            Some(mut cursor) => {
                cursor.reset(node);
                cursor
            }
            None => node.walk(),
        };
        let mut out = Vec::new();
        if cursor.goto_first_child() {
            loop {
                let child = cursor.node();
                if child.is_named() && !matches!(kind(child), Kind::Comment | Kind::LineContinuation) {
                    out.push(child);
                }
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        self.cursors.push(cursor);
        out
    }

    /// Takes `amount` from the budget of work; false when it is used up.
    fn spend(&mut self, amount: usize) -> bool {
        match self.work.checked_sub(amount as u64) {
            Some(left) => {
                self.work = left;
                true
            }
            None => {
                self.work = 0;
                false
            }
        }
    }

    /// Unknown, since only running the code tells the value of `node`.
    fn computed(&self, node: Node<'t>) -> Expr {
        Expr { span: span(node), value: Value::Unknown(Reason::Computed(self.shown(node))) }
    }

    /// The source of a node on one line, shortened.
    fn shown(&self, node: Node<'t>) -> Arc<str> {
        let source = self.source(node);
        let mut out = String::new();
        for word in source.split_ascii_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            let room = SHOWN.saturating_sub(out.len());
            if word.len() > room {
                let cut = (0..=room).rev().find(|at| word.is_char_boundary(*at)).unwrap_or(0);
                out.push_str(&word[..cut]);
                out.push('…');
                break;
            }
            out.push_str(word);
        }
        out.into()
    }

    /// Notes that a statement was not followed.
    fn skip(&mut self, node: Node<'t>, reason: Reason) {
        self.not_followed.push((span(node), reason));
    }
}

/// Replaces the classes in a value, at its top and in its alternatives, by their final state.
fn refresh(expr: &mut Expr, finished: &FxHashMap<u32, Arc<ClassDef>>) {
    match &mut expr.value {
        Value::Class(class) => {
            if let Some(last) = finished.get(&class.span.start) {
                *class = last.clone();
            }
        }
        Value::Either(all) => {
            for each in Arc::make_mut(all) {
                if let Value::Class(class) = &mut each.value
                    && let Some(last) = finished.get(&class.span.start)
                {
                    *class = last.clone();
                }
            }
        }
        _ => {}
    }
}

fn unknown(at: Span, reason: Reason) -> Expr {
    Expr { span: at, value: Value::Unknown(reason) }
}

fn too_large(at: Span, what: &'static str) -> Expr {
    unknown(at, Reason::TooLarge(what))
}
