//! CFG004: a key that the other environments have.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::config_files::{EnvironmentFile, Node};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule, path_subject};

/// CFG004 environment-lacks-key.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "CFG004",
        name: "environment-lacks-key",
        family: "config-files",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/config-files/environment-lacks-key.md"),
    check: Check::Workspace(check),
};

/// How many missing keys a message names.
const SHOWN: usize = 5;

fn check(workspace: &Workspace, _: &Config, emit: &mut Emit<'_>) {
    let mut families: BTreeMap<&str, Vec<&EnvironmentFile>> = BTreeMap::new();
    // A file that cannot be read lacks everything; another rule speaks of it.
    for file in workspace.deployment.environments.iter().filter(|file| file.document.fault.is_none()) {
        families.entry(&file.family).or_default().push(file);
    }
    for files in families.values().filter(|files| files.len() > 1) {
        for file in files {
            let is_other = |other: &&EnvironmentFile| other.environment != file.environment;
            let others: Vec<&EnvironmentFile> = files.iter().copied().filter(is_other).collect();
            judge(workspace, file, &others, emit);
        }
    }
}

/// Compares the sections of a file, and the keys of each: what stands deeper is the value of a setting.
fn judge(workspace: &Workspace, file: &EnvironmentFile, others: &[&EnvironmentFile], emit: &mut Emit<'_>) {
    let Some(root) = file.document.root() else { return };
    let roots: Vec<&Node> = others.iter().filter_map(|other| other.document.root()).collect();
    if roots.len() < others.len() {
        return;
    }
    let mut gaps: Vec<(&Node, &str, Vec<&str>)> = Vec::new();
    if let Some((first, _)) = root.entries().first() {
        gaps.push((first, "", common(&roots, root)));
    }
    for (key, section) in root.entries() {
        let Some(name) = key.as_str() else { continue };
        let same: Vec<&Node> = roots.iter().filter_map(|other| other.get(name)).collect();
        if same.len() == roots.len() {
            gaps.push((key, name, common(&same, section)));
        }
    }
    let names: Vec<&str> = others.iter().map(|other| other.environment.as_ref()).collect();
    for (at, section, missing) in gaps.into_iter().filter(|(_, _, missing)| !missing.is_empty()) {
        let finding = emit.at(&file.document.text, at.span, message(file, section, &missing, &names));
        finding.help = Bilingual::new(
            "Add what is missing, with the value of this environment; code that reads it fails here and nowhere else.",
            "请补上并填写本环境的值；否则读取它的代码只会在本环境出错。",
        );
        finding.subject = path_subject(workspace, &file.document.text.path);
        finding.discriminator = section.to_owned();
    }
}

/// Keys that all of `others` have and `own` has not.
fn common<'a>(others: &[&'a Node], own: &Node) -> Vec<&'a str> {
    let Some((first, rest)) = others.split_first() else { return Vec::new() };
    let keys = first.entries().iter().filter_map(|(key, _)| key.as_str());
    keys.filter(|key| own.get(key).is_none() && rest.iter().all(|other| other.get(key).is_some())).collect()
}

fn message(file: &EnvironmentFile, section: &str, missing: &[&str], others: &[&str]) -> Bilingual {
    let list = |joint: &str| {
        let shown: Vec<String> = missing.iter().take(SHOWN).map(|key| format!("`{key}`")).collect();
        shown.join(joint)
    };
    let (more_en, more_zh) = match missing.len().saturating_sub(SHOWN) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!(" 等另外 {more} 项")),
    };
    let (below_en, below_zh) = match section {
        "" => (String::new(), String::new()),
        section => (format!(" under `{section}`"), format!("的 `{section}` 中")),
    };
    let environment = &file.environment;
    Bilingual::new(
        format!("{environment} lacks {}{more_en}{below_en}, unlike {}", list(", "), others.join(", ")),
        format!("{environment} 环境{below_zh}缺少 {}{more_zh}，而 {} 都有", list("、"), others.join("、")),
    )
}
