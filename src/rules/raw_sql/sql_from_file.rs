//! RSQ008: SQL that is read from a file when the migration is imported.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};
use crate::syntax::Reason;

use super::{NotKnown, describe, not_known};

/// RSQ008 sql-from-file.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ008",
        name: "sql-from-file",
        family: "raw-sql",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/sql-from-file.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for part in not_known(migration).iter().filter(|part| is_file(migration, part)) {
        let finding = emit.at(
            &migration.file.text,
            part.span,
            Bilingual::new(
                "the SQL of this RunSQL is read from a file: its statements were not checked here, and every command that loads migrations fails where the file is missing",
                "此 RunSQL 的语句来自文件：其内容未在此检查；只要文件缺失，任何加载迁移的命令都会失败",
            ),
        );
        finding.help = Bilingual::new(
            "Write the statements into the migration. Where the file has to stay, name it from `__file__` and make sure that the image holds it.",
            "请把语句写进迁移。若必须保留文件，用 `__file__` 定位，并确认镜像中包含它。",
        );
        describe(finding, project, migration, part.operation, "");
    }
}

/// Whether what is not known comes from a file, by the words of the expression.
pub(super) fn is_file(migration: &Migration, part: &NotKnown<'_>) -> bool {
    let says =
        |text: &str| ["open(", ".read()", "read_text(", "read_bytes("].iter().any(|word| text.contains(word));
    let Reason::Computed(text) = &part.reason else { return false };
    let source = migration.file.text.text.get(part.span.start as usize..part.span.end as usize);
    says(text) || source.is_some_and(says)
}
