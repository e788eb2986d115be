//! LIM002: an index that is longer than 3072 bytes.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, features, operation_subject};

use super::keys::{KeyKind, keys_made};
use super::sizes::{MAX_KEY, Size, size_in_key};

/// LIM002 key-too-long.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LIM002",
        name: "key-too-long",
        family: "limits",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/limits/key-too-long.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let features = features(change.project, config);
    for step in &change.operations {
        for key in keys_made(change, step)
            .into_iter()
            .filter(|key| key.kind != KeyKind::FieldIndex || key.fields.len() == 1)
        {
            let sizes = key.fields.iter().map(|field| size_in_key(&step.after, field, &features));
            let Some(sizes) = sizes.collect::<Option<Vec<Size>>>() else { continue };
            let total = |bytes: u64| sizes.iter().map(|size| size.bytes(bytes)).sum::<u64>();
            if total(4) <= MAX_KEY {
                continue;
            }
            let certain = total(3) > MAX_KEY;
            if !certain {
                emit.graded(Severity::Warning);
            }
            let label = key.label();
            let message = if certain {
                Bilingual::new(
                    format!(
                        "the key over {label} takes {} bytes in utf8mb4, {} in utf8mb3, and InnoDB takes {MAX_KEY}: 1071",
                        total(4),
                        total(3)
                    ),
                    format!(
                        "{label} 上的键在 utf8mb4 下占 {} 字节，utf8mb3 下占 {} 字节，超过 InnoDB 的 {MAX_KEY} 字节：会报 1071",
                        total(4),
                        total(3)
                    ),
                )
            } else {
                Bilingual::new(
                    format!(
                        "the key over {label} takes {} bytes in utf8mb4, the default since MySQL 8.0, and InnoDB takes {MAX_KEY}: 1071",
                        total(4)
                    ),
                    format!(
                        "{label} 上的键在 utf8mb4（MySQL 8.0 起的默认字符集）下占 {} 字节，超过 InnoDB 的 {MAX_KEY} 字节：会报 1071",
                        total(4)
                    ),
                )
            };
            let finding = emit.at(&change.migration.file.text, step.operation.callee, message);
            finding.subject = operation_subject(change.project, change.migration, step.operation);
            finding.discriminator = label;
            finding.help = Bilingual::new(
                "Shorten the columns, leave one out of the key, or index a hash of them.",
                "请缩短列、从键中去掉某一列，或对其哈希值建索引。",
            );
        }
    }
}
