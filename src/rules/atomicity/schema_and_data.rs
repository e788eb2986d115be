//! ATO002: schema and data changed in one migration.

use crate::config::Config;
use crate::django::run_python::{Act, Code, Direction};
use crate::django::{Migration, Operation, OperationKind};
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

use super::changes_table;

/// ATO002 schema-and-data.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ATO002",
        name: "schema-and-data",
        family: "atomicity",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/atomicity/schema-and-data.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    // Data first and schema after it: the data is committed, and nothing of it stands in the way of a second run.
    let mut steps = change.operations.iter();
    let Some(schema) = steps
        .by_ref()
        .find(|step| step.operation.kind == OperationKind::CreateModel || changes_table(change, step))
    else {
        return;
    };
    let migration = change.migration;
    let Some(data) = steps.map(|step| step.operation).find(|operation| is_data(migration, operation)) else {
        return;
    };
    let schema = schema.operation;
    let (text, class) = (&migration.file.text, &schema.class);
    let finding = emit.at(
        text,
        data.callee,
        Bilingual::new(
            format!("this data step shares a migration with {class}, which MySQL has committed by then: if the step fails, the table stays changed, the migration is not recorded, and the next `migrate` fails at {class}"),
            format!("此数据操作与 {class} 在同一个迁移中，而后者此时已在 MySQL 中提交：若数据操作失败，表结构已变但迁移未被记录，再次 `migrate` 会在 {class} 处失败"),
        ),
    );
    finding.related =
        vec![(Place::new(text, schema.callee), Bilingual::new("the schema change", "结构变更"))];
    finding.help = Bilingual::new(
        "Split it: schema in one migration, data in the next. Each is recorded when it is done, and the data step can be repeated.",
        "请拆分：结构变更一个迁移，数据变更放到下一个。各自完成即被记录，数据步骤可以重试。",
    );
    finding.subject = operation_subject(change.project, migration, data);
}

/// Whether the operation may write rows: by Python code that is not known to read only, or by a statement of DML.
fn is_data(migration: &Migration, operation: &Operation) -> bool {
    if operation.kind != OperationKind::RunPython {
        return false;
    }
    let entries = migration.file.run_python().entries.iter();
    let mut forward =
        entries.filter(|entry| entry.callee == operation.callee && entry.direction == Direction::Forward);
    forward.any(|entry| match &entry.code {
        Code::Noop => false,
        Code::Imported(_) | Code::Other => true,
        Code::Function(_) => entry
            .uses
            .iter()
            .any(|one| matches!(one.act, Act::Write { .. } | Act::Execute(_) | Act::Name { .. })),
    })
}
