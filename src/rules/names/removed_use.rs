//! API002: a call, option or attribute that the target Django refuses or ignores.

use crate::config::Config;
use crate::django::names::{Form, Owner, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{advice_of, complete, grade, note_unreached, restored};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "API002",
        name: "removed-use",
        family: "names",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/names/removed-use.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    let restored = restored(project);
    for file in &project.code.uses {
        for each in file.uses.iter().filter(|each| each.when.breaks_use(Owner::Django, target)) {
            let (symbol, removed, severity, message, advice) = match each.what {
                What::Field(fate) => {
                    let (name, removed) = (&fate.symbol, fate.removed);
                    let message = Bilingual::new(
                        format!(
                            "`{name}` is gone since Django {removed} except in old migrations: the system check refuses it and nothing starts"
                        ),
                        format!(
                            "`{name}` 自 Django {removed} 起已移除，仅旧迁移中可用：系统检查会报错，无法启动"
                        ),
                    );
                    (name.as_str(), removed, Severity::Error, message, advice_of(fate))
                }
                What::Usage(usage) if usage.owner != Owner::Django => continue,
                What::Usage(usage) if restored.contains(usage.name.as_str()) => continue,
                What::Usage(usage) => {
                    let Some(removed) = usage.removed() else { continue };
                    let name = usage.shown();
                    let few = if usage.form == Form::FewArguments {
                        Bilingual::new(" with so few arguments", "（参数不足）")
                    } else {
                        Bilingual::default()
                    };
                    let ignored = usage.happens == "ignored";
                    let message = if ignored {
                        Bilingual::new(
                            format!("`{name}` is ignored since Django {removed}"),
                            format!("`{name}` 自 Django {removed} 起会被忽略"),
                        )
                    } else {
                        let happens = &usage.happens;
                        Bilingual::new(
                            format!(
                                "`{name}`{} is gone since Django {removed}: {happens} on {target}",
                                few.en
                            ),
                            format!(
                                "`{name}`{} 自 Django {removed} 起已不支持，在 {target} 上会抛出 {happens}",
                                few.zh
                            ),
                        )
                    };
                    let severity = if ignored { Severity::Warning } else { Severity::Error };
                    (usage.name.as_str(), removed, severity, message, usage.advice())
                }
                _ => continue,
            };
            if removed > target {
                continue;
            }
            let finding =
                emit.graded(grade(file, severity)).at(&file.text, each.span, note_unreached(file, message));
            complete(project, finding, symbol, advice);
        }
    }
}
