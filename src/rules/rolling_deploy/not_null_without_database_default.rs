//! ROL001: a NOT NULL column that the running release does not fill.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::fields::BuiltIn;
use crate::django::state::Default;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Verb;
use crate::rules::{Change, Check, Emit, Rule, operation_subject, server};

/// ROL001 not-null-without-database-default.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ROL001",
        name: "not-null-without-database-default",
        family: "rolling-deploy",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/rolling-deploy/not-null-without-database-default.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AddField) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let Some(field) = change.new_field(step) else { continue };
        let (Ok(class), Ok(Some(column))) = (field.class.django(), field.column()) else { continue };
        if field.null() != Ok(false)
            || field.db_default().is_some()
            || class.is_auto()
            || class == BuiltIn::GeneratedField
        {
            continue;
        }
        let table = step.before.table(&key);
        if table.as_ref().is_ok_and(|table| change.sql_does(Verb::AlterColumn, table, &column)) {
            continue;
        }
        let default = change.default_of(step, field);
        let keeps = keeps_default(class) && default != Default::NotProvided;
        let mariadb = server(change.project, config).is_some_and(|server| server.is_mariadb());
        if keeps && !mariadb {
            emit.graded(Severity::Warning);
        }
        let finding =
            emit.at(&change.migration.file.text, step.operation.callee, message(&column, &default, keeps));
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Give the column a default in the database: `db_default` (Django 5.0), or RunSQL `ALTER TABLE … ALTER COLUMN … SET DEFAULT …` behind the AddField; or add it with `null=True` and make it NOT NULL in the next release.",
            "请为该列设置数据库默认值：`db_default`（Django 5.0 起），或在 AddField 之后用 RunSQL 执行 `ALTER TABLE … ALTER COLUMN … SET DEFAULT …`；或先用 `null=True` 添加，下一个版本再改为 NOT NULL。",
        );
    }
}

fn message(column: &str, default: &Default, keeps: bool) -> Bilingual {
    if *default == Default::NotProvided {
        return Bilingual::new(
            format!(
                "column `{column}` is NOT NULL and has no default at all: MySQL fills old rows with 0 or an empty text (a date fails with 1292), and every INSERT of the release that is still running fails with 1364"
            ),
            format!(
                "列 `{column}` 为 NOT NULL 且没有任何默认值：MySQL 会用 0 或空串填充旧行（日期类型报 1292），仍在运行的旧版本的每条 INSERT 都会报 1364"
            ),
        );
    }
    if keeps {
        return Bilingual::new(
            format!(
                "column `{column}` is NOT NULL, and whether its default stays in the database depends on the server: MySQL from 8.0.13 keeps it, on MariaDB Django drops it again, and every INSERT of the release that is still running fails with 1364"
            ),
            format!(
                "列 `{column}` 为 NOT NULL，其默认值是否保留在数据库中取决于服务器：MySQL 8.0.13 起保留，MariaDB 上 Django 会再次删除，此时仍在运行的旧版本的每条 INSERT 都会报 1364"
            ),
        );
    }
    Bilingual::new(
        format!(
            "column `{column}` is NOT NULL, and Django drops its default from the database again: every INSERT of the release that is still running fails with 1364"
        ),
        format!(
            "列 `{column}` 为 NOT NULL，而 Django 添加后会从数据库中去掉默认值：仍在运行的旧版本的每条 INSERT 都会报 1364"
        ),
    )
}

/// Types whose default MySQL cannot alter, so that Django leaves it.
fn keeps_default(class: BuiltIn) -> bool {
    matches!(class, BuiltIn::TextField | BuiltIn::JSONField | BuiltIn::BinaryField)
}
