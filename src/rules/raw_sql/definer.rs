//! RSQ007: routines, triggers and views that need rights a migration user seldom has.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::mysql::effects::effects;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{describe, written};

/// RSQ007 definer.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ007",
        name: "definer",
        family: "raw-sql",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/definer.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for sql in written(migration) {
        for statement in &sql.script.statements {
            let found = effects(&sql.text, statement);
            let Some(effect) =
                found.iter().find(|one| matches!(one.verb, Verb::CreateRoutine | Verb::CreateView))
            else {
                continue;
            };
            let definer = statement.significant().find(|token| token.is_word(&sql.text, "definer"));
            let named = definer.filter(|token| token.span.start < effect.span.end);
            let function = statement
                .significant()
                .take(8)
                .any(|token| ["TRIGGER", "FUNCTION"].iter().any(|word| token.is_word(&sql.text, word)));
            let (span, message, help) = match named {
                Some(token) => (
                    token.span,
                    Bilingual::new(
                        "DEFINER names an account: where it does not exist, or the migration user may not set it, MySQL answers 1227 or 1449",
                        "DEFINER 指定了账号：该账号不存在，或执行迁移的用户无权指定时，MySQL 会报 1227 或 1449",
                    ),
                    Bilingual::new(
                        "Leave DEFINER out: the migration user becomes the definer.",
                        "请去掉 DEFINER：执行迁移的用户即成为定义者。",
                    ),
                ),
                None if function => {
                    emit.graded(Severity::Info);
                    let message = Bilingual::new(
                        "with the binary log on, MySQL lets only privileged users create triggers and functions: 1419 unless `log_bin_trust_function_creators` is set",
                        "开启 binlog 时，MySQL 只允许特权用户创建触发器和函数：未设置 `log_bin_trust_function_creators` 会报 1419",
                    );
                    let help = Bilingual::new(
                        "Ask for the right before the upgrade, or keep the logic in the application.",
                        "请在升级前确认权限，或把逻辑放在应用中。",
                    );
                    (effect.span, message, help)
                }
                None => continue,
            };
            let finding = emit.at(&migration.file.text, sql.place(span), message);
            finding.help = help;
            describe(finding, project, migration, sql.operation, effect.name.as_deref().unwrap_or_default());
        }
    }
}
