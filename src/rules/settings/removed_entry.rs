//! SET004: an entry of a setting names something that the target Django does not have.

use crate::config::Config;
use crate::django::names::{Fate, Owner, facts};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::names::advice_of;
use crate::rules::{Check, Emit, Rule};

use super::{Places, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET004",
        name: "removed-entry",
        family: "settings",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/removed-entry.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    let mut places = Places::new(project);
    for environment in &project.configuration.environments {
        for reference in &environment.references {
            if fate_of(&reference.dotted).is_some_and(|fate| fate.removed <= target) {
                places.add(
                    environment,
                    reference.span,
                    format!("{} {}", reference.setting, reference.dotted),
                );
            }
        }
    }
    for (text, span, what, environments) in places.into_iter() {
        let Some((setting, dotted)) = what.split_once(' ') else { continue };
        let Some(fate) = fate_of(dotted) else { continue };
        let who = in_environments(&environments);
        let removed = fate.removed;
        let finding = emit.at(
            text,
            span,
            Bilingual::new(
                format!(
                    "`{setting}` names `{dotted}`, which is gone since Django {removed}: loading it fails{}",
                    who.en
                ),
                format!(
                    "`{setting}` 引用了 `{dotted}`，它自 Django {removed} 起已移除，加载时会失败{}",
                    who.zh
                ),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator.clone_from(&what);
        finding.help = advice_of(fate);
    }
}

/// What became of a name of Django that a setting holds. The old name of the PostgreSQL engine is no such name, since
/// Django still knows it there (`django/db/utils.py`).
fn fate_of(dotted: &str) -> Option<&'static Fate> {
    if !dotted.starts_with("django.") || dotted == "django.db.backends.postgresql_psycopg2" {
        return None;
    }
    let (module, name) = dotted.rsplit_once('.')?;
    let fate = facts().fate(module, name).or_else(|| facts().gone(dotted))?;
    (fate.owner == Owner::Django && !fate.stub).then_some(fate)
}
