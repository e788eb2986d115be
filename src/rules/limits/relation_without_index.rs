//! LIM009: a relation that neither a constraint nor an index stands behind.

use crate::config::Config;
use crate::django::state::Field;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, FieldChange, Rule, field_subject};

use super::keys::keys_of;

/// LIM009 relation-without-index.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM009",
        name: "relation-without-index",
        family: "limits",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/relation-without-index.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        let Some((key, new)) = change.model(step.operation, &step.after) else { continue };
        for FieldChange { new: field, old } in change.changed_fields(step) {
            let bare = |field: &Field| {
                field.db_constraint() == Ok(false)
                    && field.db_index() == Ok(false)
                    && field.unique() == Ok(false)
            };
            let was = old.is_some_and(|field| bare(field));
            if !field.is_foreign_key() || !bare(field) || was {
                continue;
            }
            if keys_of(new).iter().any(|one| one.names().first() == Some(&field.name)) {
                continue;
            }
            let name = &field.name;
            let finding = emit.at(
                &change.migration.file.text,
                change.place_of(step.operation, field.origin.as_ref()),
                Bilingual::new(
                    format!("`{name}` of `{key}` has neither a constraint nor an index: InnoDB makes none, so every join and every delete of its target reads the whole table"),
                    format!("`{key}` 的 `{name}` 既没有外键约束也没有索引：InnoDB 不会自动建索引，每次关联查询和删除目标行都要全表扫描"),
                ),
            );
            finding.subject = field_subject(change, step, name);
            finding.help = Bilingual::new(
                "Leave `db_index` on where `db_constraint` is off.",
                "设置 `db_constraint=False` 时请保留 `db_index`。",
            );
        }
    }
}
