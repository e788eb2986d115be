//! What stands under the cursor: the page of the rule that found something there, the SQL of the operation.

use std::path::Path;

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};

use super::judged::Judged;
use super::positions::{self, Encoding};
use crate::django::{Migration, Operation};
use crate::findings::Lang;
use crate::project::Project;
use crate::report::editor;
use crate::report::inspect::{self, sql};
use crate::rules::Basis;
use crate::source::Span;

/// An operation of a migration.
pub(super) struct Found<'a> {
    pub(super) project: &'a Project,
    pub(super) migration: &'a Migration,
    pub(super) operation: &'a Operation,
}

/// The answer for a position of a file.
pub(super) fn at(judged: &Judged, disk: &Path, position: Position, encoding: Encoding) -> Option<Hover> {
    let path = judged.path(disk)?;
    let text = judged.text(&path)?;
    let offset = positions::offset(text, position, encoding);
    let lang = judged.run.report.lang;
    let mut parts: Vec<String> = Vec::new();
    let mut codes: Vec<&str> = Vec::new();
    let mut shown: Option<Span> = None;
    for finding in judged.findings(&path) {
        let span = finding.place.span;
        let here = !finding.place.is_whole_file() && span.start <= offset && offset <= span.end;
        if here && !codes.contains(&finding.rule.code) {
            codes.push(finding.rule.code);
            shown = shown.or(Some(span));
            parts.push(editor::rule_page(finding.rule, lang));
        }
    }
    if let Some((text, span)) = statements(judged, &path, offset, lang) {
        shown = shown.or(Some(span));
        // What the operation runs comes first: it is short.
        parts.insert(0, text);
    }
    if parts.is_empty() {
        return None;
    }
    let value = parts.join("\n\n---\n\n");
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: shown.map(|span| positions::range(text, span, encoding)),
    })
}

/// The statements of the operation at a byte of a file, or of the migration whose class is named there.
fn statements(judged: &Judged, path: &str, offset: u32, lang: Lang) -> Option<(String, Span)> {
    let (project, migration, index, span) = match operation_at(judged, path, offset) {
        Some(Found { project, migration, operation }) => {
            (project, migration, Some(operation.index), operation.callee)
        }
        None => {
            let (project, migration) = migration_of(judged, path)?;
            let name = migration.file.class_name;
            if !(name.start <= offset && offset <= name.end) || name == Span::default() {
                return None;
            }
            (project, migration, None, name)
        }
    };
    let basis = Basis::of(project, &judged.run.config);
    let asked = sql::Asked {
        snapshot: &judged.run.workspace.snapshot,
        server: basis.server.clone(),
        django: basis.django,
        only: inspect::Only::default(),
    };
    let wanted = |app: &str, name: &str| *migration.app == *app && *migration.name == *name;
    let entries = sql::entries_of(project, &asked, &wanted);
    let entries: Vec<_> = entries.iter().filter(|entry| index.is_none() || entry.op_index == index).collect();
    if entries.is_empty() {
        return None;
    }
    let comma = if lang == Lang::En { ", " } else { "，" };
    let server = format!("{}{comma}Django {}", basis.describe().get(lang), basis.django);
    Some((editor::statements(entries, &server, lang), span))
}

/// The operation whose call holds a byte of a file, the innermost one.
pub(super) fn operation_at<'a>(judged: &'a Judged, path: &str, offset: u32) -> Option<Found<'a>> {
    let (project, migration) = migration_of(judged, path)?;
    let all = migration.file.operations.iter().flat_map(|operation| operation.walk());
    let holds = |operation: &&Operation| operation.span.start <= offset && offset <= operation.span.end;
    let operation = all.filter(holds).min_by_key(|operation| operation.span.end - operation.span.start)?;
    Some(Found { project, migration, operation })
}

fn migration_of<'a>(judged: &'a Judged, path: &str) -> Option<(&'a Project, &'a Migration)> {
    judged.run.workspace.projects.iter().find_map(|project| {
        let found = project.migrations.iter().find(|migration| *migration.file.text.path == *path)?;
        Some((project, found))
    })
}
