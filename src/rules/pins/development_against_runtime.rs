//! PIN015: a package that developers get in another version than the program.

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::Group;
use crate::pins::inventory::{Inventory, Pin};
use crate::pins::role::Role;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{both_hold, exclude_each_other, relate, report};

/// PIN015 development-against-runtime.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN015",
        name: "development-against-runtime",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/development-against-runtime.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    for pin in inventory.entries(&[Role::Runtime, Role::Development]) {
        if !is_for_development(&pin) {
            continue;
        }
        let Some(runtime) = inventory.chosen(&pin.entry.name) else { continue };
        if !exclude_each_other(&runtime, &pin)
            || !both_hold(inventory, &runtime, &pin)
            || are_installed_together(inventory, &runtime, &pin)
        {
            continue;
        }
        let (shown, other, path) = (pin.shown(), runtime.shown(), &runtime.file.text.path);
        let message = Bilingual::new(
            format!("developers get `{shown}`, the program gets `{other}` (`{path}`)"),
            format!("开发环境安装 `{shown}`，而程序运行使用 `{other}`（`{path}`）"),
        );
        let finding = report(emit, project, &pin, &other, message);
        finding.help = Bilingual::new(
            "Tests run against a version that production never sees, and an environment with both cannot be made. Use one \
             version.",
            "测试所用的版本与生产环境不同，两个文件也无法装进同一个环境。请统一版本。",
        );
        relate(finding, &runtime);
    }
}

fn is_for_development(pin: &Pin<'_>) -> bool {
    match &pin.entry.group {
        Group::Main => pin.file.role == Role::Development,
        Group::Development(group) => &**group != "locked",
        _ => false,
    }
}

/// Two files of one installation contradict each other, which another rule says.
fn are_installed_together(inventory: &Inventory, one: &Pin<'_>, other: &Pin<'_>) -> bool {
    let holds = |closure: &[(usize, bool)], at: usize| closure.iter().any(|(file, _)| *file == at);
    one.at != other.at
        && inventory.roots().into_iter().any(|root| {
            let closure = inventory.closure(root);
            holds(&closure, one.at) && holds(&closure, other.at)
        })
}
