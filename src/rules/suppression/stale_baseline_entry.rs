//! SUP002: a baseline entry whose finding is gone.

use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Check, Emit, Rule};
use crate::source::{SourceText, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SUP002",
        name: "stale-baseline-entry",
        family: "suppression",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/suppression/stale-baseline-entry.md"),
    check: Check::Triage,
};

/// Nothing has the fingerprint of this entry any more.
pub(crate) fn report(
    emit: &mut Emit<'_>,
    text: &SourceText,
    span: Span,
    rule: &str,
    path: &str,
    was: &str,
    fingerprint: &str,
) {
    let message = Bilingual::new(
        format!("this finding of {rule} in `{path}` is gone: {was}"),
        format!("`{path}` 中 {rule} 的这个问题已不存在：{was}"),
    );
    let finding = emit.at(text, span, message);
    finding.help = Bilingual::new(
        "write the baseline again with `bklog-lint baseline`, so that the entry cannot hide the same fault when it comes back",
        "请用 `bklog-lint baseline` 重新生成基线，以免同样的问题再次出现时被隐藏",
    );
    finding.discriminator = fingerprint.to_owned();
}
