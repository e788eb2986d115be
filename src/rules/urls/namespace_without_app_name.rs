//! URL003: a namespace for a module that sets no `app_name`.

use std::sync::Arc;

use crate::config::Config;
use crate::django::names::facts;
use crate::django::urlconf::UrlConf;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::subject;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "URL003",
        name: "namespace-without-app-name",
        family: "urls",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/urls/namespace-without-app-name.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let forms = facts().urls();
    let Some(removed) =
        forms.map(|forms| forms.bare_namespace).filter(|it| project.versions.django.reaches(*it))
    else {
        return;
    };
    for conf in &project.code.urlconfs {
        for include in conf.includes.iter().filter(|include| include.has_namespace) {
            let Some(module) = &include.module else { continue };
            let Some(included) = find(project, module).filter(|included| !included.has_app_name) else {
                continue;
            };
            let path = &included.text.path;
            let finding = emit.at(
                &conf.text,
                include.span,
                Bilingual::new(
                    format!("the namespace needs an `app_name` in `{path}` since Django {removed}: ImproperlyConfigured when the URLs are loaded"),
                    format!("自 Django {removed} 起使用命名空间要求 `{path}` 设置 `app_name`：加载 URL 时会抛出 ImproperlyConfigured"),
                ),
            );
            finding.subject = subject(project);
            finding.discriminator = module.to_string();
            finding.help = Bilingual::new(
                format!("Set `app_name` in `{path}`."),
                format!("请在 `{path}` 中设置 `app_name`。"),
            );
        }
    }
}

/// The URL configuration with this dotted name, where exactly one file can be it.
fn find<'p>(project: &'p Project, module: &Arc<str>) -> Option<&'p UrlConf> {
    let below = module.replace('.', "/");
    let ends = [format!("{below}.py"), format!("{below}/__init__.py")];
    let mut found = project.code.urlconfs.iter().filter(|conf| {
        let path = conf.text.path.as_ref();
        ends.iter()
            .any(|end| path == end || path.strip_suffix(end.as_str()).is_some_and(|rest| rest.ends_with('/')))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}
