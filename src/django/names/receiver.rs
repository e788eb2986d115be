//! On what a method is called, as far as the file alone tells.

use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};

use super::scopes::Scopes;

/// What stands before the dot of a method.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Receiver {
    /// `self` or `cls`: an object of the class of this name, at the top of the file.
    Own(String),
    /// A dotted path that an import begins: `shop.models.User.objects`; relative imports keep their dots.
    Imported(String),
    /// A dotted path that begins with a name of the file itself: `User.objects`.
    OfFile(String),
    /// What only running the code can tell: a parameter, what a call returns.
    Unknown,
}

impl Receiver {
    /// Of the object in `object.method`; `above` are the nodes around it, outermost first.
    pub(super) fn of(object: Node<'_>, above: &[Node<'_>], scopes: &Scopes<'_>, text: &str) -> Self {
        let source = |node: Node<'_>| text.get(node.byte_range()).unwrap_or_default();
        let mut parts = Vec::new();
        let mut at = object;
        while kind(at) == Kind::Attribute && parts.len() < 16 {
            let (Some(name), Some(inner)) =
                (at.child_by_field_name("attribute"), at.child_by_field_name("object"))
            else {
                return Self::Unknown;
            };
            parts.push(source(name));
            at = inner;
        }
        if kind(at) != Kind::Identifier {
            return Self::Unknown;
        }
        let root = source(at);
        if parts.is_empty() && matches!(root, "self" | "cls") {
            return Self::of_class_around(above, text);
        }
        let path = |root: &str| {
            let rest = parts.iter().rev().copied();
            std::iter::once(root).chain(rest).collect::<Vec<_>>().join(".")
        };
        match scopes.import_of(root) {
            Some(import) => Self::Imported(path(&import)),
            None if scopes.is_of_file(root) => Self::OfFile(path(root)),
            None => Self::Unknown,
        }
    }

    /// The class whose method the walk stands in, where it stands at the top of the file.
    fn of_class_around(above: &[Node<'_>], text: &str) -> Self {
        let mut classes = above.iter().filter(|node| kind(**node) == Kind::ClassDefinition);
        let (Some(class), None) = (classes.next(), classes.next()) else { return Self::Unknown };
        let name = class.child_by_field_name("name").and_then(|name| text.get(name.byte_range()));
        name.map_or(Self::Unknown, |name| Self::Own(name.to_owned()))
    }
}
