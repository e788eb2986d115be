//! CFG003: a variable that an environment file refers to and nothing defines.

use std::collections::BTreeSet;

use crate::config::Config;
use crate::config_files::EnvironmentFile;
use crate::config_files::environment::{Fallback, Reference};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG003 undefined-variable.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG003",
        name: "undefined-variable",
        family: "config-files",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/undefined-variable.md"),
    check: Check::Workspace(check),
};

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    for file in &workspace.deployment.environments {
        let mut seen = BTreeSet::new();
        for reference in &file.references {
            let Some((message, help)) = fault(workspace, file, reference) else { continue };
            let name = format!("{}.{}", reference.root, reference.name);
            if !seen.insert(name.clone()) {
                continue;
            }
            if !matches!(reference.root.as_str(), "env" | "settings") {
                emit.graded(Severity::Error);
            }
            let finding = emit.at(&file.document.text, reference.span, message);
            finding.help = help;
            finding.subject = path_subject(workspace, &file.document.text.path);
            finding.discriminator = name;
        }
    }
}

/// What is wrong with a reference, and what to do.
fn fault(
    workspace: &Workspace,
    file: &EnvironmentFile,
    reference: &Reference,
) -> Option<(Bilingual, Bilingual)> {
    let name = &reference.name;
    match (reference.root.as_str(), reference.fallback) {
        ("env", Fallback::Given) => None,
        ("env", Fallback::Missing) => Some((
            Bilingual::new(
                format!(
                    "`env:` beside this value holds no default for {name}: where any variable of the value is not set, the process dies at start"
                ),
                format!(
                    "同级的 `env:` 没有给出 {name} 的默认值：该值引用的任一环境变量未设置时，进程启动就会失败"
                ),
            ),
            Bilingual::new(format!("Add {name} under `env:`."), format!("请在 `env:` 下补上 {name}。")),
        )),
        ("env", Fallback::Impossible) => Some((
            Bilingual::new(
                format!(
                    "a text under `domains` has no defaults: where the environment variable {name} is not set, the process dies at start"
                ),
                format!("`domains` 下的文本没有默认值：未设置环境变量 {name} 时，进程启动就会失败"),
            ),
            Bilingual::new(
                format!(
                    "Let a settings module read {name} with a default, and refer to it as {{settings.…}}."
                ),
                format!("请在配置模块中读取 {name} 并给出默认值，再以 {{settings.…}} 引用。"),
            ),
        )),
        ("settings", _) => {
            let project = workspace.project_of(&file.document.text.path)?;
            let mut unmentioned = workspace.deployment.unmentioned_settings.iter();
            unmentioned.find(|(root, known)| *root == project.root && known == name)?;
            Some((
                Bilingual::new(
                    format!(
                        "no settings module of this project speaks of {name}: unless a framework defines it, the process dies at start with AttributeError"
                    ),
                    format!(
                        "项目的配置模块中都没有 {name}：除非框架定义了它，否则进程启动时会抛 AttributeError"
                    ),
                ),
                Bilingual::new(
                    format!(
                        "Define {name} in the module from which the environments start, or correct the name."
                    ),
                    format!("请在各环境共用的配置模块中定义 {name}，或更正名称。"),
                ),
            ))
        }
        (root, _) => Some((
            Bilingual::new(
                format!(
                    "`{{{root}…}}` is neither `settings` nor `env`: formatting this text fails with KeyError at start"
                ),
                format!("`{{{root}…}}` 既不是 `settings` 也不是 `env`：启动时格式化该文本会抛 KeyError"),
            ),
            Bilingual::new(
                "Write `{settings.NAME}` or `{env.NAME}`; a brace that is meant as such is doubled, `{{`.",
                "请写成 `{settings.NAME}` 或 `{env.NAME}`；若要表示花括号本身，请写两个 `{{`。",
            ),
        )),
    }
}
