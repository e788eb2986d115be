//! Where a project says which module its settings are: `DJANGO_SETTINGS_MODULE` in `manage.py`, `wsgi.py`, `asgi.py`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::python::{self, Kind, kind, span};

/// The variable that Django reads the name of the settings module from.
pub const VARIABLE: &str = "DJANGO_SETTINGS_MODULE";

/// A settings module that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Dotted name of the module.
    pub module: Arc<str>,
    /// Where it stands in the file.
    pub span: Span,
}

/// Settings modules that a file names: in `os.environ.setdefault(VARIABLE, "x")` or `os.environ[VARIABLE] = "x"`.
pub fn named_in(text: &SourceText) -> Vec<Named> {
    if memchr::memmem::find(text.text.as_bytes(), VARIABLE.as_bytes()).is_none() {
        return Vec::new();
    }
    let tree = python::parse(text);
    let mut out = Vec::new();
    let mut stack: Vec<Node<'_>> = tree.root().into_iter().collect();
    while let Some(node) = stack.pop() {
        let candidates = match kind(node) {
            Kind::Call => node.child_by_field_name("arguments").map(|list| strings_below(list, text)),
            Kind::Assignment => Some(strings_below(node, text)),
            _ => None,
        };
        if let Some([(name, _), (module, at)]) = candidates.as_deref()
            && name == VARIABLE
        {
            out.push(Named { module: module.as_str().into(), span: *at });
            continue;
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        stack.extend(children.into_iter().rev());
    }
    out
}

/// The plain strings directly in an argument list, or in a target's subscript and a value.
fn strings_below(node: Node<'_>, text: &SourceText) -> Vec<(String, Span)> {
    let mut out = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let string = match kind(child) {
            Kind::String => Some(child),
            Kind::Subscript => {
                child.child_by_field_name("subscript").filter(|key| kind(*key) == Kind::String)
            }
            _ => None,
        };
        if let Some(string) = string {
            let source = text.slice(span(string));
            out.push((source.trim_matches(['"', '\'']).to_owned(), span(string)));
        }
    }
    out
}
