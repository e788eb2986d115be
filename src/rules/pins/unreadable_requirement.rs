//! PIN001: a line that pip or the tool that reads the file would refuse.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::{Problem, ProblemKind};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

/// PIN001 unreadable-requirement.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN001",
        name: "unreadable-requirement",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/unreadable-requirement.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for file in &project.pins.inventory.files {
        for problem in &file.declared.problems {
            let finding = emit.at(&file.text, problem.span, message(problem));
            finding.subject.project = Some(project.name.clone());
            finding.discriminator = problem.detail.to_string();
            finding.help = Bilingual::new(
                "Nothing that stands here was judged. Repair it, or remove it if nobody needs it.",
                "此处内容没有经过检查。请修正；如已无用，请删除。",
            );
        }
    }
}

fn message(problem: &Problem) -> Bilingual {
    let detail = &problem.detail;
    match problem.kind {
        ProblemKind::Requirement => {
            Bilingual::new(format!("not a requirement: {detail}"), format!("不是有效的依赖声明：{detail}"))
        }
        ProblemKind::Option => Bilingual::new(
            format!("pip does not take this in a requirement file: {detail}"),
            format!("pip 不接受依赖文件里的这种写法：{detail}"),
        ),
        ProblemKind::File => {
            Bilingual::new(format!("the file cannot be read: {detail}"), format!("无法读取该文件：{detail}"))
        }
        ProblemKind::GroupCycle => Bilingual::new(
            format!("dependency groups include each other: {detail}"),
            format!("依赖组互相包含：{detail}"),
        ),
        ProblemKind::MissingGroup => Bilingual::new(
            format!("the dependency group is not defined: {detail}"),
            format!("依赖组没有定义：{detail}"),
        ),
    }
}
