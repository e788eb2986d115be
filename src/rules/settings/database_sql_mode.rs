//! SET021: a connection to MySQL that switches strict mode off, or leaves it to the server.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::source::Span;
use crate::syntax::{Expr, Value};

use super::{Database, Places, deployed, entry, in_environments, is_closed, mysql_databases, subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SET021",
        name: "database-sql-mode",
        family: "settings",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/settings/database-sql-mode.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let mut places = Places::new(project);
    for environment in deployed(project) {
        for Database { alias, span: at, entries } in mysql_databases(environment) {
            if let Some((span, how)) = mode(entries, at) {
                places.add(environment, span, format!("{how} {alias}"));
            }
        }
    }
    for (text, span, what, environments) in places.into_iter() {
        let Some((how, alias)) = what.split_once(' ') else { continue };
        let who = in_environments(&environments);
        let (severity, message) = match how {
            "off" => (
                Severity::Warning,
                Bilingual::new(
                    format!(
                        "database `{alias}` sets a sql_mode without a strict mode: MySQL cuts values that do not fit instead of refusing them{}",
                        who.en
                    ),
                    format!(
                        "数据库 `{alias}` 设置的 sql_mode 不含严格模式：MySQL 会截断放不下的值，而不是报错{}",
                        who.zh
                    ),
                ),
            ),
            _ => (
                Severity::Info,
                Bilingual::new(
                    format!(
                        "database `{alias}` leaves sql_mode to the server: where that is not strict, MySQL cuts values that do not fit (mysql.W002){}",
                        who.en
                    ),
                    format!(
                        "数据库 `{alias}` 的 sql_mode 由服务器决定：若服务器未开启严格模式，MySQL 会截断放不下的值（mysql.W002）{}",
                        who.zh
                    ),
                ),
            ),
        };
        let finding = emit.graded(severity).at(text, span, message);
        finding.subject = subject(project);
        finding.discriminator = alias.to_owned();
        finding.help = Bilingual::new(
            "Set `OPTIONS[\"init_command\"]` to `SET sql_mode='STRICT_TRANS_TABLES'`.",
            "请将 `OPTIONS[\"init_command\"]` 设为 `SET sql_mode='STRICT_TRANS_TABLES'`。",
        );
    }
}

/// How the sql_mode of a database is set, and where; `None` when it is strict or not known.
fn mode(entries: &[(Expr, Expr)], at: Span) -> Option<(Span, &'static str)> {
    let options = match entry(entries, "OPTIONS").map(|options| &options.value) {
        None => return is_closed(entries).then_some((at, "unset")),
        Some(Value::Dict(options)) => options,
        Some(_) => return None,
    };
    match sets_mode(options) {
        None => is_closed(options).then_some((at, "unset")),
        Some(value) => {
            let text = value.as_str()?.to_ascii_uppercase();
            let strict = text.contains("STRICT_TRANS_TABLES")
                || text.contains("STRICT_ALL_TABLES")
                || text.contains("TRADITIONAL");
            // A mode that is added to the server's own says nothing about what that one is.
            (!strict && !text.contains("@@")).then_some((value.span, "off"))
        }
    }
}

/// What of the options of a database sets sql_mode, or may do so.
fn sets_mode(options: &[(Expr, Expr)]) -> Option<&Expr> {
    entry(options, "sql_mode").or_else(|| {
        let command = entry(options, "init_command")?;
        match &command.value {
            Value::Str(text) if !text.to_ascii_lowercase().contains("sql_mode") => None,
            _ => Some(command),
        }
    })
}

/// Whether a deployed environment connects with a sql_mode of its own that takes dates of zeros, or that is not known.
pub(crate) fn may_take_zero_dates(project: &Project) -> bool {
    deployed(project).flat_map(mysql_databases).any(|database| {
        let Some(options) = entry(database.entries, "OPTIONS") else { return false };
        let Value::Dict(options) = &options.value else { return true };
        sets_mode(options).is_some_and(|set| {
            set.as_str().is_none_or(|text| {
                let text = text.to_ascii_uppercase();
                !["NO_ZERO_DATE", "TRADITIONAL", "@@"].iter().any(|word| text.contains(word))
            })
        })
    })
}
