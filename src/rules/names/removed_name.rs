//! API001: an import or attribute that the target Django does not have.

use crate::config::Config;
use crate::django::names::{Owner, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{advice_of, breaks, complete, grade, name_uses, note_unreached};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "API001",
        name: "removed-name",
        family: "names",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/names/removed-name.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    for (file, each, fate) in name_uses(project) {
        if fate.owner != Owner::Django || fate.removed > target || !breaks(each, fate, target) {
            continue;
        }
        let (symbol, removed) = (&fate.symbol, fate.removed);
        let error = if matches!(each.what, What::Import(_)) { "ImportError" } else { "AttributeError" };
        let message = Bilingual::new(
            format!("`{symbol}` is gone since Django {removed}: {error} on {target}"),
            format!("`{symbol}` 自 Django {removed} 起已移除，在 {target} 上会抛出 {error}"),
        );
        let finding = emit.graded(grade(file, Severity::Error)).at(
            &file.text,
            each.span,
            note_unreached(file, message),
        );
        complete(project, finding, symbol, advice_of(fate));
    }
}
