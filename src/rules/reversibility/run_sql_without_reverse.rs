//! REV002: RunSQL that a rollback cannot pass.

use crate::config::Config;
use crate::django::{Migration, OperationKind};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report_irreversible;

/// REV002 run-sql-without-reverse.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "REV002",
        name: "run-sql-without-reverse",
        family: "reversibility",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/reversibility/run-sql-without-reverse.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let message = Bilingual::new(
        "this RunSQL has no `reverse_sql`: a rollback that has to pass this migration stops here with IrreversibleError",
        "此 RunSQL 没有 `reverse_sql`：需要回退到本迁移之前时，会在此处以 IrreversibleError 中止",
    );
    let help = Bilingual::new(
        "Write the reverse statement; where nothing has to be undone, say so with `reverse_sql=migrations.RunSQL.noop`.",
        "请写出反向语句；若无需撤销，请写明 `reverse_sql=migrations.RunSQL.noop`。",
    );
    report_irreversible(project, migration, OperationKind::RunSql, (message, help), emit);
}
