//! API005: a tag, filter or tag library that the target Django does not have.

use crate::config::Config;
use crate::django::templates::Kind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::complete;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "API005",
        name: "removed-template-name",
        family: "names",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/names/removed-template-name.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let Some(target) = project.versions.django.to else { return };
    for template in &project.templates {
        for (span, gone) in &template.uses {
            let (Some(deprecated), Some(removed)) = (gone.deprecated(), gone.removed()) else { continue };
            let (name, replacement) = (&gone.name, &gone.replacement);
            let (en, zh) = match gone.kind {
                Kind::Tag => (format!("the tag `{{% {name} %}}`"), format!("标签 `{{% {name} %}}`")),
                Kind::Filter => (format!("the filter `{name}`"), format!("过滤器 `{name}`")),
                Kind::Library => (format!("the tag library `{name}`"), format!("标签库 `{name}`")),
            };
            let message = if removed <= target {
                Bilingual::new(
                    format!(
                        "{en} is gone since Django {removed}: TemplateSyntaxError on {target} when the template is loaded"
                    ),
                    format!(
                        "{zh}自 Django {removed} 起已移除，在 {target} 上加载模板时会抛出 TemplateSyntaxError"
                    ),
                )
            } else if deprecated <= target {
                emit.graded(Severity::Info);
                Bilingual::new(
                    format!("{en} is deprecated since Django {deprecated} and goes with {removed}"),
                    format!("{zh}自 Django {deprecated} 起已弃用，将在 {removed} 移除"),
                )
            } else {
                continue;
            };
            let finding = emit.at(&template.text, *span, message);
            let advice = Bilingual::new(
                format!("Instead: {replacement}."),
                format!("请改用：{}。", chinese(replacement)),
            );
            complete(project, finding, name, advice);
        }
    }
}

/// The advice of the table in Chinese; template code reads the same.
fn chinese(replacement: &str) -> &str {
    match replacement {
        "nothing: the template escapes by itself" => "无需替代，模板会自动转义",
        "nothing: the tags are built in" => "无需加载，这些标签已内置",
        "a filter of your own, with a library that cleans HTML" => "自己的过滤器，配合清理 HTML 的库",
        code => code,
    }
}
