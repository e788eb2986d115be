//! NAM002: a field library that contradicts itself.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::config::Config;
use crate::django::FieldLibrary;
use crate::django::field_library::Row;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing, Subject};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};
use crate::source::SourceText;

/// NAM002 field-library-contradiction.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "NAM002",
        name: "field-library-contradiction",
        family: "naming",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/naming/field-library-contradiction.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    let mut seen = BTreeSet::new();
    for library in workspace.projects.iter().map(|project| &project.field_library) {
        if let Some(text) = &library.source
            && seen.insert(text.path.clone())
        {
            check_library(library, text, emit);
        }
    }
}

fn check_library(library: &FieldLibrary, text: &SourceText, emit: &mut Emit<'_>) {
    let mut standards: HashMap<&str, &Row> = HashMap::new();
    for row in &library.rows {
        standards.entry(&row.standard).or_insert(row);
    }
    for (at, row) in library.rows.iter().enumerate() {
        for name in &row.wrong {
            if let Some(standard) = standards.get(name.as_ref()) {
                report_standard(row, name, standard, text, emit);
            }
            // The last row that lists the name is the one that counts; it carries the finding.
            let listed = library.wrong.get(name).map(Vec::as_slice).unwrap_or_default();
            let verdict = library.verdict(name);
            if let (Some(other), true) = (verdict.and_then(|it| it.other), listed.last() == Some(&at)) {
                let earlier =
                    listed.iter().filter_map(|at| library.rows.get(*at)).find(|row| row.standard == *other);
                report_two(row, name, other, earlier, text, emit);
            }
        }
    }
}

fn report_two(
    row: &Row,
    name: &Arc<str>,
    other: &Arc<str>,
    earlier: Option<&Row>,
    text: &SourceText,
    emit: &mut Emit<'_>,
) {
    let standard = &row.standard;
    let message = Bilingual::new(
        format!("`{name}` is listed as a wrong name under both `{other}` and `{standard}`"),
        format!("错误名 `{name}` 同时列在 `{other}` 和 `{standard}` 之下"),
    );
    let finding = emit.at(text, row.span_of(name, text), message);
    finding.help = Bilingual::new(
        format!(
            "Fields of this name are told to become `{standard}`, since the last row counts. Keep it in one row only."
        ),
        format!("以最后一行为准，同名字段会被建议改为 `{standard}`。请只保留在其中一行。"),
    );
    finding.subject = Subject { field: Some(name.clone()), ..Subject::default() };
    finding.suggestion = Some(standard.clone());
    if let Some(earlier) = earlier {
        let label = Bilingual::new("it also stands here", "这里也列出了它");
        finding.related.push((Place::new(text, earlier.span_of(name, text)), label));
    }
}

fn report_standard(row: &Row, name: &Arc<str>, standard: &Row, text: &SourceText, emit: &mut Emit<'_>) {
    let message = Bilingual::new(
        format!("`{name}` is a standard name, and a wrong name under `{}`", row.standard),
        format!("`{name}` 既是标准名，又是 `{}` 之下的错误名", row.standard),
    );
    let finding = emit.at(text, row.span_of(name, text), message);
    finding.help = Bilingual::new(
        "Fields of this name are reported although the library recommends it. Take it out of one of the two rows.",
        "字段库推荐此名，同名字段却仍会被报告。请从两行之一中删去。",
    );
    finding.subject = Subject { field: Some(name.clone()), ..Subject::default() };
    finding.discriminator = row.standard.to_string();
    let label = Bilingual::new("it is the standard name here", "这里把它列为标准名");
    finding.related.push((Place::new(text, standard.span_of(name, text)), label));
}
