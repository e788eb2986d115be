//! EXD003: a unique column that gets the same value in every row.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::{Default, Field};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Value;

/// EXD003 unique-with-one-default.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD003",
        name: "unique-with-one-default",
        family: "existing-data",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/unique-with-one-default.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AddField) {
        let Some((key, _)) = change.old_table(step) else { continue };
        let Some(field) = change.new_field(step) else { continue };
        let given = match change.default_of(step, field) {
            Default::Value(expr) if expr.value == Value::None => continue,
            Default::Value(_) | Default::Callable(_) | Default::Imported(_) => true,
            Default::NotProvided => field.null() == Ok(false),
            Default::Unknown(_) => continue,
        };
        let class = field.class.django();
        if field.unique() != Ok(true)
            || !given
            || class.is_ok_and(|class| class.is_auto())
            || class_has_no_column(field)
        {
            continue;
        }
        let name = &field.name;
        let message = Bilingual::new(
            format!(
                "`{name}` is unique, and Django gives every row of `{key}` the same value, a callable default being called once: with two rows the migration stops with 1062"
            ),
            format!(
                "`{name}` 是唯一的，而 Django 会给 `{key}` 的所有行填入同一个值（可调用的默认值也只调用一次）：表中有两行时迁移就会以 1062 失败"
            ),
        );
        let help = Bilingual::new(
            "Three migrations: add it with null=True, fill each row with its own value, then make it unique (Django's howto “Migrations that add unique fields”).",
            "分三个迁移：先以 null=True 添加，再为每行填入不同的值，最后改为唯一（见 Django 文档“添加唯一字段的迁移”）。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}

/// Whether the field is no column of the table.
fn class_has_no_column(field: &Field) -> bool {
    !matches!(field.column(), Ok(Some(_)))
}
