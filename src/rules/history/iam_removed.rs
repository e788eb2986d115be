//! HIS003: an action, resource type or instance selection of the access centre that is gone.

use crate::config_files::iam::{Registered, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};
use crate::source::SourceText;

/// HIS003 iam-removed.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "HIS003",
        name: "iam-removed",
        family: "history",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/history/iam-removed.md"),
    check: Check::Triage,
};

/// Reports that the base registered `gone`, and that no file of the folder does any more; `became` is what has its name
/// for people now. `text` is the file of `became`, or one of the folder.
pub(crate) fn report(
    emit: &mut Emit<'_>,
    workspace: &Workspace,
    text: &SourceText,
    gone: &Registered,
    became: Option<&Registered>,
) {
    let id = &gone.id;
    let (en, zh) = match gone.what {
        What::Action => ("action", "操作"),
        What::ResourceType => ("resource type", "资源类型"),
        What::InstanceSelection => ("instance selection", "实例视图"),
    };
    let finding = match became {
        Some(new) => emit.at(
            text,
            new.span,
            Bilingual::new(
                format!("the {en} `{id}` became `{}`: whoever was granted the old one is not granted the new one", new.id),
                format!("{zh} `{id}` 改成了 `{}`：已获旧授权的用户不会自动获得新授权", new.id),
            ),
        ),
        None => emit.on_file(
            text,
            Bilingual::new(
                format!("the {en} `{id}` is registered no more: installations keep it with its grants, and code that asks for it is refused on new ones"),
                format!("{zh} `{id}` 不再注册：已有环境仍保留它及其授权，而新环境中请求它的代码会被拒绝"),
            ),
        ),
    };
    finding.help = Bilingual::new(
        "Keep the id. Where it has to go, move the grants first, and delete it by an operation of its own.",
        "请保留原 id。确需移除时，应先迁移授权，再用单独的操作删除它。",
    );
    finding.subject = path_subject(workspace, &text.path);
    finding.discriminator = format!("{} {id}", gone.what.key());
}
