//! LIM003: a table whose rows are larger than MySQL allows.

use crate::config::Config;
use crate::django::OperationKind;
use crate::django::state::{ModelKey, ProjectState};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Features;
use crate::rules::{Change, Check, Emit, Rule, features, operation_subject};

use super::sizes::{MAX_COLUMNS, MAX_ROW, Size, size_in_row};

/// LIM003 row-too-large.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM003",
        name: "row-too-large",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/row-too-large.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let features = features(change.project, config);
    for step in &change.operations {
        if !matches!(
            step.operation.kind,
            OperationKind::CreateModel | OperationKind::AddField | OperationKind::AlterField
        ) {
            continue;
        }
        let Some((key, _)) = change.model(step.operation, &step.after) else { continue };
        let before = step.before.model(&key).map(|_| bytes(&step.before, &key, &features));
        let Some((utf8mb4, utf8mb3)) = bytes(&step.after, &key, &features) else { continue };
        let was_too_large = before.flatten().is_some_and(|(before, _)| before > MAX_ROW);
        if utf8mb4 <= MAX_ROW || was_too_large {
            continue;
        }
        if utf8mb3 <= MAX_ROW {
            emit.graded(Severity::Warning);
        }
        let finding = emit.at(
            &change.migration.file.text,
            step.operation.callee,
            Bilingual::new(
                format!("a row of `{key}` may take {utf8mb4} bytes in utf8mb4 ({utf8mb3} in utf8mb3), and MySQL allows {MAX_ROW} without its text columns: 1118"),
                format!("`{key}` 的一行在 utf8mb4 下可能占 {utf8mb4} 字节（utf8mb3 下 {utf8mb3} 字节），超过 MySQL 允许的 {MAX_ROW} 字节（TEXT 列除外）：会报 1118"),
            ),
        );
        finding.subject = operation_subject(change.project, change.migration, step.operation);
        finding.help = Bilingual::new(
            "Make the longest texts TextField: they are kept outside the row.",
            "请把最长的文本改为 TextField：它们存放在行外。",
        );
    }
}

/// Bytes that a row may take in utf8mb4 and in utf8mb3; `None` where a column is not known.
fn bytes(state: &ProjectState, key: &ModelKey, features: &Features) -> Option<(u64, u64)> {
    // A table with more columns cannot be at all, and adding them up behind every operation takes its time.
    if state.model(key)?.fields.len() > MAX_COLUMNS {
        return None;
    }
    let fields = state.local_fields(key).ok()?;
    let columns = fields.iter().filter(|field| !field.is_many_to_many());
    let sizes: Vec<Size> = columns.map(|field| size_in_row(state, field, features)).collect::<Option<_>>()?;
    let total = |bytes: u64| sizes.iter().map(|size| size.bytes(bytes)).sum::<u64>();
    Some((total(4), total(3)))
}
