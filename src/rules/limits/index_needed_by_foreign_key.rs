//! LIM010: an index is dropped that a foreign key needs.

use crate::config::Config;
use crate::django::{DjangoVersion, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, field_subject};

use super::keys::{KeyKind, KeyOf, keys_of};

/// LIM010 index-needed-by-foreign-key.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM010",
        name: "index-needed-by-foreign-key",
        family: "limits",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/index-needed-by-foreign-key.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let django = change.project.versions.django.to;
    let is_new_django = django.map(|version| version >= DjangoVersion::new(4, 2));
    if is_new_django == Some(true) {
        return;
    }
    for step in &change.operations {
        if !matches!(step.operation.kind, OperationKind::RemoveIndex | OperationKind::RemoveConstraint) {
            continue;
        }
        let (Some((key, old)), Some((_, new))) =
            (change.old_table(step), change.model(step.operation, &step.after))
        else {
            continue;
        };
        let has_own = |one: &KeyOf| one.kind != KeyKind::FieldIndex;
        let kept: Vec<KeyOf> = keys_of(new).into_iter().filter(has_own).collect();
        let gone = keys_of(old)
            .into_iter()
            .filter(has_own)
            .filter(|one| !kept.iter().any(|other| other.kind == one.kind && other.names() == one.names()));
        for first in gone.filter_map(|one| one.fields.first().cloned()) {
            let is_key = first.is_foreign_key() && first.db_constraint() == Ok(true);
            let is_covered =
                kept.iter().any(|one| one.fields.first().is_some_and(|field| field.name == first.name));
            if !is_key || is_covered {
                continue;
            }
            if is_new_django == Some(false) {
                emit.graded(Severity::Error);
            }
            let name = &first.name;
            let finding = emit.at(
                &change.migration.file.text,
                step.operation.callee,
                Bilingual::new(
                    format!("the foreign key `{name}` of `{key}` has no other index than this one: MySQL refuses to drop it with 1553, and Django before 4.2 makes no other first"),
                    format!("`{key}` 的外键 `{name}` 只有这一个索引：MySQL 会以 1553 拒绝删除，而 Django 4.2 之前不会先建另一个"),
                ),
            );
            finding.subject = field_subject(change, step, name);
            finding.help = Bilingual::new(
                "Add an index over the foreign key before this operation (AddIndex), or run it on Django 4.2 or later.",
                "请在此操作之前为外键添加索引（AddIndex），或使用 Django 4.2 及以上版本执行。",
            );
        }
    }
}
