//! RSQ006: SQL that MariaDB knows and MySQL does not.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::effects::effects;
use crate::mysql::{Statement, Verb};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, server};
use crate::source::Span;

use super::{Sql, describe, dialect, written};

/// RSQ006 mariadb-only.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "RSQ006",
        name: "mariadb-only",
        family: "raw-sql",
        severity: Severity::Error,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/raw-sql/mariadb-only.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, config: &Config, emit: &mut Emit<'_>) {
    let server = server(project, config);
    if server.as_ref().is_some_and(|server| server.is_mariadb()) {
        return;
    }
    for sql in written(migration) {
        for statement in &sql.script.statements {
            let Some((span, words)) = fault(&sql, statement) else { continue };
            if server.is_none() {
                emit.graded(Severity::Warning);
            }
            let finding = emit.at(
                &migration.file.text,
                sql.place(span),
                Bilingual::new(
                    format!("`{words}` is MariaDB's; MySQL refuses it with 1064, a syntax error"),
                    format!("`{words}` 是 MariaDB 的语法，MySQL 会以 1064 语法错误拒绝"),
                ),
            );
            finding.help = if server.is_some() {
                Bilingual::new(
                    "Leave it out; where the migration must be safe to run again, look into information_schema first.",
                    "请去掉它；如需可重复执行，请先查询 information_schema。",
                )
            } else {
                Bilingual::new(
                    "Leave it out where the project also runs on MySQL; else say so: `[database] server = \"mariadb-…\"`.",
                    "若项目也运行在 MySQL 上，请去掉它；否则请在配置中写明 `[database] server = \"mariadb-…\"`。",
                )
            };
            describe(finding, project, migration, sql.operation, &words);
        }
    }
}

/// What only MariaDB knows of a statement, and where.
fn fault(sql: &Sql<'_>, statement: &Statement) -> Option<(Span, String)> {
    use Verb::*;
    if let Some(found) = dialect::mariadb_only(&sql.text, statement) {
        return Some(found);
    }
    let guarded = effects(&sql.text, statement).into_iter().find(|effect| effect.guarded)?;
    let (what, adds) = match guarded.verb {
        AddColumn => ("ADD COLUMN", true),
        DropColumn => ("DROP COLUMN", false),
        ModifyColumn => ("MODIFY COLUMN", false),
        ChangeColumn => ("CHANGE COLUMN", false),
        RenameColumn => ("RENAME COLUMN", false),
        AlterColumn => ("ALTER COLUMN", false),
        AddIndex => ("ADD INDEX", true),
        DropIndex => ("DROP INDEX", false),
        AddConstraint => ("ADD CONSTRAINT", true),
        DropConstraint => ("DROP CONSTRAINT", false),
        _ => return None,
    };
    Some((guarded.span, format!("{what} IF {}EXISTS", if adds { "NOT " } else { "" })))
}
