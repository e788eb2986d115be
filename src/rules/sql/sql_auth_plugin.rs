//! SQL015: authentication plugins that the server does not load or has no more.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::objects::plugins;
use crate::mysql::removed::{Plugin, plugin};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::pieces;

/// SQL015 sql-auth-plugin.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL015",
        name: "sql-auth-plugin",
        family: "sql",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-auth-plugin.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, config: &Config, emit: &mut Emit<'_>) {
    for piece in pieces(workspace) {
        let server = piece.server(config);
        let title = server.title();
        let named = piece.statements().flat_map(plugins);
        for (name, span) in named {
            let Some(state) = plugin(&name, &server) else { continue };
            let (en, zh) = match state {
                Plugin::Off => ("does not load it unless it is told to", "默认不加载它"),
                Plugin::Gone => ("has it no more", "已移除它"),
            };
            let finding = emit.at(piece.text(), piece.place(span),
                Bilingual::new(
                    format!("{title} {en}: the statement fails with 1524, and accounts that use `{name}` cannot log in"),
                    format!("{title} {zh}：该语句报 1524 失败，使用 `{name}` 的账号无法登录"),
                ),
            );
            finding.help = Bilingual::new(
                "Leave the plugin out: the server's own is caching_sha2_password. The client libraries have to know it (PyMySQL with `cryptography`, mysqlclient with a client library from 8.0 on).",
                "请不要写明插件：服务器默认使用 caching_sha2_password。客户端库也需支持（PyMySQL 需安装 `cryptography`，mysqlclient 需 8.0 以上的客户端库）。",
            );
            piece.describe(finding, name);
        }
    }
}
