//! PIN021: pins of which nothing is known but their version.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::Group;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::report;

/// How many names are listed.
const SHOWN: usize = 5;

/// PIN021 unknown-needs.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN021",
        name: "unknown-needs",
        family: "pins",
        severity: Severity::Info,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/unknown-needs.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    let chosen: Vec<_> =
        inventory.all_chosen().filter(|pin| matches!(pin.entry.group, Group::Main | Group::Locked)).collect();
    let unknown: Vec<_> = chosen
        .iter()
        .filter(|pin| {
            pin.entry.pinned().is_none_or(|version| inventory.known(&pin.entry.name, version).is_none())
        })
        .collect();
    let Some(first) = unknown.iter().min_by_key(|pin| (pin.at, pin.span())) else { return };
    let (count, all) = (unknown.len(), chosen.len());
    let mut names: Vec<&str> = unknown.iter().take(SHOWN).map(|pin| pin.entry.name.as_ref()).collect();
    if count > SHOWN {
        names.push("…");
    }
    let list = names.join(", ");
    let (need, take) = if count == 1 { ("needs", "it takes") } else { ("need", "they take") };
    let message = Bilingual::new(
        format!("what {count} of {all} packages {need}, and which Python {take}, is not known ({list})"),
        format!("共 {all} 个包，其中 {count} 个的依赖和所支持的 Python 未知（{list}）"),
    );
    let finding = report(emit, project, first, "", message);
    finding.discriminator = "unknown needs".to_owned();
    finding.help = Bilingual::new(
        "They were not judged against the target. Point `--environment` at an environment in which they are installed, \
         ask the package index with `--index`, or lock them with Poetry, whose lock file repeats what packages declare.",
        "这些包没有按目标版本检查。请用 `--environment` 指向已安装它们的环境，用 `--index` 询问包索引，或使用 Poetry 锁文件（其中记有各包的声明）。",
    );
}
