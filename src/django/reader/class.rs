//! What a class derives from.

use std::sync::Arc;

use crate::django::signature;
use crate::findings::Bilingual;
use crate::syntax::{ClassDef, Expr, Module, Reason, Value};

/// How far base classes are followed.
pub(super) const MAX_BASES: u32 = 16;

/// What the name `Migration` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ancestry {
    /// It derives from Django's `Migration`, or is that class.
    Django,
    /// It is something else; says what.
    Other(Bilingual),
}

/// What a value that should be a migration class derives from.
pub(super) fn ancestry(module: &Module, value: &Expr, depth: u32) -> Ancestry {
    let other = |en: &str, zh: &str| Ancestry::Other(Bilingual::new(en, zh));
    let derives = |from: &str| other(&format!("derives from {from}"), &format!("继承自 {from}"));
    let no_class = || other("derives from no class", "没有继承任何类");
    match &value.value {
        Value::Imported(path) if signature::is_migration(path) => Ancestry::Django,
        Value::Imported(path) if path.as_ref() == "builtins.object" => no_class(),
        Value::Imported(path) if depth == 0 => {
            other(&format!("is imported from {path}"), &format!("导入自 {path}"))
        }
        Value::Imported(path) => derives(path),
        Value::Class(_) if depth > MAX_BASES => other("derives from too many classes", "继承的类太多"),
        Value::Class(class) => {
            let all = class.bases.iter().map(|base| ancestry(module, base, depth + 1));
            first_django(all).unwrap_or_else(no_class)
        }
        Value::Either(all) => first_django(all.iter().map(|each| ancestry(module, each, depth)))
            .unwrap_or_else(|| other("is conditional", "取决于条件")),
        Value::Unknown(
            Reason::UndefinedName(name) | Reason::Computed(name) | Reason::Text { shown: name, .. },
        ) => derives(name),
        Value::Unknown(Reason::StarImport(name)) => match module.star_imports.last() {
            Some(from) => other(
                &format!("derives from {name}, which may come from `from {from} import *`"),
                &format!("继承自 {name}，它可能来自 `from {from} import *`"),
            ),
            None => derives(name),
        },
        Value::Unknown(Reason::TooLarge(_) | Reason::Syntax) => {
            other("derives from something that could not be read", "继承自无法读取的内容")
        }
        Value::Call(_) => other("is the result of a call", "是调用的结果"),
        _ => other("is not a class", "不是类"),
    }
}

fn first_django(all: impl Iterator<Item = Ancestry>) -> Option<Ancestry> {
    let mut other = None;
    for each in all {
        if each == Ancestry::Django {
            return Some(each);
        }
        other = other.or(Some(each));
    }
    other
}

/// A class as the last statement of the module left it; `class` itself when the module no longer holds it.
pub(super) fn latest<'m>(module: &'m Module, class: &'m Arc<ClassDef>) -> &'m ClassDef {
    let bound = module.bindings.get(&class.name);
    let candidates = bound.map(Expr::alternatives).unwrap_or_default();
    let found = candidates.into_iter().find_map(|each| match &each.value {
        Value::Class(bound) if bound.span == class.span => Some(bound.as_ref()),
        _ => None,
    });
    found.unwrap_or(class)
}
