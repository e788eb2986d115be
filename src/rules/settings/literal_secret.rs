//! SET030: a secret that stands in the settings.

use crate::config::Config;
use crate::django::settings::secrets::{SecretKind, secrets_in};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Places, deployed, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET030",
        name: "literal-secret",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/literal-secret.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for (name, setting) in &environment.settings {
            for secret in secrets_in(name, &setting.value) {
                // One that everybody tries first has a rule of its own.
                if !secret.is_well_known {
                    let kind = match &secret.kind {
                        SecretKind::Value => "value",
                        SecretKind::Url => "url",
                        SecretKind::Default(_) => "default",
                    };
                    places.add(environment, secret.span, format!("{kind} {}", secret.path));
                }
            }
        }
    }
    // The same literal may reach several settings; it is one secret.
    for (text, span, what, environments) in places.once_each() {
        let Some((kind, path)) = what.split_once(' ') else { continue };
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            match kind {
                "url" => Bilingual::new(
                    format!("`{path}` holds a URL with a password in the source: whoever can read the repository can use it{}", who.en),
                    format!("`{path}` 的 URL 中写有明文密码：能读取仓库的人都能使用它{}", who.zh),
                ),
                "default" => Bilingual::new(
                    format!("`{path}` falls back to a secret in the source when its environment variable is not set{}", who.en),
                    format!("未设置环境变量时，`{path}` 会退回到源码中的密钥{}", who.zh),
                ),
                _ => Bilingual::new(
                    format!("`{path}` is a secret in the source: whoever can read the repository can use it{}", who.en),
                    format!("`{path}` 是写在源码中的密钥：能读取仓库的人都能使用它{}", who.zh),
                ),
            },
        );
        finding.subject = subject(project);
        finding.discriminator = path.to_owned();
        finding.help = Bilingual::new(
            "Read it from the environment without a default, and replace the secret: what was committed stays in the history.",
            "请从环境变量读取且不设默认值，并更换该密钥：提交过的内容会一直留在历史中。",
        );
    }
}
