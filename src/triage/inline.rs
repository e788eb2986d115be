//! Inline ignores: hides what comments ask to hide, and reports comments that hide nothing or cannot be read.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use rayon::prelude::*;

use super::Judge;
use super::comments;
use super::directive::{self, Directive};
use crate::config::selector;
use crate::django::Migration;
use crate::findings::{Bilingual, Edit, Finding, Fix, Subject, Suppressed};
use crate::project::{Project, Workspace};
use crate::rules::suppression::{bad_ignore, unused_ignore};
use crate::source::{SourceText, Span};

/// Marks the findings that a comment hides, and returns the findings on the comments themselves.
pub(super) fn apply(judge: &Judge<'_>, workspace: &Workspace, findings: &mut [Finding]) -> Vec<Finding> {
    let texts: Vec<&Arc<SourceText>> = workspace.texts.values().collect();
    let files: Vec<File<'_>> = texts.into_par_iter().filter_map(|text| File::read(text, judge)).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let by_path: HashMap<&str, usize> =
        files.iter().enumerate().map(|(at, file)| (file.text.path.as_ref(), at)).collect();
    let migrations = migrations_by_path(workspace, &by_path);
    let mut used: Vec<Vec<Vec<bool>>> = files.iter().map(File::unused).collect();
    for finding in findings.iter_mut() {
        let Some(at) = by_path.get(finding.place.path.as_ref()).copied() else { continue };
        let call = finding.subject.operation_index.and_then(|index| {
            let (_, migration) = migrations.get(finding.place.path.as_ref())?;
            operation_span(migration, index)
        });
        files[at].hide(finding, call, &mut used[at]);
    }
    let mut out = Vec::new();
    for (file, used) in files.iter().zip(&used) {
        let subject = migrations.get(file.text.path.as_ref()).map(|(project, migration)| Subject {
            project: Some(project.name.clone()),
            app: Some(migration.app.clone()),
            migration: Some(migration.name.clone()),
            ..Subject::default()
        });
        let is_merged = migrations
            .get(file.text.path.as_ref())
            .is_some_and(|(project, migration)| !crate::rules::change::is_pending(project, migration));
        file.report(judge, used, &subject.unwrap_or_default(), is_merged, &mut out);
    }
    out
}

/// A file with at least one directive, sound or not.
struct File<'a> {
    text: &'a Arc<SourceText>,
    directives: Vec<Directive>,
    faults: Vec<(Span, directive::Fault)>,
}

impl<'a> File<'a> {
    fn read(text: &'a Arc<SourceText>, judge: &Judge<'_>) -> Option<Self> {
        let comments = comments::of(text);
        if comments.is_empty() {
            return None;
        }
        let (directives, faults) = directive::read(text, &comments, judge.catalogue);
        (!directives.is_empty() || !faults.is_empty()).then_some(Self { text, directives, faults })
    }

    /// For every selector of every directive whether it hid something: nothing yet.
    fn unused(&self) -> Vec<Vec<bool>> {
        self.directives.iter().map(|directive| vec![false; directive.selectors.len()]).collect()
    }

    /// Hides `finding` where a directive says so. Every directive that would hide it counts as used.
    fn hide(&self, finding: &mut Finding, call: Option<Span>, used: &mut [Vec<bool>]) {
        let own = finding.place.start.line..=last_line(finding);
        let call = call.map(|span| self.lines(span));
        for (directive, used) in self.directives.iter().zip(used) {
            let beside = |lines: &RangeInclusive<u32>| {
                lines.contains(&directive.line) || directive.above == Some(*lines.start())
            };
            // A comment inside a call speaks of its own line; only a finding on the call as a whole is hidden from
            // anywhere in it. Else one field's excuse would hide every field of a model.
            let around = |lines: &RangeInclusive<u32>| {
                if own.start() == lines.start() {
                    return beside(lines);
                }
                directive.line == *lines.start()
                    || directive.line == *lines.end()
                    || directive.above == Some(*lines.start())
            };
            if !directive.whole_file && !beside(&own) && !call.as_ref().is_some_and(around) {
                continue;
            }
            for (selector, used) in directive.selectors.iter().zip(used) {
                if selector::matches(&selector.text, finding.rule) {
                    *used = true;
                    let Directive { line, reason, .. } = directive;
                    finding
                        .suppressed
                        .get_or_insert_with(|| Suppressed::Inline { line: *line, reason: reason.clone() });
                }
            }
        }
    }

    /// The directive without the rules that hide nothing: all of it where none is left, with its line where that holds
    /// nothing else.
    fn without_unused(&self, directive: &Directive, used: &[bool], judge: &Judge<'_>) -> Fix {
        let goes = |selector: &str, used: bool| !used && judge.could_tell(selector);
        let kept: Vec<&str> = directive
            .selectors
            .iter()
            .zip(used)
            .filter(|(selector, used)| !goes(&selector.text, **used))
            .map(|(selector, _)| selector.text.as_str())
            .collect();
        let title = Bilingual::new("remove the ignore that hides nothing", "删除没有作用的忽略");
        let unread = self
            .faults
            .iter()
            .any(|(span, _)| directive.span.start <= span.start && span.end <= directive.span.end);
        if unread || directive.reason.contains('#') {
            return Fix::Refused(Bilingual::new(
                "the comment also holds something else: a rule that is not known, or a second comment",
                "该注释还含有其他内容：未知的规则或另一条注释",
            ));
        }
        if !kept.is_empty() {
            let edits = vec![Edit::new(self.text, directive.list, kept.join(", "))];
            return Fix::Safe { title, edits };
        }
        let line = self.text.line_span(directive.line);
        let mut span = directive.span;
        let before = self.text.slice(Span { start: line.start, end: span.start });
        if before.trim().is_empty() && span.end >= line.end {
            span = Span { start: line.start, end: self.text.line_span(directive.line + 1).start };
        } else {
            span.start -= (before.len() - before.trim_end().len()) as u32;
        }
        Fix::Safe { title, edits: vec![Edit::new(self.text, span, "")] }
    }

    fn lines(&self, span: Span) -> RangeInclusive<u32> {
        self.text.line_column(span.start).line..=self.text.line_column(span.end).line
    }

    fn report(
        &self,
        judge: &Judge<'_>,
        used: &[Vec<bool>],
        subject: &Subject,
        is_merged: bool,
        out: &mut Vec<Finding>,
    ) {
        let first = out.len();
        for (directive, used) in self.directives.iter().zip(used) {
            let fix = match is_merged {
                true => Fix::Refused(Bilingual::new(
                    "it is not known that the base lacks this migration, and applied history is never changed",
                    "无法确定基准中没有此迁移，而已执行的历史不能改动",
                )),
                false => self.without_unused(directive, used, judge),
            };
            for (selector, used) in directive.selectors.iter().zip(used) {
                if !used && judge.could_tell(&selector.text) {
                    judge.emit(&unused_ignore::RULE, out, |emit| {
                        unused_ignore::comment(
                            emit,
                            self.text,
                            selector.span,
                            &selector.text,
                            &directive.reason,
                            fix.clone(),
                        );
                    });
                }
            }
        }
        for (span, fault) in &self.faults {
            judge.emit(&bad_ignore::RULE, out, |emit| bad_ignore::report(emit, self.text, *span, fault));
        }
        for finding in out.iter_mut().skip(first) {
            finding.subject = subject.clone();
        }
    }
}

/// The last line of a finding; a span that ends at the start of a line does not touch it.
fn last_line(finding: &Finding) -> u32 {
    let (start, end) = (finding.place.start, finding.place.end);
    if end.column == 1 && end.line > start.line { end.line - 1 } else { end.line }
}

fn operation_span(migration: &Migration, index: usize) -> Option<Span> {
    migration
        .file
        .operations
        .iter()
        .find(|operation| operation.index == index)
        .map(|operation| operation.span)
}

/// The migrations among these files.
fn migrations_by_path<'w>(
    workspace: &'w Workspace,
    paths: &HashMap<&str, usize>,
) -> HashMap<&'w str, (&'w Project, &'w Migration)> {
    let all = workspace
        .projects
        .iter()
        .flat_map(|project| project.migrations.iter().map(move |migration| (project, migration)));
    all.map(|(project, migration)| (migration.file.text.path.as_ref(), (project, migration)))
        .filter(|(path, _)| paths.contains_key(path))
        .collect()
}
