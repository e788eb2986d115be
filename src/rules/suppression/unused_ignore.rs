//! SUP001: an ignore that hides nothing.

use crate::findings::{Bilingual, Fix, RuleId, Severity, Standing};
use crate::rules::{Check, Emit, Rule};
use crate::source::{SourceText, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SUP001",
        name: "unused-ignore",
        family: "suppression",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/suppression/unused-ignore.md"),
    check: Check::Triage,
};

/// A comment names `rule`, and nothing of it is found there.
pub(crate) fn comment(
    emit: &mut Emit<'_>,
    text: &SourceText,
    span: Span,
    rule: &str,
    reason: &str,
    fix: Fix,
) {
    let message = Bilingual::new(
        format!("this comment ignores `{rule}`, but there is no such finding here"),
        format!("此注释忽略 `{rule}`，但此处没有该问题"),
    );
    let finding = emit.at(text, span, message);
    finding.help = Bilingual::new(
        "remove it, so that it does not hide the next finding of this rule unseen",
        "请删除它，以免将来同一规则的问题被悄悄隐藏",
    );
    finding.discriminator = format!("comment {rule} {reason}");
    finding.fix = Some(fix);
}

/// An `[[ignore]]` entry accepts nothing.
pub(crate) fn entry(
    emit: &mut Emit<'_>,
    text: &SourceText,
    span: Span,
    path: &str,
    rules: &[String],
    reason: &str,
) {
    let (en, zh) = if rules.is_empty() {
        ("any rule".to_owned(), "任何规则".to_owned())
    } else {
        (rules.join(", "), rules.join("、"))
    };
    let message = Bilingual::new(
        format!("this entry accepts findings of {en} in `{path}`, but there are none"),
        format!("此条目接受 `{path}` 中 {zh} 的问题，但并没有这样的问题"),
    );
    let finding = emit.at(text, span, message);
    finding.help = Bilingual::new(
        "remove the entry, or correct its path or its rules",
        "请删除该条目，或更正其路径或规则",
    );
    finding.discriminator = format!("entry {path} {} {reason}", rules.join(","));
}
