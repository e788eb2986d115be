//! What the names of a file stand for: imports and everything else, per scope.

use rustc_hash::FxHashMap;
use tree_sitter::Node;

use crate::syntax::python::{Kind, kind};

/// How many scopes around a name are looked into.
const MAX_NESTING: usize = 32;

/// How many aliases of aliases are followed.
const MAX_ALIASES: usize = 8;

/// A name of a scope.
#[derive(Debug, Default)]
pub(in crate::django) struct Bound {
    /// Dotted paths that imports bind it to.
    pub(super) imports: Vec<String>,
    /// Dotted names that it is assigned: `re = url`, `tz = django.utils.timezone`.
    aliases: Vec<String>,
    /// Something else binds it too: an assignment, a parameter, a definition.
    other: bool,
}

#[derive(Debug, Default)]
struct Scope<'t> {
    is_class: bool,
    names: FxHashMap<&'t str, Bound>,
}

/// The scopes of a file, in the order in which a walk from top to bottom meets them.
#[derive(Debug)]
pub(in crate::django) struct Scopes<'t> {
    text: &'t str,
    scopes: Vec<Scope<'t>>,
    stack: Vec<usize>,
    next: usize,
}

/// Whether a node opens a scope.
fn opens(node: Node<'_>) -> bool {
    matches!(
        kind(node),
        Kind::FunctionDefinition
            | Kind::Lambda
            | Kind::ClassDefinition
            | Kind::ListComprehension
            | Kind::SetComprehension
            | Kind::DictionaryComprehension
            | Kind::GeneratorExpression
    )
}

impl<'t> Scopes<'t> {
    /// Collects the names of every scope.
    pub(in crate::django) fn collect(root: Node<'t>, text: &'t str) -> Self {
        let mut scopes = Self { text, scopes: vec![Scope::default()], stack: vec![0], next: 1 };
        walk(root, &mut |event| match event {
            Event::Enter(node) => {
                scopes.bind_by(node);
                if opens(node) {
                    let is_class = kind(node) == Kind::ClassDefinition;
                    scopes.scopes.push(Scope { is_class, names: FxHashMap::default() });
                    scopes.stack.push(scopes.scopes.len() - 1);
                    scopes.bind_parameters(node);
                }
            }
            Event::Leave(node) => {
                if opens(node) {
                    scopes.stack.pop();
                }
            }
        });
        scopes.stack = vec![0];
        scopes
    }

    /// Follows a second walk.
    pub(in crate::django) fn enter(&mut self, node: Node<'_>) {
        if opens(node) {
            self.stack.push(self.next);
            self.next += 1;
        }
    }

    pub(in crate::django) fn leave(&mut self, node: Node<'_>) {
        if opens(node) {
            self.stack.pop();
        }
    }

    /// True at the top of the file, outside of functions and classes.
    pub(in crate::django) fn at_top(&self) -> bool {
        self.stack.len() == 1
    }

    /// The dotted path of an import that a name certainly stands for here, also where it is another name for one.
    pub(in crate::django) fn import_of(&self, name: &str) -> Option<String> {
        let mut name = name.to_owned();
        let mut rest = String::new();
        for _ in 0..MAX_ALIASES {
            let (bound, _) = self.bound_here(&name)?;
            match (bound.imports.as_slice(), bound.aliases.as_slice()) {
                ([only], []) if !bound.other => return Some(format!("{only}{rest}")),
                ([], [only]) if !bound.other => {
                    let (root, attributes) = only.split_once('.').unwrap_or((only, ""));
                    // A name that is assigned to itself says nothing.
                    if root == name {
                        return None;
                    }
                    if !attributes.is_empty() {
                        rest = format!(".{attributes}{rest}");
                    }
                    name = root.to_owned();
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a name is bound here by something that is no import: a definition, a parameter, a value.
    pub(in crate::django) fn is_defined(&self, name: &str) -> bool {
        self.bound_here(name).is_some_and(|(bound, _)| bound.imports.is_empty())
    }

    /// Whether a name is one of the file itself: of no function or class around, and no parameter.
    pub(in crate::django) fn is_of_file(&self, name: &str) -> bool {
        self.bound_here(name).is_some_and(|(_, scope)| scope == 0)
    }

    /// What binds a name here, and the number of the scope that does.
    fn bound_here(&self, name: &str) -> Option<(&Bound, usize)> {
        let innermost = self.stack.len().checked_sub(1)?;
        // The innermost scopes and the module; nobody nests functions deeper.
        let near = self.stack.iter().enumerate().rev().take(MAX_NESTING);
        for (depth, index) in near.chain(self.stack.iter().enumerate().take(1)) {
            let scope = self.scopes.get(*index)?;
            if scope.is_class && depth != innermost {
                continue;
            }
            if let Some(bound) = scope.names.get(name) {
                return Some((bound, *index));
            }
        }
        None
    }

    fn source(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn bound(&mut self, name: &'t str) -> Option<&mut Bound> {
        let current = *self.stack.last()?;
        Some(self.scopes.get_mut(current)?.names.entry(name).or_default())
    }

    fn bind_other(&mut self, target: Node<'t>) {
        let mut stack = vec![target];
        while let Some(node) = stack.pop() {
            match kind(node) {
                Kind::Identifier => {
                    let name = self.source(node);
                    if let Some(bound) = self.bound(name) {
                        bound.other = true;
                    }
                }
                Kind::Attribute | Kind::Subscript | Kind::Call => {}
                _ => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
            }
        }
    }

    /// Another name for something: `re = url`. False when the assignment is none of these.
    fn bind_alias(&mut self, node: Node<'t>) -> bool {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return false;
        };
        if kind(left) != Kind::Identifier || !matches!(kind(right), Kind::Identifier | Kind::Attribute) {
            return false;
        }
        let written = self.source(right);
        // Nobody breaks such a name over lines, and what is no plain path has brackets or quotes.
        if !written.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) {
            return false;
        }
        let name = self.source(left);
        if let Some(bound) = self.bound(name)
            && !bound.aliases.iter().any(|known| known == written)
        {
            bound.aliases.push(written.to_owned());
        }
        true
    }

    fn bind_import(&mut self, name: &'t str, path: String) {
        if let Some(bound) = self.bound(name)
            && !bound.imports.contains(&path)
        {
            bound.imports.push(path);
        }
    }

    fn bind_by(&mut self, node: Node<'t>) {
        match kind(node) {
            Kind::Import | Kind::ImportFrom => self.bind_imports(node),
            Kind::Assignment if self.bind_alias(node) => {}
            Kind::Assignment | Kind::AugmentedAssignment | Kind::For | Kind::ForInClause => {
                if let Some(left) = node.child_by_field_name("left") {
                    self.bind_other(left);
                }
            }
            Kind::NamedExpression | Kind::FunctionDefinition | Kind::ClassDefinition => {
                if let Some(name) = node.child_by_field_name("name") {
                    self.bind_other(name);
                }
            }
            Kind::AsPattern => {
                if let Some(alias) = node.child_by_field_name("alias") {
                    self.bind_other(alias);
                }
            }
            _ => {}
        }
    }

    fn bind_parameters(&mut self, node: Node<'t>) {
        let Some(parameters) = node.child_by_field_name("parameters") else { return };
        let mut cursor = parameters.walk();
        let all: Vec<Node<'t>> = parameters.named_children(&mut cursor).collect();
        for parameter in all {
            let name = match kind(parameter) {
                Kind::DefaultParameter | Kind::TypedDefaultParameter => parameter.child_by_field_name("name"),
                Kind::TypedParameter => parameter.named_child(0),
                _ => Some(parameter),
            };
            if let Some(name) = name {
                self.bind_other(name);
            }
        }
    }

    fn bind_imports(&mut self, node: Node<'t>) {
        for import in imports_of(node, self.text) {
            let Some(bound) = import.bound else { continue };
            let path = match (&import.from, import.whole) {
                (Some(module), _) => join(module, &import.name),
                (None, true) => import.name.clone(),
                (None, false) => import.name.split('.').next().unwrap_or_default().to_owned(),
            };
            self.bind_import(bound, path);
        }
    }
}

/// One name that an import statement brings.
pub(in crate::django) struct Imported<'t> {
    /// The module after `from`, and its node.
    pub(super) from: Option<String>,
    /// The module after `import`, or the name.
    pub(super) name: String,
    /// The node of `name`.
    pub(super) node: Node<'t>,
    /// The name that is bound; `None` for `*`.
    bound: Option<&'t str>,
    /// It is bound to the whole path (`import a.b as c`), not to its first part.
    whole: bool,
}

/// What an import statement brings.
pub(in crate::django) fn imports_of<'t>(node: Node<'t>, text: &'t str) -> Vec<Imported<'t>> {
    let source = |node: Node<'t>| text.get(node.byte_range()).unwrap_or_default();
    let dotted = |node: Node<'t>| {
        source(node).chars().filter(|c| !c.is_whitespace() && *c != '\\').collect::<String>()
    };
    let module = node.child_by_field_name("module_name");
    let from = module.map(dotted);
    let mut out = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if Some(child) == module {
            continue;
        }
        match kind(child) {
            Kind::DottedName => {
                let name = dotted(child);
                let bound = source(child).split('.').next();
                out.push(Imported { from: from.clone(), name, node: child, bound, whole: false });
            }
            Kind::AliasedImport => {
                if let (Some(name), Some(alias)) =
                    (child.child_by_field_name("name"), child.child_by_field_name("alias"))
                {
                    let bound = Some(source(alias));
                    let path = dotted(name);
                    out.push(Imported { from: from.clone(), name: path, node: name, bound, whole: true });
                }
            }
            Kind::WildcardImport => {
                out.push(Imported {
                    from: from.clone(),
                    name: "*".into(),
                    node: child,
                    bound: None,
                    whole: true,
                });
            }
            _ => {}
        }
    }
    out
}

fn join(module: &str, name: &str) -> String {
    if module.ends_with('.') { format!("{module}{name}") } else { format!("{module}.{name}") }
}

/// A step of a walk.
pub(in crate::django) enum Event<'t> {
    Enter(Node<'t>),
    Leave(Node<'t>),
}

/// Walks over all named nodes, parents before and after their children, without recursion.
pub(in crate::django) fn walk<'t>(root: Node<'t>, each: &mut dyn FnMut(Event<'t>)) {
    let mut cursor = root.walk();
    each(Event::Enter(root));
    loop {
        if cursor.goto_first_child() {
            each(Event::Enter(cursor.node()));
            continue;
        }
        loop {
            each(Event::Leave(cursor.node()));
            if cursor.goto_next_sibling() {
                each(Event::Enter(cursor.node()));
                break;
            }
            if !cursor.goto_parent() {
                return;
            }
            if cursor.node() == root {
                each(Event::Leave(root));
                return;
            }
        }
    }
}
