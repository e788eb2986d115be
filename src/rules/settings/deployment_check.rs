//! SET010: what `check --deploy` would say of the settings that serve users.

use crate::config::Config;
use crate::django::DjangoVersion;
use crate::django::settings::facts::{self, DeployCheck};
use crate::django::settings::{Environment, environ};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Value;

use super::wanted::{meets, remedy};
use super::{deployed, holds, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET010",
        name: "deployment-check",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/deployment-check.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let django = project.versions.django.to;
    for check in facts::deploy_checks().iter().filter(|check| check.applies_to(django)) {
        let failing: Vec<&Environment> =
            deployed(project).filter(|environment| fails(check, environment, django)).collect();
        let Some(first) = failing.first() else { continue };
        let name = check.setting.as_deref().unwrap_or("MIDDLEWARE");
        let who = in_environments(&failing);
        let effect = check.effect();
        let message = Bilingual::new(
            format!("{} ({}){}", effect.en, check.id, who.en),
            format!("{}（{}）{}", effect.zh, check.id, who.zh),
        );
        // Where it is set, else the file of the settings.
        let place = first.settings.get(name).and_then(|setting| {
            let written = setting.written.iter().rev().copied().chain([setting.value.span]);
            written.filter_map(|span| project.configuration.place(span)).next()
        });
        let finding = match place {
            Some((text, span)) => emit.graded(check.severity).at(text, span, message),
            None => {
                let Some(text) = project.configuration.texts().find(|text| text.path == first.path) else {
                    continue;
                };
                emit.graded(check.severity).on_file(text, message)
            }
        };
        finding.subject = subject(project);
        finding.discriminator.clone_from(&check.id);
        finding.help = match (&check.setting, &check.wants) {
            (Some(setting), Some(wants)) => remedy(setting, wants),
            _ => Bilingual::new("Add the middleware.", "请添加该中间件。"),
        };
    }
}

/// Whether the check certainly fails; what is not known, or what an environment variable decides, is not judged, except
/// for the default that stands in the source.
fn fails(check: &DeployCheck, environment: &Environment, django: Option<DjangoVersion>) -> bool {
    let lists = |middleware: &str| match environment.value("MIDDLEWARE") {
        Some(value) => holds(value, middleware),
        None => environment.lacks("MIDDLEWARE").then_some(false),
    };
    if let Some(middleware) = &check.middleware {
        return lists(middleware) == Some(false);
    }
    let (Some(setting), Some(wants)) = (&check.setting, &check.wants) else { return false };
    if check.needs.as_deref().is_some_and(|needed| lists(needed) != Some(true)) {
        return false;
    }
    if check.quiet_with.as_deref().is_some_and(|quiet| is_on(environment, quiet)) {
        return false;
    }
    let is_certain =
        |setting: &str| environment.value(setting).is_some_and(|value| meets(value, "truthy") == Some(true));
    if check.only_with.as_deref().is_some_and(|needed| !is_certain(needed)) {
        return false;
    }
    match environment.value(setting) {
        None if environment.lacks(setting) => {
            check.default_of(django).is_some_and(|default| default != wants)
        }
        None => false,
        Some(value) => {
            let possible = environ::possible(value);
            !possible.is_empty() && possible.iter().all(|value| meets(value, wants) == Some(false))
        }
    }
}

/// Whether a setting is there and not switched off.
fn is_on(environment: &Environment, setting: &str) -> bool {
    environment.value(setting).is_some_and(|value| !matches!(value.value, Value::None | Value::Bool(false)))
}
