//! PIN001: a line that pip or the tool that reads the file would refuse.

use crate::config::Config;
use crate::findings::{Bilingual, Edit, Fix, RuleId, Severity, Standing};
use crate::pins::inventory::PinFile;
use crate::pins::requirement::respelt;
use crate::pins::{Problem, ProblemKind};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::{FileKind, Span};

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
            finding.fix = fix(file, problem);
        }
    }
}

/// Signs that are misspelt in an otherwise sound line.
fn fix(file: &PinFile, problem: &Problem) -> Option<Fix> {
    let text = &file.text;
    let line = text.line(text.line_column(problem.span.start).line);
    if file.kind != FileKind::Requirements || problem.kind != ProblemKind::Requirement || line.ends_with('\\')
    {
        return None;
    }
    let written = text.slice(problem.span);
    let respelt = respelt(written)?;
    let title = Bilingual::new(format!("write `{respelt}`"), format!("改为 `{respelt}`"));
    // Of what stays the same nothing is touched.
    let same = |(a, b): &(char, char)| a == b;
    let length = |pairs: usize, chars: &mut dyn Iterator<Item = char>| {
        chars.take(pairs).map(char::len_utf8).sum::<usize>()
    };
    let head = written.chars().zip(respelt.chars()).take_while(same).count();
    let shorter = written.chars().count().min(respelt.chars().count()) - head;
    let tail = written.chars().rev().zip(respelt.chars().rev()).take(shorter).take_while(same).count();
    let (head, tail) = (length(head, &mut written.chars()), length(tail, &mut written.chars().rev()));
    let span = Span { start: problem.span.start + head as u32, end: problem.span.end - tail as u32 };
    let replacement = respelt.get(head..respelt.len() - tail)?;
    Some(Fix::Safe { title, edits: vec![Edit::new(text, span, replacement)] })
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
