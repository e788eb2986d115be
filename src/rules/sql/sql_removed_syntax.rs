//! SQL009: functions, statements and variables that the server has no more.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::removed::{Gone, gone, is_gone_variable};
use crate::mysql::session::assignments;
use crate::mysql::{Server, Words};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL009 sql-removed-syntax.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL009",
        name: "sql-removed-syntax",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-removed-syntax.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let server = piece.server(config);
        let title = server.title();
        for words in piece.statements() {
            for gone in all(words, &server) {
                let what = &gone.what;
                let finding = emit.at(
                    piece.text(),
                    piece.place(gone.span),
                    Bilingual::new(
                        format!("{title} has no {what} any more: the statement fails"),
                        format!("{title} 已没有 {what}：该语句会失败"),
                    ),
                );
                finding.help = match gone.instead {
                    "" => Bilingual::new("Leave it out.", "请去掉它。"),
                    instead => Bilingual::new(format!("Instead: {instead}."), format!("请改用：{instead}。")),
                };
                piece.describe(finding, what.clone());
            }
        }
    }
}

/// What of a statement is gone; what another rule speaks of is left to it.
fn all(words: Words<'_>, server: &Server) -> Vec<Gone> {
    let mut out = gone(words, server);
    if words.is(0, "SET") && words.is(1, "PASSWORD") {
        out.retain(|gone| gone.what != "PASSWORD()");
    }
    let variables = assignments(words).into_iter().filter(|one| {
        // A routine may have a variable of its own by that name.
        let is_systems = one.is_explicit || !words.is(0, "CREATE");
        is_systems && is_gone_variable(&one.variable, server)
    });
    out.extend(variables.map(|one| Gone {
        span: one.span,
        what: format!("variable {}", one.variable),
        instead: "",
    }));
    out
}
