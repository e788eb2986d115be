//! LIM004: a constraint or index that MySQL does not have, so that Django leaves it out.

use crate::config::Config;
use crate::django::Operation;
use crate::django::state::ConstraintKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Features;
use crate::rules::{Change, Check, Emit, Rule, operation_subject, server};
use crate::source::Span;

/// LIM004 ignored-constraint.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM004",
        name: "ignored-constraint",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/ignored-constraint.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let server = server(change.project, config);
    for step in &change.operations {
        let Some((key, new)) = change.model(step.operation, &step.after) else { continue };
        let old = step.before.model(&key);
        for constraint in &new.options.constraints {
            if old.is_some_and(|old| old.options.constraints.iter().any(|had| had.name == constraint.name)) {
                continue;
            }
            let name = constraint.name.clone().unwrap_or_else(|_| "?".into());
            if let (ConstraintKind::Check(_), Some(server)) = (&constraint.kind, &server)
                && !Features::new(change.basis.django, server).enforced_checks
            {
                emit.graded(Severity::Warning);
                let server = server.title();
                let message = Bilingual::new(
                    format!(
                        "{server} reads the check `{name}` and forgets it: nothing keeps other values out"
                    ),
                    format!("{server} 会解析检查约束 `{name}` 但不保存：无法阻止不合要求的值"),
                );
                report(
                    change,
                    step.operation,
                    change.place_of(step.operation, constraint.origin.as_ref()),
                    &name,
                    message,
                    CHECK_ADVICE,
                    emit,
                );
                continue;
            }
            let ConstraintKind::Unique { condition, special, .. } = &constraint.kind else { continue };
            let why = match (condition, special.first()) {
                (Some(_), _) => Bilingual::new("it has a condition", "它带有 condition"),
                (None, Some(argument)) => {
                    Bilingual::new(format!("it has `{argument}`"), format!("它带有 `{argument}`"))
                }
                (None, None) => continue,
            };
            let message = Bilingual::new(
                format!(
                    "the unique constraint `{name}` is not made on MySQL and MariaDB, since {}: nothing keeps duplicates out",
                    why.en
                ),
                format!("唯一约束 `{name}` 在 MySQL 和 MariaDB 上不会创建，因为{}：无法防止重复数据", why.zh),
            );
            report(
                change,
                step.operation,
                change.place_of(step.operation, constraint.origin.as_ref()),
                &name,
                message,
                KEY_ADVICE,
                emit,
            );
        }
        for index in &new.options.indexes {
            if old.is_some_and(|old| old.options.indexes.iter().any(|had| had.name == index.name)) {
                continue;
            }
            let name = index.name.clone().unwrap_or_else(|_| "?".into());
            let without_expressions = server
                .as_ref()
                .is_some_and(|server| !Features::new(change.basis.django, server).expression_indexes);
            let message = if index.condition.is_some() {
                emit.graded(Severity::Warning);
                Bilingual::new(
                    format!(
                        "the condition of index `{name}` is ignored on MySQL and MariaDB: it covers all rows"
                    ),
                    format!("索引 `{name}` 的 condition 在 MySQL 和 MariaDB 上被忽略：索引会覆盖所有行"),
                )
            } else if !index.expressions.is_empty() && without_expressions {
                emit.graded(Severity::Warning);
                Bilingual::new(
                    format!(
                        "index `{name}` is over an expression, which the configured server does not have: Django leaves it out"
                    ),
                    format!("索引 `{name}` 建立在表达式上，而配置的服务器不支持：Django 不会创建它"),
                )
            } else {
                continue;
            };
            report(
                change,
                step.operation,
                change.place_of(step.operation, index.origin.as_ref()),
                &name,
                message,
                KEY_ADVICE,
                emit,
            );
        }
    }
}

/// What helps against a key that is left out.
const KEY_ADVICE: (&str, &str) = (
    "Keep the rule in a column that MySQL can index: one that holds the value where the condition is met and NULL elsewhere, with a plain unique key.",
    "请用 MySQL 能索引的列来实现：条件满足时保存该值、否则为 NULL 的列，并加普通唯一键。",
);

/// What helps against a check that is forgotten.
const CHECK_ADVICE: (&str, &str) = (
    "MySQL keeps checks from 8.0.16 on. Until then validate the values where they are written, and expect rows that break the check when the server is upgraded and the constraint is added again.",
    "MySQL 从 8.0.16 起才保存检查约束。在此之前请在写入处校验；升级服务器并重新添加约束时，可能已有不符合的数据。",
);

fn report(
    change: &Change<'_>,
    operation: &Operation,
    span: Span,
    name: &str,
    message: Bilingual,
    (en, zh): (&str, &str),
    emit: &mut Emit<'_>,
) {
    let finding = emit.at(&change.migration.file.text, span, message);
    finding.subject = operation_subject(change.project, change.migration, operation);
    finding.discriminator = name.to_owned();
    finding.help = Bilingual::new(en, zh);
}
