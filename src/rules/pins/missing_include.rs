//! PIN017: an include of a file that is not there.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::Leads;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

/// PIN017 missing-include.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN017",
        name: "missing-include",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/missing-include.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for followed in inventory.includes.iter().filter(|followed| matches!(followed.leads, Leads::Missing(_))) {
        let (Some(file), Some(include)) = (inventory.files.get(followed.from), inventory.include(followed))
        else {
            continue;
        };
        let target = &include.target;
        let message = Bilingual::new(
            format!("`{target}` is included, and there is no such file"),
            format!("包含了 `{target}`，但该文件不存在"),
        );
        let finding = emit.at(&file.text, include.span, message);
        finding.subject.project = Some(project.name.clone());
        finding.discriminator = target.to_string();
        finding.help = Bilingual::new(
            "pip stops here, and what the file holds was not judged. Add it to the repository, or remove the include.",
            "pip 会在此处报错，该文件的内容也未经检查。请把文件加入仓库，或删除这一行。",
        );
    }
}
