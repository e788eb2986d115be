//! The field names that a migration introduces.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::django::{Migration, Operation, OperationKind};
use crate::source::Span;
use crate::syntax::{Expr, Reason, Value};

/// A field name that an operation introduces, or the place where one stands that cannot be known.
pub(super) struct Introduced<'a> {
    /// The operation, nested ones included.
    pub(super) operation: &'a Operation,
    /// The name, or why it is not known.
    pub(super) name: Result<&'a Arc<str>, Why<'a>>,
    /// Where it is written.
    pub(super) span: Span,
}

/// Why a name is not known.
pub(super) enum Why<'a> {
    /// The evaluator says why.
    Reason(&'a Reason),
    /// `*args` or `**kwargs` of something unknown may carry it.
    OpenArguments,
    /// The value is no string, or `fields` holds something else than pairs.
    NotAName,
}

/// The field names that `migration` introduces, in source order. A name that both sides of a
/// `SeparateDatabaseAndState` give to the same model is introduced once.
pub(super) fn introduced(migration: &Migration) -> Vec<Introduced<'_>> {
    let mut all = Vec::new();
    for top in &migration.file.operations {
        let from = all.len();
        for operation in top.walk() {
            collect(operation, &mut all);
        }
        if top.kind == OperationKind::SeparateDatabaseAndState {
            drop_repeated(&mut all, from);
        }
    }
    all
}

/// Where field names stand that cannot be known.
pub(crate) fn unknown_names(migration: &Migration) -> BTreeSet<Span> {
    introduced(migration).into_iter().filter(|new| new.name.is_err()).map(|new| new.span).collect()
}

fn collect<'a>(operation: &'a Operation, out: &mut Vec<Introduced<'a>>) {
    let parameter = match operation.kind {
        OperationKind::CreateModel => return collect_fields(operation, out),
        OperationKind::AddField | OperationKind::AlterField => "name",
        OperationKind::RenameField => "new_name",
        _ => return,
    };
    match operation.arg(parameter) {
        Some(name) => push_names(operation, name, out),
        None => push_missing(operation, out),
    }
}

/// The first parts of the pairs in `CreateModel(fields=…)`.
fn collect_fields<'a>(operation: &'a Operation, out: &mut Vec<Introduced<'a>>) {
    let Some(fields) = operation.arg("fields") else { return push_missing(operation, out) };
    for list in fields.alternatives() {
        let Some(pairs) = list.elements() else {
            out.push(Introduced { operation, name: Err(why_not(list)), span: list.span });
            continue;
        };
        for pair in pairs.iter().map(inside).flat_map(Expr::alternatives) {
            match pair.elements().and_then(<[Expr]>::first) {
                Some(name) => push_names(operation, name, out),
                None => out.push(Introduced { operation, name: Err(why_not(pair)), span: pair.span }),
            }
        }
    }
}

/// What stands in a collection, whether always or in some branches only.
fn inside(expr: &Expr) -> &Expr {
    match &expr.value {
        Value::Maybe(inner) => inner,
        _ => expr,
    }
}

fn push_names<'a>(operation: &'a Operation, name: &'a Expr, out: &mut Vec<Introduced<'a>>) {
    for name in name.alternatives() {
        let known = match &name.value {
            Value::Str(text) => Ok(text),
            _ => Err(why_not(name)),
        };
        out.push(Introduced { operation, name: known, span: name.span });
    }
}

/// An argument that is not there: carried by `**kwargs`, or forgotten, which Django itself refuses.
fn push_missing<'a>(operation: &'a Operation, out: &mut Vec<Introduced<'a>>) {
    if operation.open_arguments {
        out.push(Introduced { operation, name: Err(Why::OpenArguments), span: operation.callee });
    }
}

fn why_not(expr: &Expr) -> Why<'_> {
    expr.unknown().map_or(Why::NotAName, Why::Reason)
}

/// Drops every name from `from` on that stands there before for the same model.
fn drop_repeated(all: &mut Vec<Introduced<'_>>, from: usize) {
    let mut seen = BTreeSet::new();
    let new = all.split_off(from);
    all.extend(new.into_iter().filter(|new| match new.name {
        Ok(name) => seen.insert((model(new.operation), name.clone())),
        Err(_) => true,
    }));
}

/// The model that an operation gives a field to, as Django compares models: without case.
pub(super) fn model(operation: &Operation) -> Option<String> {
    let parameter = if operation.kind == OperationKind::CreateModel { "name" } else { "model_name" };
    operation.arg(parameter).and_then(Expr::as_str).map(str::to_lowercase)
}
