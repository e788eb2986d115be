//! DAT009: a data migration that depends on something else than its database.

use std::sync::OnceLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::config::Config;
use crate::django::Migration;
use crate::django::run_python::{Act, Taken};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, is_own, uses};

/// DAT009 outside-call.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "DAT009",
        name: "outside-call",
        family: "data-migration",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-migration/outside-call.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let mut told = FxHashSet::default();
    for (entry, one) in uses(migration) {
        let Act::Name { path, taken: Taken::Called | Taken::CalledWithKeywords } = &one.act else { continue };
        let Some(kind) = kind_of(path).or_else(|| is_service(project, path).then_some("network")) else {
            continue;
        };
        let shown = path.trim_start_matches("builtins.");
        if !told.insert((one.function.clone(), shown.to_owned())) {
            continue;
        }
        if matches!(kind, "cache" | "sleep" | "file") {
            emit.graded(Severity::Info);
        }
        let finding = emit.at(&migration.file.text, one.span, message(&one.function, shown, kind));
        finding.help = Bilingual::new(
            "Do it in the release itself (a management command, a task after the deployment), and keep the migration to the database.",
            "请把它放到发布步骤中（管理命令，或部署后的任务），迁移只处理数据库。",
        );
        describe(finding, project, migration, (entry, one), shown);
    }
}

fn message(function: &str, call: &str, kind: &str) -> Bilingual {
    let (en, zh) = match kind {
        "task" => (
            "puts a task into a queue: a worker may run it before the migration has committed, and the queue must be up",
            "向队列投递任务：worker 可能在迁移提交之前就执行它，而且队列必须可用",
        ),
        "process" => (
            "runs other code: what it does is not part of the migration's record",
            "运行其他程序：其行为不属于迁移记录的一部分",
        ),
        "cache" => (
            "reaches the cache: it need not be up where migrations run, and is not rolled back with the database",
            "访问缓存：执行迁移的环境不一定有缓存，且缓存不会随数据库回滚",
        ),
        "sleep" => (
            "waits: the transaction of the migration keeps its locks meanwhile",
            "执行等待：期间迁移的事务一直持有锁",
        ),
        "file" => (
            "reads or writes a file: a relative path depends on where the command is started, and the file on what the image holds",
            "读写文件：相对路径取决于在哪里启动命令，文件是否存在取决于镜像内容",
        ),
        _ => (
            "calls another system: the migration fails where that is down, and what it did there is not rolled back",
            "调用外部系统：该系统不可用时迁移失败，而已在其中做的事不会回滚",
        ),
    };
    Bilingual::new(
        format!("`{function}` calls `{call}` and {en}"),
        format!("`{function}` 调用 `{call}`，{zh}"),
    )
}

/// A client of other services that is part of the project: a module named for it.
fn is_service(project: &Project, path: &str) -> bool {
    let mut parts = path.split('.');
    is_own(project, path) && parts.any(|part| matches!(part, "api" | "apis" | "esb" | "client" | "clients"))
}

#[derive(Default, Deserialize)]
struct Facts {
    kind: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    name: String,
    paths: Vec<String>,
    #[serde(default)]
    methods: Vec<String>,
    #[allow(dead_code)] // for readers of the file
    source: String,
}

static FACTS: &str = include_str!("../../../rules/facts/outside_calls.toml");

fn facts() -> &'static Facts {
    static TABLE: OnceLock<Facts> = OnceLock::new();
    TABLE.get_or_init(|| toml::from_str(FACTS).unwrap_or_default())
}

/// What kind of outside a call reaches.
fn kind_of(path: &str) -> Option<&'static str> {
    let is_below = |known: &String| {
        path.strip_prefix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
    };
    let last = path.rsplit('.').next().unwrap_or(path);
    let found = facts().kind.iter().find(|kind| {
        kind.paths.iter().any(is_below)
            || kind.methods.iter().any(|method| method == last && path.contains('.'))
    });
    found.map(|kind| kind.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_paths_are_matched_by_parts() {
        toml::from_str::<Facts>(FACTS).expect("outside_calls.toml");
        assert_eq!(kind_of("requests.Session().post"), Some("network"));
        assert_eq!(kind_of("requests_cache.get"), None);
        assert_eq!(kind_of("apps.tasks.fill.delay"), Some("task"));
        assert_eq!(kind_of("builtins.open"), Some("file"));
        assert_eq!(kind_of("django.core.cache.cache.delete"), Some("cache"));
    }
}
