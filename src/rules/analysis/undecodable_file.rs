//! ANA004: a file whose bytes Python refuses.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::{NotAnalysed, NotAnalysedReason, Workspace};
use crate::rules::{Check, Emit, Rule, path_subject};
use crate::source::FileKind;

/// ANA004 undecodable-file.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ANA004",
        name: "undecodable-file",
        family: "analysis",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/analysis/undecodable-file.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for item in &workspace.not_analysed {
        if !matches!(item.why, NotAnalysedReason::Decode(_)) {
            continue;
        }
        let why = item.why.describe();
        if !FileKind::of_path(&item.path).is_none_or(FileKind::is_python) {
            other_text(workspace, item, &why, emit);
            continue;
        }
        let message = Bilingual::new(
            format!("the bytes of this file are not text that Python accepts: {}", why.en),
            format!("本文件的字节不是 Python 接受的文本：{}", why.zh),
        );
        let finding = emit.at_path(&item.path, message);
        finding.subject = path_subject(workspace, &item.path);
        finding.help = Bilingual::new(
            "Save the file as UTF-8, or name its encoding in the first line, `# -*- coding: gbk -*-`. What the file does \
             was not checked.",
            "请将文件存为 UTF-8，或在首行声明其编码，如 `# -*- coding: gbk -*-`。本文件的内容未经检查。",
        );
    }
}

/// A file that is no Python source: SQL, YAML, JSON, templates.
fn other_text(workspace: &Workspace, item: &NotAnalysed, why: &Bilingual, emit: &mut Emit<'_>) {
    // A folder of templates may hold pictures and archives, in which nothing is replaced.
    if FileKind::of_path(&item.path) == Some(FileKind::Template) {
        emit.graded(Severity::Info);
    }
    let finding = emit.at_path(
        &item.path,
        Bilingual::new(
            format!("the bytes of this file are not text in UTF-8: {}", why.en),
            format!("本文件的字节不是 UTF-8 文本：{}", why.zh),
        ),
    );
    finding.subject = path_subject(workspace, &item.path);
    finding.help = Bilingual::new(
        "Save the file as UTF-8. What it says was not checked.",
        "请将文件存为 UTF-8。本文件的内容未经检查。",
    );
}
