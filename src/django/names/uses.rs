//! The uses of names that Django and Python took away, in one file.

use std::sync::Arc;

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::PythonTree;
use crate::syntax::python::{Kind, kind, span};

use super::facts::{Facts, Fate, Form, Usage, facts};
use super::receiver::Receiver;
use super::scopes::{Event, Scopes, imports_of, walk};
use super::when::When;

/// A use of a name that some release took away.
#[derive(Debug, Clone)]
pub struct NameUse {
    /// Where it stands: the name itself.
    pub span: Span,
    /// What is used.
    pub what: What,
    /// Under which versions the code runs.
    pub when: When,
    /// On what it is called or read, where that decides whether it is Django's.
    pub receiver: Option<Receiver>,
}

/// What is used.
#[derive(Debug, Clone, Copy)]
pub enum What {
    /// A name in an import: the import fails.
    Import(&'static Fate),
    /// A name read as an attribute of its module.
    Attribute(&'static Fate),
    /// A field class that Django keeps for migrations only, used in a model.
    Field(&'static Fate),
    /// Any other use.
    Usage(&'static Usage),
    /// The project puts the name back itself: `django.utils.encoding.force_text = force_str`.
    Restored(&'static Fate),
    /// The project puts a method back itself: `HttpRequest.is_ajax = is_ajax`.
    RestoredUsage(&'static Usage),
}

/// The uses in a file, of which `tree` is the tree, in the order of their places.
pub fn uses_in(text: &Arc<SourceText>, tree: &PythonTree, in_migration: bool) -> Vec<NameUse> {
    let Some(root) = tree.root() else { return Vec::new() };
    let scopes = Scopes::collect(root, &text.text);
    let mut finder = Finder {
        text: &text.text,
        facts: facts(),
        scopes,
        when: vec![When::default()],
        above: Vec::new(),
        in_migration,
        is_init: text.path.ends_with("__init__.py"),
        out: Vec::new(),
    };
    walk(root, &mut |event| match event {
        Event::Enter(node) => finder.enter(node),
        Event::Leave(node) => finder.leave(node),
    });
    let mut out = finder.out;
    out.sort_by_key(|each| each.span);
    out.dedup_by_key(|each| each.span);
    out
}

struct Finder<'t> {
    text: &'t str,
    facts: &'static Facts,
    scopes: Scopes<'t>,
    /// One entry for every node that the walk stands in, so that leaving takes one off.
    when: Vec<When>,
    /// The nodes that the walk stands in.
    above: Vec<Node<'t>>,
    in_migration: bool,
    is_init: bool,
    out: Vec<NameUse>,
}

impl<'t> Finder<'t> {
    fn source(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn enter(&mut self, node: Node<'t>) {
        let outer = self.when.last().copied().unwrap_or_default();
        let parent = self.above.last().copied().filter(|_| node.is_named());
        let own = parent.and_then(|parent| When::of(node, parent, self.text));
        self.when.push(own.map_or(outer, |own| outer.and(own)));
        match kind(node) {
            Kind::Import | Kind::ImportFrom => self.import(node),
            Kind::Attribute => self.attribute(node),
            Kind::Call => self.call(node),
            Kind::Assignment => self.assignment(node),
            _ => {}
        }
        self.scopes.enter(node);
        self.above.push(node);
    }

    fn leave(&mut self, node: Node<'t>) {
        self.scopes.leave(node);
        self.when.pop();
        self.above.pop();
    }

    fn push(&mut self, node: Node<'_>, what: What) {
        let when = self.when.last().copied().unwrap_or_default();
        self.out.push(NameUse { span: span(node), what, when, receiver: None });
    }

    fn push_called_on(&mut self, name: Node<'t>, object: Node<'t>, usage: &'static Usage) {
        let receiver = Receiver::of(object, &self.above, &self.scopes, self.text);
        let when = self.when.last().copied().unwrap_or_default();
        self.out.push(NameUse { span: span(name), what: What::Usage(usage), when, receiver: Some(receiver) });
    }

    fn import(&mut self, node: Node<'t>) {
        if let Some(module) = node.child_by_field_name("module_name") {
            let name: String = self.source(module).split_whitespace().collect();
            if let Some(fate) = self.facts.gone(&name) {
                return self.push(module, What::Import(fate));
            }
        }
        for imported in imports_of(node, self.text) {
            let fate = match &imported.from {
                Some(module) => self.facts.fate(module, &imported.name),
                None => self.facts.gone(&imported.name),
            };
            if let Some(fate) = fate.filter(|fate| !fate.stub) {
                self.push(imported.node, What::Import(fate));
            }
        }
    }

    /// The class whose body the statement of the node at hand stands in.
    fn class_around(&self) -> Option<Node<'t>> {
        let [.., class, block, _] = self.above.as_slice() else { return None };
        (kind(*block) == Kind::Block && kind(*class) == Kind::ClassDefinition).then_some(*class)
    }

    /// The dotted parts of `a.b.c` with their nodes; `None` when its root is no name.
    fn parts(&self, node: Node<'t>) -> Option<Vec<Node<'t>>> {
        let mut parts = Vec::new();
        let mut at = node;
        while kind(at) == Kind::Attribute && parts.len() < 16 {
            parts.push(at.child_by_field_name("attribute")?);
            at = at.child_by_field_name("object")?;
        }
        (kind(at) == Kind::Identifier).then(|| {
            parts.push(at);
            parts.reverse();
            parts
        })
    }

    /// The dotted path that a name or attribute stands for, when its root is an import; and how many of its parts the
    /// import itself brings.
    fn path(&self, node: Node<'t>) -> Option<(Vec<String>, usize, Vec<Node<'t>>)> {
        let parts = self.parts(node)?;
        let (root, rest) = parts.split_first()?;
        let import = self.scopes.import_of(self.source(*root))?;
        let mut path: Vec<String> = import.split('.').map(str::to_owned).collect();
        let brought = path.len();
        path.extend(rest.iter().map(|part| self.source(*part).to_owned()));
        Some((path, brought, rest.to_vec()))
    }

    fn attribute(&mut self, node: Node<'t>) {
        let Some(name) = node.child_by_field_name("attribute") else { return };
        self.attribute_usage(node, name);
        // Of a chain the longest one alone is looked at.
        if self.above.last().copied().is_some_and(|parent| {
            kind(parent) == Kind::Attribute && parent.child_by_field_name("object") == Some(node)
        }) {
            return;
        }
        let Some((path, brought, nodes)) = self.path(node) else { return };
        if path.first().is_none_or(String::is_empty) {
            return;
        }
        for (at, part) in nodes.iter().enumerate() {
            let module = path[..brought + at].join(".");
            let Some(fate) = self.facts.fate(&module, self.source(*part)) else { continue };
            // The import of a module that is gone has been reported where it stands.
            if self.facts.gone(&module).is_none() && !fate.stub {
                let what = if is_target(node) { What::Restored(fate) } else { What::Attribute(fate) };
                return self.push(*part, what);
            }
        }
    }

    fn attribute_usage(&mut self, node: Node<'t>, name: Node<'t>) {
        let word = self.source(name);
        let is_called = self.above.last().copied().is_some_and(|parent| {
            kind(parent) == Kind::Call && parent.child_by_field_name("function") == Some(node)
        });
        for usage in self.facts.usages().iter().filter(|usage| usage.name == word) {
            let fits = match usage.form {
                Form::MethodCall => is_called,
                Form::Attribute => true,
                _ => false,
            };
            let stores = is_target(node);
            let Some(object) = node.child_by_field_name("object") else { continue };
            let last = self.last_word(object);
            let receiver = usage.receivers.iter().any(|known| known == last);
            let required = usage.requires.as_deref().is_none_or(|word| self.text.contains(word));
            if stores && usage.form == Form::MethodCall {
                return self.push(name, What::RestoredUsage(usage));
            }
            if fits && receiver && required && !stores {
                return self.push_called_on(name, object, usage);
            }
        }
    }

    /// `c` of `a.b.c`, `c` of `a.c()`.
    fn last_word(&self, node: Node<'t>) -> &'t str {
        let at = match kind(node) {
            Kind::Attribute => node.child_by_field_name("attribute").unwrap_or(node),
            _ => node,
        };
        self.source(at)
    }

    fn call(&mut self, node: Node<'t>) {
        let (Some(function), Some(arguments)) =
            (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
        else {
            return;
        };
        if !matches!(kind(function), Kind::Identifier | Kind::Attribute) {
            return;
        }
        let Some((path, ..)) = self.path(function) else { return };
        let callee = path.join(".");
        let name = match kind(function) {
            Kind::Attribute => function.child_by_field_name("attribute").unwrap_or(function),
            _ => function,
        };
        if let Some((module, last)) = callee.rsplit_once('.')
            && let Some(fate) = self.facts.fate(module, last)
            && fate.stub
            && !self.in_migration
        {
            return self.push(name, What::Field(fate));
        }
        for usage in self.facts.usages() {
            if usage.callee.as_deref().is_some_and(|known| is_same_callee(known, &callee)) {
                match usage.form {
                    Form::Keyword => {
                        if let Some(keyword) = self.keyword(arguments, &usage.name) {
                            return self.push(keyword, What::Usage(usage));
                        }
                    }
                    Form::FewArguments if self.has_few(arguments, usage) => {
                        return self.push(name, What::Usage(usage));
                    }
                    _ => {}
                }
            }
        }
    }

    fn keyword(&self, arguments: Node<'t>, name: &str) -> Option<Node<'t>> {
        let mut cursor = arguments.walk();
        let mut all =
            arguments.named_children(&mut cursor).filter(|child| kind(*child) == Kind::KeywordArgument);
        all.find_map(|child| child.child_by_field_name("name").filter(|node| self.source(*node) == name))
    }

    fn has_few(&self, arguments: Node<'t>, usage: &Usage) -> bool {
        if kind(arguments) != Kind::ArgumentList {
            return false;
        }
        let mut cursor = arguments.walk();
        let children: Vec<Node<'t>> =
            arguments.named_children(&mut cursor).filter(|child| kind(*child) != Kind::Comment).collect();
        let open =
            children.iter().any(|child| matches!(kind(*child), Kind::ListSplat | Kind::DictionarySplat));
        let positional = children.iter().filter(|child| kind(**child) != Kind::KeywordArgument).count();
        let keywords = children.len() - positional;
        let stands_in =
            usage.or_keyword.as_deref().is_some_and(|name| self.keyword(arguments, name).is_some());
        // Without a keyword that the table names, any keyword may be the argument.
        let counted = if usage.or_keyword.is_some() { positional } else { positional + keywords };
        !open && !stands_in && usage.least.is_some_and(|least| counted < least)
    }

    /// Whether what is looked at is assigned in the `Meta` of a class that may be a model, which a class without bases is not.
    fn in_meta_of_a_model(&self) -> bool {
        let is_meta = self.class_around().is_some_and(|class| {
            class.child_by_field_name("name").is_some_and(|name| self.source(name) == "Meta")
        });
        let owner = match self.above.as_slice() {
            [.., owner, _, _, _, _] => Some(*owner),
            _ => None,
        };
        is_meta
            && owner.is_none_or(|owner| {
                kind(owner) != Kind::ClassDefinition || owner.child_by_field_name("superclasses").is_some()
            })
    }

    fn assignment(&mut self, node: Node<'t>) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return;
        };
        if kind(left) != Kind::Identifier {
            return;
        }
        let word = self.source(left);
        for usage in self.facts.usages().iter().filter(|usage| usage.name == word) {
            let fits = match usage.form {
                Form::ModuleAssignment => self.is_init && self.scopes.at_top(),
                Form::MetaOption => !self.in_migration && self.in_meta_of_a_model(),
                Form::ClassAttribute => self.class_around().is_some_and(|class| {
                    let bases = class.child_by_field_name("superclasses").map(|bases| self.source(bases));
                    let base = usage.base.as_deref().unwrap_or_default();
                    let derives = bases.is_some_and(|bases| {
                        bases
                            .split([',', '(', ')'])
                            .any(|each| !base.is_empty() && each.trim().ends_with(base))
                    });
                    let value = usage.value.as_deref() != Some("bool")
                        || matches!(kind(right), Kind::True | Kind::False);
                    derives && value
                }),
                _ => false,
            };
            if fits {
                return self.push(left, What::Usage(usage));
            }
        }
    }
}

/// Whether something is assigned to the attribute.
fn is_target(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        kind(parent) == Kind::Assignment && parent.child_by_field_name("left") == Some(node)
    })
}

/// Django offers a name in its package and in the module that defines it.
pub(super) fn is_same_callee(known: &str, callee: &str) -> bool {
    if known == callee {
        return true;
    }
    let (Some((known_module, known_name)), Some((module, name))) =
        (known.rsplit_once('.'), callee.rsplit_once('.'))
    else {
        return false;
    };
    known_name == name
        && (module == "django.urls" && known_module == "django.conf.urls"
            || module.strip_prefix(known_module).is_some_and(|rest| rest.starts_with('.')))
}
