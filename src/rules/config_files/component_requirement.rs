//! CFG005: a requirement on another component that cannot be read, or that contradicts another.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::config_files::packages::{Need, Requirement};
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG005 component-requirement.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG005",
        name: "component-requirement",
        family: "config-files",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/component-requirement.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for package in &workspace.deployment.packages {
        let text = &package.document.text;
        let subject = path_subject(workspace, &text.path);
        let mut before: BTreeMap<&str, (&Requirement, &Need)> = BTreeMap::new();
        for requirement in &package.requirements {
            if let Some(why) = &requirement.fault {
                let finding = emit.at(text, requirement.span, why.clone());
                finding.help = Bilingual::new(
                    "Write component, operator and version as `bkiam^1.12.0`; alternatives with ` OR ` between them.",
                    "请按「组件 运算符 版本」书写，例如 `bkiam^1.12.0`；多个可选组件之间用 ` OR `。",
                );
                finding.subject = subject.clone();
                continue;
            }
            // Alternatives do not bind, so only requirements on one component alone can contradict each other.
            let [need] = requirement.alternatives.as_slice() else { continue };
            let Some((first, other)) = before.insert(&need.component, (requirement, need)) else { continue };
            if (&other.operator, &other.version) == (&need.operator, &need.version) {
                continue;
            }
            emit.graded(Severity::Warning);
            let (a, b) = (shown(other), shown(need));
            let finding = emit.at(
                text,
                requirement.span,
                Bilingual::new(
                    format!("`{b}` and `{a}` speak of one component: which of them counts?"),
                    format!("`{b}` 与 `{a}` 说的是同一组件：以哪个为准？"),
                ),
            );
            finding.related = vec![(Place::new(text, first.span), Bilingual::new("the other one", "另一处"))];
            finding.help = Bilingual::new("Keep the stricter one.", "请保留要求更高的一条。");
            finding.subject = subject.clone();
            finding.discriminator = need.component.clone();
        }
    }
}

fn shown(need: &Need) -> String {
    format!("{}{}{}", need.component, need.operator, need.version)
}
