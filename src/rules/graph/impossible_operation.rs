//! GRA014: an operation on a model or field that history does not have.

use crate::config::Config;
use crate::django::state::ProblemKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// GRA014 impossible-operation.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA014",
        name: "impossible-operation",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/impossible-operation.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.listed.iter().filter(|step| !step.operation.conditional) {
        for problem in &step.problems {
            let (key, what) = match &problem.kind {
                ProblemKind::NoModel(key)
                | ProblemKind::ModelExists(key)
                | ProblemKind::RenamedToItself(key)
                | ProblemKind::RenamedBase(key, _) => (key, ""),
                ProblemKind::NoField(key, name)
                | ProblemKind::FieldExists(key, name)
                | ProblemKind::NoIndex(key, name)
                | ProblemKind::NoConstraint(key, name) => (key, name.as_ref()),
                ProblemKind::Unknown(_) => continue,
            };
            if step.before.uncertain(key).is_some() || change.loses_operations(&key.app) {
                continue;
            }
            let (text, class) = (problem.kind.describe(), &step.operation.class);
            // A child may have a table that follows at once, or be a proxy that is rendered with the next migration.
            let message = match problem.kind {
                ProblemKind::RenamedBase(..) => Bilingual::new(
                    format!("migrations stop at {class} or after it: {}", text.en),
                    format!("迁移会在 {class} 处或其后中断：{}", text.zh),
                ),
                _ => Bilingual::new(
                    format!("{class} cannot run: {}", text.en),
                    format!("{class} 无法执行：{}", text.zh),
                ),
            };
            let finding = emit.at(&change.migration.file.text, problem.span, message);
            finding.subject = operation_subject(change.project, change.migration, step.operation);
            finding.discriminator = format!("{key} {what}");
            finding.help = help(&problem.kind);
        }
    }
}

fn help(problem: &ProblemKind) -> Bilingual {
    match problem {
        ProblemKind::RenamedToItself(_) => Bilingual::new(
            "Rename by way of another name: Django keys models by the lowercase name.",
            "请先改成另一个名称再改回来：Django 以小写名称区分模型。",
        ),
        ProblemKind::RenamedBase(..) => Bilingual::new(
            "Keep the name of the model, or give the one that inherits from it up first (in the state alone, with \
             `SeparateDatabaseAndState`) and create it again with the new base.",
            "请保留该模型的名称；或先移除继承它的模型（用 `SeparateDatabaseAndState` 只改状态），改名后再以新的基类重新创建。",
        ),
        _ => Bilingual::new(
            "Correct the name, or add the migration that brings it to `dependencies`; `inspect state --at` shows what is there.",
            "请更正名称，或在 `dependencies` 中加上提供它的迁移；`inspect state --at` 可查看此刻的状态。",
        ),
    }
}
