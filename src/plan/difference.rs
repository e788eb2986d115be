//! What changes between two revisions beside migrations: pins, settings, environment variables, what is registered with
//! the access centre, and what the package needs of other components.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config_files::iam::Role;
use crate::django::settings::masked::masked;
use crate::django::settings::{Environment, Settings, environ};
use crate::project::{Project, Workspace};
use crate::source::{SourceText, Span};
use crate::syntax::shown;

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is called; a setting that not all environments share ends with `@environment`.
    pub name: String,
    /// What it was; `None` when it was not there.
    pub from: Option<String>,
    /// What it becomes; `None` when it is gone.
    pub to: Option<String>,
    /// The file, of the target where it is still there.
    pub path: Arc<str>,
    /// The line there, from 1.
    pub line: u32,
}

/// All that differs, each list sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Differences {
    /// Requirements that are installed at run time.
    pub pins: Vec<Difference>,
    /// Settings; secrets are masked.
    pub settings: Vec<Difference>,
    /// Environment variables that settings and environment files read.
    pub environment: Vec<Difference>,
    /// Resource types, instance selections and actions.
    pub iam: Vec<Difference>,
    /// Components that the package descriptions need.
    pub components: Vec<Difference>,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Placed {
    shown: String,
    /// What tells whether it is still the same; never shown, since it may hold a secret.
    same: String,
    path: Arc<str>,
    line: u32,
}

impl Placed {
    fn new(shown: String, text: &SourceText, span: Span) -> Self {
        let line = text.line_column(span.start).line;
        Self { same: shown.clone(), shown, path: text.path.clone(), line }
    }
}

type Values = BTreeMap<String, Placed>;

impl Differences {
    /// What differs for one project; `old` is its state at the start, `None` when it is new.
    pub(super) fn new(from: &Workspace, old: Option<&Project>, to: &Workspace, new: &Project) -> Self {
        let compare = |values: &dyn Fn(&Workspace, &Project) -> Values| {
            let before = old.map(|old| values(from, old)).unwrap_or_default();
            differences(before, values(to, new))
        };
        Self {
            pins: compare(&|_, project| pins(project)),
            settings: compare(&|_, project| settings(&project.configuration)),
            environment: compare(&variables),
            iam: compare(&iam),
            components: compare(&components),
        }
    }

    /// True when nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn differences(mut before: Values, after: Values) -> Vec<Difference> {
    let mut out = Vec::new();
    for (name, is) in after {
        let was = before.remove(&name);
        if was.as_ref().is_some_and(|was| was.same == is.same) {
            continue;
        }
        let from = was.map(|was| was.shown);
        out.push(Difference { name, from, to: Some(is.shown), path: is.path, line: is.line });
    }
    out.extend(before.into_iter().map(|(name, was)| Difference {
        name,
        from: Some(was.shown),
        to: None,
        path: was.path,
        line: was.line,
    }));
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn pins(project: &Project) -> Values {
    let chosen = project.pins.inventory.all_chosen();
    chosen
        .map(|pin| (pin.entry.name.to_string(), Placed::new(pin.shown(), &pin.file.text, pin.span())))
        .collect()
}

fn settings(settings: &Settings) -> Values {
    let mut out = Values::new();
    let environments: Vec<&Environment> =
        settings.environments.iter().filter(|environment| environment.is_deployed()).collect();
    for environment in &environments {
        for (name, setting) in &environment.settings {
            let Some((text, span)) = settings.place(setting.place()) else { continue };
            let value = masked(name, &setting.value);
            let is_known = environ::is_known(&value);
            let shown = match environ::read(&setting.value).and_then(|read| read.name) {
                _ if is_known => shown::value(&value).to_string(),
                Some(variable) => format!("${{{variable}}}"),
                None => "computed".to_owned(),
            };
            let mut placed = Placed::new(shown, text, span);
            // A secret that changes, or a computation, is told by the line that writes it.
            let line = text.text.get(span.start as usize..).and_then(|rest| rest.lines().next());
            let raw = if is_known { shown::value(&setting.value).to_string() } else { String::new() };
            placed.same = format!("{} {raw} {}", placed.shown, line.unwrap_or_default());
            let shared = environments.iter().all(|other| {
                other.settings.get(name).is_some_and(|other| {
                    other.place() == setting.place() && other.value.value == setting.value.value
                })
            });
            let key = if shared || environment.name.is_empty() {
                name.to_string()
            } else {
                format!("{name}@{}", environment.name)
            };
            out.entry(key).or_insert(placed);
        }
    }
    out
}

fn variables(workspace: &Workspace, project: &Project) -> Values {
    let mut out = Values::new();
    let settings = &project.configuration;
    for environment in &settings.environments {
        for setting in environment.settings.values() {
            for each in setting.value.alternatives() {
                let Some(name) = environ::read(each).and_then(|read| read.name) else { continue };
                let Some((text, span)) = settings.place(setting.place()) else { continue };
                out.entry(name.to_string()).or_insert_with(|| Placed::new("read".into(), text, span));
            }
        }
    }
    for file in workspace.deployment.environments.iter().filter(|file| is_of(project, &file.document.text)) {
        for reference in file.references.iter().filter(|reference| reference.root == "env") {
            let placed = || Placed::new("read".into(), &file.document.text, reference.span);
            out.entry(reference.name.clone()).or_insert_with(placed);
        }
    }
    out
}

fn iam(workspace: &Workspace, project: &Project) -> Values {
    let mut out = Values::new();
    let models = workspace.deployment.iam.iter().filter(|model| model.role == Role::Forward);
    for model in models.filter(|model| is_of(project, &model.document.text)) {
        for one in &model.registered {
            let key = format!("{} {}", one.what.key(), one.id);
            out.insert(key, Placed::new(one.name.to_string(), &model.document.text, one.span));
        }
        for (what, id) in &model.deleted {
            out.remove(&format!("{} {id}", what.key()));
        }
    }
    out
}

fn components(workspace: &Workspace, project: &Project) -> Values {
    let mut out = Values::new();
    for package in workspace.deployment.packages.iter().filter(|one| is_of(project, &one.document.text)) {
        for requirement in &package.requirements {
            let Some(first) = requirement.alternatives.first() else { continue };
            let each = requirement.alternatives.iter();
            let shown: Vec<String> =
                each.map(|need| format!("{}{}{}", need.component, need.operator, need.version)).collect();
            let placed = Placed::new(shown.join(" OR "), &package.document.text, requirement.span);
            out.insert(first.component.clone(), placed);
        }
    }
    out
}

/// Whether a file stands in the folder of the project.
pub(super) fn is_of(project: &Project, text: &SourceText) -> bool {
    let root = project.root.as_ref();
    root.is_empty() || text.path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}
