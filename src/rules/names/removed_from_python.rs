//! API004: an import, attribute or method that the target Python does not have.

use crate::config::Config;
use crate::django::DjangoVersion;
use crate::django::names::{Owner, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{advice_of, breaks, complete, grade, name_uses, note_unreached, restored};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "API004",
        name: "removed-from-python",
        family: "names",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/names/removed-from-python.md"),
    check: Check::Project(check),
};

/// The module of the standard library that a symbol is in.
fn module_of(symbol: &str) -> &str {
    symbol.split('.').next().unwrap_or(symbol)
}

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.python.to else { return };
    for (file, each, fate) in name_uses(project) {
        if fate.owner != Owner::Python || fate.removed > target || !breaks(each, fate, target) {
            continue;
        }
        let (symbol, removed) = (&fate.symbol, fate.removed);
        let error = if matches!(each.what, What::Import(_)) { "ImportError" } else { "AttributeError" };
        if module_of(symbol) == "distutils" && project.pins.inventory.chosen("setuptools").is_some() {
            let message = Bilingual::new(
                format!(
                    "`{symbol}` is gone since Python {removed}; on {target} the copy that setuptools puts in its place stands alone between this import and an ImportError"
                ),
                format!(
                    "`{symbol}` 自 Python {removed} 起已移除；在 {target} 上仅靠 setuptools 提供的副本才能导入"
                ),
            );
            let finding = emit.graded(grade(file, Severity::Warning)).at(
                &file.text,
                each.span,
                note_unreached(file, message),
            );
            complete(project, finding, symbol, advice_of(fate));
            continue;
        }
        let message = Bilingual::new(
            format!("`{symbol}` is gone since Python {removed}: {error} on {target}"),
            format!("`{symbol}` 自 Python {removed} 起已移除，在 {target} 上会抛出 {error}"),
        );
        let finding = emit.graded(grade(file, Severity::Error)).at(
            &file.text,
            each.span,
            note_unreached(file, message),
        );
        let advice = match &fate.replacement {
            Some(_) => advice_of(fate),
            None => Bilingual::new(
                "Do without it, or depend on a package that takes its place.",
                "请不再使用，或改用替代它的第三方包。",
            ),
        };
        complete(project, finding, symbol, advice);
    }
    methods(project, target, emit);
}

/// Methods of the standard library's classes: `self.assertEquals()`.
fn methods(project: &Project, target: DjangoVersion, emit: &mut Emit<'_>) {
    let restored = restored(project);
    for file in &project.code.uses {
        for each in file.uses.iter().filter(|each| each.when.breaks_use(Owner::Python, target)) {
            let What::Usage(usage) = each.what else { continue };
            let Some(removed) = usage.removed().filter(|removed| *removed <= target) else { continue };
            if usage.owner != Owner::Python || restored.contains(usage.name.as_str()) {
                continue;
            }
            let (name, happens) = (usage.shown(), &usage.happens);
            let message = Bilingual::new(
                format!("`{name}` is gone since Python {removed}: {happens} on {target}"),
                format!("`{name}` 自 Python {removed} 起已移除，在 {target} 上会抛出 {happens}"),
            );
            let finding = emit.graded(grade(file, Severity::Error)).at(
                &file.text,
                each.span,
                note_unreached(file, message),
            );
            complete(project, finding, &usage.name, usage.advice());
        }
    }
}
