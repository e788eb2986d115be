//! PIN020: files that name different versions of Python.

use crate::config::Config;
use crate::findings::{Bilingual, Finding, Place, RuleId, Severity, Standing};
use crate::pins::PythonClaim;
use crate::pins::inventory::{PinFile, compact};
use crate::pins::role::Role;
use crate::pins::series::Series;
use crate::project::Project;
use crate::project::pins::Origin;
use crate::rules::{Check, Emit, Rule};
use crate::source::FileKind;

/// PIN020 contradicting-python.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "PIN020",
        name: "contradicting-python",
        family: "pins",
        severity: Severity::Warning,
        standing: Standing::Today,
    },
    page: include_str!("../../../rules/pins/contradicting-python.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    let pins = &project.pins;
    let aim = &pins.aims.python;
    if let (Some(pinned), Some((path, _))) = (&aim.pinned, &aim.place) {
        for (file, claim) in pins.inventory.pythons(&[Role::Runtime, Role::Development]) {
            if file.kind == FileKind::Workflow || pinned.fits(&claim.versions) {
                continue;
            }
            let says = shown(claim);
            let message = Bilingual::new(
                format!("Python {says} here, Python {pinned} in `{path}`"),
                format!("此处为 Python {says}，而 `{path}` 中为 Python {pinned}"),
            );
            let finding = tell(project, emit, file, claim, message);
            relate_to_pinned(project, finding);
        }
        workflows(project, pinned, emit);
    }
    let named = aim.version.as_ref().filter(|_| aim.origin == Origin::Target);
    let Some(target) = named.filter(|target| aim.pinned.as_ref() != Some(target)) else { return };
    for (file, claim) in pins.inventory.pythons(&[Role::Runtime]) {
        if claim.exact || target.fits(&claim.versions) {
            continue;
        }
        let says = shown(claim);
        let message = Bilingual::new(
            format!("the project declares Python {says}, which leaves out Python {target}"),
            format!("项目声明支持 Python {says}，不包括 Python {target}"),
        );
        tell(project, emit, file, claim, message);
    }
}

/// Tests on several Pythons are fine as long as the one that runs is among them. Which of several projects a workflow
/// tests is not known, so all workflows count together.
fn workflows(project: &Project, pinned: &Series, emit: &mut Emit<'_>) {
    let all = || {
        project
            .pins
            .inventory
            .pythons(&[Role::Development])
            .filter(|(file, _)| file.kind == FileKind::Workflow)
    };
    if all().any(|(_, claim)| pinned.fits(&claim.versions)) {
        return;
    }
    let Some((file, claim)) = all().next() else { return };
    let says = shown(claim);
    let message = Bilingual::new(
        format!(
            "tests run on Python {says}; none of the workflows tests Python {pinned}, on which the program runs"
        ),
        format!("测试使用 Python {says}；没有任何工作流在程序实际运行的 Python {pinned} 上测试"),
    );
    let finding = tell(project, emit, file, claim, message);
    relate_to_pinned(project, finding);
}

fn shown(claim: &PythonClaim) -> String {
    let range = compact(&claim.versions);
    match range.strip_prefix("==") {
        Some(version) if !range.contains(',') => version.trim_end_matches(".*").to_owned(),
        _ => range,
    }
}

fn tell<'e>(
    project: &Project,
    emit: &'e mut Emit<'_>,
    file: &PinFile,
    claim: &PythonClaim,
    message: Bilingual,
) -> &'e mut Finding {
    let finding = emit.at(&file.text, claim.span, message);
    finding.subject.project = Some(project.name.clone());
    finding.discriminator = shown(claim);
    finding.help = Bilingual::new(
        "What is tested, what is built and what is declared should be one Python. Make the files agree.",
        "测试、构建与声明所用的应是同一个 Python。请让这些文件保持一致。",
    );
    finding
}

fn relate_to_pinned(project: &Project, finding: &mut Finding) {
    let Some((path, span)) = &project.pins.aims.python.place else { return };
    let file = project.pins.inventory.files.iter().find(|file| file.text.path == *path);
    if let Some(file) = file {
        let label = Bilingual::new("the Python that runs", "实际运行的 Python");
        finding.related.push((Place::new(&file.text, *span), label));
    }
}
