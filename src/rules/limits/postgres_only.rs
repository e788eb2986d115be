//! LIM006: an operation or field of PostgreSQL.

use crate::config::Config;
use crate::django::{Operation, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::source::Span;

/// LIM006 postgres-only.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM006",
        name: "postgres-only",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/postgres-only.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        let operation = step.operation;
        if operation.kind == OperationKind::Postgres {
            report(change, operation, operation.callee, &operation.class, emit);
        }
        let Some((_, model)) = change.model(operation, &step.after) else { continue };
        for field in
            model.fields.iter().filter(|field| field.class.path.starts_with("django.contrib.postgres."))
        {
            if let Some(span) = change.written_in(operation, field.origin.as_ref()) {
                report(change, operation, span, &field.class.name, emit);
            }
        }
        for index in &model.options.indexes {
            let is_foreign =
                index.class.as_ref().is_ok_and(|class| class.starts_with("django.contrib.postgres."));
            if let (true, Some(span)) = (is_foreign, change.written_in(operation, index.origin.as_ref())) {
                let class = index.class.clone().unwrap_or_else(|_| "Index".into());
                report(change, operation, span, class.rsplit('.').next().unwrap_or(&class), emit);
            }
        }
    }
}

fn report(change: &Change<'_>, operation: &Operation, span: Span, class: &str, emit: &mut Emit<'_>) {
    let finding = emit.at(
        &change.migration.file.text,
        span,
        Bilingual::new(
            format!(
                "`{class}` is PostgreSQL's (django.contrib.postgres): on MySQL its import or its SQL fails"
            ),
            format!("`{class}` 属于 PostgreSQL（django.contrib.postgres）：在 MySQL 上导入或执行会失败"),
        ),
    );
    finding.subject = operation_subject(change.project, change.migration, operation);
    finding.discriminator = class.to_owned();
    finding.help = Bilingual::new(
        "Use JSONField for arrays and dictionaries, a plain Index, and what else MySQL has.",
        "数组、字典请用 JSONField，索引用普通 Index，或其他 MySQL 支持的方式。",
    );
}
