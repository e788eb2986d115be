//! SUP003: an `[[ignore]]` entry whose last day is over.

use crate::config::Date;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Check, Emit, Rule};
use crate::source::{SourceText, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SUP003",
        name: "expired-ignore",
        family: "suppression",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/suppression/expired-ignore.md"),
    check: Check::Triage,
};

/// The entry counted until `until`; `findings` findings are shown again.
pub(crate) fn report(
    emit: &mut Emit<'_>,
    text: &SourceText,
    span: Span,
    path: &str,
    reason: &str,
    until: Date,
    findings: usize,
) {
    let again = match findings {
        1 => "1 finding counts again".to_owned(),
        many => format!("{many} findings count again"),
    };
    let message = Bilingual::new(
        format!("this entry for `{path}` ({reason}) expired after {until}; {again}"),
        format!("`{path}` 的这个条目（{reason}）已于 {until} 之后失效；{findings} 个问题重新计入"),
    );
    let finding = emit.at(text, span, message);
    finding.help = Bilingual::new(
        "fix what it accepted, or decide anew and set a later `until`",
        "请修复其所接受的问题，或重新评估后设置更晚的 `until`",
    );
    finding.discriminator = format!("{path} {reason} {until}");
}
