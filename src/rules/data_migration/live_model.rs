//! DAT001: a data migration that uses a model class of today's code.

use rustc_hash::FxHashSet;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Act, Taken};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, live_class, uses};

/// DAT001 live-model.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT001",
        name: "live-model",
        family: "data-migration",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/live-model.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut seen = FxHashSet::default();
    for (entry, one) in uses(migration) {
        let Act::Name { path, taken } = &one.act else { continue };
        let Some(class) = live_class(project, path, *taken == Taken::CalledWithKeywords) else { continue };
        if !seen.insert((one.function.clone(), class.trim_end_matches("()").to_owned())) {
            continue;
        }
        let function = &one.function;
        let finding = emit.at(
            &migration.file.text,
            one.span,
            Bilingual::new(
                format!("`{function}` uses `{class}`, the model as it is in today's code: once a later migration changes its table, this migration fails on a new database"),
                format!("`{function}` 使用了 `{class}`，即当前代码中的模型：一旦后续迁移改动其表结构，在新数据库上执行本迁移就会失败"),
            ),
        );
        finding.help = help(class);
        describe(finding, project, migration, (entry, one), class);
    }
}

fn help(class: &str) -> Bilingual {
    let get = match class.rsplit('.').next() {
        Some("get_user_model()" | "get_user_model") => "apps.get_model(settings.AUTH_USER_MODEL)".to_owned(),
        Some("get_model()" | "get_model") => String::new(),
        name => format!("apps.get_model(\"<app_label>\", \"{}\")", name.unwrap_or_default()),
    };
    if !get.is_empty() {
        Bilingual::new(
            format!(
                "Take the historical model: `{get}`, and name the last migration of its app in `dependencies`."
            ),
            format!("改用历史模型：`{get}`，并在 `dependencies` 中写上其应用的最后一个迁移。"),
        )
    } else {
        Bilingual::new(
            "Call `get_model` on the `apps` argument that Django passes to the function, not on the global registry.",
            "请使用 Django 传入函数的 `apps` 参数调用 `get_model`，而不是全局注册表。",
        )
    }
}
