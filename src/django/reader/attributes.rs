//! The attributes of a migration class, inherited ones included.

use crate::source::Span;
use crate::syntax::{ClassDef, Expr, Module, Reason, Value, union};

use super::super::migration::UnknownPart;
use super::super::signature;
use super::class::{MAX_BASES, latest};
use super::why;

/// The classes that the name `Migration` can stand for.
pub(super) struct Attributes<'m> {
    module: &'m Module,
    classes: Vec<&'m ClassDef>,
    /// The name of the first class.
    pub(super) name_span: Span,
}

impl<'m> Attributes<'m> {
    pub(super) fn new(module: &'m Module, migration: &'m Expr) -> Self {
        let classes: Vec<&ClassDef> = migration
            .alternatives()
            .into_iter()
            .filter_map(|each| match &each.value {
                Value::Class(class) => Some(latest(module, class)),
                _ => None,
            })
            .collect();
        let name_span = classes.first().map_or(migration.span, |class| class.name_span);
        Self { module, classes, name_span }
    }

    /// The values of an attribute: none when it is not set, several when it depends on conditional code.
    pub(super) fn values(&self, name: &str) -> Vec<&'m Expr> {
        let found = self.classes.iter().filter_map(|class| attribute(self.module, class, name, 0));
        found.flat_map(Expr::alternatives).collect()
    }

    /// The elements of a list attribute, over all branches; elements of some branches only are `Maybe`.
    pub(super) fn list(&self, name: &'static str, unknown: &mut Vec<UnknownPart>) -> Vec<Expr> {
        let values = self.values(name);
        if values.is_empty() {
            self.note_inherited(name, unknown);
        }
        let mut lists = Vec::new();
        for value in values {
            match &value.value {
                Value::List(_) | Value::Tuple(_) | Value::Set(_) => lists.push(value),
                _ => unknown.push(UnknownPart { span: value.span, what: name, reason: why(value) }),
            }
        }
        match lists.as_slice() {
            [] => Vec::new(),
            [only] if self.classes.len() == 1 => only.elements().unwrap_or_default().to_vec(),
            several => {
                // A class that does not set the attribute is an alternative without elements.
                let empty = self.classes.len().saturating_sub(several.len());
                let nothing = Expr { span: Span::default(), value: Value::List(Default::default()) };
                let mut all: Vec<Expr> = several.iter().map(|list| (*list).clone()).collect();
                all.extend(std::iter::repeat_n(nothing, empty));
                union(&all)
            }
        }
    }

    /// A class from elsewhere among the bases may set the attribute.
    fn note_inherited(&self, name: &'static str, unknown: &mut Vec<UnknownPart>) {
        if !matches!(name, "operations" | "dependencies") {
            return;
        }
        for class in &self.classes {
            if let Some((span, reason)) = foreign_base(class, 0) {
                unknown.push(UnknownPart { span, what: name, reason });
            }
        }
    }
}

/// `class.name`, from the class or from bases that the module defines.
fn attribute<'m>(module: &'m Module, class: &'m ClassDef, name: &str, depth: u32) -> Option<&'m Expr> {
    if let Some(value) = class.attributes.get(name) {
        return Some(value);
    }
    if depth > MAX_BASES {
        return None;
    }
    class.bases.iter().flat_map(Expr::alternatives).find_map(|base| match &base.value {
        Value::Class(base) => attribute(module, latest(module, base), name, depth + 1),
        _ => None,
    })
}

/// The first base that is neither of this module nor Django's.
fn foreign_base(class: &ClassDef, depth: u32) -> Option<(Span, Reason)> {
    class.bases.iter().flat_map(Expr::alternatives).find_map(|base| match &base.value {
        Value::Imported(path) if signature::is_migration(path) || path.as_ref() == "builtins.object" => None,
        Value::Class(base) if depth <= MAX_BASES => foreign_base(base, depth + 1),
        _ => Some((base.span, why(base))),
    })
}
