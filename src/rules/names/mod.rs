//! Rules on names that Django and Python took away: imports, attributes, calls, options.

pub mod deprecated_name;
pub mod removed_from_python;
pub mod removed_name;
pub mod removed_template_name;
pub mod removed_use;

use rustc_hash::FxHashSet;

use crate::django::names::{Fate, NameUse, What};
use crate::findings::{Bilingual, Finding, Severity, Subject};
use crate::project::{FileUses, Project};

/// What to do about a name that is gone.
pub(crate) fn advice_of(fate: &Fate) -> Bilingual {
    match (&fate.replacement, &fate.advice) {
        (Some(replacement), _) => {
            Bilingual::new(format!("Use `{replacement}`."), format!("请改用 `{replacement}`。"))
        }
        (None, Some(advice)) => advice.clone(),
        (None, None) => Bilingual::new(
            "Django never documented the name; import it from where it is defined, or do without it.",
            "Django 文档从未收录该名称；请从其定义处导入，或不再使用。",
        ),
    }
}

/// The uses of a project that an import or an attribute is.
fn name_uses(project: &Project) -> impl Iterator<Item = (&FileUses, &NameUse, &'static Fate)> {
    let restored = restored(project);
    let uses = project.code.uses.iter().flat_map(|file| {
        file.uses.iter().filter_map(move |each| match each.what {
            What::Import(fate) | What::Attribute(fate) => Some((file, each, fate)),
            _ => None,
        })
    });
    uses.filter(move |(_, _, fate)| !restored.contains(fate.symbol.as_str()))
}

/// Names and methods that the project puts back itself, for itself or for the packages that it uses.
fn restored(project: &Project) -> FxHashSet<&'static str> {
    let uses = project.code.uses.iter().filter(|file| file.is_reached).flat_map(|file| &file.uses);
    let names = uses.filter_map(|each| match each.what {
        What::Restored(fate) => Some(fate.symbol.as_str()),
        What::RestoredUsage(usage) => Some(usage.name.as_str()),
        _ => None,
    });
    names.collect()
}

/// Whether the use stops the program on this release.
fn breaks(each: &NameUse, fate: &Fate, release: crate::django::DjangoVersion) -> bool {
    match each.what {
        What::Import(_) => each.when.breaks_import(fate.owner, release),
        _ => each.when.breaks_use(fate.owner, release),
    }
}

/// Code that nothing loads, and tests, do not stop the service.
fn grade(file: &FileUses, severity: Severity) -> Severity {
    let path = &file.text.path;
    let is_test = path.split('/').any(|part| part == "tests" || part == "test" || part.starts_with("test_"));
    match (file.is_reached, is_test) {
        (false, _) => Severity::Info,
        (true, true) => severity.min(Severity::Warning),
        (true, false) => severity,
    }
}

/// What is added to a message on a file that nothing loads.
fn note_unreached(file: &FileUses, message: Bilingual) -> Bilingual {
    if file.is_reached {
        return message;
    }
    Bilingual::new(
        format!("{} (nothing imports this module, so nothing fails yet)", message.en),
        format!("{}（没有任何代码导入此模块，因此暂无影响）", message.zh),
    )
}

fn complete(project: &Project, finding: &mut Finding, symbol: &str, advice: Bilingual) {
    finding.subject = Subject { project: Some(project.name.clone()), ..Subject::default() };
    finding.discriminator = symbol.to_owned();
    finding.help = advice;
}
