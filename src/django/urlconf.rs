//! URL configurations: what a module with `urlpatterns` declares, and what Django no longer takes of it.

use std::sync::Arc;

use tree_sitter::Node;

use crate::source::{SourceText, Span};
use crate::syntax::PythonTree;
use crate::syntax::python::{Kind, kind, span};

use super::names::scopes::{Event, Scopes, walk};

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

/// Modules of Django that offer the functions of URL configurations.
const MODULES: [&str; 4] =
    ["django.urls", "django.urls.conf", "django.conf.urls", "django.conf.urls.defaults"];
/// Functions that make a URL pattern.
const PATTERNS: [&str; 3] = ["path", "re_path", "url"];

/// Whether a file can be a URL configuration.
pub fn may_be(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"urlpatterns").is_some()
}

/// Reads a URL configuration, of which `tree` is the tree; `None` when the file is none.
pub fn read(text: Arc<SourceText>, tree: &PythonTree) -> Option<UrlConf> {
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
    let mut scopes = Scopes::collect(root, &text.text);
    walk(root, &mut |event| {
        let node = match event {
            Event::Enter(node) => node,
            Event::Leave(node) => return scopes.leave(node),
        };
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
            Kind::Call => {
                let name = node.child_by_field_name("function").and_then(|it| called(source(it), &scopes));
                if let Some(name) = name {
                    call(node, &name, &source, &mut conf);
                }
            }
            _ => {}
        }
        scopes.enter(node);
    });
    conf.text_views.sort();
    conf.includes.sort_by_key(|include| include.span);
    is_conf.then_some(conf)
}

/// The function of Django that a call names, through aliases; `None` when it is certainly another one.
///
/// What comes by a star import or from a module of the project (which may hand on Django's) counts by its name.
fn called(written: &str, scopes: &Scopes<'_>) -> Option<String> {
    let (root, rest) = written.split_once('.').unwrap_or((written, ""));
    let Some(import) = scopes.import_of(root) else {
        return (rest.is_empty() && !scopes.is_defined(root)).then(|| written.to_owned());
    };
    let path = if rest.is_empty() { import } else { format!("{import}.{rest}") };
    let (module, name) = path.rsplit_once('.')?;
    let foreign = ["os", "pathlib", "posixpath", "ntpath"].contains(&module);
    (MODULES.contains(&module) || (rest.is_empty() && !foreign)).then(|| name.to_owned())
}

fn call<'t>(node: Node<'_>, name: &str, source: &dyn Fn(Node<'_>) -> &'t str, conf: &mut UrlConf) {
    let Some(arguments) = node.child_by_field_name("arguments") else { return };
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

    fn conf_of(text: SourceText) -> Option<UrlConf> {
        let tree = crate::syntax::python::parse(&text);
        read(Arc::new(text), &tree)
    }

    #[test]
    fn what_django_no_longer_takes_is_found() {
        let source = "from django.urls import include, re_path\nfrom app import views\nurlpatterns = [\n    \
                      re_path(r'^a$', 'app.views.a', name='a'),\n    re_path(r'^b$', views.b),\n    \
                      re_path(r'^c/', include('app.urls', namespace='c')),\n    re_path(r'^d/', include((x, 'a', 'b'))),\n]\n";
        let text = SourceText::decode("urls.py".into(), source.as_bytes()).unwrap();
        let conf = conf_of(text).unwrap();
        assert_eq!(conf.text.slice(conf.text_views[0]), "'app.views.a'");
        assert_eq!(conf.text_views.len(), 1);
        assert_eq!(conf.includes.len(), 2);
        assert_eq!(conf.includes[0].module.as_deref(), Some("app.urls"));
        assert!(conf.includes[0].has_namespace && !conf.has_app_name);
        assert_eq!(conf.includes[1].tuple, Some(3));
        assert!(conf_of(SourceText::decode("a.py".into(), b"x = 1").unwrap()).is_none());
    }

    /// How many views given as text and how many includes a configuration has.
    fn counts(head: &str, patterns: &str) -> (usize, usize) {
        let source = format!("{head}\nurlpatterns = [{patterns}]\n");
        let conf = conf_of(SourceText::decode("urls.py".into(), source.as_bytes()).unwrap()).unwrap();
        (conf.text_views.len(), conf.includes.len())
    }

    #[test]
    fn functions_are_found_under_every_name() {
        assert_eq!(
            counts("from django.conf.urls import url as u, include as i", "u('a', 'v.a'), u('b', i('c'))"),
            (1, 1)
        );
        assert_eq!(
            counts(
                "import django.conf.urls as urls",
                "urls.url('a', 'v.a'), urls.url('', urls.include('c'))"
            ),
            (1, 1)
        );
        assert_eq!(counts("from django import urls", "urls.re_path('a', 'v.a')"), (1, 0));
        assert_eq!(counts("import django.urls", "django.urls.path('a', 'v.a')"), (1, 0));
        assert_eq!(counts("from django.conf.urls import url\nre = url", "re('a', 'v.a')"), (1, 0));
        assert_eq!(counts("from .compat import re_path", "re_path('a', 'v.a')"), (1, 0));
        assert_eq!(counts("from django.conf.urls import *", "url('a', 'v.a')"), (1, 0));
        // Another function of that name.
        assert_eq!(counts("def path(a, b): pass", "path('a', 'v.a')"), (0, 0));
        assert_eq!(counts("import os.path as path", "path('a', 'v.a')"), (0, 0));
        assert_eq!(counts("from django.urls import path", "viewset.path('a', 'v.a')"), (0, 0));
    }
}
