//! LOS002: a table is dropped and made anew, and loses its rows.

use crate::config::Config;
use crate::django::OperationKind;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// LOS002 delete-and-create-model.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LOS002",
        name: "delete-and-create-model",
        family: "data-loss",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-loss/delete-and-create-model.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for (at, step) in change.operations.iter().enumerate() {
        if step.operation.kind != OperationKind::CreateModel {
            continue;
        }
        let Some((key, _)) = change.model(step.operation, &step.after) else { continue };
        let Ok(table) = step.after.table(&key) else { continue };
        let earlier = change.operations.get(..at).unwrap_or_default().iter();
        let dropped = earlier.filter(|one| one.operation.kind == OperationKind::DeleteModel).find(|one| {
            change.old_table(one).is_some_and(|(gone, _)| one.before.table(&gone).as_ref() == Ok(&table))
        });
        let Some(gone) = dropped else { continue };
        let text = &change.migration.file.text;
        let finding = emit.at(
            text,
            step.operation.callee,
            Bilingual::new(
                format!("table `{table}` is dropped and made anew in one migration: it comes back empty, and all its rows are lost"),
                format!("表 `{table}` 在同一个迁移中被删除又重新创建：新表是空的，原有的数据全部丢失"),
            ),
        );
        finding.related =
            vec![(Place::new(text, gone.operation.callee), Bilingual::new("dropped here", "在此处删除"))];
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Change the table with AlterField and AddField; or create the new one under another name, copy, and drop the old one in a later release.",
            "请用 AlterField、AddField 修改表；或以另一个名字新建表并复制数据，旧表留到以后的版本再删除。",
        );
    }
}
