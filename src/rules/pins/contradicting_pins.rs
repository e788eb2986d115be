//! PIN003: one package required in versions of which none fits both requirements.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::pins::Group;
use crate::pins::inventory::{Inventory, Pin};
use crate::pins::role::Role;
use crate::project::Project;
use crate::rules::{Check, Emit, Rule};

use super::{both_hold, exclude_each_other, is_unconditional, relate, report};

/// PIN003 contradicting-pins.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN003",
        name: "contradicting-pins",
        family: "pins",
        severity: Severity::Error,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/contradicting-pins.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let inventory = &project.pins.inventory;
    let mut told = BTreeSet::new();
    for root in inventory.roots() {
        let together = entries_of(inventory, &inventory.closure(root));
        for (first, second) in contradictions(inventory, &together, &together) {
            tell(project, emit, &mut told, &first, &second, Relation::Together);
        }
    }
    let role = |pin: &Pin<'_>, role: Role| pin.file.role == role;
    let all: Vec<Pin<'_>> = inventory.entries(&[Role::Runtime, Role::Source]).collect();
    let runtime: Vec<Pin<'_>> =
        all.iter().filter(|pin| role(pin, Role::Runtime) && is_unconditional(pin)).copied().collect();
    let source: Vec<Pin<'_>> = all.iter().filter(|pin| role(pin, Role::Source)).copied().collect();
    let locked: Vec<Pin<'_>> = all.iter().filter(|pin| is_only_lock(inventory, pin)).copied().collect();
    for (others, relation) in
        [(&runtime, Relation::Apart), (&source, Relation::Compiled), (&locked, Relation::Locked)]
    {
        for (first, second) in contradictions(inventory, &runtime, others) {
            tell(project, emit, &mut told, &first, &second, relation);
        }
    }
}

/// How two requirements come to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// One installation takes both.
    Together,
    /// Two files of the program that nothing installs together.
    Apart,
    /// The pins and the ranges that they were compiled from.
    Compiled,
    /// The ranges and the lock file that was made of them.
    Locked,
}

fn entries_of<'i>(inventory: &'i Inventory, files: &[(usize, bool)]) -> Vec<Pin<'i>> {
    files
        .iter()
        .filter_map(|(at, _)| Some((*at, inventory.files.get(*at)?)))
        .filter(|(_, file)| !matches!(file.role, Role::Aside | Role::Source))
        .flat_map(|(at, file)| file.declared.entries.iter().map(move |entry| Pin { file, at, entry }))
        .filter(is_unconditional)
        .collect()
}

/// A lock file may hold several versions for several interpreters; one alone can be compared.
fn is_only_lock(inventory: &Inventory, pin: &Pin<'_>) -> bool {
    let is_lock = |pin: &Pin<'_>| pin.entry.group == Group::Locked;
    let same = |other: &Pin<'_>| is_lock(other) && other.entry.name == pin.entry.name;
    is_lock(pin) && inventory.entries(&[Role::Runtime]).filter(same).count() == 1
}

fn contradictions<'i>(
    inventory: &Inventory,
    ones: &[Pin<'i>],
    others: &[Pin<'i>],
) -> Vec<(Pin<'i>, Pin<'i>)> {
    let mut by_name: BTreeMap<&str, Vec<&Pin<'i>>> = BTreeMap::new();
    for other in others {
        by_name.entry(&other.entry.name).or_default().push(other);
    }
    let mut found = Vec::new();
    for one in ones {
        for other in by_name.get(one.entry.name.as_ref()).into_iter().flatten().copied() {
            if exclude_each_other(one, other) && both_hold(inventory, one, other) {
                found.push((*one, *other));
            }
        }
    }
    found
}

fn tell(
    project: &Project,
    emit: &mut Emit<'_>,
    told: &mut BTreeSet<[(usize, u32); 2]>,
    one: &Pin<'_>,
    other: &Pin<'_>,
    relation: Relation,
) {
    let mut keys = [(one.at, one.span().start), (other.at, other.span().start)];
    keys.sort();
    if !told.insert(keys) {
        return;
    }
    // The later of the two is where the contradiction came in; against what they were made of, the pins are.
    let later = (one.at, one.span().start) > (other.at, other.span().start);
    let (first, second) = if later || relation == Relation::Compiled { (other, one) } else { (one, other) };
    let (first_shown, second_shown) = (first.shown(), second.shown());
    let path = &first.file.text.path;
    let (message, help) = match relation {
        Relation::Together => (
            Bilingual::new(
                format!(
                    "`{second_shown}` and `{first_shown}` are installed together, and no version fits both"
                ),
                format!("`{second_shown}` 与 `{first_shown}` 会一起安装，但没有版本能同时满足两者"),
            ),
            Bilingual::new(
                "pip refuses the file. Keep the one that is in use, or give them markers that do not overlap.",
                "pip 会拒绝安装。请只保留实际使用的一项，或为两者写上互不重叠的环境标记。",
            ),
        ),
        Relation::Apart | Relation::Compiled | Relation::Locked => (
            Bilingual::new(
                format!("`{second_shown}` contradicts `{first_shown}` in `{path}`"),
                format!("`{second_shown}` 与 `{path}` 中的 `{first_shown}` 矛盾"),
            ),
            match relation {
                Relation::Apart => Bilingual::new(
                    "Which version runs depends on which file was installed last. Make the two agree.",
                    "实际运行哪个版本取决于最后安装了哪个文件。请让两者一致。",
                ),
                _ => Bilingual::new(
                    "The pins are older than the ranges that they were made of. Compile or lock again.",
                    "锁定的版本早于其来源中的范围。请重新编译或重新生成锁文件。",
                ),
            },
        ),
    };
    let severity = if relation == Relation::Together { Severity::Error } else { Severity::Warning };
    let finding = report(emit.graded(severity), project, second, &first_shown, message);
    finding.help = help;
    relate(finding, first);
}
