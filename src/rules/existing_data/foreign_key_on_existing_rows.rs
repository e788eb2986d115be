//! EXD005: a foreign key whose rows may not exist.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::Default;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Value;

/// EXD005 foreign-key-on-existing-rows.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD005",
        name: "foreign-key-on-existing-rows",
        family: "existing-data",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/foreign-key-on-existing-rows.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        if !matches!(step.operation.kind, OperationKind::AddField | OperationKind::AlterField)
            || change.old_table(step).is_none()
        {
            continue;
        }
        let Some(field) = change.new_field(step) else { continue };
        if !field.is_foreign_key() || field.db_constraint() != Ok(true) {
            continue;
        }
        let name = &field.name;
        let message = if step.operation.kind == OperationKind::AddField {
            let default = match change.default_of(step, field) {
                Default::Value(expr) if expr.value == Value::None => continue,
                Default::NotProvided => continue,
                Default::Unknown(_) => continue,
                _ => "default",
            };
            Bilingual::new(
                format!(
                    "the foreign key `{name}` gets its {default} in every row: where the row that it points to does not exist, the migration stops with 1452"
                ),
                format!("外键 `{name}` 在每一行都填入默认值：若其指向的行不存在，迁移会以 1452 失败"),
            )
        } else {
            let Some(old) = change.old_field(step) else { continue };
            let was_constrained = old.is_foreign_key() && old.db_constraint() == Ok(true);
            let same_target = match (&old.relation, &field.relation) {
                (Some(old), Some(new)) => old.to == new.to,
                _ => false,
            };
            if (was_constrained && same_target) || old.class.django().is_err() {
                continue;
            }
            emit.graded(Severity::Error);
            Bilingual::new(
                format!(
                    "`{name}` becomes a foreign key over values that are there already: the first one that points to no row stops the migration with 1452"
                ),
                format!("`{name}` 在已有的值上变为外键：遇到第一个指向不存在行的值，迁移就会以 1452 失败"),
            )
        };
        let help = Bilingual::new(
            "Look for orphans first (LEFT JOIN … WHERE … IS NULL), and settle them in a migration before this one; a new key starts with null=True.",
            "请先查找孤儿数据（LEFT JOIN … WHERE … IS NULL），并在此之前的迁移中处理；新增外键请先用 null=True。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}
