//! LCK004: one migration writes the rows of one table several times.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, OldTableStatement, Rule};

use super::{Size, report, size};

/// LCK004 several-rebuilds.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LCK004",
        name: "several-rebuilds",
        family: "locking",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/locking/several-rebuilds.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    let mut heavy: BTreeMap<&Arc<str>, Vec<&OldTableStatement<'_>>> = BTreeMap::new();
    for at in &change.statements {
        if at.statement.class.rebuild == Some(true) {
            heavy.entry(&at.statement.table).or_default().push(at);
        }
    }
    for (table, all) in heavy {
        let (count, Some(last)) = (all.len(), all.last()) else { continue };
        match size(config, table) {
            _ if count < 2 => continue,
            Size::Small => continue,
            Size::Large => emit.graded(Severity::Warning),
            Size::Unknown => emit,
        };
        let message = Bilingual::new(
            format!("this migration rewrites `{table}` {count} times, one statement after the other"),
            format!("该迁移会逐条语句重写 `{table}` 共 {count} 次"),
        );
        let advice = Bilingual::new(
            "One ALTER TABLE with all changes rewrites it once: put it into RunSQL, with the operations as its state_operations.",
            "把所有改动合成一条 ALTER TABLE 只需重写一次：可放入 RunSQL，并把这些操作写在其 state_operations 中。",
        );
        report(change, last, message, advice, emit);
    }
}
