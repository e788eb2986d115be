//! NAM004: a field library of which a part cannot be used.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

/// NAM004 invalid-field-library.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "NAM004",
        name: "invalid-field-library",
        family: "naming",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/naming/invalid-field-library.md"),
    check: Check::Workspace(check),
};

/// How many rows of one library are reported one by one; a file of another shape has thousands.
const SHOWN: usize = 10;

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    report_problems(workspace, emit);
    let unused: BTreeSet<(&Arc<str>, Option<&Arc<str>>)> = workspace
        .projects
        .iter()
        .flat_map(|project| {
            let used = project.field_library.path.as_ref();
            project.unused_field_libraries.iter().map(move |path| (path, used))
        })
        .collect();
    for (path, used) in unused {
        let used = used.map_or("", AsRef::as_ref);
        let message = Bilingual::new(
            format!("this field library does not count: fields are held against `{used}`"),
            format!("这个字段库不起作用：字段名按 `{used}` 核对"),
        );
        emit.graded(Severity::Warning).at_path(path, message).help = Bilingual::new(
            "Remove one of the two, or name the one that counts with `field-library` in the configuration.",
            "请删除其中一个，或在配置的 `field-library` 中指明以哪个为准。",
        );
    }
}

fn report_problems(workspace: &Workspace, emit: &mut Emit<'_>) {
    let mut seen = BTreeSet::new();
    for library in workspace.projects.iter().map(|project| &project.field_library) {
        let Some(path) = &library.path else { continue };
        if !seen.insert(path.clone()) {
            continue;
        }
        for (at, problem) in library.problems.iter().take(SHOWN).enumerate() {
            let mut text = problem.kind.text();
            let hidden = library.problems.len().saturating_sub(SHOWN);
            if at + 1 == SHOWN && hidden > 0 {
                text.en.push_str(&format!(" (and {hidden} more rows)"));
                text.zh.push_str(&format!("（另有 {hidden} 行）"));
            }
            let message = Bilingual::new(
                format!("this part of the field library cannot be used: {}", text.en),
                format!("字段库的这一部分无法使用：{}", text.zh),
            );
            let finding = match &library.source {
                Some(source) => emit.at(source, problem.span, message),
                None => emit.at_path(path, message),
            };
            finding.help = Bilingual::new(
                "A row is `standard name,description,\"wrong name,wrong name\"`. No field is held against this part \
                 until it is repaired.",
                "每行的写法是 `标准名,说明,\"错误名,错误名\"`。修复之前，不会用这一部分核对字段名。",
            );
            finding.discriminator = problem.kind.to_string();
        }
    }
}
