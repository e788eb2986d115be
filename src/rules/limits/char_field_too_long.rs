//! LIM007: a CharField that is longer than a varchar may be.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, FieldChange, Rule, field_subject};

/// LIM007 char-field-too-long.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM007",
        name: "char-field-too-long",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/char-field-too-long.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for step in &change.operations {
        for FieldChange { new: field, old } in change.changed_fields(step) {
            let had = old.and_then(|field| field.max_length().ok().flatten());
            let Ok(Some(length)) = field.max_length() else { continue };
            let is_char = field
                .class
                .resolved
                .as_ref()
                .is_ok_and(|class| class.internal_type.as_deref() == Ok("CharField"));
            if !is_char || length <= IN_UTF8MB4 || had == Some(length) {
                continue;
            }
            if length <= IN_UTF8MB3 {
                emit.graded(Severity::Warning);
            }
            let name = &field.name;
            let finding = emit.at(
                &change.migration.file.text,
                change.place_of(step.operation, field.origin.as_ref()),
                Bilingual::new(
                    format!("`{name}` may hold {length} characters, and a varchar holds {IN_UTF8MB4} in utf8mb4 ({IN_UTF8MB3} in utf8mb3): 1074, or in a server without strict mode a text column that nobody asked for"),
                    format!("`{name}` 的长度为 {length}，而 varchar 在 utf8mb4 下最多 {IN_UTF8MB4} 个字符（utf8mb3 下 {IN_UTF8MB3}）：会报 1074，非严格模式下则被悄悄改成 TEXT"),
                ),
            );
            finding.subject = field_subject(change, step, name);
            finding.help = Bilingual::new("Make it a TextField.", "请改为 TextField。");
        }
    }
}

/// 65535 bytes of a row, by 4 and by 3 bytes for a character.
const IN_UTF8MB4: i64 = 16383;
const IN_UTF8MB3: i64 = 21844;
