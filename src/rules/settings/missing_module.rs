//! SET005: an entry of a setting names a module of the repository that is not there.

use crate::config::Config;
use crate::django::settings::Found;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Places, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET005",
        name: "missing-module",
        family: "settings",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/missing-module.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in &project.configuration.environments {
        for reference in &environment.references {
            let lack = match &reference.found {
                Found::NoModule(module) => format!("m {} {} {module}", reference.setting, reference.dotted),
                Found::NoName { path, name } => {
                    format!("n {} {} {name} {path}", reference.setting, reference.dotted)
                }
                _ => continue,
            };
            places.add(environment, reference.span, lack);
        }
    }
    for (text, span, lack, environments) in places.into_iter() {
        let parts: Vec<&str> = lack.splitn(5, ' ').collect();
        let who = in_environments(&environments);
        let (setting, dotted, what) = match parts.as_slice() {
            ["m", setting, dotted, module] => (
                *setting,
                *dotted,
                Bilingual::new(
                    format!("the repository has no module `{module}`"),
                    format!("仓库中没有模块 `{module}`"),
                ),
            ),
            ["n", setting, dotted, name, path] => (
                *setting,
                *dotted,
                Bilingual::new(format!("`{path}` has no `{name}`"), format!("`{path}` 中没有 `{name}`")),
            ),
            _ => continue,
        };
        let finding = emit.at(
            text,
            span,
            Bilingual::new(
                format!(
                    "`{setting}` names `{dotted}`, but {}: Django fails when it loads it{}",
                    what.en, who.en
                ),
                format!("`{setting}` 引用了 `{dotted}`，但{}，Django 加载时会失败{}", what.zh, who.zh),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = format!("{setting} {dotted}");
        finding.help = Bilingual::new(
            "Name the module where it is now, or take the entry out.",
            "请改为现有的模块路径，或删除该项。",
        );
    }
}
