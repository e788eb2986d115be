//! GRA005: a migration file whose name Python's package listing skips.

use crate::config::Config;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;

use super::number;
use crate::rules::{Check, Emit, Rule, other_file_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA005",
        name: "ignored-file-name",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/ignored-file-name.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for other in &project.other_files {
        // A leading `_` or `~` is how people switch a file off on purpose.
        let by_accident =
            other.ignored_name && other.name.contains('.') && !other.name.starts_with(['_', '~']);
        let migration = match other.file.outcome {
            Outcome::NotDjango(_) => false,
            Outcome::NoMigrationClass => number(&other.name).is_some(),
            _ => true,
        };
        if !by_accident || !migration {
            continue;
        }
        let finding = emit.on_file(
            &other.file.text,
            Bilingual::new(
                format!(
                    "Django ignores `{}.py` without a word, because of the dot in its name: this migration never runs",
                    other.name
                ),
                format!("文件名 `{}.py` 中含有点号，Django 会悄悄忽略它：这个迁移永远不会执行", other.name),
            ),
        );
        finding.subject = other_file_subject(project, other);
        finding.help = Bilingual::new(
            format!(
                "Rename it to `{}.py`, and check the dependencies of the migrations after it.",
                other.name.replace('.', "_")
            ),
            format!("改名为 `{}.py`，并检查其后各迁移的依赖。", other.name.replace('.', "_")),
        );
    }
}
