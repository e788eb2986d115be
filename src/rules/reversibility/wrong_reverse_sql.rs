//! REV004: reverse SQL that does not undo the forward SQL.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::{Effect, Verb};
use crate::project::Project;
use crate::rules::raw_sql::{not_known, written_in};
use crate::rules::{Check, Emit, Rule, operation_subject};
use crate::source::Span;

use super::of_kind;

/// REV004 wrong-reverse-sql.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "REV004",
        name: "wrong-reverse-sql",
        family: "reversibility",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/reversibility/wrong-reverse-sql.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for operation in of_kind(migration, OperationKind::RunSql) {
        let unknown = not_known(migration).iter().any(|part| part.operation.callee == operation.callee);
        if unknown || operation.reversible() != Some(true) {
            continue;
        }
        let all = written_in(migration, operation);
        let side = |reverse: bool| -> Vec<(Span, Effect)> {
            let sqls = all.iter().filter(|sql| sql.reverse == reverse);
            sqls.flat_map(|sql| sql.effects().into_iter().map(|effect| (sql.place(effect.span), effect)))
                .collect()
        };
        if let Some((span, message)) = fault(&side(false), &side(true), operation) {
            let finding = emit.at(&migration.file.text, span, message);
            finding.help = Bilingual::new(
                "Let `reverse_sql` undo each change, last one first.",
                "请让 `reverse_sql` 按相反顺序逐一撤销这些变更。",
            );
            finding.subject = operation_subject(project, migration, operation);
        }
    }
}

fn fault(
    forward: &[(Span, Effect)],
    reverse: &[(Span, Effect)],
    operation: &Operation,
) -> Option<(Span, Bilingual)> {
    // A step that also loses something is no pair to be matched.
    let left = forward.iter().find_map(|(span, effect)| {
        let undo = undone_by(effect.verb)?;
        let same = |name: &Option<String>, other: &Option<String>| match (name, other) {
            (Some(name), Some(other)) => name.eq_ignore_ascii_case(other),
            _ => true,
        };
        let is_undone = reverse.iter().any(|(_, back)| {
            let whole = back.verb == Verb::DropTable || back.verb == Verb::Other;
            (undo.contains(&back.verb) && same(&effect.name, &back.name) && same(&effect.table, &back.table))
                || (whole && same(&effect.table, &back.table))
        });
        let guarded = effect.verb == Verb::CreateTable && effect.guarded;
        (!is_undone && !guarded).then_some((*span, effect))
    });
    if let Some((span, effect)) = left {
        let what = [&effect.table, &effect.name].into_iter().flatten().cloned().collect::<Vec<_>>().join(".");
        let (en, zh) = match effect.verb {
            Verb::CreateTable => ("creates the table", "创建了表"),
            Verb::AddColumn => ("adds the column", "增加了列"),
            _ => ("adds the index", "增加了索引"),
        };
        return Some((
            span,
            Bilingual::new(
                format!(
                    "the forward SQL {en} `{what}`, and the reverse SQL leaves it: after a rollback the next `migrate` fails, since it is there already"
                ),
                format!(
                    "正向 SQL {zh} `{what}`，反向 SQL 却没有去掉它：回滚后再次 `migrate` 会因已存在而失败"
                ),
            ),
        ));
    }
    let tables = |side: &[(Span, Effect)]| -> BTreeSet<String> {
        side.iter()
            .filter_map(|(_, effect)| effect.table.as_ref())
            .map(|table| table.to_lowercase())
            .collect()
    };
    let renamed = forward.iter().chain(reverse).any(|(_, effect)| effect.verb == Verb::RenameTable);
    let (there, back) = (tables(forward), tables(reverse));
    if renamed || there.is_empty() || back.is_empty() || !there.is_disjoint(&back) {
        return None;
    }
    let span = operation.arg("reverse_sql").map_or(operation.callee, |reverse| reverse.span);
    let names =
        |set: &BTreeSet<String>| set.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some((
        span,
        Bilingual::new(
            format!(
                "the forward SQL changes {}, the reverse SQL {}: a rollback undoes something else",
                names(&there),
                names(&back)
            ),
            format!("正向 SQL 修改 {}，反向 SQL 修改 {}：回滚撤销的是别的内容", names(&there), names(&back)),
        ),
    ))
}

/// What undoes a change that would be in the way when the migration is run again.
fn undone_by(verb: Verb) -> Option<&'static [Verb]> {
    match verb {
        Verb::CreateTable => Some(&[Verb::DropTable, Verb::RenameTable]),
        Verb::AddColumn => Some(&[Verb::DropColumn, Verb::ChangeColumn, Verb::RenameColumn]),
        Verb::AddIndex => Some(&[Verb::DropIndex, Verb::DropConstraint, Verb::DropColumn]),
        _ => None,
    }
}
