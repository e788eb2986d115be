//! Where the class of a model names one of its fields.

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::python;

use super::migrations::{FIELD_OPTIONS, OTHER_WORDS};

/// Where a class names its fields.
pub(super) struct ClassNames<'a> {
    text: &'a SourceText,
    old: &'a str,
    /// The field.
    pub(super) own: Vec<Span>,
    /// Words, and names of other things.
    pub(super) other: Vec<Span>,
    /// An index or a constraint on the field that has no name of its own.
    pub(super) nameless: Option<Span>,
}

impl<'a> ClassNames<'a> {
    /// Nothing is known yet.
    pub(super) fn new(text: &'a SourceText, old: &'a str) -> Self {
        Self { text, old, own: Vec::new(), other: Vec::new(), nameless: None }
    }

    /// Reads the body of a class; tells whether it defines the field.
    pub(super) fn of_class(&mut self, class: Node<'_>) -> bool {
        let Some(body) = class.child_by_field_name("body") else { return false };
        let mut defined = 0;
        for assignment in assignments(body) {
            let Some(left) = assignment.child_by_field_name("left") else { continue };
            if left.kind() == "identifier" && slice(self.text, left) == self.old {
                self.own.push(python::span(left));
                defined += 1;
            }
            // Of a field's arguments some are words and data.
            if let Some(call) = assignment.child_by_field_name("right").filter(|right| right.kind() == "call")
            {
                self.words_of(call);
            }
        }
        for inner in children(body, "class_definition") {
            let is_meta =
                inner.child_by_field_name("name").is_some_and(|name| slice(self.text, name) == "Meta");
            if let Some(body) = inner.child_by_field_name("body").filter(|_| is_meta) {
                self.of_meta(body);
            }
        }
        for method in children(body, "function_definition") {
            self.of_method(method);
        }
        defined == 1
    }

    /// `class Meta`
    fn of_meta(&mut self, body: Node<'_>) {
        for assignment in assignments(body) {
            let (Some(left), Some(right)) =
                (assignment.child_by_field_name("left"), assignment.child_by_field_name("right"))
            else {
                continue;
            };
            match slice(self.text, left) {
                key if FIELD_OPTIONS.contains(&key) => self.strings(right),
                "indexes" | "constraints" => {
                    descend(right, &mut |node| node.kind() == "call")
                        .into_iter()
                        .for_each(|call| self.of_index(call));
                }
                key if OTHER_WORDS.contains(&key) => self.other.push(python::span(right)),
                _ => {}
            }
        }
    }

    /// `models.Index(fields=[…], name=…)`
    fn of_index(&mut self, call: Node<'_>) {
        let before = self.own.len();
        let mut has_name = false;
        for (key, value) in keywords(call) {
            match slice(self.text, key) {
                "fields" | "include" => self.strings(value),
                "name" => {
                    has_name = true;
                    self.other.push(python::span(value));
                }
                _ => {}
            }
        }
        if self.own.len() > before && !has_name {
            self.nameless = Some(python::span(call));
        }
    }

    /// `self.name` of a method is the field: no other object can be meant.
    fn of_method(&mut self, method: Node<'_>) {
        let parameters = method.child_by_field_name("parameters");
        let first =
            parameters.and_then(|all| all.named_child(0)).filter(|first| first.kind() == "identifier");
        let (Some(first), Some(body)) = (first, method.child_by_field_name("body")) else { return };
        if is_static(self.text, method) {
            return;
        }
        let object = slice(self.text, first);
        // In a function or a class within the method the name may be another's.
        let stops = ["function_definition", "class_definition", "lambda", "attribute"];
        for found in descend(body, &mut |node| stops.contains(&node.kind())) {
            let mut next = Some(found);
            while let Some(node) = next.filter(|node| node.kind() == "attribute") {
                let (Some(of), Some(name)) =
                    (node.child_by_field_name("object"), node.child_by_field_name("attribute"))
                else {
                    break;
                };
                if of.kind() == "identifier"
                    && slice(self.text, of) == object
                    && slice(self.text, name) == self.old
                {
                    self.own.push(python::span(name));
                }
                next = Some(of);
            }
        }
    }

    /// Strings that are the name of the field, with or without the hyphen of an order.
    fn strings(&mut self, value: Node<'_>) {
        for string in descend(value, &mut |node| node.kind() == "string") {
            let written = slice(self.text, string);
            let inner = written.trim_matches(['"', '\'']);
            if inner.strip_prefix('-').unwrap_or(inner) == self.old {
                self.own.push(python::span(string));
            }
        }
    }

    fn words_of(&mut self, call: Node<'_>) {
        let words =
            keywords(call).into_iter().filter(|(key, _)| OTHER_WORDS.contains(&slice(self.text, *key)));
        self.other.extend(words.map(|(_, value)| python::span(value)));
    }
}

/// The source of a node.
pub(super) fn slice<'t>(text: &'t SourceText, node: Node<'_>) -> &'t str {
    text.slice(python::span(node))
}

/// Children of one kind, decorated ones too.
pub(super) fn children<'t>(node: Node<'t>, kind: &str) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    let all: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
    let plain = all.into_iter().map(|child| match child.kind() {
        "decorated_definition" => child.child_by_field_name("definition").unwrap_or(child),
        _ => child,
    });
    plain.filter(|child| child.kind() == kind).collect()
}

/// Assignments that stand directly in a block.
fn assignments(block: Node<'_>) -> Vec<Node<'_>> {
    let statements = children(block, "expression_statement");
    statements.into_iter().flat_map(|statement| children(statement, "assignment")).collect()
}

/// The keyword arguments of a call: name and value.
fn keywords(call: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    let arguments = call.child_by_field_name("arguments");
    let all = arguments.into_iter().flat_map(|arguments| children(arguments, "keyword_argument"));
    all.filter_map(|one| Some((one.child_by_field_name("name")?, one.child_by_field_name("value")?)))
        .collect()
}

/// The outermost nodes below `node` (itself included) that `wanted` takes.
fn descend<'t>(node: Node<'t>, wanted: &mut dyn FnMut(Node<'t>) -> bool) -> Vec<Node<'t>> {
    let (mut out, mut stack) = (Vec::new(), vec![node]);
    while let Some(next) = stack.pop() {
        if wanted(next) {
            out.push(next);
            continue;
        }
        let mut cursor = next.walk();
        stack.extend(next.named_children(&mut cursor));
    }
    out
}

/// Whether a method is decorated as static, so that its first parameter is not the object.
fn is_static(text: &SourceText, method: Node<'_>) -> bool {
    let decorated = method.parent().filter(|parent| parent.kind() == "decorated_definition");
    decorated.is_some_and(|decorated| {
        children(decorated, "decorator")
            .into_iter()
            .any(|decorator| slice(text, decorator).contains("staticmethod"))
    })
}
