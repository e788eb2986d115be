//! LIM008: an index that another one makes needless.

use std::sync::Arc;

use crate::config::Config;
use crate::django::state::Field;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

use super::keys::{KeyKind, KeyOf, keys_made, keys_of};

/// LIM008 duplicate-index.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM008",
        name: "duplicate-index",
        family: "limits",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/duplicate-index.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        let Some((key, new)) = change.model(step.operation, &step.after) else { continue };
        let mut made = keys_made(change, step);
        made.retain(|made| !made.unique && !is_of_constraint(made));
        if made.is_empty() {
            continue;
        }
        let all: Vec<KeyOf> = keys_of(new).into_iter().filter(|one| !is_of_constraint(one)).collect();
        for made in made {
            let names = made.names();
            let covering = all.iter().find(|other| {
                let others = other.names();
                let longer = others.len() > names.len()
                    || (others.len() == names.len() && (other.unique || other.kind != made.kind));
                longer && others.starts_with(&names)
            });
            let Some(covering) = covering else { continue };
            let (label, by) = (made.label(), covering.label());
            let finding = emit.at(
                &change.migration.file.text,
                step.operation.callee,
                Bilingual::new(
                    format!("the index over {label} of `{key}` is needless: the key over {by} serves the same queries, and every write keeps both"),
                    format!("`{key}` 上 {label} 的索引是多余的：{by} 上的键已能满足同样的查询，而每次写入都要维护两者"),
                ),
            );
            finding.subject = operation_subject(change.project, change.migration, step.operation);
            finding.discriminator = format!("{label} {by}");
            finding.help = Bilingual::new(
                "Leave one of them out; a foreign key without a constraint takes `db_index=False` where another key starts with its column.",
                "请去掉其中一个；无约束的外键若已有以该列开头的键，可设置 `db_index=False`。",
            );
        }
    }
}

/// Whether a key is there for the constraint of a foreign key: Django makes none, and InnoDB makes its own only where
/// no other key begins with the column.
fn is_of_constraint(key: &KeyOf) -> bool {
    let foreign = |field: &Arc<Field>| field.is_foreign_key() && field.db_constraint() != Ok(false);
    key.kind == KeyKind::FieldIndex && key.fields.iter().all(foreign)
}
