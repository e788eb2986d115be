//! SET041: an environment variable that the production settings need and give no default.

use std::sync::Arc;

use crate::config::Config;
use crate::django::settings::environ::{self, EnvRead, Missing};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::{Places, deployed, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET041",
        name: "required-variable",
        family: "settings",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/required-variable.md"),
    check: Check::Project(check),
};

/// Settings of which Django itself needs the parts that may come from a variable.
const NEEDED: [&str; 3] = ["SECRET_KEY", "DATABASES", "CACHES"];

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for (name, setting) in &environment.settings {
            let mut reads = Vec::new();
            gather(&setting.value, 0, &mut reads);
            for (variable, at, stops) in reads {
                if stops || NEEDED.contains(&name.as_ref()) {
                    let how = if stops { "stops" } else { "none" };
                    places.add(environment, at, format!("{how} {variable} {name}"));
                }
            }
        }
    }
    for (text, span, what, environments) in places.once_each() {
        let parts: Vec<&str> = what.splitn(3, ' ').collect();
        let [how, variable, name] = parts.as_slice() else { continue };
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            if *how == "stops" {
                Bilingual::new(
                    format!("without the environment variable `{variable}` the process does not start: KeyError{}", who.en),
                    format!("缺少环境变量 `{variable}` 时进程无法启动：KeyError{}", who.zh),
                )
            } else {
                Bilingual::new(
                    format!("without the environment variable `{variable}`, `{name}` holds None where Django needs a value{}", who.en),
                    format!("缺少环境变量 `{variable}` 时，`{name}` 中会是 None，而 Django 需要一个值{}", who.zh),
                )
            },
        );
        finding.subject = subject(project);
        finding.discriminator = format!("{variable} {name}");
        finding.help = Bilingual::new(
            "See that every deployment sets it before the upgrade; `os.environ[...]` at least says which one is missing.",
            "升级前请确认每个部署都已设置；用 `os.environ[...]` 读取至少能指出缺了哪个变量。",
        );
    }
}

/// Variables that are read without a default: name, place, whether the process stops without it.
fn gather(expr: &Expr, depth: u32, out: &mut Vec<(Arc<str>, Span, bool)>) {
    if depth > 10 {
        return;
    }
    match &expr.value {
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Either(items) => {
            for item in items.iter() {
                gather(item, depth + 1, out);
            }
        }
        Value::Dict(entries) => {
            for (_, value) in entries.iter() {
                gather(value, depth + 1, out);
            }
        }
        Value::Call(_) => {
            if let Some(EnvRead { name: Some(name), missing }) = environ::read(expr) {
                match missing {
                    Missing::Raises => out.push((name, expr.span, true)),
                    Missing::None => out.push((name, expr.span, false)),
                    Missing::Default(_) => {}
                }
            }
        }
        _ => {}
    }
}
