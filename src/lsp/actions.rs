//! What can be done about findings: the safe fix of the rule, and the comment that accepts it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit, TextEdit, Url, WorkspaceEdit,
};

use super::documents::Documents;
use super::hover::operation_at;
use super::judged::Judged;
use super::positions::{self, Encoding};
use super::{diagnostics, server::Abilities};
use crate::findings::{Edit, Finding, Fix, Lang};
use crate::triage::insert::ignore_comment;

/// The actions for the findings that `range` of a file touches.
pub(super) fn at(
    judged: &Judged,
    disk: &Path,
    range: Range,
    documents: &Documents,
    encoding: Encoding,
    abilities: Abilities,
) -> Vec<CodeActionOrCommand> {
    let Some(path) = judged.path(disk) else { return Vec::new() };
    let text = judged.text(&path);
    let touched = judged.findings(&path).filter(|finding| {
        let own = positions::place(text.map(AsRef::as_ref), &finding.place, encoding);
        own.start <= range.end && range.start <= own.end
    });
    let mut out = Vec::new();
    for finding in touched {
        let mut push = |title: String, edits: &[Edit], is_preferred: bool| {
            let Some(edit) = workspace_edit(judged, edits, documents, encoding, abilities) else { return };
            out.push(CodeActionOrCommand::CodeAction(CodeAction {
                title,
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostics::diagnostic(
                    judged,
                    finding,
                    encoding,
                    abilities.related,
                )]),
                edit: Some(edit),
                is_preferred: is_preferred.then_some(true),
                ..CodeAction::default()
            }));
        };
        let lang = judged.run.report.lang;
        if let Some(Fix::Safe { title, edits }) = &finding.fix {
            push(format!("{}: {}", finding.rule.code, title.get(lang)), edits, true);
        }
        if let Some(edit) = ignore(judged, finding) {
            let code = finding.rule.code;
            let title = match lang {
                Lang::En => format!("{code}: accept it here with a comment"),
                Lang::Zh => format!("{code}：用注释在此处接受"),
            };
            push(title, &[edit], false);
        }
    }
    out
}

/// The comment that accepts a finding.
fn ignore(judged: &Judged, finding: &Finding) -> Option<Edit> {
    let text = judged.text(&finding.place.path)?;
    let operation =
        operation_at(judged, &finding.place.path, finding.place.span.start).map(|it| it.operation.span);
    let reason = match judged.run.report.lang {
        Lang::En => "reason",
        Lang::Zh => "理由",
    };
    ignore_comment(text, finding, operation, reason)
}

/// Edits as the editor takes them; those of buffers with the version that they were made for.
fn workspace_edit(
    judged: &Judged,
    edits: &[Edit],
    documents: &Documents,
    encoding: Encoding,
    abilities: Abilities,
) -> Option<WorkspaceEdit> {
    let mut by_file: BTreeMap<Url, (Option<i32>, Vec<TextEdit>)> = BTreeMap::new();
    for edit in edits {
        let disk = judged.disk(&edit.text.path);
        let open = documents.get(&disk);
        let uri = match open {
            Some(document) => document.uri.clone(),
            None => Url::from_file_path(&disk).ok()?,
        };
        let file = by_file.entry(uri).or_insert_with(|| (open.map(|it| it.version), Vec::new()));
        let range = positions::range(&edit.text, edit.span, encoding);
        file.1.push(TextEdit { range, new_text: edit.replacement.to_string() });
    }
    if !abilities.document_changes {
        let changes: HashMap<Url, Vec<TextEdit>> =
            by_file.into_iter().map(|(uri, (_, edits))| (uri, edits)).collect();
        return Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() });
    }
    let changes = by_file.into_iter().map(|(uri, (version, edits))| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    let document_changes = Some(DocumentChanges::Edits(changes.collect()));
    Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() })
}
