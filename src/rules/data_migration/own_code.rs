//! DAT002: a data migration that depends on code of the project.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Act, Entry, Taken, Use};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, is_own, live_class, uses};

/// DAT002 own-code.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT002",
        name: "own-code",
        family: "data-migration",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/own-code.md"),
    check: Check::Migration(check),
};

/// What of one module is used.
struct Used<'a> {
    at: (&'a Entry, &'a Use),
    names: Vec<&'a str>,
    runs: bool,
}

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut modules: BTreeMap<&str, Used<'_>> = BTreeMap::new();
    for (entry, one) in uses(migration) {
        let Act::Name { path, taken } = &one.act else { continue };
        let is_live = live_class(project, path, *taken == Taken::CalledWithKeywords).is_some();
        if is_live || !is_own(project, path) || is_log(path) {
            continue;
        }
        let data = without_method_of_data(path);
        let (module, name) = split(data);
        let runs = *taken != Taken::Read && data == path.as_ref();
        let used = modules.entry(module).or_insert(Used { at: (entry, one), names: Vec::new(), runs });
        if runs && !used.runs {
            // Point at the place that runs code, not at a constant.
            (used.at, used.runs) = ((entry, one), true);
        }
        if !used.names.contains(&name) {
            used.names.push(name);
        }
    }
    for (module, used) in modules {
        report(project, migration, module, &used, emit);
    }
}

fn report(project: &Project, migration: &Migration, module: &str, used: &Used<'_>, emit: &mut Emit<'_>) {
    let names: Vec<String> = used.names.iter().map(|name| format!("`{name}`")).collect();
    let function = &used.at.1.function;
    let (en, zh) = (names.join(", "), names.join("、"));
    let message = if used.runs {
        Bilingual::new(
            format!(
                "`{function}` runs {en} of `{module}`, code of the project that goes on changing: on the next new database the migration does something else, or fails"
            ),
            format!(
                "`{function}` 调用了项目代码 `{module}` 的 {zh}，这些代码会不断变化：以后在新数据库上，本迁移的行为会改变甚至失败"
            ),
        )
    } else {
        Bilingual::new(
            format!(
                "`{function}` reads {en} of `{module}`: a later change of the value changes what this migration did"
            ),
            format!("`{function}` 读取了 `{module}` 的 {zh}：其取值以后变化，本迁移的结果也会随之改变"),
        )
    };
    if !used.runs {
        emit.graded(Severity::Info);
    }
    let finding = emit.at(&migration.file.text, used.at.1.span, message);
    finding.help = Bilingual::new(
        "Copy what the migration needs into its file: a migration is a record, and must give the same result in a year.",
        "请把迁移需要的内容复制到本文件中：迁移是历史记录，一年后执行也应得到同样的结果。",
    );
    describe(finding, project, migration, used.at, module);
}

/// Loggers change nothing.
fn is_log(path: &str) -> bool {
    path.split('.').any(|part| matches!(part, "logger" | "log" | "logging" | "logs"))
}

/// The path without a method that only data has: `TITLE.format`, `STATES.items().x`.
fn without_method_of_data(path: &str) -> &str {
    const OF_DATA: [&str; 9] =
        ["format", "join", "split", "lower", "upper", "strip", "keys", "items", "append"];
    const OF_CONSTANTS: [&str; 5] = ["get", "copy", "values", "update", "replace"];
    let (mut end, mut before) = (0, "");
    for part in path.split('.') {
        let name = part.trim_end_matches("()");
        let of_constant = !before.is_empty() && !before.contains(|c: char| c.is_lowercase());
        if end > 0 && (OF_DATA.contains(&name) || (of_constant && OF_CONSTANTS.contains(&name))) {
            return path.get(..end - 1).unwrap_or(path);
        }
        before = part;
        end += part.len() + 1;
    }
    path
}

/// The module of a path and the first name in it, by the way names are written: a module is lower case, and what is
/// called or read of it comes last.
fn split(path: &str) -> (&str, &str) {
    let mut start = 0;
    for part in path.split('.') {
        let named = part.starts_with(|first: char| first.is_uppercase());
        let last = start + part.len() == path.len() || part.ends_with("()");
        if (named || last) && start > 0 {
            let module = path.get(..start - 1).unwrap_or(path);
            return (if module.is_empty() { "." } else { module }, part.trim_end_matches("()"));
        }
        start += part.len() + 1;
    }
    (path, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_where_the_module_ends() {
        assert_eq!(split("apps.log.constants.InnerTag.BCS.value"), ("apps.log.constants", "InnerTag"));
        assert_eq!(split("metadata.config.PATH"), ("metadata.config", "PATH"));
        assert_eq!(split("metadata.util.parse"), ("metadata.util", "parse"));
        assert_eq!(split("metadata.util.parse().x"), ("metadata.util", "parse"));
        assert_eq!(split("helper"), ("helper", "helper"));
        assert_eq!(split(".steps.fill"), (".steps", "fill"));
        assert_eq!(without_method_of_data("shop.constants.TITLE.format().x"), "shop.constants.TITLE");
        assert_eq!(without_method_of_data("shop.constants.STATES.get"), "shop.constants.STATES");
        assert_eq!(without_method_of_data("shop.util.get_x"), "shop.util.get_x");
        assert_eq!(without_method_of_data("shop.api.client.get"), "shop.api.client.get");
    }
}
