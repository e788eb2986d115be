//! `inspect pins`: what a project declares of its packages, its Python and its database server, and what of it counts.

#[cfg(test)]
mod tests;
mod text;

use serde_json::{Value as Json, json};

use crate::pins::Group;
use crate::pins::inventory::{Followed, Inventory, Leads, Pin, PinFile, compact};
use crate::pins::role::Role;
use crate::project::Project;
use crate::project::pins::Aim;
use crate::source::{SourceText, Span};

pub use text::pins_text;

use super::below;

/// `inspect pins --format json`.
///
/// A project has `target` (what it is to run on, with where that comes from), `files` with their includes and problems,
/// `packages` (what the program gets, one entry per package), `development` (what developers get beside it) and
/// `database_floor` (patches of the oldest server that Django connects to). Credentials of URLs are in none of it.
pub fn pins_json(projects: &[Project]) -> Json {
    json!({ "schema_version": 1, "projects": projects.iter().map(project_json).collect::<Vec<_>>() })
}

fn project_json(project: &Project) -> Json {
    let pins = &project.pins;
    let inventory = &pins.inventory;
    let files: Vec<Json> =
        inventory.files.iter().enumerate().map(|(at, file)| file_json(project, at, file)).collect();
    let packages: Vec<Json> = inventory.all_chosen().map(|pin| package_json(project, &pin)).collect();
    let development: Vec<Json> = development(inventory).map(|pin| package_json(project, &pin)).collect();
    let floors: Vec<Json> = pins
        .floors
        .iter()
        .map(|(text, floor)| {
            json!({
                "path": below(project, &text.path),
                "line": line(text, floor.span),
                "mysql": floor.mysql,
                "mariadb": floor.mariadb,
                "check_removed": floor.check_removed,
            })
        })
        .collect();
    let server = pins.aims.server.as_ref().map(|(flavour, version)| format!("{}-{version}", flavour.key()));
    json!({
        "root": project.name,
        "target": {
            "django": aim_json(project, &pins.aims.django),
            "python": aim_json(project, &pins.aims.python),
            "server": server,
        },
        "files": files,
        "packages": packages,
        "development": development,
        "database_floor": floors,
    })
}

/// What developers get beside the program.
fn development(inventory: &Inventory) -> impl Iterator<Item = Pin<'_>> {
    inventory
        .entries(&[Role::Runtime, Role::Development])
        .filter(|pin| pin.file.role == Role::Development || matches!(pin.entry.group, Group::Development(_)))
}

fn aim_json(project: &Project, aim: &Aim) -> Json {
    let pinned = aim.pinned.as_ref().zip(aim.place.as_ref()).map(|(pinned, (path, span))| {
        let text = project.pins.inventory.files.iter().map(|file| &file.text).find(|text| text.path == *path);
        let line = text.map(|text| line(text, *span));
        json!({ "version": pinned.to_string(), "path": below(project, path), "line": line })
    });
    let reason = (!aim.reason.en.is_empty()).then_some(&aim.reason.en);
    json!({
        "version": aim.version.as_ref().map(ToString::to_string),
        "from": aim.origin.key(),
        "pinned": pinned,
        "reason": reason,
    })
}

fn file_json(project: &Project, at: usize, file: &PinFile) -> Json {
    let inventory = &project.pins.inventory;
    let includes: Vec<Json> = inventory
        .includes
        .iter()
        .filter(|followed| followed.from == at)
        .filter_map(|followed| {
            let include = inventory.include(followed)?;
            Some(json!({
                "target": include.target,
                "constraint": include.constraint,
                "line": line(&file.text, include.span),
                "state": state(followed),
            }))
        })
        .collect();
    let pythons = file.declared.pythons.iter().map(|claim| {
        json!({ "versions": compact(&claim.versions), "exact": claim.exact, "line": line(&file.text, claim.span) })
    });
    let indexes = file.declared.indexes.iter().map(
        |index| json!({ "option": index.option, "host": index.host, "line": line(&file.text, index.span) }),
    );
    let problems = file
        .declared
        .problems
        .iter()
        .map(|problem| json!({ "line": line(&file.text, problem.span), "reason": problem.detail }));
    json!({
        "path": below(project, &file.text.path),
        "kind": file.kind.key(),
        "role": file.role.key(),
        "requirements": file.declared.entries.len(),
        "includes": includes,
        "pythons": pythons.collect::<Vec<_>>(),
        "indexes": indexes.collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    })
}

fn state(followed: &Followed) -> &'static str {
    match followed.leads {
        Leads::To(_) => "read",
        Leads::Missing(_) => "missing",
        Leads::Outside => "outside",
        Leads::NotKnown => "not_known",
    }
}

fn package_json(project: &Project, pin: &Pin<'_>) -> Json {
    let inventory = &project.pins.inventory;
    let version = pin.entry.pinned();
    let known = version.and_then(|version| inventory.known(&pin.entry.name, version));
    let python = known.and_then(|(package, _)| package.requires_python.as_ref()).map(compact);
    json!({
        "name": pin.entry.name,
        "requirement": pin.shown(),
        "version": version.map(ToString::to_string),
        "extras": pin.entry.extras,
        "marker": pin.entry.marker.try_to_string(),
        "group": group(&pin.entry.group),
        "path": below(project, &pin.file.text.path),
        "line": line(&pin.file.text, pin.entry.span),
        "known_from": known.map(|(_, knowledge)| knowledge.key()),
        "requires_python": python,
    })
}

fn group(group: &Group) -> String {
    match group {
        Group::Main => "main".to_owned(),
        Group::Extra(name) => format!("extra {name}"),
        Group::Development(name) => format!("development {name}"),
        Group::Constraint => "constraint".to_owned(),
        Group::Override => "override".to_owned(),
        Group::Locked => "locked".to_owned(),
    }
}

fn line(text: &SourceText, span: Span) -> u32 {
    text.line_column(span.start).line
}
