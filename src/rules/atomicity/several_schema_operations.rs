//! ATO001: a migration with several changes of existing tables.

use crate::config::Config;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};

use super::changes_table;

/// ATO001 several-schema-operations.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "ATO001",
        name: "several-schema-operations",
        family: "atomicity",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/atomicity/several-schema-operations.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let changes: Vec<_> = change
        .operations
        .iter()
        .filter(|step| changes_table(change, step))
        .map(|step| step.operation)
        .collect();
    let [first, second, ..] = changes.as_slice() else { return };
    let count = changes.len();
    let text = &change.migration.file.text;
    let finding = emit.at(
        text,
        second.callee,
        Bilingual::new(
            format!("{count} operations of this migration change existing tables, and MySQL commits each by itself: if a later one fails, the earlier ones stay and `migrate` cannot simply be run again"),
            format!("本迁移有 {count} 个操作修改已有的表，而 MySQL 逐条提交：后面的失败时前面的已经生效，不能直接重新执行 `migrate`"),
        ),
    );
    finding.related =
        vec![(Place::new(text, first.callee), Bilingual::new("the first of them", "其中第一个"))];
    finding.help = Bilingual::new(
        "Put each into a migration of its own, so that what is done is recorded; those that cannot fail may stay together.",
        "把它们拆成单独的迁移，每一步完成即有记录；不会失败的操作可以放在一起。",
    );
    finding.subject = operation_subject(change.project, change.migration, second);
}
