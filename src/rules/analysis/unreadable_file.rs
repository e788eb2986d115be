//! ANA003: a file or folder that could not be read.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::{NotAnalysedReason, Workspace};
use crate::rules::{Check, Emit, Rule, path_subject};
use crate::source::ReadError;

/// ANA003 unreadable-file.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ANA003",
        name: "unreadable-file",
        family: "analysis",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/analysis/unreadable-file.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for item in &workspace.not_analysed {
        let NotAnalysedReason::Read(error) = &item.why else { continue };
        let why = item.why.describe();
        let message =
            Bilingual::new(format!("this could not be read: {}", why.en), format!("无法读取：{}", why.zh));
        if matches!(error, ReadError::Link(_)) {
            // Python meets the same dead end, and the files that the link was meant to lead to are found by
            // themselves when they are in the repository.
            emit.graded(Severity::Info);
        }
        let finding = emit.at_path(&item.path, message);
        finding.subject = path_subject(workspace, &item.path);
        finding.help = Bilingual::new(
            "Nothing below this path was checked. Make it readable, or leave it out with `exclude` in the \
             configuration.",
            "此路径下的内容都未检查。请使其可读，或在配置的 `exclude` 中将其排除。",
        );
    }
}
