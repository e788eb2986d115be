//! What a run says beside its findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::Config;
use crate::django::migration::Outcome;
use crate::findings::{Bilingual, Lang};
use crate::project::pins::Aim;
use crate::project::{Project, Workspace};
use crate::report::inspect::graph::why_left_out;
use crate::report::{ProjectSummary, Summary};
use crate::rules::Basis;
use crate::source::FileKind;

use super::target::Target;

/// The figures of a workspace.
pub(super) fn of(workspace: &Workspace, target: &Target) -> Summary {
    let projects = workspace.projects.iter().map(|project| ProjectSummary {
        name: project.name.clone(),
        apps: project.migrations.iter().map(|migration| &migration.app).collect::<BTreeSet<_>>().len(),
        migrations: project.migrations.len(),
    });
    let mut notices = workspace.notices.clone();
    if !target.only.is_empty() {
        let only = target.only.join(", ");
        notices.push(Bilingual::new(
            format!("the whole project was read; what is reported was narrowed to {only}"),
            format!("已读取整个项目；只报告以下路径的问题：{only}"),
        ));
    }
    Summary {
        projects: projects.collect(),
        files: workspace.read.clone(),
        not_analysed: not_analysed(workspace),
        not_django: not_django(workspace),
        unknown: unknown(workspace, target),
        notices,
        defaults: Vec::new(),
    }
}

/// Projects of which the defaults are told; the rest is much the same.
const TOLD: usize = 3;

/// What the projects were judged by, for who has not configured anything.
pub(super) fn defaults(workspace: &Workspace, config: &Config) -> Vec<Bilingual> {
    workspace.projects.iter().take(TOLD).map(|project| of_project(project, config)).collect()
}

fn of_project(project: &Project, config: &Config) -> Bilingual {
    let basis = Basis::of(project, config);
    let aims = &project.pins.aims;
    let aim = |name: &str, aim: &Aim| {
        let version = aim.version.as_ref()?;
        let place = aim.place.as_ref().map_or("", |(path, _)| path);
        Some(Bilingual::new(format!("{name} {version} ({place})"), format!("{name} {version}（{place}）")))
    };
    let django = aim("Django", &aims.django).unwrap_or_else(|| {
        let django = basis.django;
        Bilingual::new(
            format!("Django {django} (no pin was found, so this is assumed)"),
            format!("Django {django}（未找到版本声明，按此假定）"),
        )
    });
    let python = aim("Python", &aims.python);
    let server = basis.describe();
    let library = match &project.field_library.path {
        Some(path) => Bilingual::new(format!("field names by {path}"), format!("字段名按 {path}")),
        None => Bilingual::new("field names by the built-in library", "字段名按内置字段库"),
    };
    let parts: Vec<Bilingual> = std::iter::once(django).chain(python).chain([server, library]).collect();
    let joined = |lang, comma: &str| parts.iter().map(|part| part.get(lang)).collect::<Vec<_>>().join(comma);
    let name = &project.name;
    Bilingual::new(
        format!("{name}: {}", joined(Lang::En, ", ")),
        format!("{name}：{}", joined(Lang::Zh, "，")),
    )
}

/// Why there was nothing to check, if there was nothing.
pub(super) fn nothing_to_check(workspace: &Workspace, target: &Target) -> Option<Bilingual> {
    // A field library is what others are judged by.
    let is_judged =
        |path: &&Arc<str>| target.judges(path) && FileKind::of_path(path) != Some(FileKind::FieldLibrary);
    let mut read = workspace.texts.keys().filter(is_judged);
    if read.next().is_some() || !workspace.not_analysed.is_empty() {
        return None;
    }
    Some(Bilingual::new(
        "nothing to check here: no migrations package of Django was found. Name the folder of a Django project (the one with manage.py), or declare projects with `[[project]]` in bklog-lint.toml; `exclude` and .gitignore leave files out",
        "没有可检查的内容：未找到 Django 的迁移包。请指定 Django 项目的目录（含 manage.py），或在 bklog-lint.toml 中用 `[[project]]` 声明项目；`exclude` 和 .gitignore 会排除文件",
    ))
}

fn not_analysed(workspace: &Workspace) -> Vec<(Arc<str>, Bilingual)> {
    let failed = workspace.not_analysed.iter().map(|item| (item.path.clone(), item.why.describe()));
    let refused = left_out(workspace, |outcome| {
        matches!(outcome, Outcome::SyntaxError(_) | Outcome::ConflictMarkers(_))
    });
    sorted(failed.chain(refused))
}

fn not_django(workspace: &Workspace) -> Vec<(Arc<str>, Bilingual)> {
    sorted(left_out(workspace, |outcome| matches!(outcome, Outcome::NotDjango(_))))
}

/// Files of migrations packages that gave no migration because of an outcome that `which` takes.
fn left_out(
    workspace: &Workspace,
    which: impl Fn(&Outcome) -> bool,
) -> impl Iterator<Item = (Arc<str>, Bilingual)> {
    let others = workspace.projects.iter().flat_map(|project| &project.other_files);
    others
        .filter(move |other| which(&other.file.outcome))
        .map(|other| (other.file.text.path.clone(), why_left_out(other)))
}

fn sorted(all: impl Iterator<Item = (Arc<str>, Bilingual)>) -> Vec<(Arc<str>, Bilingual)> {
    let mut all: Vec<_> = all.collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn unknown(workspace: &Workspace, target: &Target) -> Vec<(Arc<str>, u32, Bilingual)> {
    let migrations = workspace.projects.iter().flat_map(|project| &project.migrations);
    let mut all: Vec<_> = migrations
        .filter(|migration| target.judges(&migration.file.text.path))
        .flat_map(|migration| {
            let text = &migration.file.text;
            migration.file.unknown.iter().map(move |part| {
                let why = part.reason.describe();
                let why = Bilingual::new(
                    format!("{}: {}", part.what, why.en),
                    format!("{}：{}", part.what, why.zh),
                );
                (text.path.clone(), text.line_column(part.span.start).line, why)
            })
        })
        .collect();
    all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    all
}
