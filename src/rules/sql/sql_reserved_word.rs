//! SQL008: names that the server reserves.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::identifiers::unquoted;
use crate::mysql::removed::is_reserved;
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL008 sql-reserved-word.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL008",
        name: "sql-reserved-word",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-reserved-word.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let server = piece.server(config);
        let mut seen = BTreeSet::new();
        for words in piece.statements() {
            for token in unquoted(words) {
                let word = token.text(words.text);
                if !is_reserved(word, &server) || !seen.insert(word.to_ascii_uppercase()) {
                    continue;
                }
                let title = server.title();
                let finding = emit.at(piece.text(), piece.place(token.span),
                    Bilingual::new(
                        format!("`{word}` is a reserved word of {title}: unquoted it is no name, and the statement fails with 1064, a syntax error"),
                        format!("`{word}` 是 {title} 的保留字：不加引号就不能作名称，该语句会报 1064 语法错误"),
                    ),
                );
                finding.help = Bilingual::new(
                    "Quote it with backticks here and wherever SQL is written by hand; Django quotes the names of its own statements.",
                    "请在此处以及所有手写 SQL 中用反引号括起；Django 自己生成的语句会自动加引号。",
                );
                piece.describe(finding, word.to_ascii_lowercase());
            }
        }
    }
}
