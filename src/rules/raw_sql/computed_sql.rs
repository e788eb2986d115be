//! RSQ002: SQL that only running the code can tell.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::sql_from_file::is_file;
use super::{describe, not_known};

/// RSQ002 computed-sql.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ002",
        name: "computed-sql",
        family: "raw-sql",
        severity: Severity::Warning,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/computed-sql.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for part in not_known(migration).iter().filter(|part| !is_file(migration, part)) {
        let why = part.reason.describe();
        let finding = emit.at(
            &migration.file.text,
            part.span,
            Bilingual::new(
                format!(
                    "the SQL of this RunSQL is put together when the code runs, so it was not checked: {}",
                    why.en
                ),
                format!("此 RunSQL 的语句在代码运行时才拼出，因此未经检查：{}", why.zh),
            ),
        );
        finding.help = Bilingual::new(
            "Write the statement out; pass values as parameters, `(sql, [values])`, so that the driver quotes them.",
            "请把语句直接写出；值通过参数传入 `(sql, [值])`，由驱动负责转义。",
        );
        describe(finding, project, migration, part.operation, "");
    }
}
