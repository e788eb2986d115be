//! GRA003: an app whose history ends in more than one migration.

use crate::config::Config;
use crate::findings::{Bilingual, Place, RuleId, Severity, Standing};
use crate::project::Project;

use super::{is_history_known, listed_both, migration, number};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA003",
        name: "multiple-leaf-nodes",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/multiple-leaf-nodes.md"),
    check: Check::Project(check),
};

fn check(project: &Project, _: &Config, emit: &mut Emit<'_>) {
    for (app, leaves) in &project.graph.leaves {
        let [others @ .., last] = leaves.as_slice() else { continue };
        if others.is_empty() || !is_history_known(project, app) {
            continue;
        }
        let Some(file) = migration(project, &(app.clone(), last.clone())) else { continue };
        let names: Vec<String> = leaves.iter().map(ToString::to_string).collect();
        let (en, zh) = listed_both(&names);
        let finding = emit.at(
            &file.file.text,
            file.file.class_name,
            Bilingual::new(
                format!("app `{app}` has {} leaf nodes, {en}: `migrate` refuses to run", leaves.len()),
                format!("应用 `{app}` 有 {} 个叶子节点：{zh}；`migrate` 会拒绝执行", leaves.len()),
            ),
        );
        finding.subject = migration_subject(project, file);
        finding.discriminator = names.join(" ");
        finding.related = others
            .iter()
            .filter_map(|name| migration(project, &(app.clone(), name.clone())))
            .map(|other| {
                let place = Place::new(&other.file.text, other.file.class_name);
                (place, Bilingual::new("another leaf node", "另一个叶子节点"))
            })
            .collect();
        let next = project
            .migrations
            .iter()
            .filter(|migration| migration.app == *app)
            .filter_map(|migration| number(&migration.name))
            .max()
            .map_or(1, |number| number.saturating_add(1));
        finding.help = Bilingual::new(
            format!(
                "Run `python manage.py makemigrations --merge {app}`; it writes `{next:04}_merge_…`, which depends on all of them. Where none of them has been applied anywhere, letting one depend on the other is as good. Do not rename or renumber a file to settle this: Django knows an applied migration by its name, and equal numbers are no conflict."
            ),
            format!(
                "执行 `python manage.py makemigrations --merge {app}`，它会生成依赖全部叶子的 `{next:04}_merge_…`。如果它们还没有在任何环境执行过，也可以让其中一个依赖另一个。不要靠改名或改编号来解决：Django 按名称识别已执行的迁移，编号相同本身并不是冲突。"
            ),
        );
    }
}
