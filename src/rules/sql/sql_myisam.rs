//! SQL003: tables of MyISAM.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::columns::engines;
use crate::mysql::objects::object_statement;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL003 sql-myisam.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL003",
        name: "sql-myisam",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-myisam.md"),
    check: Check::Workspace(check),
};

/// MyISAM, its collections, and its predecessor.
const ENGINES: [&str; 4] = ["MyISAM", "MRG_MyISAM", "MERGE", "ISAM"];

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        for words in piece.statements() {
            let found = engines(words);
            let is_old = |name: &str| ENGINES.iter().any(|engine| engine.eq_ignore_ascii_case(name));
            let Some((name, span)) = found.into_iter().find(|(name, _)| is_old(name)) else { continue };
            let finding = emit.at(piece.text(), piece.place(span),
                Bilingual::new(
                    format!("{name} has no transactions, no foreign keys and no recovery after a crash: Django's `atomic` does nothing on such a table, and a backup with --single-transaction does not see it in one state"),
                    format!("{name} 没有事务、外键和崩溃恢复：Django 的 `atomic` 对这样的表不起作用，--single-transaction 备份也得不到一致的内容"),
                ),
            );
            finding.help = Bilingual::new(
                "Write ENGINE=InnoDB, or nothing, since InnoDB is the default. Existing tables: ALTER TABLE … ENGINE=InnoDB, which copies the table.",
                "请写 ENGINE=InnoDB，或省略（默认就是 InnoDB）。已有的表用 ALTER TABLE … ENGINE=InnoDB 转换，会复制整张表。",
            );
            let object = object_statement(words).and_then(|found| Some(found.names.first()?.name.clone()));
            piece.describe(finding, object.unwrap_or_default());
        }
    }
}
