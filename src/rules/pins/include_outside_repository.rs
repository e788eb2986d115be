//! PIN018: an include of a file outside the repository.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::Leads;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

/// PIN018 include-outside-repository.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN018",
        name: "include-outside-repository",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/include-outside-repository.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for followed in inventory.includes.iter().filter(|followed| matches!(followed.leads, Leads::Outside)) {
        let (Some(file), Some(include)) = (inventory.files.get(followed.from), inventory.include(followed))
        else {
            continue;
        };
        let target = &include.target;
        let message = Bilingual::new(
            format!("`{target}` stands outside the repository and was not read"),
            format!("`{target}` 位于仓库之外，未读取"),
        );
        let finding = emit.at(&file.text, include.span, message);
        finding.subject.project = Some(project.name.clone());
        finding.discriminator = target.to_string();
        finding.help = Bilingual::new(
            "Another machine, or a build from a clean checkout, does not have it. Bring the file into the repository.",
            "换一台机器或从干净的检出构建时并没有这个文件。请把它放进仓库。",
        );
    }
}
