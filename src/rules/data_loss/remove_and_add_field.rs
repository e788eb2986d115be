//! LOS001: a field is removed and added again, and loses its values.

use crate::config::Config;
use crate::django::OperationKind;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// LOS001 remove-and-add-field.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LOS001",
        name: "remove-and-add-field",
        family: "data-loss",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-loss/remove-and-add-field.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let removed: Vec<_> =
        change.operations.iter().filter(|one| one.operation.kind == OperationKind::RemoveField).collect();
    for step in change.operations.iter().filter(|one| one.operation.kind == OperationKind::AddField) {
        let (Some(field), Some((key, _))) = (change.new_field(step), change.old_table(step)) else {
            continue;
        };
        let Ok(Some(column)) = field.column() else { continue };
        let before = removed.iter().find(|gone| {
            let same_model = change.old_table(gone).is_some_and(|(gone_key, _)| gone_key == key);
            let old = change.old_field(gone).and_then(|old| old.column().ok().flatten());
            same_model
                && gone.operation.span.start < step.operation.span.start
                && old.as_ref() == Some(&column)
        });
        let Some(gone) = before else { continue };
        let text = &change.migration.file.text;
        let finding = emit.at(
            text,
            step.operation.callee,
            Bilingual::new(
                format!("column `{column}` of `{key}` is dropped and made anew in one migration: it comes back empty, and all its values are lost"),
                format!("`{key}` 的列 `{column}` 在同一个迁移中被删除又重新创建：新列是空的，原有的值全部丢失"),
            ),
        );
        finding.related =
            vec![(Place::new(text, gone.operation.callee), Bilingual::new("dropped here", "在此处删除"))];
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Use AlterField, which keeps the values; where MySQL cannot convert them, add a second column and copy.",
            "请使用 AlterField 以保留数据；若 MySQL 无法转换，请新建另一列并复制数据。",
        );
    }
}
