//! SET003: a setting that the project leaves to Django, and whose default changes on the way to the target.

use crate::config::Config;
use crate::django::DjangoVersion;
use crate::django::settings::{Environment, facts};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Value;

use super::{Database, Places, deployed, entry, holds, in_environments, is_closed, mysql_databases, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET003",
        name: "changed-default",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/changed-default.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let change = project.versions.django;
    for row in facts::new_defaults() {
        let Some(changed) = row.changed().filter(|changed| change.passes(*changed)) else { continue };
        let lacking: Vec<&Environment> = deployed(project)
            .filter(|environment| environment.lacks(&row.name))
            .filter(|environment| row.middleware.as_deref().is_none_or(|wanted| uses(environment, wanted)))
            .collect();
        let Some(text) = lacking.first().and_then(|environment| settings_file(project, environment)) else {
            continue;
        };
        let (effect, advice) = (row.effect(), row.advice());
        let (name, from, to) = (&row.name, &row.from, &row.to);
        let who = in_environments(&lacking);
        let finding = emit.graded(row.severity).on_file(
            text,
            Bilingual::new(
                format!(
                    "`{name}` is not set, and Django {changed} changes its default from {from} to {to}: {}{}",
                    effect.en, who.en
                ),
                format!(
                    "未设置 `{name}`，而 Django {changed} 将其默认值由 {from} 改为 {to}：{}{}",
                    effect.zh, who.zh
                ),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = name.clone();
        finding.help = advice;
    }
    if let Some(changed) = facts::mysql_utf8mb4().filter(|changed| change.passes(*changed)) {
        charset(project, changed, emit);
    }
}

fn uses(environment: &Environment, middleware: &str) -> bool {
    environment.value("MIDDLEWARE").and_then(|value| holds(value, middleware)) == Some(true)
}

fn settings_file<'p>(
    project: &'p Project,
    environment: &Environment,
) -> Option<&'p crate::source::SourceText> {
    project.configuration.texts().find(|text| text.path == environment.path).map(|text| text.as_ref())
}

/// Databases whose connection charset nobody chose.
fn charset(project: &Project, changed: DjangoVersion, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for Database { alias, span: at, entries } in mysql_databases(environment) {
            let unset = match entry(entries, "OPTIONS").map(|options| &options.value) {
                None => is_closed(entries),
                Some(Value::Dict(options)) => is_closed(options) && entry(options, "charset").is_none(),
                Some(_) => false,
            };
            if unset {
                places.add(environment, at, alias.to_owned());
            }
        }
    }
    for (text, span, alias, environments) in places.into_iter() {
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            Bilingual::new(
                format!(
                    "database `{alias}` names no charset, and Django {changed} connects with utf8mb4 instead of utf8: with tables in utf8 (utf8mb3), comparisons may fail with \"Illegal mix of collations\" or stop using an index{}",
                    who.en
                ),
                format!(
                    "数据库 `{alias}` 未指定字符集，而 Django {changed} 的连接字符集由 utf8 改为 utf8mb4：若表仍是 utf8（utf8mb3），比较时可能报 \"Illegal mix of collations\" 或用不上索引{}",
                    who.zh
                ),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = format!("charset {alias}");
        finding.help = Bilingual::new(
            "Set `OPTIONS[\"charset\"]`: `\"utf8mb4\"` once the tables are converted, `\"utf8mb3\"` until then.",
            "请设置 `OPTIONS[\"charset\"]`：表已转换则写 `\"utf8mb4\"`，否则先写 `\"utf8mb3\"`。",
        );
    }
}
