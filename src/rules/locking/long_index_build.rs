//! LCK003: an index on a table that is known to be large.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::change::Change as TableChange;
use crate::rules::{Change, Check, Emit, Rule};

use super::{Size, report, size};

/// LCK003 long-index-build.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LCK003",
        name: "long-index-build",
        family: "locking",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/locking/long-index-build.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    for at in &change.statements {
        let builds = match &at.statement.change {
            TableChange::AddKey(_) => true,
            TableChange::AddColumn { key, .. } => key.is_some(),
            _ => false,
        };
        let online = at.statement.class.blocks_writes == Some(false);
        if !builds || !online || size(config, &at.statement.table) != Size::Large {
            continue;
        }
        let table = &at.statement.table;
        let message = Bilingual::new(
            format!("an index is built over all rows of `{table}`, which the configuration calls large"),
            format!("要在 `{table}` 的所有行上建立索引，而配置中它是大表"),
        );
        let advice = Bilingual::new(
            "Writes go on, but the build may take long, replicas wait for it, and it begins and ends with a metadata lock that a long transaction holds up. Plan the time.",
            "写入不受阻塞，但可能耗时很久，从库要等待其完成，且开始和结束时需要元数据锁，会被长事务阻塞。请安排好时间。",
        );
        report(change, at, message, advice, emit);
    }
}
