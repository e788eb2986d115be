//! LCK005: a statement that the server refuses.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule};

use super::{report, shape};

/// LCK005 refused-by-server.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LCK005",
        name: "refused-by-server",
        family: "locking",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/locking/refused-by-server.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    for at in &change.statements {
        let Some(error) = at.statement.class.error else { continue };
        if !change.basis.is_named {
            emit.graded(Severity::Warning);
        }
        let (table, server, shape) = (&at.statement.table, change.basis.describe(), shape(at));
        let message = Bilingual::new(
            format!(
                "the server refuses this change of `{table}` with error {error}: {shape} on {}",
                server.en
            ),
            format!("服务器会以错误 {error} 拒绝对 `{table}` 的这个改动：{shape}（{}）", server.zh),
        );
        let advice = Bilingual::new(
            "The migration stops here, and what it did before stays done: MySQL does not roll back DDL.",
            "迁移会在此处中断，而之前的语句已经生效：MySQL 不会回滚 DDL。",
        );
        report(change, at, message, advice, emit);
    }
}
