//! The walk: from the functions that operations name, through what they call.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::Node;

use crate::source::Span;
use crate::syntax::python::{Kind, kind, span};
use crate::syntax::{ArgKind, Expr, FunctionDef, Module, Value, python};

use super::super::migration::MigrationFile;
use super::super::operation::{Operation, OperationKind};
use super::thing::Thing;
use super::{Act, Code, Direction, Entry, RowLoop, RunPythonCode, Signature, Use};

/// How deep statements, expressions and calls may be nested, all together.
const MAX_DEPTH: u32 = 120;
/// How many nodes are visited for one file.
const MAX_WORK: u32 = 300_000;

/// Reads the code of all `RunPython` operations of a file.
pub(super) fn read(file: &MigrationFile) -> RunPythonCode {
    let operations: Vec<&Operation> = file
        .operations
        .iter()
        .flat_map(Operation::walk)
        .filter(|operation| operation.kind == OperationKind::RunPython)
        .collect();
    if operations.is_empty() {
        return RunPythonCode::default();
    }
    let arguments: Vec<(&Operation, Direction, &Expr)> = operations
        .iter()
        .flat_map(|operation| {
            let of = |name, direction| {
                let values = operation.arg(name).map(Expr::alternatives).unwrap_or_default();
                values.into_iter().map(move |value| (*operation, direction, value))
            };
            of("code", Direction::Forward).chain(of("reverse_code", Direction::Reverse)).collect::<Vec<_>>()
        })
        .filter(|(_, _, value)| !matches!(value.value, Value::None | Value::Unknown(_)))
        .collect();
    let needs_tree = arguments.iter().any(|(_, _, value)| function(value).is_some());
    let tree = if needs_tree { Some(python::parse(&file.text)) } else { None };
    let root = tree.as_ref().and_then(|tree| tree.root());
    let mut walker = Walker::new(&file.text.text, &file.module, root);
    let mut code = RunPythonCode::default();
    for (operation, direction, value) in arguments {
        let (what, uses) = walker.entry(value);
        code.entries.push(Entry {
            operation: operation.index,
            callee: operation.callee,
            direction,
            argument: value.span,
            code: what,
            uses,
        });
    }
    code.incomplete = walker.incomplete;
    code
}

/// The function that an argument is; `functools.partial(f, …)` is `f`.
fn function(value: &Expr) -> Option<&Arc<FunctionDef>> {
    match &value.value {
        Value::Function(function) => Some(function),
        Value::Call(call) => match &call.callee.value {
            Value::Imported(path) if path.as_ref() == "functools.partial" => {
                call.args.first().filter(|arg| arg.kind == ArgKind::Positional).and_then(|arg| {
                    match &arg.value.value {
                        Value::Function(function) => Some(function),
                        _ => None,
                    }
                })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Names of a function while it is walked.
pub(super) struct Frame<'t> {
    pub(super) name: Arc<str>,
    pub(super) span: Span,
    pub(super) names: FxHashMap<&'t str, Thing<'t>>,
    pub(super) global: FxHashSet<&'t str>,
    /// What it returns.
    pub(super) result: Thing<'t>,
    /// How many loops were open when it was entered.
    loops: usize,
}

pub(super) struct Walker<'t> {
    pub(super) text: &'t str,
    pub(super) module: &'t Module,
    root: Option<Node<'t>>,
    pub(super) frames: Vec<Frame<'t>>,
    /// Names of the module that functions bound.
    pub(super) globals: FxHashMap<&'t str, Thing<'t>>,
    /// The rows of every loop that is open; `None` for a loop over something else.
    pub(super) loops: Vec<Option<RowLoop>>,
    results: FxHashMap<(usize, Vec<Thing<'t>>), Thing<'t>>,
    active: Vec<usize>,
    uses: Vec<Use>,
    seen: FxHashSet<Use>,
    depth: u32,
    work: u32,
    incomplete: Option<Span>,
}

impl<'t> Walker<'t> {
    fn new(text: &'t str, module: &'t Module, root: Option<Node<'t>>) -> Self {
        Self {
            text,
            module,
            root,
            frames: Vec::new(),
            globals: FxHashMap::default(),
            loops: Vec::new(),
            results: FxHashMap::default(),
            active: Vec::new(),
            uses: Vec::new(),
            seen: FxHashSet::default(),
            depth: 0,
            work: MAX_WORK,
            incomplete: None,
        }
    }

    /// Walks what an argument of `RunPython` names.
    fn entry(&mut self, value: &Expr) -> (Code, Vec<Use>) {
        self.results.clear();
        self.seen.clear();
        self.globals.clear();
        let is_partial = matches!(value.value, Value::Call(_));
        let code = match &value.value {
            Value::Imported(path) if path.ends_with(".RunPython.noop") => Code::Noop,
            Value::Imported(path) => Code::Imported(path.clone()),
            _ => match function(value).and_then(|function| self.definition(function.span)) {
                Some(node) => {
                    self.call_function(node, &[Thing::Apps, Thing::SchemaEditor], &[]);
                    if is_partial { Code::Other } else { Code::Function(self.signature(node)) }
                }
                None => Code::Other,
            },
        };
        (code, std::mem::take(&mut self.uses))
    }

    /// The definition of a function, lambda or class at a span.
    fn definition(&self, at: Span) -> Option<Node<'t>> {
        let mut node = self.root?.descendant_for_byte_range(at.start as usize, at.end as usize)?;
        while span(node) == at {
            if matches!(kind(node), Kind::FunctionDefinition | Kind::Lambda | Kind::ClassDefinition) {
                return Some(node);
            }
            node = node.parent()?;
        }
        None
    }

    /// Walks the body of a function of this file; gives what it returns.
    pub(super) fn call_function(
        &mut self,
        node: Node<'t>,
        args: &[Thing<'t>],
        keywords: &[(&'t str, Thing<'t>)],
    ) -> Thing<'t> {
        let key = (node.id(), args.iter().chain(keywords.iter().map(|(_, thing)| thing)).cloned().collect());
        if let Some(known) = self.results.get(&key) {
            return known.clone();
        }
        let Some(body) = node.child_by_field_name("body") else { return Thing::Unknown };
        if self.active.contains(&node.id()) || !self.descend(node) {
            return Thing::Unknown;
        }
        self.active.push(node.id());
        let name = node.child_by_field_name("name").map_or("<lambda>", |name| self.source(name));
        let frame = Frame {
            name: name.into(),
            span: span(node),
            names: FxHashMap::default(),
            global: FxHashSet::default(),
            result: Thing::Unknown,
            loops: self.loops.len(),
        };
        self.frames.push(frame);
        self.bind_parameters(node, args, keywords);
        let value = if kind(node) == Kind::Lambda { self.evaluate(body) } else { self.block(body) };
        self.active.pop();
        self.depth -= 1;
        let Some(frame) = self.frames.pop() else { return Thing::Unknown };
        self.loops.truncate(frame.loops);
        let result = if kind(node) == Kind::Lambda { value } else { frame.result };
        self.results.insert(key, result.clone());
        result
    }

    fn bind_parameters(&mut self, node: Node<'t>, args: &[Thing<'t>], keywords: &[(&'t str, Thing<'t>)]) {
        let Some(parameters) = node.child_by_field_name("parameters") else { return };
        let mut positional = args.iter();
        for parameter in self.children(parameters) {
            if kind(parameter) == Kind::ListSplatPattern || kind(parameter) == Kind::KeywordSeparator {
                if let Some(name) = self.children(parameter).first() {
                    let rest: Vec<Thing<'t>> = positional.by_ref().cloned().collect();
                    self.bind(self.source(*name), Thing::Sequence(rest.into()));
                }
                positional = [].iter();
                continue;
            }
            let Some(name) = self.parameter_name(parameter) else { continue };
            let keyword = keywords.iter().find(|(key, _)| *key == name).map(|(_, thing)| thing.clone());
            let given = keyword.or_else(|| positional.next().cloned());
            let value = match (given, parameter.child_by_field_name("value")) {
                (Some(given), _) => given,
                (None, Some(default)) => self.evaluate(default),
                (None, None) => Thing::Unknown,
            };
            self.bind(name, value);
        }
    }

    /// The name that a parameter binds; `None` for `*`, `/` and `**`.
    fn parameter_name(&self, parameter: Node<'t>) -> Option<&'t str> {
        let name = match kind(parameter) {
            Kind::Identifier => parameter,
            Kind::TypedParameter => {
                self.children(parameter).into_iter().find(|child| kind(*child) == Kind::Identifier)?
            }
            Kind::DefaultParameter | Kind::TypedDefaultParameter => parameter.child_by_field_name("name")?,
            _ => return None,
        };
        Some(self.source(name))
    }

    fn signature(&self, node: Node<'t>) -> Signature {
        let name = node.child_by_field_name("name");
        let mut signature = Signature {
            name: name.map_or("<lambda>", |name| self.source(name)).into(),
            span: span(name.unwrap_or(node)),
            parameters: Vec::new(),
            required: 0,
            rest: false,
            required_keywords: 0,
        };
        let Some(parameters) = node.child_by_field_name("parameters") else { return signature };
        let mut keyword_only = false;
        for parameter in self.children(parameters) {
            let splat = match kind(parameter) {
                Kind::TypedParameter => self.children(parameter).first().map(|first| kind(*first)),
                other => Some(other),
            };
            match splat {
                Some(Kind::ListSplatPattern) => {
                    signature.rest = true;
                    keyword_only = true;
                }
                Some(Kind::KeywordSeparator) => keyword_only = true,
                _ => {
                    let Some(name) = self.parameter_name(parameter) else { continue };
                    let required = parameter.child_by_field_name("value").is_none();
                    if keyword_only {
                        signature.required_keywords += usize::from(required);
                    } else {
                        signature.parameters.push(name.into());
                        signature.required += usize::from(required);
                    }
                }
            }
        }
        signature
    }

    /// Binds a name where the running code would: in the function, or in the module after `global`.
    pub(super) fn bind(&mut self, name: &'t str, thing: Thing<'t>) {
        match self.frames.last_mut() {
            Some(frame) if !frame.global.contains(name) => {
                frame.names.insert(name, thing);
            }
            _ => {
                self.globals.insert(name, thing);
            }
        }
    }

    /// What a name stands for: in the function, in the functions around it, in the module, in Python itself.
    pub(super) fn lookup(&self, name: &'t str) -> Thing<'t> {
        let mut within: Option<Span> = None;
        for frame in self.frames.iter().rev() {
            let visible =
                within.is_none_or(|inner| frame.span.start <= inner.start && inner.end <= frame.span.end);
            if visible {
                if let Some(thing) = frame.names.get(name) {
                    return thing.clone();
                }
                within = Some(frame.span);
            }
        }
        if let Some(thing) = self.globals.get(name) {
            return thing.clone();
        }
        match self.module.bindings.get(name) {
            Some(expr) => self.thing(expr, 0),
            None => Thing::Path(format!("builtins.{name}").into()),
        }
    }

    /// A value that the module binds.
    fn thing(&self, expr: &Expr, depth: u32) -> Thing<'t> {
        if depth > 4 {
            return Thing::Unknown;
        }
        let all = |items: &[Expr]| items.iter().map(|item| self.thing(item, depth + 1)).collect::<Vec<_>>();
        match &expr.value {
            Value::Imported(path) => Thing::Path(path.clone()),
            Value::Str(text) => Thing::Text(text.clone()),
            Value::Function(function) => {
                self.definition(function.span).map_or(Thing::Unknown, Thing::Function)
            }
            Value::Class(class) => self.definition(class.span).map_or(Thing::Unknown, Thing::Class),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => {
                Thing::Sequence(all(items.as_slice()).into())
            }
            Value::Dict(entries) => {
                let values = entries.iter().map(|(_, value)| self.thing(value, depth + 1));
                match values.reduce(Thing::or) {
                    Some(Thing::Unknown) | None => Thing::Unknown,
                    Some(thing) => Thing::Items(thing.into()),
                }
            }
            Value::Call(call) => match &call.callee.value {
                Value::Imported(path) => super::call::result_of_path(path),
                _ => Thing::Unknown,
            },
            Value::Either(all) => {
                let things = all.iter().map(|each| self.thing(each, depth + 1));
                things.reduce(Thing::or).unwrap_or(Thing::Unknown)
            }
            _ => Thing::Unknown,
        }
    }

    /// Notes a use, once.
    pub(super) fn note(&mut self, node: Node<'t>, act: Act) {
        let function = self.frames.last().map_or_else(|| Arc::from(""), |frame| frame.name.clone());
        let in_loop = self.loops.iter().rev().find_map(Clone::clone);
        let new = Use { span: span(node), function, in_loop, act };
        if self.seen.insert(new.clone()) {
            self.uses.push(new);
        }
    }

    /// Goes one level down; false when that is too deep or too much.
    pub(super) fn descend(&mut self, node: Node<'t>) -> bool {
        if self.depth >= MAX_DEPTH || self.work == 0 {
            self.incomplete.get_or_insert_with(|| span(node));
            return false;
        }
        self.work -= 1;
        self.depth += 1;
        true
    }

    pub(super) fn ascend(&mut self) {
        self.depth -= 1;
    }

    pub(super) fn source(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// The named children of a node without comments.
    pub(super) fn children(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        let all = node.named_children(&mut cursor);
        all.filter(|child| !matches!(kind(*child), Kind::Comment | Kind::LineContinuation)).collect()
    }
}
