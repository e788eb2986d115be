//! SQL007: syntax for accounts that MySQL 8.0 refuses.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::Flavour;
use crate::mysql::objects::{OldAccountSyntax, old_account_syntax};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL007 sql-account-syntax.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL007",
        name: "sql-account-syntax",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-account-syntax.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let server = piece.server(config);
        if server.flavour != Flavour::MySql || server.newest().major < 8 {
            continue;
        }
        let title = server.title();
        for words in piece.statements() {
            let Some((syntax, span)) = old_account_syntax(words) else { continue };
            let (what, en, zh) = match syntax {
                OldAccountSyntax::GrantIdentified => (
                    "GRANT … IDENTIFIED",
                    "Create the account with CREATE USER IF NOT EXISTS … IDENTIFIED BY, then GRANT without a password.",
                    "请先用 CREATE USER IF NOT EXISTS … IDENTIFIED BY 创建账号，再用不带密码的 GRANT 授权。",
                ),
                OldAccountSyntax::IdentifiedByPassword => (
                    "IDENTIFIED BY PASSWORD",
                    "Name the plugin: IDENTIFIED WITH caching_sha2_password AS 'hash', or set the password itself.",
                    "请写明插件：IDENTIFIED WITH caching_sha2_password AS '哈希'，或直接设置密码。",
                ),
                OldAccountSyntax::SetPasswordFunction => (
                    "SET PASSWORD = PASSWORD()",
                    "Use ALTER USER … IDENTIFIED BY.",
                    "请改用 ALTER USER … IDENTIFIED BY。",
                ),
            };
            let finding = emit.at(piece.text(), piece.place(span),
                Bilingual::new(
                    format!("{title} has no {what}: the statement fails with 1064, a syntax error, and the account is not what the product expects"),
                    format!("{title} 不支持 {what}：该语句报 1064 语法错误，账号不会按预期建立"),
                ),
            );
            finding.help = Bilingual::new(en, zh);
            piece.describe(finding, what);
        }
    }
}
