//! EXD002: a unique key over rows that are there already.

use crate::config::Config;
use std::sync::Arc;

use crate::django::OperationKind;
use crate::django::state::{ConstraintKind, Default, ModelKey, ModelState, OperationStep};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// EXD002 unique-on-existing-rows.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD002",
        name: "unique-on-existing-rows",
        family: "existing-data",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/unique-on-existing-rows.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for (at, step) in change.operations.iter().enumerate() {
        let Some((key, old)) = change.old_table(step) else { continue };
        let operation = step.operation;
        let sets: Vec<Vec<Arc<str>>> = match operation.kind {
            OperationKind::AlterField => {
                let (Some(before), Some(after)) = (change.old_field(step), change.new_field(step)) else {
                    continue;
                };
                match (before.unique(), after.unique()) {
                    (Ok(false), Ok(true)) => vec![vec![after.name.clone()]],
                    _ => continue,
                }
            }
            OperationKind::AlterUniqueTogether => {
                let Some(new) = step.after.model(&key) else { continue };
                new.options.unique_together.clone().unwrap_or_default()
            }
            OperationKind::AddConstraint => {
                let Some(new) = step.after.model(&key) else { continue };
                let added = new
                    .options
                    .constraints
                    .iter()
                    .filter(|one| !old.options.constraints.iter().any(|had| had.name == one.name));
                added.filter_map(|one| unconditional(&one.kind)).collect()
            }
            _ => continue,
        };
        // What was unique when the migration began still is, whatever was given up on the way.
        let mut had = unique_sets(old);
        had.extend(change.before.model(&key).map(|model| unique_sets(model)).unwrap_or_default());
        let earlier = change.operations.get(..at).unwrap_or_default();
        let has_data_step = earlier
            .iter()
            .any(|one| matches!(one.operation.kind, OperationKind::RunPython | OperationKind::RunSql));
        for set in sets {
            let is_implied = had.iter().any(|known| known.iter().all(|field| set.contains(field)));
            let is_fresh = set.iter().any(|name| is_filled_apart(change, &key, name, step));
            if set.is_empty() || is_implied || is_fresh {
                continue;
            }
            let names = set.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let message = Bilingual::new(
                format!(
                    "{names} of `{key}` must be unique from here on, and the rows that are there were written without that rule: two equal ones stop the migration with 1062"
                ),
                format!(
                    "`{key}` 的 {names} 从此必须唯一，而已有的行并不受此约束：只要有两行相同，迁移就会以 1062 失败"
                ),
            );
            if has_data_step {
                emit.graded(Severity::Warning);
            }
            let finding = emit.at(&change.migration.file.text, operation.callee, message);
            finding.subject = operation_subject(change.project, change.migration, operation);
            finding.discriminator = names;
            finding.help = Bilingual::new(
                "Look for duplicates on production first (`SELECT … GROUP BY … HAVING COUNT(*) > 1`, with the column's collation: 'a' equals 'A'), and remove them in a migration of its own.",
                "请先在生产库查重（`SELECT … GROUP BY … HAVING COUNT(*) > 1`，注意排序规则：'a' 与 'A' 相同），并用单独的迁移清理。",
            );
        }
    }
}

/// The fields of a unique constraint without a condition; MySQL has no other.
fn unconditional(kind: &ConstraintKind) -> Option<Vec<Arc<str>>> {
    match kind {
        ConstraintKind::Unique { fields: Ok(fields), condition: None, special, .. } if special.is_empty() => {
            Some(fields.clone())
        }
        _ => None,
    }
}

/// Sets of fields that are unique already.
fn unique_sets(model: &ModelState) -> Vec<Vec<Arc<str>>> {
    let mut sets = model.options.unique_together.clone().unwrap_or_default();
    sets.extend(model.options.constraints.iter().filter_map(|one| unconditional(&one.kind)));
    let fields = model.fields.iter().filter(|field| field.unique() == Ok(true));
    sets.extend(fields.map(|field| vec![field.name.clone()]));
    sets
}

/// Whether a field is new in this migration and NULL in every old row: NULLs never collide.
fn is_filled_apart(change: &Change<'_>, key: &ModelKey, name: &str, step: &OperationStep<'_>) -> bool {
    let Some(field) = step.after.model(key).and_then(|model| model.fields.get(name)) else { return true };
    let is_new = field.origin.as_ref().is_some_and(|origin| {
        origin.migration == (change.migration.app.clone(), change.migration.name.clone())
    }) && change.before.model(key).is_none_or(|model| model.fields.get(name).is_none());
    is_new && field.null() == Ok(true) && field.default() == Default::NotProvided
}
