//! The upgrade from one revision to another: what Django will run, what it costs, what cannot be taken back, what else
//! changes. Pure: from two workspaces (or one and a list of applied migrations) to a [`Plan`].

pub mod components;
pub mod cost;
pub mod difference;
pub mod emergency;
pub mod half;
pub mod history;
pub mod names;
pub mod rates;
pub mod risk;
pub mod rollback;
pub mod switches;
pub mod window;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::GateConfig;
use crate::django::editor::{Entry, Run};
use crate::django::{DjangoVersion, Key, Migration};
use crate::findings::{Bilingual, Finding, Severity};
use crate::mysql::Server;
use crate::mysql::change::Change;
use crate::project::{Project, Workspace};

use components::Sequence;
use cost::{Estimate, Sizes};
use difference::Differences;
use emergency::Emergency;
use half::{Half, Live};
use history::History;
use rates::Rates;
use risk::Risk;
use rollback::Rollback;
use window::Window;

/// Where the upgrade starts.
pub enum Start<'a> {
    /// Another state of the repository: all of its migrations are applied, and what else changed can be told.
    Revision(&'a Workspace),
    /// A database that has applied these migrations.
    Applied(&'a BTreeSet<Key>),
    /// A database that has applied these migrations, and the state of the repository that runs on it.
    Both(&'a Workspace, &'a BTreeSet<Key>),
}

impl<'a> Start<'a> {
    fn revision(&self) -> Option<&'a Workspace> {
        match self {
            Self::Revision(workspace) | Self::Both(workspace, _) => Some(workspace),
            Self::Applied(_) => None,
        }
    }

    fn applied(&self) -> Option<&'a BTreeSet<Key>> {
        match self {
            Self::Applied(applied) | Self::Both(_, applied) => Some(applied),
            Self::Revision(_) => None,
        }
    }
}

/// What a plan is made for.
#[derive(Debug, Clone)]
pub struct Basis {
    /// The server that runs the statements.
    pub server: Server,
    /// Whether the user or the server itself named it; else it is assumed.
    pub server_is_named: bool,
    /// The release of Django for projects that pin none, or for all where the user named it.
    pub django: Option<DjangoVersion>,
    /// Rows and bytes of the tables.
    pub sizes: Sizes,
    /// How fast the server is.
    pub rates: Rates,
    /// The schema of the database that is upgraded, where it was asked.
    pub live: Option<Live>,
    /// What was seen of the backups, by their names in the configuration.
    pub proofs: BTreeMap<String, String>,
    /// The window, the backups and the components of the configuration.
    pub gate: GateConfig,
}

impl Basis {
    /// A basis of which nothing but the server is known.
    pub fn new(server: Server) -> Self {
        Self {
            server,
            server_is_named: true,
            django: None,
            sizes: Sizes::default(),
            rates: Rates::default(),
            live: None,
            proofs: BTreeMap::new(),
            gate: GateConfig::default(),
        }
    }
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
    /// Where the times come from.
    pub rates: rates::Whence,
    /// What to do when it goes wrong.
    pub emergency: Emergency,
    /// The components around the project, in the order in which they are upgraded.
    pub sequence: Sequence,
    /// What the check finds that the upgrade brings; empty where nobody checked.
    pub findings: Vec<Finding>,
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
    /// Migrations that the database has run in part; empty where no database was asked.
    pub halves: Vec<Half>,
    /// Why it was not looked whether the database still shows what is recorded as applied, where a database was asked.
    pub not_compared: Option<Bilingual>,
    /// What else changes; empty lists where the start is a database.
    pub differences: Differences,
    /// Tables that the upgrade itself makes.
    pub fresh: BTreeSet<Arc<str>>,
    /// Tables whose rows are feature switches.
    pub switch_tables: Vec<Arc<str>>,
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
            let old =
                start.revision().and_then(|from| from.projects.iter().find(|old| old.root == project.root));
            let applied = match start.applied() {
                Some(applied) => applied.clone(),
                None => old.map(keys).unwrap_or_default(),
            };
            let history = History::new(project, old, &applied, to, start);
            let found = pending(project, to, &history, basis);
            rollback.add(found.rollback);
            let differences = match start.revision() {
                Some(from) => Differences::new(from, old, to, project),
                None => Differences::default(),
            };
            projects.push(ProjectPlan {
                name: project.name.clone(),
                django: django_of(project, basis),
                pending: found.pending,
                history,
                halves: found.halves,
                not_compared: found.not_compared,
                differences,
                fresh: found.fresh,
                switch_tables: found.switch_tables,
            });
        }
        let risks = risk::of(&projects, &rollback, basis);
        let window = Window::new(&projects, &basis.gate.window);
        let code = start.revision().map(|_| names.0);
        let emergency = Emergency::new(code, to, &projects, &rollback, basis);
        Self {
            from: names.0.to_owned(),
            to: names.1.clone(),
            server: basis.server.clone(),
            server_is_named: basis.server_is_named,
            projects,
            rollback,
            risks,
            window,
            rates: basis.rates.whence.clone(),
            emergency,
            sequence: Sequence::new(to, &basis.gate),
            findings: Vec::new(),
        }
    }

    /// What must be mended before the upgrade: an empty list means that nothing stands in its way.
    pub fn blockers(&self) -> Vec<Bilingual> {
        let mut out = Vec::new();
        for project in &self.projects {
            out.extend(project.history.blockers());
            out.extend(project.halves.iter().map(Half::text));
            for pending in &project.pending {
                out.extend(pending.refused());
            }
        }
        out
    }

    /// Why nobody can tell whether something stands in the way: an empty list means that everything is known.
    pub fn not_known(&self) -> Vec<Bilingual> {
        let mut out = Vec::new();
        for project in &self.projects {
            let name = &project.name;
            if let Some(why) = &project.not_compared {
                out.push(Bilingual::new(
                    format!("{name}: whether everything that is recorded as applied is there was not looked at: {}", why.en),
                    format!("{name}：未检查已记录的迁移是否都在数据库中：{}", why.zh),
                ));
            }
            if project.django.is_none() && !project.pending.is_empty() {
                out.push(Bilingual::new(
                    format!("{name}: no single release of Django is known, so no statement is; `--django` names one"),
                    format!("{name}：没有唯一确定的 Django 版本，因此不知道任何语句；可用 `--django` 指定"),
                ));
            }
        }
        out
    }
}

/// What the plan says of the upgrade in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// Something must be mended first.
    Blocked,
    /// Nothing in the migrations stands in the way, and the check finds so many errors in what the upgrade brings.
    Errors(usize),
    /// Whether something stands in the way is not known altogether.
    NotKnown,
    /// Nothing stands in the way.
    Open,
}

impl Plan {
    /// The plan in a word: the same in every format.
    pub fn outlook(&self) -> Outlook {
        let errors = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        match errors {
            _ if !self.blockers().is_empty() => Outlook::Blocked,
            0 if !self.not_known().is_empty() => Outlook::NotKnown,
            0 => Outlook::Open,
            _ => Outlook::Errors(errors),
        }
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

/// What is known of a project's upgrade from its statements.
struct Found {
    pending: Vec<Pending>,
    rollback: Rollback,
    halves: Vec<Half>,
    not_compared: Option<Bilingual>,
    fresh: BTreeSet<Arc<str>>,
    switch_tables: Vec<Arc<str>>,
}

/// The pending migrations of a project in Django's order, with what they do and how it is taken back.
fn pending(project: &Project, workspace: &Workspace, history: &History, basis: &Basis) -> Found {
    let classes = project.field_classes(&workspace.snapshot);
    let context = project.state_context(&classes);
    let states = crate::django::state::States::new(&project.migrations, &history.graph, &context);
    let mut entries: BTreeMap<Key, Vec<Entry>> = BTreeMap::new();
    let (mut halves, mut switch_tables, mut not_compared) = (Vec::new(), Vec::new(), None);
    if let Some(django) = django_of(project, basis) {
        let run = Run::together(&states, &context, django, &basis.server, &|key| history.is_pending(key));
        if let Some(live) = &basis.live {
            not_compared = spread(project);
            let is_whole = not_compared.is_none();
            halves = half::find(&run.entries, &|key| history.is_pending(key), live, is_whole);
        }
        let statements = run.entries.iter().flat_map(|entry| entry.sql.iter().flatten());
        let changes: Vec<_> = statements.map(|one| (&one.table, &one.change)).collect();
        switch_tables = emergency::switch_tables(&changes);
        for entry in run.entries {
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
        let known = (&basis.sizes, &basis.rates);
        let cost = cost::of_migration(migration, &entries, &fresh, known, django_of(project, basis));
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
    Found { pending: out, rollback, halves, not_compared, fresh, switch_tables }
}

/// Why tables of the project may be in another database than the one that was asked.
fn spread(project: &Project) -> Option<Bilingual> {
    let mut environments = project.configuration.environments.iter();
    if environments.len() == 0 {
        return Some(Bilingual::new("the settings are not known", "不知道 settings"));
    }
    environments.any(|one| !one.lacks("DATABASE_ROUTERS")).then(|| {
        Bilingual::new(
            "DATABASE_ROUTERS is set, or settings come from where they cannot be read, so tables may be in another database",
            "设置了 DATABASE_ROUTERS，或部分 settings 无法读取，表可能在其他数据库中",
        )
    })
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
