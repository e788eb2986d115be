//! GRA007: a squash that names something it cannot stand for.

use std::sync::Arc;

use crate::config::Config;
use crate::django::{Key, Migration};
use crate::findings::{Bilingual, RuleId, Severity, Standing};
use crate::project::Project;
use crate::source::Span;

use super::{dotted, exists, migration, named};
use crate::rules::{Check, Emit, Rule, migration_subject};

/// The rule.
pub static RULE: Rule = Rule {
    id: RuleId {
        code: "GRA007",
        name: "wrong-replaces",
        family: "graph",
        severity: Severity::Error,
        standing: Standing::Always,
    },
    page: include_str!("../../../rules/graph/wrong-replaces.md"),
    check: Check::Migration(check),
};

fn check(project: &Project, squash: &Migration, _: &Config, emit: &mut Emit<'_>) {
    let entries: Vec<(Span, Key)> =
        squash.file.replaces.iter().filter_map(|entry| Some((entry.span, named(entry)?))).collect();
    let own: Key = (squash.app.clone(), squash.name.clone());
    let any_left = entries.iter().any(|(_, key)| *key != own && exists(project, key));
    for (at, (span, key)) in entries.iter().enumerate() {
        let twice = entries.iter().take(at).any(|(_, before)| before == key);
        let Some((message, help)) = fault(project, &own, key, twice, any_left) else { continue };
        let finding = emit.at(&squash.file.text, *span, message);
        finding.subject = migration_subject(project, squash);
        finding.discriminator = if twice { format!("{} again", dotted(key)) } else { dotted(key) };
        finding.help = help;
    }
}

/// What is wrong with one entry, and what to do.
fn fault(
    project: &Project,
    own: &Key,
    key: &Key,
    twice: bool,
    any_left: bool,
) -> Option<(Bilingual, Bilingual)> {
    let (who, target) = (dotted(own), dotted(key));
    if key == own {
        return Some((
            Bilingual::new(
                format!("`{who}` says that it replaces itself: Django takes it out of the graph"),
                format!("`{who}` 声明替代自身：Django 会把它从迁移图中移除"),
            ),
            Bilingual::new("Take this entry out.", "删除这一项。"),
        ));
    }
    if twice {
        return Some((
            Bilingual::new(
                format!("`{who}` names `{target}` twice in `replaces`"),
                format!("`{who}` 的 `replaces` 中重复列出了 `{target}`"),
            ),
            Bilingual::new(
                "Take one of the two out; check that no other migration was meant.",
                "删除其中一项，并确认是否本应是另一个迁移。",
            ),
        ));
    }
    if key.0 != own.0 && !exists(project, key) {
        let here: Key = (own.0.clone(), key.1.clone());
        return exists(project, &here).then(|| {
            let (meant, app) = (dotted(&here), &key.0);
            (
                Bilingual::new(
                    format!(
                        "`{who}` replaces `{target}`, but that migration is in app `{}`: `{meant}`",
                        own.0
                    ),
                    format!("`{who}` 声明替代 `{target}`，但该迁移属于应用 `{}`：`{meant}`", own.0),
                ),
                Bilingual::new(
                    format!("Write the label of the app, `{}`, not `{app}`.", own.0),
                    format!("应写应用标签 `{}`，而不是 `{app}`。", own.0),
                ),
            )
        });
    }
    if let Some(inner) = migration(project, key)
        && !inner.file.replaces.is_empty()
    {
        return Some(nested(&who, &target));
    }
    if !exists(project, key) && any_left {
        return Some((
            Bilingual::new(
                format!("`{who}` replaces `{target}`, which does not exist"),
                format!("`{who}` 声明替代 `{target}`，但它并不存在"),
            ),
            Bilingual::new(
                format!(
                    "{}Where the others are applied and this one is not, Django takes the squash as half applied and does not use it.",
                    nearest(project, key)
                        .map_or_else(String::new, |name| format!("Perhaps `{name}` is meant. "))
                ),
                format!(
                    "{}如果其余迁移已执行而这一项没有，Django 会认为合并迁移只执行了一部分，从而不使用它。",
                    nearest(project, key).map_or_else(String::new, |name| format!("是否应为 `{name}`？"))
                ),
            ),
        ));
    }
    None
}

/// A squash of a squash, which Django 6.0 is the first to load reliably.
fn nested(who: &str, target: &str) -> (Bilingual, Bilingual) {
    (
        Bilingual::new(
            format!(
                "`{who}` replaces `{target}`, which is a squash itself: before Django 6.0 the project loads or fails with NodeNotFoundError by chance"
            ),
            format!(
                "`{who}` 替代的 `{target}` 本身也是合并迁移：Django 6.0 之前能否加载全凭运气，可能抛出 NodeNotFoundError"
            ),
        ),
        Bilingual::new(
            format!(
                "Once `{target}` is applied everywhere, delete what it replaces and take `replaces` out of it; then squash again."
            ),
            format!(
                "等 `{target}` 在所有环境执行之后，删除它所替代的文件并去掉它的 `replaces`，然后再次合并。"
            ),
        ),
    )
}

fn nearest(project: &Project, key: &Key) -> Option<Arc<str>> {
    project
        .migrations
        .iter()
        .filter(|migration| migration.app == key.0)
        .map(|migration| (strsim::damerau_levenshtein(&migration.name, &key.1), &migration.name))
        .min()
        .filter(|(distance, _)| *distance <= 4)
        .map(|(_, name)| name.clone())
}
