//! CFG006: a rollback that leaves out what the release registers.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::config_files::IamModel;
use crate::config_files::iam::{Role, What};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG006 iam-rollback-gap.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG006",
        name: "iam-rollback-gap",
        family: "config-files",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/iam-rollback-gap.md"),
    check: Check::Workspace(check),
};

/// How many ids a message names.
const SHOWN: usize = 6;

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    let mut folders: BTreeMap<&str, Vec<&IamModel>> = BTreeMap::new();
    for model in workspace.deployment.iam.iter().filter(|model| model.document.fault.is_none()) {
        folders.entry(model.folder()).or_default().push(model);
    }
    for models in folders.values() {
        for rollback in models.iter().filter(|model| model.role == Role::Rollback) {
            judge(workspace, rollback, models, emit);
        }
    }
}

fn judge(workspace: &Workspace, rollback: &IamModel, models: &[&IamModel], emit: &mut Emit<'_>) {
    let forward =
        models.iter().filter(|model| model.role == Role::Forward && model.system == rollback.system);
    let registered = rollback.registered.iter().map(|one| (one.what, one.id.as_ref()));
    let deleted = rollback.deleted.iter().map(|(what, id)| (*what, id.as_ref()));
    let covered: BTreeSet<(What, &str)> = registered.chain(deleted).collect();
    let missing: BTreeSet<(What, &str)> = forward
        .flat_map(|model| &model.registered)
        .map(|one| (one.what, one.id.as_ref()))
        .filter(|key| !covered.contains(key))
        .collect();
    if missing.is_empty() {
        return;
    }
    let list = |joint: &str| {
        let shown: Vec<String> = missing.iter().take(SHOWN).map(|(_, id)| format!("`{id}`")).collect();
        shown.join(joint)
    };
    let (more_en, more_zh) = match missing.len().saturating_sub(SHOWN) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!(" 等另外 {more} 项")),
    };
    let message = Bilingual::new(
        format!(
            "this rollback says nothing of {}{more_en}, which the other files of the folder register: after a rollback they stay registered, with their grants",
            list(", ")
        ),
        format!(
            "本回滚文件没有涉及同目录其他文件注册的 {}{more_zh}：回滚后它们及其授权仍留在权限中心",
            list("、")
        ),
    );
    let text = &rollback.document.text;
    let system = rollback.document.root().and_then(|root| root.entry("system_id"));
    let finding = match system {
        Some((key, _)) => emit.at(text, key.span, message),
        None => emit.on_file(text, message),
    };
    finding.help = Bilingual::new(
        "Say for each what the rollback makes of it: an upsert with the state of the old release, or a deletion. Where the file is no longer used, delete it.",
        "请逐一写明回滚后的处理：以旧版本的内容 upsert，或删除。若该文件已不再使用，请删除它。",
    );
    finding.subject = path_subject(workspace, &text.path);
}
