//! LOS005: a rule that the database kept is taken away.

use crate::config::Config;
use std::sync::Arc;

use crate::django::OperationKind;
use crate::django::state::{Constraint, ModelState};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

/// LOS005 dropped-constraint.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LOS005",
        name: "dropped-constraint",
        family: "data-loss",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/data-loss/dropped-constraint.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        let Some((key, old)) = change.old_table(step) else { continue };
        let Some(new) = step.after.model(&key) else { continue };
        let what = match step.operation.kind {
            OperationKind::RemoveConstraint => {
                let kept = |one: &&Arc<Constraint>| {
                    new.options.constraints.iter().any(|other| other.name == one.name)
                };
                let gone = old.options.constraints.iter().find(|one| !kept(one));
                gone.and_then(|one| one.name.clone().ok()).map(|name| name.to_string())
            }
            OperationKind::AlterUniqueTogether => {
                let sets = |model: &ModelState| model.options.unique_together.clone().unwrap_or_default();
                let after = sets(new);
                // A smaller set demands more than the one it replaces.
                let kept = |set: &Vec<Arc<str>>| {
                    after.iter().any(|other| other.iter().all(|field| set.contains(field)))
                };
                sets(old).iter().find(|set| !kept(set)).map(|set| format!("unique ({})", set.join(", ")))
            }
            OperationKind::AlterField => match (change.old_field(step), change.new_field(step)) {
                (Some(before), Some(after)) if before.unique() == Ok(true) && after.unique() == Ok(false) => {
                    Some(format!("unique ({})", after.name))
                }
                (Some(before), Some(after))
                    if before.is_foreign_key()
                        && before.db_constraint() == Ok(true)
                        && (after.db_constraint() == Ok(false)
                            || after.class.is(|class| !class.is_foreign_key())) =>
                {
                    Some(format!("foreign key ({})", after.name))
                }
                _ => None,
            },
            _ => continue,
        };
        let Some(what) = what else { continue };
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("the database no longer keeps `{what}` of `{key}`: rows that break it can come from now on, and a rollback fails on them"),
                format!("数据库不再保证 `{key}` 的 `{what}`：此后可能写入违反它的数据，回滚时会因此失败"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.discriminator = what;
        finding.help = Bilingual::new(
            "Make sure that the code keeps the rule, or that nobody needs it.",
            "请确认代码会保证这一规则，或不再需要它。",
        );
    }
}
