//! The names of a field in the migrations of the change.

use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, Edit};
use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::mentions::{self, is_in};
use super::{Refusal, Rename, used_elsewhere};

/// Options of a model that list names of its fields.
pub(super) const FIELD_OPTIONS: [&str; 5] =
    ["unique_together", "index_together", "ordering", "get_latest_by", "order_with_respect_to"];

/// Options of a model and arguments of a field that hold words, names of other things, or data.
pub(super) const OTHER_WORDS: [&str; 13] = [
    "verbose_name",
    "verbose_name_plural",
    "help_text",
    "db_comment",
    "db_column",
    "db_table",
    "db_table_comment",
    "related_name",
    "related_query_name",
    "default",
    "choices",
    "permissions",
    "default_related_name",
];

/// The edits of one migration.
pub(super) fn edits(rename: &Rename<'_>, migration: &Migration) -> Result<Vec<Edit>, Refusal> {
    let text = &migration.file.text;
    let found = mentions::in_python(&text.text, rename.old);
    let mut names = Names { rename, own_app: *migration.app == *rename.app, ..Names::new(rename) };
    for operation in migration.file.operations.iter().flat_map(|operation| operation.walk()) {
        names.of_operation(operation);
    }
    let dependencies = migration.file.dependencies.iter().chain(&migration.file.run_before);
    names.other.extend(dependencies.map(|dependency| dependency.span));
    let (own, rest): (Vec<Span>, Vec<Span>) = found.into_iter().partition(|span| is_in(*span, &names.own));
    let unclear: Vec<_> = rest.into_iter().filter(|span| !is_in(*span, &names.other)).collect();
    if !unclear.is_empty() {
        let unclear: Vec<_> = unclear.into_iter().map(|span| mentions::mention(text, span)).collect();
        return Err(used_elsewhere(rename.old, &unclear));
    }
    // A name that is put together, or escaped, or looked up, is not where the value is used.
    if let Some(hidden) = names.own.iter().find(|name| !own.iter().any(|span| is_in(*span, &[**name]))) {
        let place = mentions::mention(text, *hidden);
        return Err(Bilingual::new(
            format!("the name at {}:{} is not written there as one word", place.path, place.line),
            format!("{}:{} 处的名称不是直接写出的", place.path, place.line),
        ));
    }
    Ok(own.into_iter().map(|span| Edit::new(text, span, rename.new.clone())).collect())
}

/// Where a migration names fields: those of the model, and those of others.
struct Names<'a> {
    rename: &'a Rename<'a>,
    own_app: bool,
    own: Vec<Span>,
    other: Vec<Span>,
}

impl<'a> Names<'a> {
    fn new(rename: &'a Rename<'a>) -> Self {
        Self { rename, own_app: false, own: Vec::new(), other: Vec::new() }
    }

    fn of_operation(&mut self, operation: &Operation) {
        use OperationKind::*;
        let model = match operation.kind {
            CreateModel
            | AlterUniqueTogether
            | AlterIndexTogether
            | AlterModelOptions
            | AlterOrderWithRespectTo => "name",
            AddField | AlterField | RemoveField | RenameField | AddIndex | RemoveIndex | RenameIndex
            | AddConstraint | RemoveConstraint | AlterConstraint => "model_name",
            _ => return,
        };
        // Of a model that is not known nothing is said; a mention there stays unclear.
        let Some(model) = operation.arg(model).and_then(Expr::as_str) else { return };
        let is_own = self.own_app && model.eq_ignore_ascii_case(self.rename.model);
        for (parameter, value) in &operation.args {
            match (operation.kind, parameter.as_ref()) {
                (CreateModel, "fields") => self.fields(value, is_own),
                (CreateModel | AlterModelOptions, "options") => self.options(value, is_own),
                (AddField | AlterField | RemoveField, "name")
                | (RenameField, "old_name" | "new_name")
                | (RenameIndex, "old_fields")
                | (AlterUniqueTogether, "unique_together")
                | (AlterIndexTogether, "index_together")
                | (AlterOrderWithRespectTo, "order_with_respect_to") => self.names(value, is_own),
                (AddField | AlterField, "field") => self.call(value, is_own),
                (AddIndex, "index") | (AddConstraint | AlterConstraint, "constraint") => {
                    self.call(value, is_own)
                }
                (RemoveIndex | RemoveConstraint | AlterConstraint, "name")
                | (RenameIndex, "old_name" | "new_name") => self.other.push(value.span),
                _ => {}
            }
        }
    }

    /// The pairs of `CreateModel(fields=…)`.
    fn fields(&mut self, fields: &Expr, is_own: bool) {
        for pair in fields.elements().unwrap_or_default() {
            if let Some([name, field]) = pair.elements() {
                self.names(name, is_own);
                self.call(field, is_own);
            }
        }
    }

    fn options(&mut self, options: &Expr, is_own: bool) {
        let Value::Dict(entries) = &options.value else { return };
        for (key, value) in entries.iter() {
            match key.as_str() {
                Some(key) if FIELD_OPTIONS.contains(&key) => self.names(value, is_own),
                Some("indexes" | "constraints") => {
                    value.elements().unwrap_or_default().iter().for_each(|one| self.call(one, is_own));
                }
                Some(key) if OTHER_WORDS.contains(&key) => self.other.push(value.span),
                _ => {}
            }
        }
    }

    /// A field, an index or a constraint.
    fn call(&mut self, value: &Expr, is_own: bool) {
        let Value::Call(call) = &value.value else { return };
        for arg in &call.args {
            let crate::syntax::ArgKind::Keyword(key) = &arg.kind else { continue };
            match key.as_ref() {
                "fields" | "include" => self.names(&arg.value, is_own),
                "name" => self.other.push(arg.value.span),
                key if OTHER_WORDS.contains(&key) => self.other.push(arg.value.span),
                _ => {}
            }
        }
    }

    /// The strings of a value that are names of fields; of another model all of them.
    fn names(&mut self, value: &Expr, is_own: bool) {
        if !is_own {
            self.other.push(value.span);
            return;
        }
        if let Some(text) = value.as_str()
            && text.strip_prefix('-').unwrap_or(text) == self.rename.old.as_ref()
        {
            self.own.push(value.span);
        }
        for inner in value.elements().unwrap_or_default() {
            self.names(inner, is_own);
        }
    }
}
