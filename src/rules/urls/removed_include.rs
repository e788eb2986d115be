//! URL002: a form of `include()` that Django no longer takes.

use crate::config::Config;
use crate::django::names::facts;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::subject;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "URL002",
        name: "removed-include",
        family: "urls",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/urls/removed-include.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let forms = facts().urls();
    let Some(removed) = forms.map(|forms| forms.triple).filter(|it| project.versions.django.reaches(*it))
    else {
        return;
    };
    for conf in &project.code.urlconfs {
        for include in conf.includes.iter().filter(|include| include.tuple == Some(3)) {
            let finding = emit.at(
                &conf.text,
                include.span,
                Bilingual::new(
                    format!("`include()` takes no triple since Django {removed}: ImproperlyConfigured when the URLs are loaded"),
                    format!("自 Django {removed} 起 `include()` 不再接受三元组：加载 URL 时会抛出 ImproperlyConfigured"),
                ),
            );
            finding.subject = subject(project);
            finding.discriminator = conf.text.slice(include.span).to_owned();
            finding.help = Bilingual::new(
                "Write `include((patterns, app_name), namespace=...)`; for the admin write `admin.site.urls` without `include()`.",
                "请改写为 `include((patterns, app_name), namespace=...)`；admin 直接写 `admin.site.urls`，不要用 `include()`。",
            );
        }
    }
}
