//! The upgrade from one revision to another: what Django will run, what it costs, what cannot be taken back, what else
//! changes. Pure: from two workspaces (or one and a list of applied migrations) to a [`Plan`].

pub mod cost;
pub mod difference;
pub mod history;
pub mod risk;
pub mod rollback;
pub mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::gate::PhasesConfig;
use crate::django::editor::{Entry, Run};
use crate::django::{DjangoVersion, Key, Migration};
use crate::findings::Bilingual;
use crate::mysql::Server;
use crate::mysql::change::Change;
use crate::project::{Project, Workspace};

use cost::{Estimate, Sizes};
use difference::Differences;
use history::History;
use risk::Risk;
use rollback::Rollback;
use window::Window;

/// Where the upgrade starts.
pub enum Start<'a> {
    /// Another state of the repository: all of its migrations are applied, and what else changed can be told.
    Revision(&'a Workspace),
    /// A database that has applied these migrations.
    Applied(&'a BTreeSet<Key>),
}

/// What a plan is made for.
pub struct Basis {
    /// The server that runs the statements.
    pub server: Server,
    /// Whether the user named it; else it is assumed.
    pub server_is_named: bool,
    /// The release of Django for projects that pin none, or for all where the user named it.
    pub django: Option<DjangoVersion>,
    /// Rows and bytes of the tables.
    pub sizes: Sizes,
    /// Minutes that the phases take where the plan does not know better.
    pub phases: PhasesConfig,
}

/// The upgrade.
#[derive(Debug)]
pub struct Plan {
    /// Where it starts, as the user named it.
    pub from: String,
    /// Where it ends: a revision, or the working tree in words.
    pub to: Bilingual,
    /// The server.
    pub server: Server,
    /// Whether the user named it.
    pub server_is_named: bool,
    /// One per project, by root.
    pub projects: Vec<ProjectPlan>,
    /// The way back.
    pub rollback: Rollback,
    /// What this change raises.
    pub risks: Vec<Risk>,
    /// How long it takes in all.
    pub window: Window,
}

/// The upgrade of one project.
#[derive(Debug)]
pub struct ProjectPlan {
    /// Its name, as reports give it.
    pub name: Arc<str>,
    /// The release of Django that runs the migrations; `None` where neither the project nor the user names one, and no
    /// statement is known then.
    pub django: Option<DjangoVersion>,
    /// Pending migrations in the order in which Django runs them.
    pub pending: Vec<Pending>,
    /// Applied migrations and their files.
    pub history: History,
    /// What else changes; empty lists where the start is a database.
    pub differences: Differences,
}

/// A migration that is to be run.
#[derive(Debug)]
pub struct Pending {
    /// App label.
    pub app: Arc<str>,
    /// Name.
    pub name: Arc<str>,
    /// Its file.
    pub path: Arc<str>,
    /// Whether Django can take it back; `None` where the source does not tell.
    pub reversible: Option<bool>,
    /// Whether a statement on a table that exists before the upgrade makes writes wait; `None` where one is not known.
    pub blocks_writes: Option<bool>,
    /// Its statements, by operation.
    pub entries: Vec<Entry>,
    /// How long it takes, or why that is not known.
    pub estimate: Result<Estimate, Bilingual>,
    /// For how long writes to some table wait, or why that is not known.
    pub blocked: Result<Estimate, Bilingual>,
}

impl Plan {
    /// Plans the upgrade to `to`.
    pub fn new(names: (&str, &Bilingual), start: &Start<'_>, to: &Workspace, basis: &Basis) -> Self {
        let mut projects = Vec::new();
        let mut rollback = Rollback::default();
        for project in &to.projects {
            let old = match start {
                Start::Revision(from) => from.projects.iter().find(|old| old.root == project.root),
                Start::Applied(_) => None,
            };
            let applied = match start {
                Start::Revision(_) => old.map(keys).unwrap_or_default(),
                Start::Applied(applied) => (*applied).clone(),
            };
            let history = History::new(project, old, &applied, to, start);
            let (pending, of_project) = pending(project, to, &history, basis);
            rollback.add(of_project);
            let differences = match start {
                Start::Revision(from) => Differences::new(from, old, to, project),
                Start::Applied(_) => Differences::default(),
            };
            let django = django_of(project, basis);
            projects.push(ProjectPlan { name: project.name.clone(), django, pending, history, differences });
        }
        let risks = risk::of(&projects, &rollback, basis);
        let window = Window::new(&projects, &basis.phases);
        Self {
            from: names.0.to_owned(),
            to: names.1.clone(),
            server: basis.server.clone(),
            server_is_named: basis.server_is_named,
            projects,
            rollback,
            risks,
            window,
        }
    }

    /// What must be mended before the upgrade: an empty list means that nothing stands in its way.
    pub fn blockers(&self) -> Vec<Bilingual> {
        let mut out = Vec::new();
        for project in &self.projects {
            out.extend(project.history.blockers());
            for pending in &project.pending {
                out.extend(pending.refused());
            }
        }
        out
    }
}

impl Pending {
    /// Statements that the server refuses.
    fn refused(&self) -> impl Iterator<Item = Bilingual> + '_ {
        let statements = self.entries.iter().flat_map(|entry| entry.sql.iter().flatten());
        statements.filter_map(|statement| {
            let error = statement.class.error?;
            let (app, name) = (&self.app, &self.name);
            Some(Bilingual::new(
                format!("{app}.{name}: the server refuses a statement with error {error}: {}", statement.sql),
                format!("{app}.{name}：服务器会以错误 {error} 拒绝语句：{}", statement.sql),
            ))
        })
    }
}

/// The migrations of a project, by app and name.
fn keys(project: &Project) -> BTreeSet<Key> {
    project.migrations.iter().map(|it| (it.app.clone(), it.name.clone())).collect()
}

fn django_of(project: &Project, basis: &Basis) -> Option<DjangoVersion> {
    basis.django.or(project.versions.django.to)
}

/// The pending migrations of a project in Django's order, with what they do and how it is taken back.
fn pending(
    project: &Project,
    workspace: &Workspace,
    history: &History,
    basis: &Basis,
) -> (Vec<Pending>, Rollback) {
    let classes = project.field_classes(&workspace.snapshot);
    let context = project.state_context(&classes);
    let states = crate::django::state::States::new(&project.migrations, &history.graph, &context);
    let mut entries: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
    if let Some(django) = django_of(project, basis) {
        for entry in Run::new(&states, &context, django, &basis.server).entries {
            let key = (entry.app.clone(), entry.migration.clone());
            if history.is_pending(&key) {
                entries.entry(key).or_default().push(entry);
            }
        }
    }
    let mut rollback = Rollback::default();
    // Tables that the upgrade itself makes are empty and nobody waits for them.
    let mut fresh: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut out = Vec::new();
    for step in states.iter() {
        let migration: &Migration = step.migration;
        let key = (migration.app.clone(), migration.name.clone());
        if !history.is_pending(&key) {
            continue;
        }
        let entries = entries.remove(&key).unwrap_or_default();
        note_fresh(&entries, &mut fresh);
        rollback.see(project, step, &entries, &fresh);
        let cost = cost::of_migration(migration, &entries, &fresh, &basis.sizes, django_of(project, basis));
        out.push(Pending {
            app: migration.app.clone(),
            name: migration.name.clone(),
            path: migration.file.text.path.clone(),
            reversible: rollback::is_reversible(migration),
            blocks_writes: blocks_writes(&entries, &fresh, django_of(project, basis)),
            entries,
            estimate: cost.takes,
            blocked: cost.blocked,
        });
    }
    (out, rollback)
}

fn note_fresh(entries: &[Entry], fresh: &mut BTreeSet<Arc<str>>) {
    for statement in entries.iter().flat_map(|entry| entry.sql.iter().flatten()) {
        match &statement.change {
            Change::CreateTable { .. } => {
                fresh.insert(statement.table.clone());
            }
            Change::RenameTable(new) if fresh.contains(&statement.table) => {
                fresh.insert(new.clone());
            }
            _ => {}
        }
    }
}

fn blocks_writes(
    entries: &[Entry],
    fresh: &BTreeSet<Arc<str>>,
    django: Option<DjangoVersion>,
) -> Option<bool> {
    let mut all_known = django.is_some();
    for entry in entries {
        let Ok(statements) = &entry.sql else {
            all_known = false;
            continue;
        };
        all_known &= entry.incomplete.is_none();
        for statement in statements.iter().filter(|one| !fresh.contains(&one.table)) {
            match statement.class.blocks_writes {
                Some(true) => return Some(true),
                Some(false) => {}
                None => all_known = false,
            }
        }
    }
    all_known.then_some(false)
}
