//! LCK001: a statement that keeps writes waiting until it is done.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::change::Change as TableChange;
use crate::mysql::online_ddl::{Algorithm, Lock};
use crate::rules::{Change, Check, Emit, OldTableStatement, Rule};

use super::{Size, report, shape, size};

/// LCK001 writes-blocked.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "LCK001",
        name: "writes-blocked",
        family: "locking",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/locking/writes-blocked.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, config: &Config, emit: &mut Emit<'_>) {
    for at in &change.statements {
        let class = &at.statement.class;
        let (Some(algorithm), Some(lock), Some(true)) = (class.algorithm, class.lock, class.blocks_writes)
        else {
            continue;
        };
        emit.graded(match size(config, &at.statement.table) {
            Size::Large => Severity::Error,
            Size::Small => Severity::Info,
            Size::Unknown => Severity::Warning,
        });
        let (table, server, shape) = (&at.statement.table, change.basis.describe(), shape(at));
        let (copies, copies_zh) = match algorithm {
            Algorithm::Copy => ("the server copies it row by row", "服务器要逐行复制整张表"),
            _ => ("the server works through it", "服务器要处理整张表"),
        };
        let (waits, waits_zh) = match lock {
            Lock::Exclusive => ("reads and writes of `", "的读写"),
            _ => ("writes to `", "的写入"),
        };
        let algorithm = algorithm_name(algorithm);
        let lock = lock_name(lock);
        let message = Bilingual::new(
            format!(
                "{waits}{table}` wait while {copies}: {shape} takes ALGORITHM={algorithm}, LOCK={lock} on {}",
                server.en
            ),
            format!(
                "`{table}` {waits_zh}会一直等待，因为{copies_zh}：在 {} 上，{shape} 使用 ALGORITHM={algorithm}、LOCK={lock}",
                server.zh
            ),
        );
        report(change, at, message, advice(at), emit);
    }
}

fn algorithm_name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Instant => "INSTANT",
        Algorithm::Inplace => "INPLACE",
        Algorithm::Copy => "COPY",
    }
}

fn lock_name(lock: Lock) -> &'static str {
    match lock {
        Lock::None => "NONE",
        Lock::Shared => "SHARED",
        Lock::Exclusive => "EXCLUSIVE",
    }
}

/// How the same is reached without holding up writes.
fn advice(at: &OldTableStatement<'_>) -> Bilingual {
    match &at.statement.change {
        TableChange::AddForeignKey(_) | TableChange::AddColumn { foreign_key: Some(_), .. } => {
            Bilingual::new(
                "Leave the constraint out with db_constraint=False (the column and its index come without a copy), or add it in a quiet hour, or with an online schema change tool.",
                "可用 db_constraint=False 省去外键约束（列和索引不需要复制表），或安排在低峰期，或使用在线表结构变更工具。",
            )
        }
        TableChange::AddCheck(_) => Bilingual::new(
            "Check the values in the code, or add the constraint in a quiet hour.",
            "可在代码中校验取值，或在低峰期添加该约束。",
        ),
        TableChange::Modify { .. } => Bilingual::new(
            "Where the table has many rows: add a new column, fill it in batches, switch over, and drop the old one a release later; or use an online schema change tool; or take a quiet hour.",
            "表中数据较多时：新增一列并分批回填，切换后在下一个版本删除旧列；或使用在线表结构变更工具；或安排在低峰期。",
        ),
        _ => Bilingual::new(
            "Where the table has many rows, take a quiet hour or an online schema change tool.",
            "表中数据较多时，请安排在低峰期或使用在线表结构变更工具。",
        ),
    }
}
