//! `inspect graph`: apps, migrations and edges as Django's loader would see them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::django::migration::{Outcome, Target};
use crate::django::{Dependency, Key, Migration, MigrationFile};
use crate::findings::{Bilingual, Lang};
use crate::project::{OtherFile, Project};

use super::{Only, below};

/// `inspect graph --format json`.
///
/// Beside the keys of the contract a project has `cycles`, `unknown` (entries that the source does not determine, with
/// the reason) and `not_loaded` (files of migrations packages that Django's loader refuses or never sees).
pub fn graph_json(projects: &[Project], only: &Only) -> Json {
    let projects: Vec<Json> = projects.iter().map(|project| project_json(project, only)).collect();
    json!({ "schema_version": 1, "projects": projects })
}

fn project_json(project: &Project, only: &Only) -> Json {
    let graph = &project.graph;
    let mut apps: BTreeMap<&str, Vec<&Migration>> = BTreeMap::new();
    for migration in project.migrations.iter().filter(|m| only.takes(&m.app, &m.name)) {
        apps.entry(&migration.app).or_default().push(migration);
    }
    let apps: Map<String, Json> =
        apps.into_iter().map(|(label, list)| (label.to_owned(), app_json(project, label, &list))).collect();
    let taken = |key: &Key| only.takes(&key.0, &key.1);
    let edges: Vec<Json> = graph
        .parents
        .iter()
        .flat_map(|(child, parents)| parents.iter().map(move |parent| (child, parent)))
        .filter(|(child, parent)| taken(child) || taken(parent))
        .map(|(child, parent)| json!([dotted(child), dotted(parent)]))
        .collect();
    let unresolved: Vec<Json> = graph
        .unresolved
        .iter()
        .filter(|entry| taken(&entry.child))
        .map(|entry| {
            json!({
                "migration": dotted(&entry.child),
                "attribute": entry.attribute,
                "target": [entry.app, entry.name],
                "reason": missing(&entry.app, &entry.name).en,
            })
        })
        .collect();
    let cycles: Vec<Vec<String>> = graph
        .cycles
        .iter()
        .filter(|cycle| cycle.iter().any(taken))
        .map(|cycle| cycle.iter().map(dotted).collect())
        .collect();
    let unknown: Vec<Json> = project
        .migrations
        .iter()
        .filter(|migration| only.takes(&migration.app, &migration.name))
        .flat_map(|migration| unknown_entries(project, migration))
        .map(|entry| json!({ "migration": entry.migration, "line": entry.line, "attribute": entry.attribute, "reason": entry.reason.en }))
        .collect();
    let files = |not_django: bool| -> Vec<Json> {
        project
            .other_files
            .iter()
            .filter(|other| only.takes(&other.app, &other.name))
            .filter(|other| matches!(other.file.outcome, Outcome::NotDjango(_)) == not_django)
            .map(|other| json!({ "path": below(project, &other.file.text.path), "reason": why_left_out(other).en }))
            .collect()
    };
    json!({
        "root": project.name,
        "apps": apps,
        "edges": edges,
        "external": graph.external,
        "unresolved": unresolved,
        "cycles": cycles,
        "unknown": unknown,
        "not_django": files(true),
        "not_loaded": files(false),
    })
}

fn app_json(project: &Project, label: &str, migrations: &[&Migration]) -> Json {
    let ends = |ends: &BTreeMap<Arc<str>, Vec<Arc<str>>>| ends.get(label).cloned().unwrap_or_default();
    let migrations: Map<String, Json> = migrations
        .iter()
        .map(|migration| (migration.name.to_string(), migration_json(project, &migration.file)))
        .collect();
    json!({
        "path": project.apps.get(label).map(|app| below(project, &app.path)),
        "roots": ends(&project.graph.roots),
        "leaves": ends(&project.graph.leaves),
        "migrations": migrations,
    })
}

fn migration_json(project: &Project, file: &MigrationFile) -> Json {
    let list = |entries: &[Dependency]| -> Vec<Json> {
        entries
            .iter()
            .filter_map(|entry| target(project, entry))
            .map(|(app, name)| json!([app, name]))
            .collect()
    };
    json!({
        "path": below(project, &file.text.path),
        "initial": file.initial.unwrap_or(false),
        "atomic": file.atomic,
        "replaces": list(&file.replaces),
        "run_before": list(&file.run_before),
        "dependencies": list(&file.dependencies),
    })
}

/// What Django would read in this entry; `None` when the source does not tell.
fn target(project: &Project, entry: &Dependency) -> Option<(Arc<str>, Arc<str>)> {
    let first = |model: &str| Some((Arc::from(model.split_once('.')?.0), Arc::from("__first__")));
    match &entry.target {
        Target::Migration { app, name } => Some((app.clone(), name.clone())),
        Target::SwappableSetting(setting) => first(project.settings.swappable.get(setting)?),
        Target::SwappableModel(model) => first(model),
        Target::Unknown(_) => None,
    }
}

/// An entry of `dependencies`, `run_before` or `replaces` of which nothing is known.
struct UnknownEntry {
    migration: String,
    line: u32,
    attribute: &'static str,
    reason: Bilingual,
}

fn unknown_entries(project: &Project, migration: &Migration) -> Vec<UnknownEntry> {
    let file = &migration.file;
    let name = format!("{}.{}", migration.app, migration.name);
    let entry = |span: crate::source::Span, attribute, reason| UnknownEntry {
        migration: name.clone(),
        line: file.text.line_column(span.start).line,
        attribute,
        reason,
    };
    let lists = [
        ("dependencies", &file.dependencies),
        ("run_before", &file.run_before),
        ("replaces", &file.replaces),
    ];
    let mut out = Vec::new();
    for (attribute, list) in lists {
        for dependency in list.iter().filter(|dependency| target(project, dependency).is_none()) {
            let reason = match &dependency.target {
                Target::Unknown(reason) => reason.describe(),
                Target::SwappableSetting(setting) => Bilingual::new(
                    format!("the value of `settings.{setting}` is not known"),
                    format!("无法确定 `settings.{setting}` 的值"),
                ),
                Target::SwappableModel(model) => Bilingual::new(
                    format!("`{model}` is not of the form app.Model"),
                    format!("`{model}` 不是 app.Model 的形式"),
                ),
                Target::Migration { .. } => continue,
            };
            out.push(entry(dependency.span, attribute, reason));
        }
        // An attribute that is unknown as a whole leaves no entry behind.
        let whole = file.unknown.iter().filter(|part| part.what == attribute);
        for part in whole.filter(|part| !list.iter().any(|dependency| dependency.span == part.span)) {
            out.push(entry(part.span, attribute, part.reason.describe()));
        }
    }
    out
}

fn dotted(key: &Key) -> String {
    format!("{}.{}", key.0, key.1)
}

/// What a dependency that leads nowhere lacks.
fn missing(app: &str, name: &str) -> Bilingual {
    match name {
        "__first__" | "__latest__" => Bilingual::new(
            format!("`{name}` of app `{app}` leads to no migration"),
            format!("应用 `{app}` 的 `{name}` 没有对应的迁移"),
        ),
        _ => Bilingual::new(
            format!("app `{app}` has no migration `{name}`"),
            format!("应用 `{app}` 中没有迁移 `{name}`"),
        ),
    }
}

/// Why a file of a migrations package is no node of the graph.
/// Why a file of a migrations package gave no migration.
pub(crate) fn why_left_out(other: &OtherFile) -> Bilingual {
    if other.ignored_name {
        return Bilingual::new(
            "Django's loader ignores a file with this name",
            "Django 的加载器会忽略这种文件名",
        );
    }
    match &other.file.outcome {
        Outcome::NotDjango(what) => Bilingual::new(
            format!("not a migration of Django: {}", what.en),
            format!("不是 Django 的迁移：{}", what.zh),
        ),
        Outcome::NoMigrationClass => Bilingual::new("no class `Migration`", "没有 `Migration` 类"),
        Outcome::SyntaxError(problem) => Bilingual::new(
            format!("syntax error: {}", problem.message.en),
            format!("语法错误：{}", problem.message.zh),
        ),
        Outcome::ConflictMarkers(_) => Bilingual::new("merge conflict markers", "存在合并冲突标记"),
        Outcome::Django => Bilingual::new("not loaded by Django", "Django 不会加载"),
    }
}

/// `inspect graph` for people: per app its migrations in the order in which Django would run them, each with what it
/// depends on where that is more than the line above.
pub fn graph_text(projects: &[Project], only: &Only, lang: Lang) -> String {
    let mut out = String::new();
    for project in projects {
        // Writing to a String cannot fail.
        let _ = project_text(&mut out, project, only, lang);
    }
    out
}

fn project_text(out: &mut String, project: &Project, only: &Only, lang: Lang) -> std::fmt::Result {
    let graph = &project.graph;
    let say = |en: String, zh: String| if lang == Lang::Zh { zh } else { en };
    let apps: BTreeSet<&Arc<str>> = project.migrations.iter().map(|migration| &migration.app).collect();
    let (count, edges) = (project.migrations.len(), graph.edge_count());
    writeln!(
        out,
        "{}",
        say(
            format!("{}: {} apps, {count} migrations, {edges} edges", project.name, apps.len()),
            format!("{}：{} 个应用，{count} 个迁移，{edges} 条依赖", project.name, apps.len()),
        )
    )?;
    for label in apps.into_iter().filter(|label| only.takes_app(label)) {
        app_text(out, project, label, only, lang)?;
    }
    let notes = notes(project, only);
    for (title, lines) in notes.iter().filter(|(_, lines)| !lines.is_empty()) {
        writeln!(out, "\n  {}", title.get(lang))?;
        for line in lines {
            writeln!(out, "    {}", line.get(lang))?;
        }
    }
    out.push('\n');
    Ok(())
}

fn app_text(
    out: &mut String,
    project: &Project,
    label: &Arc<str>,
    only: &Only,
    lang: Lang,
) -> std::fmt::Result {
    let graph = &project.graph;
    let path = project.apps.get(label).map_or("", |app| below(project, &app.path));
    writeln!(out, "\n  {label}  ({path})")?;
    let of_app = project.migrations.iter().filter(|migration| migration.app == *label);
    let files: BTreeMap<&str, &MigrationFile> =
        of_app.map(|migration| (migration.name.as_ref(), migration.file.as_ref())).collect();
    let leaves = graph.leaves.get(label).map(Vec::as_slice).unwrap_or_default();
    let order = plan(project, label);
    let width = order.iter().map(|name| name.chars().count()).max().unwrap_or(0).min(60);
    let mut above: Option<&str> = None;
    for name in &order {
        let key = (label.clone(), (*name).clone());
        let previous = above.replace(name);
        if !only.takes(label, name) {
            continue;
        }
        let mut notes: Vec<String> = Vec::new();
        let parents = graph.parents.get(&key).map(Vec::as_slice).unwrap_or_default();
        let after: Vec<String> = parents
            .iter()
            .filter(|parent| parent.0 != *label || Some(parent.1.as_ref()) != previous)
            .map(|parent| if parent.0 == *label { parent.1.to_string() } else { dotted(parent) })
            .collect();
        let own_parent = parents.iter().any(|parent| parent.0 == *label);
        if previous.is_some() && !own_parent {
            notes.push(Bilingual::new("a root", "根节点").get(lang).to_owned());
        }
        if !after.is_empty() {
            notes.push(format!("← {}", after.join(", ")));
        }
        let stands_for: Vec<&str> = graph
            .replaced
            .iter()
            .filter(|(_, squash)| **squash == key)
            .map(|(replaced, _)| replaced.1.as_ref())
            .collect();
        if !stands_for.is_empty() {
            let list = match stands_for.as_slice() {
                [first, _, .., last] if stands_for.len() > 3 => format!("{first} … {last}"),
                few => few.join(", "),
            };
            let text = Bilingual::new(
                format!("stands for {} ({list})", stands_for.len()),
                format!("替代 {} 个迁移（{list}）", stands_for.len()),
            );
            notes.push(text.get(lang).to_owned());
        }
        if files.get(name.as_ref()).is_some_and(|file| file.initial == Some(true)) {
            notes.push("initial".to_owned());
        }
        if leaves.len() > 1 && leaves.contains(name) {
            notes.push(Bilingual::new("a leaf", "叶子节点").get(lang).to_owned());
        }
        let line = format!("    {name:width$}  {}", notes.join("; "));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The nodes of an app in an order in which they can run, the smallest name first where there is a choice; those that
/// a cycle holds back come last.
fn plan<'a>(project: &'a Project, label: &Arc<str>) -> Vec<&'a Arc<str>> {
    let graph = &project.graph;
    let from = (label.clone(), Arc::from(""));
    let nodes = || graph.parents.range(from.clone()..).take_while(|(key, _)| key.0 == *label);
    let inside = |keys: &[Key]| keys.iter().filter(|key| key.0 == *label).count();
    let mut waiting: BTreeMap<&Arc<str>, usize> =
        nodes().map(|(key, parents)| (&key.1, inside(parents))).collect();
    let mut ready: BTreeSet<&Arc<str>> =
        waiting.iter().filter(|(_, parents)| **parents == 0).map(|(name, _)| *name).collect();
    let mut order = Vec::new();
    while let Some(name) = ready.pop_first() {
        waiting.remove(name);
        order.push(name);
        for child in graph.children.get(&(label.clone(), name.clone())).into_iter().flatten() {
            if child.0 == *label
                && let Some((child, left)) = waiting.get_key_value(&child.1).map(|(key, left)| (*key, *left))
            {
                waiting.insert(child, left.saturating_sub(1));
                if left == 1 {
                    ready.insert(child);
                }
            }
        }
    }
    order.extend(waiting.into_keys());
    order
}

/// What a reader should know beside the tree: titles with their lines, empty ones included.
fn notes(project: &Project, only: &Only) -> Vec<(Bilingual, Vec<Bilingual>)> {
    let graph = &project.graph;
    let taken = |key: &Key| only.takes(&key.0, &key.1);
    let unresolved = graph.unresolved.iter().filter(|entry| taken(&entry.child)).map(|entry| {
        let reason = missing(&entry.app, &entry.name);
        let at = format!("{} {}", dotted(&entry.child), entry.attribute);
        Bilingual::new(format!("{at}: {}", reason.en), format!("{at}：{}", reason.zh))
    });
    let cycles = graph.cycles.iter().filter(|cycle| cycle.iter().any(taken)).map(|cycle| {
        let mut names: Vec<String> = cycle.iter().map(dotted).collect();
        names.extend(cycle.first().map(dotted));
        let text = names.join(" → ");
        Bilingual::new(text.clone(), text)
    });
    let unknown = project
        .migrations
        .iter()
        .filter(|migration| only.takes(&migration.app, &migration.name))
        .flat_map(|migration| unknown_entries(project, migration))
        .map(|entry| {
            let at = format!("{}:{} {}", entry.migration, entry.line, entry.attribute);
            Bilingual::new(format!("{at}: {}", entry.reason.en), format!("{at}：{}", entry.reason.zh))
        });
    let left_out =
        project.other_files.iter().filter(|other| only.takes(&other.app, &other.name)).map(|other| {
            let (path, why) = (below(project, &other.file.text.path), why_left_out(other));
            Bilingual::new(format!("{path}: {}", why.en), format!("{path}：{}", why.zh))
        });
    let external: Vec<&str> = graph.external.iter().map(AsRef::as_ref).collect();
    let external = (!external.is_empty()).then(|| Bilingual::new(external.join(", "), external.join("、")));
    vec![
        (Bilingual::new("Dependencies that lead nowhere", "没有着落的依赖"), unresolved.collect()),
        (Bilingual::new("Cycles", "循环依赖"), cycles.collect()),
        (Bilingual::new("Not known from the source", "源码无法确定的部分"), unknown.collect()),
        (Bilingual::new("Files that are no nodes", "未进入迁移图的文件"), left_out.collect()),
        (Bilingual::new("Apps outside this project", "项目之外的应用"), external.into_iter().collect()),
    ]
}

#[cfg(test)]
mod tests;
