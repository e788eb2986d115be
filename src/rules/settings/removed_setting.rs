//! SET001: a setting that the target Django ignores.

use crate::config::Config;
use crate::django::settings::facts::{self, Gone};
use crate::django::settings::{Environment, environ};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Value;

use super::{Places, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET001",
        name: "removed-setting",
        family: "settings",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/removed-setting.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    let rows = facts::gone().iter().filter_map(|row| Some((row, row.removed()?)));
    for (row, removed) in rows.filter(|(_, removed)| *removed <= target) {
        for name in &row.names {
            let mut places = Places::new(project);
            for environment in &project.configuration.environments {
                if let Some(setting) = environment.settings.get(name.as_str()) {
                    let what = if changes_nothing(row, environment, name) { "harmless" } else { "" };
                    places.add(environment, setting.place(), what.to_owned());
                }
            }
            for (text, span, what, environments) in places.into_iter() {
                let harmless = what == "harmless";
                let who = in_environments(&environments);
                let (effect, advice) = (row.effect(), row.advice());
                let message = if harmless {
                    Bilingual::new(
                        format!(
                            "`{name}` is gone since Django {removed}; with what stands here nothing changes{}",
                            who.en
                        ),
                        format!("`{name}` 自 Django {removed} 起已移除；以此处的值而言没有影响{}", who.zh),
                    )
                } else {
                    Bilingual::new(
                        format!("since Django {removed} `{name}` {}{}", effect.en, who.en),
                        format!("自 Django {removed} 起，`{name}` {}{}", effect.zh, who.zh),
                    )
                };
                let severity = if harmless { Severity::Info } else { row.severity };
                let finding = emit.graded(severity).at(text, span, message);
                finding.subject = subject(project);
                finding.discriminator = name.clone();
                finding.help = if harmless {
                    Bilingual::new("Delete the setting.", "请删除该配置。")
                } else {
                    advice
                };
            }
        }
    }
}

/// Whether ignoring the setting leaves everything as it is.
fn changes_nothing(row: &Gone, environment: &Environment, name: &str) -> bool {
    let mut others = [&row.used_by, &row.excluded_by].into_iter().flatten();
    let said_elsewhere = others.any(|other| environment.settings.contains_key(other.as_str()));
    let is_true = || {
        let possible = environment.value(name).map(environ::possible).unwrap_or_default();
        !possible.is_empty() && possible.iter().all(|value| value.value == Value::Bool(true))
    };
    said_elsewhere || row.matters.as_deref() == Some("false") && is_true()
}
