//! NAM003: a field name that the source does not tell.

use crate::config::Config;
use crate::django::Migration;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule, operation_subject};

use super::introduced::{Why, introduced};

/// NAM003 unknown-field-name.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "NAM003",
        name: "unknown-field-name",
        family: "naming",
        severity: Severity::Info,
        standing: Standing::NewMigrations,
    },
    page: include_str!("../../../rules/naming/unknown-field-name.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, migration: &Migration, _: &Config, emit: &mut Emit<'_>) {
    for new in introduced(migration) {
        let Err(why) = new.name else { continue };
        let class = &new.operation.class;
        let why = match why {
            Why::Reason(reason) => reason.describe(),
            Why::OpenArguments => Bilingual::new(
                "it may be among arguments that are passed with `*` or `**`",
                "它可能在用 `*` 或 `**` 传入的参数之中",
            ),
            Why::NotAName => Bilingual::new("what stands here is not a name", "此处写的不是名称"),
        };
        let message = Bilingual::new(
            format!("the field name that this `{class}` introduces cannot be known: {}", why.en),
            format!("无法得知此 `{class}` 引入的字段名：{}", why.zh),
        );
        let mut subject = operation_subject(project, migration, new.operation);
        subject.field = None;
        let finding = emit.at(&migration.file.text, new.span, message);
        finding.help = Bilingual::new(
            "The name was not held against the field library. Write it as a string, or check it by hand.",
            "该名称未与字段库核对。请直接写成字符串，或人工核对。",
        );
        finding.subject = subject;
        finding.discriminator = class.to_string();
    }
}
