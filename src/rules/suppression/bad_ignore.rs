//! SUP004: an ignore comment that cannot be understood, and therefore hides nothing.

use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Check, Emit, Rule};
use crate::source::{SourceText, Span};
use crate::triage::directive::Fault;

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SUP004",
        name: "bad-ignore",
        family: "suppression",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/suppression/bad-ignore.md"),
    check: Check::Triage,
};

/// What is wrong with the comment at `span`.
pub(crate) fn report(emit: &mut Emit<'_>, text: &SourceText, span: Span, fault: &Fault) {
    let maybe = |nearest: Option<&str>| match nearest {
        Some(word) => (format!("; did you mean `{word}`?"), format!("；是否应为 `{word}`？")),
        None => (String::new(), String::new()),
    };
    let message = match fault {
        Fault::UnknownWord(word, nearest) => {
            let (en, zh) = maybe(*nearest);
            Bilingual::new(
                format!("`bklog-lint: {word}` means nothing{en}"),
                format!("`bklog-lint: {word}` 没有含义{zh}"),
            )
        }
        Fault::NoRules => Bilingual::new(
            "this ignore names no rule in brackets, so it hides nothing",
            "此忽略注释没有在方括号中写明规则，因此不起作用",
        ),
        Fault::OpenBracket => Bilingual::new(
            "the bracket of this ignore is never closed, so it hides nothing",
            "此忽略注释的方括号没有闭合，因此不起作用",
        ),
        Fault::UnknownRule(rule, nearest) => {
            let (en, zh) = maybe(nearest.as_deref());
            Bilingual::new(
                format!("no rule, family or code is called `{rule}`, so this hides nothing{en}"),
                format!("没有名为 `{rule}` 的规则、规则族或编号，因此不起作用{zh}"),
            )
        }
        Fault::NotByComment(rule) => Bilingual::new(
            format!("`{rule}` speaks of suppressions and cannot be ignored by a comment"),
            format!("`{rule}` 针对的是忽略设置本身，不能用注释忽略"),
        ),
    };
    let finding = emit.at(text, span, message);
    finding.help = Bilingual::new(
        "write `# bklog-lint: ignore[CODE] reason`; `bklog-lint rules` lists the codes",
        "请写成 `# bklog-lint: ignore[编号] 原因`；`bklog-lint rules` 可列出编号",
    );
    finding.discriminator = text.slice(span).to_owned();
}
