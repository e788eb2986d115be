//! EXD004: a column that gets too small for what it may hold.

use crate::config::Config;
use crate::django::OperationKind;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, features, operation_subject};

use super::column_type::{ColumnType, TypeChange};

/// EXD004 narrowed-column.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "EXD004",
        name: "narrowed-column",
        family: "existing-data",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/existing-data/narrowed-column.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let features = features(change.project, config);
    for step in change.operations.iter().filter(|step| step.operation.kind == OperationKind::AlterField) {
        if change.old_table(step).is_none() {
            continue;
        }
        let (Some(old), Some(new)) = (change.old_field(step), change.new_field(step)) else { continue };
        let types = (step.before.db_type(old, &features), step.after.db_type(new, &features));
        let (Ok(Some(from)), Ok(Some(to))) = types else { continue };
        let Some(kind) = ColumnType::parse(&from).change_to(&ColumnType::parse(&to)) else { continue };
        let Ok(Some(column)) = new.column() else { continue };
        // A field of the project that kept JSON in a text: what is there is JSON, but for empty texts.
        if to.as_ref() == "json" && old.class.name.to_lowercase().contains("json") {
            emit.graded(Severity::Warning);
        }
        let message = match kind {
            TypeChange::Narrower => Bilingual::new(
                format!(
                    "column `{column}` shrinks from {from} to {to}: the first value that does not fit stops the migration with 1264, 1265 or 1406"
                ),
                format!(
                    "列 `{column}` 从 {from} 缩小为 {to}：遇到第一个放不下的值，迁移就会以 1264、1265 或 1406 失败"
                ),
            ),
            TypeChange::LosesSign => Bilingual::new(
                format!(
                    "column `{column}` goes from {from} to {to}: the first negative value stops the migration with 1264"
                ),
                format!("列 `{column}` 从 {from} 改为 {to}：遇到第一个负值，迁移就会以 1264 失败"),
            ),
            TypeChange::Rounds => Bilingual::new(
                format!(
                    "column `{column}` goes from {from} to {to}: MySQL cuts or rounds what is there without any error, and nothing brings it back"
                ),
                format!("列 `{column}` 从 {from} 改为 {to}：MySQL 会不报错地截断或舍入已有数据，且无法恢复"),
            ),
            TypeChange::OtherFamily => Bilingual::new(
                format!(
                    "column `{column}` goes from {from} to {to}: MySQL converts every value, and the first that it cannot read stops the migration with 1292, 1366 or 3140"
                ),
                format!(
                    "列 `{column}` 从 {from} 改为 {to}：MySQL 会转换每一个值，遇到第一个无法转换的就以 1292、1366 或 3140 失败"
                ),
            ),
        };
        let help = Bilingual::new(
            "Look at what production holds first (MAX(CHAR_LENGTH(…)), MIN and MAX), and settle it in a migration before this one. For another kind of type: a new column, filled by code, then the old one dropped.",
            "请先查看生产库中的实际数据（MAX(CHAR_LENGTH(…))、MIN、MAX），并在此之前的迁移中处理。要换成另一类类型：新建一列，由代码填充，再删除旧列。",
        );
        let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = help;
    }
}
