//! SET040: a setting that one environment has, another lacks, and code reads.

use crate::config::Config;
use crate::django::settings::Environment;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET040",
        name: "missing-in-environment",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/missing-in-environment.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let all = &project.configuration.environments;
    for environment in all.iter().filter(|environment| environment.is_deployed()) {
        // Names that only running the settings can tell may be there as well.
        if !environment.dynamic_writes.is_empty() {
            continue;
        }
        for (name, reader) in &project.code.settings_read {
            if !environment.lacks(name) {
                continue;
            }
            let having: Vec<&Environment> =
                all.iter().filter(|other| other.settings.contains_key(name.as_ref())).collect();
            let Some(setting) = having.first().and_then(|other| other.settings.get(name.as_ref())) else {
                continue;
            };
            let Some((text, span)) = project.configuration.place(setting.place()) else { continue };
            let (lacking, having) = (&environment.name, in_environments(&having));
            let finding = emit.at(
                text,
                span,
                Bilingual::new(
                    format!("`{name}` is set for some environments{} and not for `{lacking}`, and `{reader}` reads it: AttributeError there", having.en),
                    format!("`{name}` 只在部分环境中设置{}，`{lacking}` 中没有，而 `{reader}` 会读取它：在该环境会抛出 AttributeError", having.zh),
                ),
            );
            finding.subject = subject(project);
            finding.discriminator = format!("{name} {lacking}");
            finding.help = Bilingual::new(
                "Set it in the module that all environments share.",
                "请在所有环境共用的模块中设置。",
            );
        }
    }
}
