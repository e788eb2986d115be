//! SET002: a setting that the target Django still reads and a later one will not.

use crate::config::Config;
use crate::django::settings::facts;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{Places, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET002",
        name: "deprecated-setting",
        family: "settings",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/deprecated-setting.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    for row in facts::gone() {
        let (Some(deprecated), Some(removed)) = (row.deprecated(), row.removed()) else { continue };
        if !(deprecated <= target && target < removed) {
            continue;
        }
        for name in &row.names {
            let mut places = Places::new(project);
            for environment in &project.configuration.environments {
                let Some(setting) = environment.settings.get(name.as_str()) else { continue };
                let refused =
                    row.excluded_by.as_deref().filter(|other| environment.settings.contains_key(*other));
                places.add(environment, setting.place(), refused.unwrap_or_default().to_owned());
            }
            for (text, span, refused, environments) in places.into_iter() {
                let who = in_environments(&environments);
                let message = if refused.is_empty() {
                    Bilingual::new(
                        format!(
                            "`{name}` is deprecated since Django {deprecated} and warns at every start{}",
                            who.en
                        ),
                        format!("`{name}` 自 Django {deprecated} 起已弃用，每次启动都会告警{}", who.zh),
                    )
                } else {
                    Bilingual::new(
                        format!(
                            "Django {target} does not start with `{name}` and `{refused}` both set: ImproperlyConfigured{}",
                            who.en
                        ),
                        format!(
                            "同时设置 `{name}` 和 `{refused}` 时 Django {target} 无法启动：ImproperlyConfigured{}",
                            who.zh
                        ),
                    )
                };
                let severity = if refused.is_empty() { Severity::Info } else { Severity::Error };
                let finding = emit.graded(severity).at(text, span, message);
                finding.subject = subject(project);
                finding.discriminator = name.clone();
                finding.help = row.advice();
            }
        }
    }
}
