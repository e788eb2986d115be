//! SUP005: a change that edits the configuration by which it is judged.

use std::sync::Arc;

use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Check, Emit, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "SUP005",
        name: "configuration-changed",
        family: "suppression",
        severity: Severity::Warning,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/suppression/configuration-changed.md"),
    check: Check::Triage,
};

/// The change edits the file at `path`, or deletes it. The finding is on the whole file: the run knows the lines of the
/// base, not those of the change.
pub(crate) fn report(emit: &mut Emit<'_>, path: &Arc<str>, is_there: bool) {
    let message = if is_there {
        Bilingual::new(
            format!("this change edits `{path}`; the run went by what the base says"),
            format!("此变更修改了 `{path}`；本次检查以基准版本的内容为准"),
        )
    } else {
        Bilingual::new(
            format!("this change deletes `{path}`; the run went by what the base says"),
            format!("此变更删除了 `{path}`；本次检查以基准版本的内容为准"),
        )
    };
    let finding = emit.at_path(path, message);
    finding.help = Bilingual::new(
        "read the edit as carefully as code: from the merge on it decides what is reported",
        "请像审查代码一样审查该修改：合并之后将由它决定报告哪些问题",
    );
    finding.discriminator = path.to_string();
}
