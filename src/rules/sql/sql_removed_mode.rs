//! SQL006: SQL modes that the server does not know.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::removed::unknown_modes;
use crate::mysql::session::assignments;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL006 sql-removed-mode.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL006",
        name: "sql-removed-mode",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-removed-mode.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let server = piece.server(config);
        let set = piece.statements().flat_map(assignments);
        for one in set.filter(|one| one.variable == "sql_mode") {
            let Some(modes) = &one.value else { continue };
            let gone = unknown_modes(modes, &server);
            if gone.is_empty() {
                continue;
            }
            let (list, title) = (gone.join(", "), server.title());
            let finding = emit.at(piece.text(), piece.place(one.value_span),
                Bilingual::new(
                    format!("{title} does not know the SQL mode {list}: the statement fails with 1231, and what follows runs in another mode than meant"),
                    format!("{title} 没有 SQL 模式 {list}：该语句报 1231 失败，其后的语句会在非预期的模式下执行"),
                ),
            );
            finding.help = Bilingual::new(
                "Leave the mode out; what it stood for is gone from the server.",
                "请去掉该模式；它代表的行为在新版本中已不存在。",
            );
            piece.describe(finding, list);
        }
    }
}
