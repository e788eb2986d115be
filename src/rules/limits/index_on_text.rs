//! LIM001: an index on a text, blob or JSON column.

use crate::config::Config;
use crate::django::fields::BuiltIn;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, field_subject, server};

use super::keys::{KeyKind, keys_made};

/// LIM001 index-on-text.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM001",
        name: "index-on-text",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/index-on-text.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    if server(change.project, config).is_some_and(|server| server.is_mariadb()) {
        return;
    }
    for step in &change.operations {
        for key in keys_made(change, step) {
            let text = key.fields.iter().find(|field| {
                field.class.is(|class| {
                    matches!(class, BuiltIn::TextField | BuiltIn::BinaryField | BuiltIn::JSONField)
                })
            });
            let Some(field) = text else { continue };
            let name = &field.name;
            let message = match key.kind {
                KeyKind::FieldIndex => {
                    emit.graded(Severity::Warning);
                    Bilingual::new(
                        format!(
                            "`db_index=True` of `{name}` does nothing: MySQL cannot index the whole of such a column, so Django makes no index"
                        ),
                        format!(
                            "`{name}` 的 `db_index=True` 不起作用：MySQL 不能对整列建索引，因此 Django 不会创建索引"
                        ),
                    )
                }
                _ => Bilingual::new(
                    format!(
                        "an index over `{name}`: MySQL refuses a key on a text, blob or JSON column without a length, with 1170 or 3152"
                    ),
                    format!(
                        "在 `{name}` 上建索引：MySQL 不允许对未指定长度的 TEXT、BLOB、JSON 列建键，会报 1170 或 3152"
                    ),
                ),
            };
            let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
            finding.subject = field_subject(change, step, name);
            finding.discriminator = key.label();
            finding.help = Bilingual::new(
                "Make it a CharField with a length that fits (768 characters of utf8mb4 at most), or index a hash of it in a column of its own.",
                "请改为长度合适的 CharField（utf8mb4 最多 768 个字符），或新建一列保存其哈希值并对该列建索引。",
            );
        }
    }
}
