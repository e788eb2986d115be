//! CFG001: a configuration file that its reader refuses.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG001 config-syntax.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG001",
        name: "config-syntax",
        family: "config-files",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/config-syntax.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for document in workspace.deployment.documents() {
        let Some((span, why)) = &document.fault else { continue };
        let kind = if document.text.path.ends_with(".json") { "JSON" } else { "YAML" };
        let message = Bilingual::new(
            format!("this file is no sound {kind}, so what reads it fails: {}", why.en),
            format!("本文件不是合法的 {kind}，读取它的程序会失败：{}", why.zh),
        );
        let finding = emit.at(&document.text, *span, message);
        finding.help = Bilingual::new(
            "Repair it. What the file says was not checked.",
            "请修复。本文件的内容未经检查。",
        );
        finding.subject = path_subject(workspace, &document.text.path);
    }
}
