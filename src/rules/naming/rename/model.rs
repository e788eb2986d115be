//! The names of a field in the class of its model.

use std::sync::Arc;

use crate::findings::{Bilingual, Edit};
use crate::source::{SourceText, Span};
use crate::syntax::python::{self, PythonTree};

use super::class_names::{ClassNames, children, slice};
use super::mentions;
use super::{Refusal, Rename, used_elsewhere};

/// The class of a model that defines the field.
pub(super) struct ModelClass {
    /// The file.
    pub(super) text: Arc<SourceText>,
    tree: PythonTree,
    /// Name and span of the class.
    span: Span,
}

/// Finds the class in `models.py` or below `models/` of the app.
///
/// # Errors
/// Unless exactly one class of that name is there.
pub(super) fn find(rename: &Rename<'_>) -> Result<ModelClass, Refusal> {
    let Some(app) = rename.project.apps.get(rename.app) else { return Err(no_class(rename, "models")) };
    let start = if app.path.is_empty() { String::new() } else { format!("{}/", app.path) };
    let (module, package) = (format!("{start}models.py"), format!("{start}models/"));
    let snapshot = &rename.workspace.snapshot;
    let files = snapshot
        .files
        .iter()
        .filter(|entry| entry.kind.is_python())
        .filter(|entry| *entry.path == *module || entry.path.starts_with(&package));
    let mut found = Vec::new();
    for entry in files {
        let Some(text) =
            snapshot.read(entry).ok().and_then(|bytes| SourceText::decode(entry.path.clone(), &bytes).ok())
        else {
            let path = &entry.path;
            return Err(Bilingual::new(
                format!("{path} could not be read, and may define the model"),
                format!("{path} 无法读取，其中可能定义了该模型"),
            ));
        };
        // A tree costs far more than a look at the words.
        if !names_in_any_case(&text.text, rename.model) {
            continue;
        }
        let tree = python::parse(&text);
        let spans: Vec<Span> = tree
            .root()
            .into_iter()
            .flat_map(|root| children(root, "class_definition"))
            .filter(|class| {
                class
                    .child_by_field_name("name")
                    .is_some_and(|name| slice(&text, name).eq_ignore_ascii_case(rename.model))
            })
            .map(python::span)
            .collect();
        let text = Arc::new(text);
        found.extend(spans.into_iter().map(|span| ModelClass {
            text: text.clone(),
            tree: tree.clone(),
            span,
        }));
    }
    match found.len() {
        1 => found.pop().ok_or_else(|| no_class(rename, &module)),
        0 => Err(no_class(rename, &format!("{module}, {package}"))),
        _ => Err(Bilingual::new(
            format!("several classes below {start}models are called as model `{}`", rename.model),
            format!("{start}models 下有多个类与模型 `{}` 同名", rename.model),
        )),
    }
}

/// Whether a text holds a name, in any case of its letters.
fn names_in_any_case(text: &str, name: &str) -> bool {
    let name = name.as_bytes();
    text.as_bytes().windows(name.len().max(1)).any(|part| part.eq_ignore_ascii_case(name))
}

fn no_class(rename: &Rename<'_>, place: &str) -> Refusal {
    let model = rename.model;
    Bilingual::new(
        format!("the class of model `{model}` was not found ({place}), and it has to be renamed there too"),
        format!("未找到模型 `{model}` 的类（{place}），那里也须改名"),
    )
}

impl ModelClass {
    /// The edits of the file of the model.
    ///
    /// # Errors
    /// When the class does not define the field itself, or the file names it in a way that is not understood.
    pub(super) fn edits(&self, rename: &Rename<'_>) -> Result<Vec<Edit>, Refusal> {
        let (text, old, new) = (&self.text, rename.old, rename.new);
        let mut names = ClassNames::new(text, old);
        let root = self.tree.root();
        let class = root.into_iter().flat_map(|root| children(root, "class_definition"));
        let class = class.into_iter().find(|class| python::span(*class) == self.span);
        let defined = class.is_some_and(|class| names.of_class(class));
        let place = format!("{}:{}", text.path, text.line_column(self.span.start).line);
        if self.tree.has_error() {
            let path = &text.path;
            return Err(Bilingual::new(format!("{path} holds a syntax error"), format!("{path} 有语法错误")));
        }
        if !defined {
            return Err(Bilingual::new(
                format!(
                    "the class at {place} does not define `{old}` itself, so where it is defined is not known"
                ),
                format!("{place} 处的类没有直接定义 `{old}`，无法得知定义在何处"),
            ));
        }
        if let Some(at) = names.nameless {
            let line = text.line_column(at.start).line;
            let path = &text.path;
            return Err(Bilingual::new(
                format!(
                    "the index or constraint at {path}:{line} has no name of its own: Django computes it from the field, so another migration would be needed"
                ),
                format!("{path}:{line} 处的索引或约束没有写明名称：其名称由字段算出，改名后还需要另一个迁移"),
            ));
        }
        if !mentions::in_python(text.slice(self.span), new).is_empty() {
            return Err(Bilingual::new(
                format!("the class at {place} uses the name `{new}` already"),
                format!("{place} 处的类已使用名称 `{new}`"),
            ));
        }
        let found = mentions::in_python(&text.text, old);
        let (own, rest): (Vec<Span>, Vec<Span>) =
            found.into_iter().partition(|span| mentions::is_in(*span, &names.own));
        let unclear: Vec<_> = rest
            .into_iter()
            .filter(|span| !mentions::is_in(*span, &names.other))
            .map(|span| mentions::mention(text, span))
            .collect();
        match unclear.is_empty() {
            true => Ok(own.into_iter().map(|span| Edit::new(text, span, new.clone())).collect()),
            false => Err(used_elsewhere(old, &unclear)),
        }
    }
}
