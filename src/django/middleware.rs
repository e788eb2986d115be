//! Middleware classes: whether Django can call them.

use std::sync::Arc;

use crate::source::{SourceText, Span};
use crate::syntax::{ClassDef, Value, eval, python};

/// A class that `MIDDLEWARE` names, in the file that defines it.
#[derive(Debug, Clone)]
pub struct MiddlewareClass {
    /// The dotted name in `MIDDLEWARE`.
    pub dotted: Arc<str>,
    /// The file.
    pub text: Arc<SourceText>,
    /// The name of the class, or of its constructor, there.
    pub span: Span,
    /// What keeps Django from calling it.
    pub fault: Fault,
}

/// What keeps Django from calling a middleware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It has hooks and cannot be called: a class as Django took them in `MIDDLEWARE_CLASSES`.
    NotCallable,
    /// Its constructor takes no `get_response`.
    NoGetResponse,
}

/// Methods that Django calls, or called, on a middleware.
const HOOKS: [&str; 5] =
    ["process_request", "process_view", "process_response", "process_exception", "process_template_response"];

/// The fault of the class `name` in a file, when the file alone tells it.
pub fn fault_of(text: &SourceText, name: &str) -> Option<(Span, Fault)> {
    if is_sound_at_a_glance(&text.text, name) {
        return None;
    }
    let module = eval::module(text, &python::parse(text));
    let Value::Class(class) = &module.bindings.get(name)?.value else { return None };
    fault(class, text)
}

/// Whether the text alone shows that a class has no fault, so that the file need not be parsed: it derives from Django's
/// mixin, and no constructor of the file takes nothing.
fn is_sound_at_a_glance(text: &str, name: &str) -> bool {
    const MIXIN: &str = "MiddlewareMixin";
    let class = format!("class {name}(");
    let mut heads = text.match_indices(&class).filter(|(at, _)| *at == 0 || text[..*at].ends_with('\n'));
    let (Some((at, _)), None) = (heads.next(), heads.next()) else { return false };
    let head = text[at..].split(')').next().unwrap_or_default();
    let definitions =
        text.match_indices("__init__").filter(|(at, _)| text[..*at].trim_end().ends_with("def"));
    let bare_constructor = definitions.into_iter().any(|(at, word)| {
        let mut rest = text[at + word.len()..].chars().filter(|c| !c.is_whitespace());
        // `(self)`, `(self,)` and whatever else is not plainly a second parameter.
        !(rest.by_ref().take("(self,".len()).eq("(self,".chars()) && rest.next().is_some_and(|c| c != ')'))
    });
    let is_imported = text.contains("django.utils.deprecation") && !text.contains("class MiddlewareMixin");
    head.contains(MIXIN) && is_imported && !bare_constructor
}

fn fault(class: &Arc<ClassDef>, text: &SourceText) -> Option<(Span, Fault)> {
    // A base from elsewhere may bring `__call__` and the constructor.
    let mut lineage = vec![class.clone()];
    let mut at = 0;
    while let Some(current) = lineage.get(at).cloned() {
        for base in &current.bases {
            match &base.value {
                Value::Class(base) if lineage.len() < 16 => lineage.push(base.clone()),
                Value::Imported(path) if path.as_ref() == "builtins.object" => {}
                Value::Imported(path) if path.ends_with("deprecation.MiddlewareMixin") => {
                    return constructor(class, text);
                }
                _ => return None,
            }
        }
        at += 1;
    }
    let has = |name: &str| lineage.iter().any(|class| class.attributes.contains_key(name));
    let hooks = HOOKS.iter().any(|hook| has(hook));
    if hooks && !has("__call__") && !has("__acall__") {
        return Some((class.name_span, Fault::NotCallable));
    }
    constructor(class, text)
}

/// A constructor that takes nothing but `self`.
fn constructor(class: &ClassDef, text: &SourceText) -> Option<(Span, Fault)> {
    let init = class.methods.iter().find(|method| method.name.as_ref() == "__init__")?;
    let Some(Value::Function(function)) = class.attributes.get("__init__").map(|init| &init.value) else {
        return None;
    };
    let head = Span { start: function.span.start, end: function.body.start };
    let takes_more = text.slice(head).contains('*');
    (init.parameters.len() == 1 && !takes_more).then_some((head, Fault::NoGetResponse))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(source: &str) -> Option<Fault> {
        let text = SourceText::decode("m.py".into(), source.as_bytes()).unwrap();
        fault_of(&text, "M").map(|(_, fault)| fault)
    }

    #[test]
    fn classes_that_django_cannot_call() {
        assert_eq!(
            judged("class M(object):\n    def process_request(self, request): pass\n"),
            Some(Fault::NotCallable)
        );
        assert_eq!(judged("class M:\n    def process_view(self): pass\n"), Some(Fault::NotCallable));
        let mixin = "from django.utils.deprecation import MiddlewareMixin\n";
        assert_eq!(
            judged(&format!("{mixin}class M(MiddlewareMixin):\n    def process_request(self, r): pass\n")),
            None
        );
        let init = "class M(MiddlewareMixin):\n    def __init__(self):\n        self.x = 1\n";
        assert_eq!(judged(&format!("{mixin}{init}")), Some(Fault::NoGetResponse));
        assert_eq!(
            judged(
                "class M:\n    def __init__(self, get_response):\n        pass\n    def __call__(self, r): pass\n"
            ),
            None
        );
        assert_eq!(
            judged(
                "class M:\n    def __init__(self, *args):\n        pass\n    def __call__(self, r): pass\n"
            ),
            None
        );
        assert_eq!(
            judged("from other import Base\nclass M(Base):\n    def process_request(self, r): pass\n"),
            None
        );
    }
}
