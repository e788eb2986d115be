//! API003: a name that the target Django still has and a later release will not.

use crate::config::Config;
use crate::django::names::{Owner, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{advice_of, complete};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "API003",
        name: "deprecated-name",
        family: "names",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/names/deprecated-name.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    for file in project.code.uses.iter().filter(|file| file.is_reached) {
        for each in file.uses.iter().filter(|each| each.when.breaks_use(Owner::Django, target)) {
            let (symbol, deprecated, removed, advice) = match each.what {
                What::Usage(usage) if usage.owner != Owner::Django => continue,
                What::Usage(usage) => (usage.shown(), usage.deprecated(), usage.removed(), usage.advice()),
                What::Import(fate) | What::Attribute(fate) | What::Field(fate) => {
                    if fate.owner != Owner::Django {
                        continue;
                    }
                    (fate.symbol.clone(), fate.deprecated, Some(fate.removed), advice_of(fate))
                }
                What::Restored(_) | What::RestoredUsage(_) => continue,
            };
            let (Some(deprecated), Some(removed)) = (deprecated, removed) else { continue };
            if !(deprecated <= target && target < removed) {
                continue;
            }
            let until = if removed.major > 1000 {
                Bilingual::new("the release after 6.2", "6.2 之后的版本")
            } else {
                Bilingual::new(removed.to_string(), removed.to_string())
            };
            let finding = emit.at(
                &file.text,
                each.span,
                Bilingual::new(
                    format!("`{symbol}` is deprecated since Django {deprecated} and goes with {}", until.en),
                    format!("`{symbol}` 自 Django {deprecated} 起已弃用，将在 {} 移除", until.zh),
                ),
            );
            complete(project, finding, &symbol, advice);
        }
    }
}
