//! ANA001: a file that Python cannot parse.

use crate::config::Config;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, other_file_subject};

/// ANA001 syntax-error.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ANA001",
        name: "syntax-error",
        family: "analysis",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/analysis/syntax-error.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for other in &project.other_files {
        let Outcome::SyntaxError(problem) = &other.file.outcome else { continue };
        let message = Bilingual::new(
            format!("Python cannot parse this file: {}", problem.message.en),
            format!("Python 无法解析本文件：{}", problem.message.zh),
        );
        let finding = emit.at(&other.file.text, problem.span, message);
        finding.help = match other.ignored_name {
            false => Bilingual::new(
                "Django imports every migration at start; until this is repaired, no migration of the project can run. \
                 What the file does was not checked.",
                "Django 启动时会导入所有迁移；修复之前，项目的任何迁移都无法执行。本文件的内容未经检查。",
            ),
            true => Bilingual::new(
                "Django does not load a file with this name itself, but a migration that imports it stops all others too. \
                 What the file does was not checked.",
                "Django 自身不会加载此名称的文件，但只要有迁移导入它，所有迁移都无法执行。本文件的内容未经检查。",
            ),
        };
        finding.subject = other_file_subject(project, other);
    }
}
