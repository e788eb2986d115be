//! PIN016: requirement files that include each other in a circle.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::inventory::{Followed, Leads};
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

/// PIN016 include-cycle.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN016",
        name: "include-cycle",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/include-cycle.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    let mut told: Vec<Vec<usize>> = Vec::new();
    for followed in &inventory.includes {
        let Leads::To(target) = followed.leads else { continue };
        let mut circle: Vec<usize> = inventory
            .closure(target)
            .into_iter()
            .map(|(at, _)| at)
            .filter(|at| inventory.closure(*at).iter().any(|(file, _)| *file == target))
            .collect();
        circle.sort_unstable();
        // The include closes a circle when the file it leads to comes back to it; each circle is told once.
        if !circle.contains(&followed.from)
            || told.contains(&circle)
            || !is_last(followed, &inventory.includes, &circle)
        {
            continue;
        }
        let (Some(file), Some(include)) = (inventory.files.get(followed.from), inventory.include(followed))
        else {
            continue;
        };
        let paths: Vec<&str> = circle
            .iter()
            .filter_map(|at| inventory.files.get(*at))
            .map(|file| file.text.path.as_ref())
            .collect();
        let list = paths.join("`, `");
        let message = match paths.len() {
            1 => Bilingual::new(format!("`{list}` includes itself"), format!("`{list}` 包含了它自己")),
            _ => Bilingual::new(
                format!("these files include each other in a circle: `{list}`"),
                format!("这些文件循环包含：`{list}`"),
            ),
        };
        let finding = emit.at(&file.text, include.span, message);
        finding.subject.project = Some(project.name.clone());
        finding.discriminator = list;
        finding.help = Bilingual::new(
            "pip gives up with a recursion error. Move what both need into a third file.",
            "pip 会因递归而报错。请把共同需要的内容移到第三个文件。",
        );
        told.push(circle);
    }
}

/// Whether no later include belongs to the same circle.
fn is_last(followed: &Followed, all: &[Followed], circle: &[usize]) -> bool {
    all.iter().rev().find(|other| {
        circle.contains(&other.from) && matches!(other.leads, Leads::To(to) if circle.contains(&to))
    }) == Some(followed)
}
