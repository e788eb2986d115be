//! SQL012: objects that run as an account that may not exist.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::mysql::objects::{definer, object_statement};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

use super::{describe, files};

/// SQL012 sql-definer.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SQL012",
        name: "sql-definer",
        family: "sql",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/sql/sql-definer.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for file in files(workspace) {
        for (_, words) in file.statements() {
            let Some(span) = definer(words) else { continue };
            let account =
                file.text.slice(span).split_once('=').map_or("", |(_, account)| account.trim()).to_owned();
            let finding = emit.at(
                &file.text,
                span,
                Bilingual::new(
                    format!("on a server without the account {account} every use of this object fails with 1449; and to create it takes a right that an application's account lacks"),
                    format!("若服务器上没有账号 {account}，使用该对象会报 1449；创建它还需要应用账号所没有的权限"),
                ),
            );
            finding.help = Bilingual::new(
                "Leave DEFINER out, so that whoever runs the file owns the object; add SQL SECURITY INVOKER where the caller's rights are to count.",
                "请去掉 DEFINER，由执行者成为所有者；若应按调用者权限执行，可加 SQL SECURITY INVOKER。",
            );
            let object = object_statement(words).and_then(|found| Some(found.names.first()?.name.clone()));
            describe(finding, workspace, file, object.unwrap_or_default());
        }
    }
}
