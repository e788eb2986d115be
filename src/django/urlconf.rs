//! URL configurations: what a module with `urlpatterns` declares, and what Django no longer takes of it.

use std::sync::Arc;

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::python::{self, Kind, kind, span};

/// A module with `urlpatterns`.
#[derive(Debug, Clone)]
pub struct UrlConf {
    /// The file.
    pub text: Arc<SourceText>,
    /// It sets `app_name`.
    pub has_app_name: bool,
    /// Views given as text: `url(r"^x$", "app.views.x")`.
    pub text_views: Vec<Span>,
    /// `include(…)`.
    pub includes: Vec<Include>,
    /// `handler404 = …` and its kind, with the view's name.
    pub handlers: Vec<(Arc<str>, Span)>,
}

/// An `include(…)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// The whole call.
    pub span: Span,
    /// The module, where it is given as text.
    pub module: Option<Arc<str>>,
    /// It passes `namespace`.
    pub has_namespace: bool,
    /// How many parts its first argument has, when that is a tuple.
    pub tuple: Option<usize>,
}

/// Functions that make a URL pattern.
const PATTERNS: [&str; 3] = ["path", "re_path", "url"];

/// Whether a file can be a URL configuration.
pub fn may_be(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"urlpatterns").is_some()
}

/// Reads a URL configuration; `None` when the file is none.
pub fn read(text: Arc<SourceText>) -> Option<UrlConf> {
    let tree = python::parse(&text);
    let root = tree.root()?;
    let mut conf = UrlConf {
        text: text.clone(),
        has_app_name: false,
        text_views: Vec::new(),
        includes: Vec::new(),
        handlers: Vec::new(),
    };
    let source = |node: Node<'_>| text.text.get(node.byte_range()).unwrap_or_default();
    let mut is_conf = false;
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        match kind(node) {
            Kind::Assignment | Kind::AugmentedAssignment => {
                if let Some(left) = node.child_by_field_name("left") {
                    match source(left) {
                        "urlpatterns" => is_conf = true,
                        "app_name" => conf.has_app_name = true,
                        name @ ("handler400" | "handler403" | "handler404" | "handler500") => {
                            conf.handlers.push((name.into(), span(left)));
                        }
                        _ => {}
                    }
                }
            }
            Kind::Call => call(node, &source, &mut conf),
            _ => {}
        }
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        stack.extend(children.into_iter().rev());
    }
    conf.text_views.sort();
    conf.includes.sort_by_key(|include| include.span);
    is_conf.then_some(conf)
}

fn call<'t>(node: Node<'_>, source: &dyn Fn(Node<'_>) -> &'t str, conf: &mut UrlConf) {
    let (Some(function), Some(arguments)) =
        (node.child_by_field_name("function"), node.child_by_field_name("arguments"))
    else {
        return;
    };
    let name = source(function);
    let mut cursor = arguments.walk();
    let all: Vec<Node<'_>> =
        arguments.named_children(&mut cursor).filter(|child| kind(*child) != Kind::Comment).collect();
    let positional: Vec<Node<'_>> =
        all.iter().copied().filter(|child| kind(*child) != Kind::KeywordArgument).collect();
    let keyword = |wanted: &str| {
        all.iter().find(|child| child.child_by_field_name("name").is_some_and(|name| source(name) == wanted))
    };
    if PATTERNS.contains(&name) {
        let view = positional.get(1).copied().or_else(|| keyword("view")?.child_by_field_name("value"));
        if let Some(view) = view.filter(|view| kind(*view) == Kind::String) {
            conf.text_views.push(span(view));
        }
    }
    if name == "include" {
        let first = positional.first().copied();
        let module = first.filter(|first| kind(*first) == Kind::String).map(|first| {
            Arc::from(source(first).trim_start_matches(['r', 'u', 'b']).trim_matches(['"', '\'']))
        });
        let tuple = first.filter(|first| kind(*first) == Kind::Tuple).map(|first| first.named_child_count());
        conf.includes.push(Include {
            span: span(node),
            module,
            has_namespace: keyword("namespace").is_some() || positional.len() > 1,
            tuple,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_django_no_longer_takes_is_found() {
        let source = "from django.urls import include, re_path\nfrom app import views\nurlpatterns = [\n    \
                      re_path(r'^a$', 'app.views.a', name='a'),\n    re_path(r'^b$', views.b),\n    \
                      re_path(r'^c/', include('app.urls', namespace='c')),\n    re_path(r'^d/', include((x, 'a', 'b'))),\n]\n";
        let text = SourceText::decode("urls.py".into(), source.as_bytes()).unwrap();
        let conf = read(Arc::new(text)).unwrap();
        assert_eq!(conf.text.slice(conf.text_views[0]), "'app.views.a'");
        assert_eq!(conf.text_views.len(), 1);
        assert_eq!(conf.includes.len(), 2);
        assert_eq!(conf.includes[0].module.as_deref(), Some("app.urls"));
        assert!(conf.includes[0].has_namespace && !conf.has_app_name);
        assert_eq!(conf.includes[1].tuple, Some(3));
        assert!(read(Arc::new(SourceText::decode("a.py".into(), b"x = 1").unwrap())).is_none());
    }
}
