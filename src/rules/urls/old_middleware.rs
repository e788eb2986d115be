//! URL004: a middleware that Django cannot call.

use crate::config::Config;
use crate::django::middleware::Fault;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::subject;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "URL004",
        name: "old-middleware",
        family: "urls",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/urls/old-middleware.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for class in &project.middlewares {
        let dotted = &class.dotted;
        let (what, help) = match class.fault {
            Fault::NotCallable => (
                Bilingual::new(
                    format!(
                        "`MIDDLEWARE` names `{dotted}`, a class of the old style: it takes no `get_response` and cannot be called, so that the server does not start"
                    ),
                    format!(
                        "`MIDDLEWARE` 引用了旧式中间件 `{dotted}`：它不接受 `get_response`，也不可调用，服务无法启动"
                    ),
                ),
                Bilingual::new(
                    "Derive it from `django.utils.deprecation.MiddlewareMixin`, or give it `__init__(self, get_response)` and `__call__`.",
                    "请继承 `django.utils.deprecation.MiddlewareMixin`，或实现 `__init__(self, get_response)` 和 `__call__`。",
                ),
            ),
            Fault::NoGetResponse => (
                Bilingual::new(
                    format!(
                        "the constructor of `{dotted}` takes no `get_response`, which Django passes: TypeError when the server starts"
                    ),
                    format!(
                        "`{dotted}` 的构造函数不接受 Django 传入的 `get_response`：服务启动时会抛出 TypeError"
                    ),
                ),
                Bilingual::new(
                    "Write `def __init__(self, get_response)` and hand it on to the base class.",
                    "请改为 `def __init__(self, get_response)`，并传给父类。",
                ),
            ),
        };
        let finding = emit.at(&class.text, class.span, what);
        finding.subject = subject(project);
        finding.discriminator = dotted.to_string();
        finding.help = help;
    }
}
