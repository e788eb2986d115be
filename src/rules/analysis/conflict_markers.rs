//! ANA002: merge conflict markers that were committed.

use crate::config::Config;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, other_file_subject};

/// ANA002 conflict-markers.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ANA002",
        name: "conflict-markers",
        family: "analysis",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/analysis/conflict-markers.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for other in &project.other_files {
        let Outcome::ConflictMarkers(span) = &other.file.outcome else { continue };
        let message = Bilingual::new(
            "the file still holds the markers of a merge conflict",
            "文件里还留着合并冲突的标记",
        );
        let finding = emit.at(&other.file.text, *span, message);
        finding.help = Bilingual::new(
            "Decide for one side, or keep both as two migrations and join them with `manage.py makemigrations --merge`. \
             What the file does was not checked.",
            "保留其中一方；或把两方保留为两个迁移，再用 `manage.py makemigrations --merge` 合并。本文件的内容未经检查。",
        );
        finding.subject = other_file_subject(project, other);
    }
}
