//! `operations`: calls of operation classes with their arguments bound to Django's parameter names.

use std::sync::Arc;

use crate::syntax::{Arg, ArgKind, Call, ClassDef, Expr, Module, Reason, Value};

use super::super::migration::UnknownPart;
use super::super::operation::{Operation, OperationKind};
use super::super::signature::{self, Signature};
use super::class::{MAX_BASES, latest};
use super::unknowns;
use super::why;

/// How deep `SeparateDatabaseAndState` is followed.
const MAX_NESTING: usize = 24;

/// What a class of operations is.
struct Class {
    name: Arc<str>,
    builtin: bool,
    kind: OperationKind,
    /// Whose parameters positional arguments are bound to; `None` when that is not known.
    signature: Option<&'static Signature>,
    /// True when the class has a constructor of its own: what it passes on to its base is not known.
    own_constructor: bool,
}

/// Reads the elements of `operations`.
pub(super) fn read(module: &Module, elements: &[Expr], unknown: &mut Vec<UnknownPart>) -> Vec<Operation> {
    let mut reader = Reader { module, unknown };
    let mut out = Vec::new();
    for element in elements {
        reader.element(element, false, out.len(), 0, &mut out);
    }
    // An element with alternatives is several operations; each is numbered as it stands in the list.
    for (index, operation) in out.iter_mut().enumerate() {
        number(operation, index);
    }
    out
}

fn number(operation: &mut Operation, index: usize) {
    operation.index = index;
    for nested in operation.database_operations.iter_mut().chain(&mut operation.state_operations) {
        number(nested, index);
    }
}

struct Reader<'m, 'u> {
    module: &'m Module,
    unknown: &'u mut Vec<UnknownPart>,
}

impl Reader<'_, '_> {
    fn element(
        &mut self,
        element: &Expr,
        conditional: bool,
        index: usize,
        depth: usize,
        out: &mut Vec<Operation>,
    ) {
        match &element.value {
            Value::Maybe(inner) => self.element(inner, true, index, depth, out),
            Value::Either(all) => {
                for each in all.iter() {
                    // `None` in one branch: no operation there.
                    if each.value != Value::None {
                        self.element(each, true, index, depth, out);
                    }
                }
            }
            Value::Call(call) => match self.operation(element, call, conditional, index, depth) {
                Some(operation) => out.push(operation),
                None => self.note(element, why(element)),
            },
            _ => self.note(element, why(element)),
        }
    }

    fn note(&mut self, at: &Expr, reason: Reason) {
        self.unknown.push(UnknownPart { span: at.span, what: "operations", reason });
    }

    fn operation(
        &mut self,
        element: &Expr,
        call: &Call,
        conditional: bool,
        index: usize,
        depth: usize,
    ) -> Option<Operation> {
        let class = self.class(&call.callee)?;
        let (args, open_arguments) = bind(call, &class);
        let mut operation = Operation {
            index,
            class: class.name,
            builtin: class.builtin,
            kind: class.kind,
            span: element.span,
            callee: call.callee.span,
            conditional,
            args,
            open_arguments,
            database_operations: Vec::new(),
            state_operations: Vec::new(),
        };
        unknowns::note(&operation, self.unknown);
        for arg in call.args.iter().filter(|arg| matches!(arg.kind, ArgKind::Splat | ArgKind::DoubleSplat)) {
            self.note(&arg.value, why(&arg.value));
        }
        if matches!(operation.kind, OperationKind::SeparateDatabaseAndState | OperationKind::RunSql) {
            if operation.kind == OperationKind::SeparateDatabaseAndState {
                operation.database_operations = self.nested(&operation, "database_operations", depth);
            }
            operation.state_operations = self.nested(&operation, "state_operations", depth);
        }
        Some(operation)
    }

    /// The operations in an argument.
    fn nested(&mut self, operation: &Operation, parameter: &str, depth: usize) -> Vec<Operation> {
        let Some(argument) = operation.arg(parameter) else {
            return Vec::new();
        };
        if depth >= MAX_NESTING {
            self.note(argument, Reason::TooLarge("nesting"));
            return Vec::new();
        }
        let alternatives = argument.alternatives();
        let conditional = operation.conditional || alternatives.len() > 1;
        let mut out = Vec::new();
        for list in alternatives {
            match (list.elements(), &list.value) {
                (Some(elements), _) => {
                    for element in elements {
                        self.element(element, conditional, operation.index, depth + 1, &mut out);
                    }
                }
                (None, Value::None) => {}
                (None, _) => self.note(list, why(list)),
            }
        }
        out
    }

    /// What is called; `None` for something that is no class.
    fn class(&self, callee: &Expr) -> Option<Class> {
        match &callee.value {
            Value::Imported(path) => {
                let known = signature::of_path(path);
                let name = path.rsplit('.').next().unwrap_or(path);
                Some(Class {
                    name: name.into(),
                    builtin: known.is_some(),
                    kind: known.map_or(OperationKind::Custom, |known| known.kind),
                    signature: known,
                    own_constructor: false,
                })
            }
            Value::Class(class) => {
                let class = latest(self.module, class);
                let mut own_constructor = false;
                let base = self.django_base(class, &mut own_constructor, 0);
                Some(Class {
                    name: class.name.clone(),
                    builtin: false,
                    kind: base.map_or(OperationKind::Custom, |base| base.kind),
                    signature: base,
                    own_constructor,
                })
            }
            _ => None,
        }
    }

    /// The operation of Django that a class of the module derives from, first base first.
    fn django_base(
        &self,
        class: &ClassDef,
        constructor: &mut bool,
        depth: u32,
    ) -> Option<&'static Signature> {
        if class.methods.iter().any(|method| method.name.as_ref() == "__init__") {
            *constructor = true;
        }
        if depth > MAX_BASES {
            return None;
        }
        class.bases.iter().flat_map(Expr::alternatives).find_map(|base| match &base.value {
            Value::Imported(path) => signature::of_path(path),
            Value::Class(base) => self.django_base(latest(self.module, base), constructor, depth + 1),
            _ => None,
        })
    }
}

/// Binds the arguments of a call to parameter names, in the order of the signature; true when something unknown may
/// carry more.
fn bind(call: &Call, class: &Class) -> (Vec<(Arc<str>, Expr)>, bool) {
    let mut open = call.has_unknown_arguments() || class.own_constructor;
    let positional = match class.signature {
        Some(signature) if !class.own_constructor => &signature.parameters[..signature.positional],
        _ => &[],
    };
    let mut args: Vec<(Arc<str>, Expr)> = Vec::with_capacity(call.args.len());
    let mut next = positional.iter();
    let mut after_splat = false;
    for Arg { kind, value } in &call.args {
        match kind {
            ArgKind::Positional if after_splat => {}
            ArgKind::Positional => match next.next() {
                Some(parameter) => args.push((parameter.clone(), value.clone())),
                // More arguments than Django takes, or those of a class with parameters of its own.
                None => open |= class.signature.is_none() || class.own_constructor,
            },
            ArgKind::Keyword(name) => {
                // A keyword that is already bound by position is an error in Python; the first one is kept.
                if !args.iter().any(|(bound, _)| bound == name) {
                    args.push((name.clone(), value.clone()));
                }
            }
            ArgKind::Splat => after_splat = true,
            ArgKind::DoubleSplat => {}
        }
    }
    if let Some(signature) = class.signature {
        let place =
            |name: &Arc<str>| signature.parameters.iter().position(|each| each == name).unwrap_or(usize::MAX);
        if !args.is_sorted_by_key(|(name, _)| place(name)) {
            args.sort_by_key(|(name, _)| place(name));
        }
    }
    (args, open)
}
