//! GRA015: a relation to a model of an app that the migration does not depend on.

use crate::config::Config;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::django::state::Field;
use crate::django::{Dependency, Key, OperationKind, Target};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::rules::{Change, Check, Emit, Rule, operation_subject};
use crate::syntax::Expr;

/// GRA015 relation-without-dependency.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA015",
        name: "relation-without-dependency",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/relation-without-dependency.md"),
    check: Check::Change(check),
};

fn check(change: &Change<'_>, _: &Config, emit: &mut Emit<'_>) {
    let mut behind = None;
    for step in change.listed {
        for operation in step.operation.walk() {
            if !matches!(
                operation.kind,
                OperationKind::CreateModel | OperationKind::AddField | OperationKind::AlterField
            ) {
                continue;
            }
            let Some((key, model)) = change.model(operation, &step.after) else { continue };
            let fields: Vec<&Arc<Field>> = match operation.kind {
                OperationKind::CreateModel => model.fields.iter().collect(),
                _ => {
                    let name = operation.arg("name").and_then(Expr::as_str);
                    name.and_then(|name| model.fields.get(name)).into_iter().collect()
                }
            };
            for field in fields {
                let Some(at) = change.written_in(operation, field.origin.as_ref()) else { continue };
                let Some(relation) = field.relation.as_ref().filter(|relation| relation.setting.is_none())
                else {
                    continue;
                };
                let Ok(to) = &relation.to else { continue };
                if to.app == key.app || !change.project.apps.contains_key(&to.app) {
                    continue;
                }
                let apps = behind.get_or_insert_with(|| apps_behind(change));
                if apps.as_ref().is_none_or(|apps| apps.contains(&to.app)) {
                    continue;
                }
                let finding = emit.at(
                    &change.migration.file.text,
                    at,
                    Bilingual::new(
                        format!("`{}` points to `{to}`, and nothing makes Django run the migrations of `{}` first: on a new database the model cannot be resolved", field.name, to.app),
                        format!("`{}` 指向 `{to}`，但没有依赖保证 `{}` 的迁移先执行：在新数据库上无法解析该模型", field.name, to.app),
                    ),
                );
                finding.subject = operation_subject(change.project, change.migration, operation);
                finding.subject.field = Some(field.name.clone());
                finding.discriminator = to.to_string();
                finding.help = Bilingual::new(
                    format!("Add the migration of `{}` that creates the model to `dependencies`.", to.app),
                    format!("请在 `dependencies` 中加上 `{}` 中创建该模型的迁移。", to.app),
                );
            }
        }
    }
}

/// The apps of the migrations that come before this one; `None` where a dependency on the way is not known.
fn apps_behind(change: &Change<'_>) -> Option<BTreeSet<Arc<str>>> {
    let graph = &change.project.graph;
    let own = (change.migration.app.clone(), change.migration.name.clone());
    let mut seen: BTreeSet<&Key> = BTreeSet::new();
    let mut waiting: Vec<&Key> = graph.parents.get_key_value(&own).map(|(key, _)| key).into_iter().collect();
    while let Some(key) = waiting.pop() {
        if !seen.insert(key) {
            continue;
        }
        let migration = change.project.migration(&key.0, &key.1)?;
        let unknown = |entry: &Dependency| matches!(entry.target, Target::Unknown(_));
        if migration.file.unknown.iter().any(|part| part.what == "dependencies")
            || migration.file.dependencies.iter().any(unknown)
        {
            return None;
        }
        waiting.extend(graph.parents.get(key).into_iter().flatten());
    }
    Some(seen.into_iter().map(|key| key.0.clone()).collect())
}
