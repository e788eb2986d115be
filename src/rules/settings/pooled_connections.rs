//! SET022: `CONN_MAX_AGE` beside a pool of connections.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::{Expr, Value};

use super::{Places, deployed, entry, in_environments, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET022",
        name: "pooled-connections",
        family: "settings",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/pooled-connections.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        let Some(value) = environment.value("DATABASES") else { continue };
        for each in value.alternatives() {
            let Value::Dict(aliases) = &each.value else { continue };
            for (alias, database) in aliases.iter() {
                let Value::Dict(entries) = &database.value else { continue };
                if let (Some(alias), Some(age)) = (alias.as_str(), persistent(entries)) {
                    places.add(environment, age.span, alias.to_owned());
                }
            }
        }
    }
    for (text, span, alias, environments) in places.into_iter() {
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            Bilingual::new(
                format!("database `{alias}` keeps connections for `CONN_MAX_AGE` although its engine pools them: each thread holds one for itself, and the pool runs dry{}", who.en),
                format!("数据库 `{alias}` 的引擎已使用连接池，却又设置了 `CONN_MAX_AGE`：每个线程都会独占一个连接，连接池会耗尽{}", who.zh),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = alias;
        finding.help = Bilingual::new(
            "Set `CONN_MAX_AGE` to 0 and leave the life of connections to the pool.",
            "请将 `CONN_MAX_AGE` 设为 0，由连接池管理连接的生命周期。",
        );
    }
}

/// The `CONN_MAX_AGE` of a database whose engine, or whose options, pool connections.
fn persistent(entries: &[(Expr, Expr)]) -> Option<&Expr> {
    let engine = entry(entries, "ENGINE").and_then(Expr::as_str)?.to_ascii_lowercase();
    let pools = ["pool", "gevent"].iter().any(|word| engine.contains(word));
    let option = match entry(entries, "OPTIONS").map(|options| &options.value) {
        Some(Value::Dict(options)) => {
            entry(options, "pool").is_some_and(|pool| !matches!(pool.value, Value::Bool(false) | Value::None))
        }
        _ => false,
    };
    let age = entry(entries, "CONN_MAX_AGE")?;
    let keeps = match age.value {
        Value::Int(seconds) => seconds > 0,
        Value::None => true,
        _ => false,
    };
    ((pools || option) && keeps).then_some(age)
}
