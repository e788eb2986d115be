//! One range of positions for all files that settings come from.
//!
//! A value may be put together from parts of several files. Its spans lie in one range in which every file has its own
//! piece, so that each part still leads to the place where it is written.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{SourceText, Span};
use crate::syntax::{Arg, Call, ClassDef, Expr, FunctionDef, Module, Value};

use super::framework::Framework;

/// Positions below this one are those of the module that is being evaluated; larger than any file that is read.
const FIRST: u32 = 1 << 27;

/// Where a piece of the range leads.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A file of the repository.
    File(Arc<SourceText>),
    /// A module of an installed package, known from the fact table.
    Framework(&'static Framework),
}

/// The pieces, in order.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    pieces: Vec<(u32, Origin)>,
    next: u32,
}

impl SourceMap {
    /// Takes a piece for `origin` and gives its beginning; `None` when the range is used up.
    pub(super) fn add(&mut self, origin: Origin) -> Option<u32> {
        let length = match &origin {
            Origin::File(text) => u32::try_from(text.text.len()).ok()?,
            Origin::Framework(_) => 1,
        };
        let base = self.next.max(FIRST);
        self.next = base.checked_add(length)?.checked_add(1)?;
        self.pieces.push((base, origin));
        Some(base)
    }

    /// Takes a piece for a file that is no module and gives its beginning; `None` when the range is used up.
    pub fn add_file(&mut self, text: Arc<SourceText>) -> Option<u32> {
        self.add(Origin::File(text))
    }

    /// Where a position comes from, and the span there.
    pub fn locate(&self, span: Span) -> Option<(&Origin, Span)> {
        let after = self.pieces.partition_point(|(base, _)| *base <= span.start);
        let (base, origin) = self.pieces.get(after.checked_sub(1)?)?;
        Some((origin, Span { start: span.start - base, end: span.end.saturating_sub(*base) }))
    }

    /// The file and the span in it.
    pub fn file(&self, span: Span) -> Option<(&Arc<SourceText>, Span)> {
        match self.locate(span)? {
            (Origin::File(text), span) => Some((text, span)),
            (Origin::Framework(_), _) => None,
        }
    }

    /// The files, in the order in which they were read.
    pub fn files(&self) -> impl Iterator<Item = &Arc<SourceText>> {
        self.pieces.iter().filter_map(|(_, origin)| match origin {
            Origin::File(text) => Some(text),
            Origin::Framework(_) => None,
        })
    }
}

/// Moves the positions of a module that was evaluated alone into its piece of the range.
pub(super) fn shift_module(module: Module, base: u32) -> Module {
    let mut shift = Shift { base, seen: FxHashMap::default() };
    Module {
        bindings: module.bindings.into_iter().map(|(name, expr)| (name, shift.expr(&expr))).collect(),
        star_imports: module.star_imports,
        not_followed: module
            .not_followed
            .into_iter()
            .map(|(span, reason)| (shift.span(span), reason))
            .collect(),
        written: module
            .written
            .into_iter()
            .map(|(name, spans)| (name, spans.into_iter().map(|span| shift.span(span)).collect()))
            .collect(),
        dynamic_writes: module.dynamic_writes.into_iter().map(|span| shift.span(span)).collect(),
        missing_imports: module
            .missing_imports
            .into_iter()
            .map(|(span, module)| (shift.span(span), module))
            .collect(),
    }
}

/// Collections that were one stay one: `seen` leads from the old to the new.
struct Shift {
    base: u32,
    seen: FxHashMap<usize, Value>,
}

impl Shift {
    fn span(&self, span: Span) -> Span {
        if span.start >= FIRST {
            return span;
        }
        Span { start: span.start + self.base, end: span.end + self.base }
    }

    fn expr(&mut self, expr: &Expr) -> Expr {
        Expr { span: self.span(expr.span), value: self.value(&expr.value) }
    }

    fn all(&mut self, items: &[Expr]) -> Arc<Vec<Expr>> {
        Arc::new(items.iter().map(|item| self.expr(item)).collect())
    }

    fn value(&mut self, value: &Value) -> Value {
        let identity = match value {
            Value::List(items) | Value::Set(items) => Arc::as_ptr(items) as usize,
            Value::Dict(entries) => Arc::as_ptr(entries) as usize,
            _ => 0,
        };
        if let Some(known) = self.seen.get(&identity) {
            return known.clone();
        }
        let shifted = match value {
            Value::List(items) => Value::List(self.all(items)),
            Value::Tuple(items) => Value::Tuple(self.all(items)),
            Value::Set(items) => Value::Set(self.all(items)),
            Value::Either(items) => Value::Either(self.all(items)),
            Value::Maybe(item) => Value::Maybe(Arc::new(self.expr(item))),
            Value::Dict(entries) => Value::Dict(Arc::new(
                entries.iter().map(|(key, value)| (self.expr(key), self.expr(value))).collect(),
            )),
            Value::Call(call) => Value::Call(Arc::new(Call {
                callee: self.expr(&call.callee),
                args: call
                    .args
                    .iter()
                    .map(|arg| Arg { kind: arg.kind.clone(), value: self.expr(&arg.value) })
                    .collect(),
            })),
            Value::Function(function) => Value::Function(Arc::new(FunctionDef {
                span: self.span(function.span),
                body: self.span(function.body),
                ..FunctionDef::clone(function)
            })),
            // What a class holds is no setting; its place is enough.
            Value::Class(class) => Value::Class(Arc::new(ClassDef {
                name_span: self.span(class.name_span),
                span: self.span(class.span),
                bases: Vec::new(),
                attributes: Default::default(),
                methods: Vec::new(),
                name: class.name.clone(),
            })),
            other => other.clone(),
        };
        if identity != 0 {
            self.seen.insert(identity, shifted.clone());
        }
        shifted
    }
}
