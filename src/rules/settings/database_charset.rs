//! SET020: a connection to MySQL in the three-byte utf8.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::{Expr, Value};

use super::{Database, Places, deployed, entry, in_environments, mysql_databases, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET020",
        name: "database-charset",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/database-charset.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for Database { alias, entries, .. } in mysql_databases(environment) {
            let Some(Value::Dict(options)) = entry(entries, "OPTIONS").map(|options| &options.value) else {
                continue;
            };
            let charset = entry(options, "charset");
            if let Some(value) = charset.filter(|value| value.as_str().is_some_and(is_three_bytes)) {
                let name = charset.and_then(Expr::as_str).unwrap_or_default();
                places.add(environment, value.span, format!("{alias} {name}"));
            }
        }
    }
    for (text, span, what, environments) in places.into_iter() {
        let Some((alias, charset)) = what.rsplit_once(' ') else { continue };
        let who = in_environments(&environments);
        let finding = emit.at(
            text,
            span,
            Bilingual::new(
                format!("database `{alias}` is spoken to in `{charset}`, which holds three bytes per character: emoji and rare Chinese characters are refused with \"Incorrect string value\"{}", who.en),
                format!("数据库 `{alias}` 的连接字符集是 `{charset}`，每个字符最多三字节：写入 emoji 和生僻汉字会报 \"Incorrect string value\"{}", who.zh),
            ),
        );
        finding.subject = subject(project);
        finding.discriminator = alias.to_owned();
        finding.help = Bilingual::new(
            "Convert the tables to utf8mb4, then write `\"charset\": \"utf8mb4\"`.",
            "请先把表转换为 utf8mb4，再写 `\"charset\": \"utf8mb4\"`。",
        );
    }
}

fn is_three_bytes(charset: &str) -> bool {
    matches!(charset.to_ascii_lowercase().as_str(), "utf8" | "utf8mb3" | "utf-8")
}
