//! URL001: a view given as text.

use crate::config::Config;
use crate::django::names::facts;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::subject;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "URL001",
        name: "text-view",
        family: "urls",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/urls/text-view.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let forms = facts().urls();
    let Some(removed) = forms.map(|forms| forms.text_view).filter(|it| project.versions.django.reaches(*it))
    else {
        return;
    };
    for conf in &project.code.urlconfs {
        for span in &conf.text_views {
            let finding = emit.at(
                &conf.text,
                *span,
                Bilingual::new(
                    format!("the view is given as text, which Django takes no more since {removed}: TypeError when the URLs are loaded"),
                    format!("视图以字符串给出，Django 自 {removed} 起不再接受：加载 URL 时会抛出 TypeError"),
                ),
            );
            finding.subject = subject(project);
            finding.discriminator = conf.text.slice(*span).to_owned();
            finding.help = Bilingual::new("Import the view and pass it.", "请导入视图并直接传入。");
        }
    }
}
