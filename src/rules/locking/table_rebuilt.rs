//! LCK002: a statement that writes every row again, while reads and writes go on.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule};

use super::{Size, report, shape, size};

/// LCK002 table-rebuilt.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LCK002",
        name: "table-rebuilt",
        family: "locking",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/locking/table-rebuilt.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    for at in &change.statements {
        let class = &at.statement.class;
        if class.rebuild != Some(true) || class.blocks_writes != Some(false) {
            continue;
        }
        match size(config, &at.statement.table) {
            Size::Large => emit.graded(Severity::Warning),
            Size::Unknown => emit,
            Size::Small => continue,
        };
        let (table, server, shape) = (&at.statement.table, change.basis.describe(), shape(at));
        let message = Bilingual::new(
            format!("`{table}` is rebuilt, every row written again: {shape} on {}", server.en),
            format!("`{table}` 会被重建，每一行都要重写：{shape}（{}）", server.zh),
        );
        let advice = Bilingual::new(
            "Reads and writes go on, but it needs as much free space as the table has, and replicas fall behind until they have done the same.",
            "读写不受阻塞，但需要与表等量的空闲空间，从库也会因重做同样的工作而延迟。",
        );
        report(change, at, message, advice, emit);
    }
}
