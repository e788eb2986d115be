//! LIM011: a column in a character set that does not hold every text.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, FieldChange, Rule, field_subject};

/// LIM011 other-character-set.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM011",
        name: "other-character-set",
        family: "limits",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/other-character-set.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        for FieldChange { new: field, old } in change.changed_fields(step) {
            let Ok(Some(collation)) = field.db_collation() else { continue };
            let had = old.map(|field| field.db_collation());
            let Some(charset) = narrow(&collation) else { continue };
            if had == Some(Ok(Some(collation.clone()))) {
                continue;
            }
            let name = &field.name;
            let finding = emit.at(
                &change.migration.file.text,
                change.place_of(step.operation, field.origin.as_ref()),
                Bilingual::new(
                    format!("`{name}` is stored in {charset} (`{collation}`): MySQL refuses texts with other characters (1366), and cannot use its index when it is compared with utf8mb4 columns"),
                    format!("`{name}` 以 {charset} 存储（`{collation}`）：含有其他字符的文本会被 MySQL 拒绝（1366），与 utf8mb4 列比较时也用不上索引"),
                ),
            );
            finding.subject = field_subject(change, step, name);
            finding.discriminator = collation.to_string();
            finding.help = Bilingual::new(
                "Take a collation of utf8mb4: `utf8mb4_bin` where upper and lower case differ.",
                "请使用 utf8mb4 的排序规则；需要区分大小写时用 `utf8mb4_bin`。",
            );
        }
    }
}

/// The character set of a collation that holds some languages only. One who writes `ascii` or `binary` means it.
fn narrow(collation: &str) -> Option<&str> {
    let charset = collation.split('_').next().unwrap_or(collation);
    (!matches!(
        charset,
        "utf8mb4" | "ascii" | "binary" | "uca1400" | "utf16" | "utf16le" | "utf32" | "gb18030"
    ))
    .then_some(charset)
}
