//! What lies outside a module: the other modules of its program, and the module's own names as a dictionary.
//!
//! Without a [`World`] a module is evaluated alone, and names from elsewhere stay [`Value::Imported`]. With one, star
//! imports bind what the other module binds, constants are taken over, and the ways in which settings are copied from
//! module to module (`locals()[name] = getattr(module, name)`) are followed.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::python::{Kind, kind, span};
use super::super::value::{Arg, ArgKind, Call, Expr, Reason, Value};
use super::scope::MODULE;
use super::{Evaluator, unknown};
use crate::source::Span;

/// What stands for an unknown part in the pattern of a text ([`Reason::Text`]).
pub const HOLE: char = '\0';

/// The other modules of a program. Names are given as the module writes them: with leading dots for relative imports.
pub trait World {
    /// What `from module import *` binds.
    fn star(&self, module: &str) -> Names;

    /// Every name that a module binds: what `dir(module)` and `vars(module)` show.
    fn all(&self, module: &str) -> Names;

    /// The value of `name` of `module`, when that is a constant of the program. `None` leaves the name as it is.
    fn name(&self, module: &str, name: &str) -> Option<Expr>;

    /// Where `name` of `module` was written, oldest first.
    fn written(&self, module: &str, name: &str) -> Vec<Span>;

    /// The module whose name is computed when the process runs; `pattern` is what of the name is known.
    fn choose(&self, pattern: &str) -> Option<Arc<str>>;

    /// True when `module` would be found in the program's own files and is not there.
    fn is_missing(&self, module: &str) -> bool;
}

/// The names of another module.
#[derive(Debug, Clone)]
pub enum Names {
    /// Known, with their values; `open` when there may be more.
    Known {
        /// Names and values, in the order in which they were first bound.
        names: Vec<(Arc<str>, Expr)>,
        /// Other names may be bound as well.
        open: bool,
    },
    /// The program would hold the module and does not.
    Missing,
    /// The module is not part of the program.
    Unknown,
}

impl<'t> Evaluator<'t> {
    /// `from module import *`; false when the import certainly fails.
    pub(super) fn star_import(&mut self, module: &str, node: Node<'t>) -> bool {
        let names = match self.world {
            Some(world) => world.star(module),
            None => Names::Unknown,
        };
        match names {
            Names::Known { names, open } => {
                for (name, expr) in names {
                    if self.world.is_some() && self.environment.current() == MODULE {
                        let written =
                            self.world.map(|world| world.written(module, &name)).unwrap_or_default();
                        self.written.insert(name.clone(), written);
                    }
                    self.bind(&name, expr);
                }
                if open {
                    self.star_imports.push(Arc::from(module));
                }
                true
            }
            Names::Missing => {
                self.missing_imports.push((span(node), Arc::from(module)));
                self.guarded == 0
            }
            Names::Unknown => {
                self.star_imports.push(Arc::from(module));
                if self.world.is_some() {
                    self.forget_constants(module, node);
                }
                true
            }
        }
    }

    /// After a star import of which nothing is known: every constant may be another one now.
    fn forget_constants(&mut self, module: &str, node: Node<'t>) {
        let names: Vec<Arc<str>> =
            self.environment.values(MODULE).into_keys().filter(|name| is_constant_name(name)).collect();
        for name in names {
            self.bind(&name, unknown(span(node), Reason::StarImport(Arc::from(module))));
        }
    }

    /// The value of a name of another module, when the program holds it.
    pub(super) fn foreign(&self, path: &str, name: &str) -> Option<Expr> {
        if is_constant_name(name) { self.world?.name(path, name) } else { None }
    }

    /// Notes that the module wrote `name` here.
    pub(super) fn note_written(&mut self, name: &str, at: Span) {
        if self.world.is_some() && self.environment.current() == MODULE && is_constant_name(name) {
            self.written.entry(Arc::from(name)).or_default().push(at);
        }
    }

    /// Notes that the module wrote the name at the root of a place: `X` of `X["k"]["l"] = …`.
    pub(super) fn note_place_written(&mut self, place: Node<'t>) {
        let mut at = place;
        loop {
            match kind(at) {
                Kind::Identifier => return self.note_written(self.source(at), span(at)),
                Kind::Attribute | Kind::Subscript => match self.children(at).first() {
                    Some(first) => at = *first,
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// True for `locals()`, `globals()`, `vars()` and `sys.modules[__name__]`, each of which is the module itself.
    pub(super) fn is_own_namespace(&mut self, node: Node<'t>) -> bool {
        if self.world.is_none() || self.environment.current() != MODULE {
            return false;
        }
        match kind(node) {
            Kind::Call => {
                let Some(function) = node.child_by_field_name("function") else { return false };
                let name = self.source(function);
                matches!(name, "locals" | "globals" | "vars")
                    && self.environment.slot(name).is_none()
                    && node.child_by_field_name("arguments").is_some_and(|list| list.named_child_count() == 0)
            }
            Kind::Subscript => self.source(node) == "sys.modules[__name__]",
            Kind::Attribute => self
                .source(node)
                .strip_suffix(".__dict__")
                .is_some_and(|rest| rest == "sys.modules[__name__]"),
            Kind::Identifier => {
                let slot = self.environment.slot(self.source(node));
                let value = slot.map(|slot| &self.environment.get(slot).value);
                matches!(value, Some(Value::Unknown(Reason::Computed(text)))
                    if text.as_ref() == "sys.modules[__name__]")
            }
            _ => false,
        }
    }

    /// `namespace[key] = value`
    pub(super) fn write_own_name(&mut self, key: &Expr, value: Expr, at: Node<'t>) {
        match &key.value {
            Value::Str(name) => {
                let origin = self.last_getattr.take();
                match (origin, self.world) {
                    (Some((module, attribute)), Some(world)) if attribute == *name => {
                        let written = world.written(&module, name);
                        self.written.insert(name.clone(), written);
                    }
                    _ => self.note_written(name, span(at)),
                }
                self.bind(name, value);
            }
            _ => self.dynamic_writes.push(span(at)),
        }
    }

    /// `namespace.method(…)`, for a method that changes dictionaries.
    pub(super) fn change_own_names(&mut self, method: &str, args: &[Arg], at: Node<'t>) {
        match (method, args) {
            ("update", _) => self.update_own_names(args, at),
            ("setdefault", [key, value]) if key.value.as_str().is_some() => {
                let bound = key.value.as_str().and_then(|name| self.environment.slot_in(MODULE, name));
                let open = self.star_imports.iter().any(|module| !super::super::exports::is_known(module));
                match (bound, open) {
                    (Some(_), _) => {}
                    (None, false) => self.write_own_name(&key.value, value.value.clone(), at),
                    (None, true) => self.dynamic_writes.push(span(at)),
                }
            }
            _ => self.dynamic_writes.push(span(at)),
        }
    }

    /// `namespace.update(…)`
    fn update_own_names(&mut self, args: &[Arg], at: Node<'t>) {
        for arg in args {
            match (&arg.kind, &arg.value.value) {
                (ArgKind::Keyword(name), _) => {
                    let key = Expr { span: arg.value.span, value: Value::Str(name.clone()) };
                    self.write_own_name(&key, arg.value.clone(), at);
                }
                (ArgKind::Positional, Value::Dict(entries)) => {
                    if self.spend(entries.len()) {
                        for (key, value) in entries.clone().iter() {
                            self.write_own_name(key, value.clone(), at);
                        }
                    }
                }
                _ => self.dynamic_writes.push(span(at)),
            }
        }
    }

    /// The module's names as a dictionary: `locals()` as a value.
    pub(super) fn own_names(&mut self, node: Node<'t>) -> Expr {
        let at = span(node);
        let names = self.environment.values(MODULE);
        let mut entries: Vec<(Expr, Expr)> = Vec::with_capacity(names.len() + 1);
        let open = !self.dynamic_writes.is_empty()
            || self.star_imports.iter().any(|module| !super::super::exports::is_known(module));
        if open {
            let mark = self.computed(node);
            entries.push((mark.clone(), mark));
        }
        entries.extend(names.into_iter().map(|(name, value)| {
            let key = Expr { span: at, value: Value::Str(name) };
            (key, value)
        }));
        if self.spend(entries.len()) {
            Expr { span: at, value: Value::Dict(entries.into()) }
        } else {
            super::too_large(at, "work")
        }
    }

    /// `dir(module)`, `vars(module)`, `importlib.import_module(…)`, `__import__(…)`, `os.environ[…]`; `None` for any
    /// other call.
    pub(super) fn world_call(&mut self, path: &str, args: &[Arg], node: Node<'t>) -> Option<Expr> {
        let world = self.world?;
        let at = span(node);
        let first = args.first().filter(|arg| arg.kind == ArgKind::Positional).map(|arg| &arg.value);
        match (path, first) {
            ("builtins.locals" | "builtins.globals" | "builtins.vars", None) if args.is_empty() => {
                (self.environment.current() == MODULE).then(|| self.own_names(node))
            }
            ("builtins.dir" | "builtins.vars", Some(Expr { value: Value::Imported(module), .. })) => {
                let names = world.all(module);
                self.spend(1);
                Some(self.names_value(names, path == "builtins.dir", node))
            }
            ("builtins.__import__" | "importlib.import_module", Some(module)) => {
                let name = match &module.value {
                    Value::Str(name) => Some(name.clone()),
                    Value::Unknown(Reason::Text { pattern, .. }) => world.choose(pattern),
                    Value::Unknown(_) => world.choose(&HOLE.to_string()),
                    _ => None,
                }?;
                let whole = path != "builtins.__import__" || args.len() > 3;
                let name = if whole { name } else { Arc::from(name.split('.').next().unwrap_or_default()) };
                if world.is_missing(&name) {
                    self.missing_imports.push((at, name.clone()));
                }
                Some(Expr { span: at, value: Value::Imported(name) })
            }
            _ => None,
        }
    }

    pub(super) fn names_value(&self, names: Names, keys_only: bool, node: Node<'t>) -> Expr {
        let at = span(node);
        let Names::Known { names, open } = names else { return self.computed(node) };
        let key = |name: &Arc<str>| Expr { span: at, value: Value::Str(name.clone()) };
        let mark = open.then(|| self.computed(node));
        let value = if keys_only {
            let mut keys: Vec<Expr> = names.iter().map(|(name, _)| key(name)).collect();
            keys.extend(mark);
            Value::List(keys.into())
        } else {
            let mut entries: Vec<(Expr, Expr)> = mark.map(|mark| (mark.clone(), mark)).into_iter().collect();
            entries.extend(names.iter().map(|(name, value)| (key(name), value.clone())));
            Value::Dict(entries.into())
        };
        Expr { span: at, value }
    }

    /// `os.environ["NAME"]` as the call that it is.
    pub(super) fn environ_item(&self, object: &Value, key: &Expr, node: Node<'t>) -> Option<Expr> {
        let Value::Imported(path) = object else { return None };
        if self.world.is_none() || path.as_ref() != "os.environ" {
            return None;
        }
        let callee = Expr { span: span(node), value: Value::Imported(Arc::from("os.environ.__getitem__")) };
        let args = vec![Arg { kind: ArgKind::Positional, value: key.clone() }];
        Some(Expr { span: span(node), value: Value::Call(Arc::new(Call { callee, args })) })
    }

    /// Whether a condition that only the process could tell is decided by what the program is run for: it serves, so
    /// it is neither a test run nor a type checker.
    pub(super) fn serving(&self, node: Node<'t>) -> Option<bool> {
        self.world?;
        let source = self.source(node);
        if source == "TYPE_CHECKING" || source == "typing.TYPE_CHECKING" {
            return Some(false);
        }
        let words = ["\"test\"", "'test'", "\"pytest\"", "'pytest'"];
        let about_tests = words.iter().any(|word| source.contains(word));
        if !about_tests || !source.contains("sys.argv") || kind(node) != Kind::ComparisonOperator {
            return None;
        }
        Some(source.contains("!=") || source.contains(" not in "))
    }
}

/// A name that a module gives to a constant.
pub(super) fn is_constant_name(name: &str) -> bool {
    name.bytes().any(|byte| byte.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
