//! SET031: a password that everybody tries first.

use crate::config::Config;
use crate::django::settings::secrets::{SecretKind, secrets_in};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Places, deployed, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET031",
        name: "default-credentials",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/default-credentials.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for (name, setting) in &environment.settings {
            for secret in secrets_in(name, &setting.value).into_iter().filter(|secret| secret.is_well_known) {
                let variable = match &secret.kind {
                    SecretKind::Default(variable) => variable.as_ref(),
                    _ => "",
                };
                places.add(environment, secret.span, format!("{variable} {}", secret.path));
            }
        }
    }
    for (text, span, what, environments) in places.into_iter() {
        let Some((variable, path)) = what.split_once(' ') else { continue };
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            if variable.is_empty() {
                Bilingual::new(
                    format!("`{path}` is a password that everybody tries first{}", who.en),
                    format!("`{path}` 是人人都会先试的默认密码{}", who.zh),
                )
            } else {
                Bilingual::new(
                    format!("`{path}` is a password that everybody tries first wherever `{variable}` is not set{}", who.en),
                    format!("未设置环境变量 `{variable}` 时，`{path}` 是人人都会先试的默认密码{}", who.zh),
                )
            },
        );
        finding.subject = subject(project);
        finding.discriminator = path.to_owned();
        finding.help = Bilingual::new(
            "Read it from the environment without a default, so that a deployment that lacks it does not start.",
            "请从环境变量读取且不设默认值，使缺少它的部署无法启动。",
        );
    }
}
