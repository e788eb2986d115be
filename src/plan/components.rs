//! The components around a project: which is upgraded before which, and what of each the project's packages need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;

use crate::config::GateConfig;
use crate::findings::Bilingual;
use crate::project::{Project, Workspace};

use super::difference::is_of;

const FACTS: &str = include_str!("../../rules/facts/components.toml");

/// The table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    profile: Vec<Profile>,
    component: Vec<Component>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: String,
    components: Vec<String>,
    #[allow(dead_code)] // for readers of the file
    source: String,
}

/// A component that is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Component {
    /// Its name in the configuration.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// The same in Chinese.
    pub title_zh: String,
    /// What is upgraded before it.
    pub after: Vec<String>,
    /// Names under which `support-files/bkpkgs/*.yaml` knows it.
    pub packages: Vec<String>,
    /// Names of its Helm releases and charts.
    pub releases: Vec<String>,
    /// How its health is read: `status`, `text`, `flag`.
    pub health: String,
    /// Words of a body that is well.
    #[serde(default)]
    pub healthy: Vec<String>,
    /// Words of a body that is not.
    #[serde(default)]
    pub unhealthy: Vec<String>,
    /// Keys of the body that must be true.
    #[serde(default)]
    pub flags: Vec<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    note_zh: Option<String>,
    #[allow(dead_code)] // for readers of the file
    source: String,
}

/// The table.
pub fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        #[allow(clippy::expect_used)] // compiled in; a test reads every row
        toml::from_str(FACTS).expect("rules/facts/components.toml is well formed")
    })
}

impl Table {
    /// A component by its name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.component.iter().find(|component| component.name == name)
    }

    /// The components of a profile, in order; `None` when there is no such profile.
    pub fn profile(&self, name: &str) -> Option<&[String]> {
        self.profile.iter().find(|profile| profile.name == name).map(|profile| profile.components.as_slice())
    }

    /// The component that a package description means.
    pub fn of_package(&self, package: &str) -> Option<&Component> {
        self.component.iter().find(|component| component.packages.iter().any(|name| name == package))
    }
}

impl Component {
    /// What should be known of its place in the order.
    pub fn note(&self) -> Option<Bilingual> {
        Some(Bilingual::new(self.note.clone()?, self.note_zh.clone()?))
    }
}

/// Which components, and what comes before each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// Every component with those before it.
    pub before: BTreeMap<String, BTreeSet<String>>,
    /// All of them, those before first; empty when they go in a circle.
    pub sorted: Vec<String>,
    /// Components that stand on a circle.
    pub circle: Vec<String>,
}

impl Order {
    /// The order that the configuration asks for.
    pub fn of(config: &GateConfig) -> Self {
        let wanted = &config.components;
        let mut names: BTreeSet<String> = BTreeSet::new();
        let profile = wanted.profile.as_deref().and_then(|name| table().profile(name));
        names.extend(profile.into_iter().flatten().cloned());
        for (name, before) in &wanted.after {
            names.insert(name.clone());
            names.extend(before.iter().cloned());
        }
        names.extend(config.component.keys().cloned());
        let left_out: BTreeSet<&String> = wanted.without.iter().collect();
        let mut before: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names.iter().filter(|name| !left_out.contains(name)) {
            let mut own: BTreeSet<String> = BTreeSet::new();
            let built_in =
                table().component(name).map(|component| component.after.as_slice()).unwrap_or_default();
            let added = wanted.after.get(name).map(Vec::as_slice).unwrap_or_default();
            let mut todo: Vec<&String> = built_in.iter().chain(added).collect();
            let mut seen: BTreeSet<&String> = BTreeSet::new();
            while let Some(other) = todo.pop() {
                if names.contains(other) && !left_out.contains(other) {
                    own.insert(other.clone());
                } else if seen.insert(other) {
                    // Where one is left out, what comes before it still comes before the next.
                    todo.extend(table().component(other).into_iter().flat_map(|component| &component.after));
                }
            }
            before.insert(name.clone(), own);
        }
        let (mut sorted, mut left) = (Vec::new(), before.clone());
        while let Some(name) = left
            .iter()
            .find(|(_, needs)| needs.iter().all(|need| sorted.contains(need)))
            .map(|(name, _)| name.clone())
        {
            left.remove(&name);
            sorted.push(name);
        }
        let circle: Vec<String> = left.into_keys().collect();
        Self { before, sorted, circle }
    }
}

/// A component in the order of the upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its name in the configuration.
    pub name: String,
    /// Its name for people.
    pub title: Bilingual,
    /// What is upgraded before it.
    pub after: BTreeSet<String>,
    /// What the packages of the project need of it, as they write it, with the place.
    pub needs: Vec<(String, Arc<str>, u32)>,
    /// What should be known of its place.
    pub note: Option<Bilingual>,
}

/// The components in the order in which they are upgraded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// Those before first.
    pub components: Vec<Placed>,
    /// Components whose order goes in a circle: none is known then.
    pub circle: Vec<String>,
    /// What packages need of something that has no place in the order, with the place.
    pub unplaced: Vec<(String, Arc<str>, u32)>,
}

impl Sequence {
    /// The order for the projects of a workspace. The configuration names the components; where it names none, the profile
    /// of which a package of the repository is a part counts.
    pub fn new(workspace: &Workspace, config: &GateConfig) -> Self {
        let mut config = config.clone();
        if config.components.profile.is_none()
            && config.components.after.is_empty()
            && config.component.is_empty()
        {
            let Some(profile) = own_profile(workspace) else { return Self::default() };
            config.components.profile = Some(profile);
        }
        need_first(&mut config, workspace);
        let order = Order::of(&config);
        let mut components: Vec<Placed> = order
            .sorted
            .iter()
            .map(|name| {
                let known = table().component(name);
                let title = known.map_or_else(
                    || Bilingual::new(name, name),
                    |one| Bilingual::new(&one.title, &one.title_zh),
                );
                let after = order.before.get(name).cloned().unwrap_or_default();
                let note = known.and_then(Component::note);
                Placed { name: name.clone(), title, after, needs: Vec::new(), note }
            })
            .collect();
        let mut unplaced = Vec::new();
        let own = own_names(workspace);
        for project in &workspace.projects {
            for (shown, names, path, line) in needs(workspace, project) {
                // A package of the repository itself is upgraded with it.
                if names.iter().any(|name| own.contains(&name.as_str())) {
                    continue;
                }
                let mut placed = false;
                for name in &names {
                    let Some(component) = table().of_package(name) else { continue };
                    if let Some(one) = components.iter_mut().find(|one| one.name == component.name) {
                        one.needs.push((shown.clone(), path.clone(), line));
                        placed = true;
                        break;
                    }
                }
                if !placed {
                    unplaced.push((shown, path, line));
                }
            }
        }
        Self { components, circle: order.circle, unplaced }
    }

    /// True when nothing is known of components.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty() && self.circle.is_empty() && self.unplaced.is_empty()
    }
}

/// Puts what the packages need into the order, before the package that needs it, where its place is known and the
/// configuration does not leave it out.
fn need_first(config: &mut GateConfig, workspace: &Workspace) {
    let own: Vec<&str> = own_names(workspace);
    let of_own = own.iter().find_map(|name| table().of_package(name)).map(|one| one.name.clone());
    for (_, names, ..) in workspace.projects.iter().flat_map(|project| needs(workspace, project)) {
        if names.iter().any(|name| own.contains(&name.as_str())) {
            continue;
        }
        let known: Vec<&Component> = names.iter().filter_map(|name| table().of_package(name)).collect();
        let order = Order::of(config);
        let present = known.iter().find(|one| order.before.contains_key(&one.name));
        let Some(one) = present.or(known.first()) else { continue };
        if config.components.without.contains(&one.name) {
            continue;
        }
        config.components.after.entry(one.name.clone()).or_default();
        if let Some(own) = of_own.clone().filter(|own| *own != one.name) {
            config.components.after.entry(own).or_default().push(one.name.clone());
        }
    }
}

/// Names of the packages that the repository describes.
fn own_names(workspace: &Workspace) -> Vec<&str> {
    let packages = workspace.deployment.packages.iter();
    packages.filter_map(|package| package.document.root()?.get("name")?.as_str()).collect()
}

/// The profile whose last component is described by a package of the repository.
fn own_profile(workspace: &Workspace) -> Option<String> {
    let names = own_names(workspace);
    let is_own = |component: &&String| {
        let known = table().component(component);
        known.is_some_and(|one| one.packages.iter().any(|package| names.contains(&package.as_str())))
    };
    let profile =
        table().profile.iter().find(|profile| profile.components.last().is_some_and(|last| is_own(&last)));
    profile.map(|profile| profile.name.clone())
}

/// What the packages of a project need: as it is written, the names of the alternatives, and the place.
fn needs(workspace: &Workspace, project: &Project) -> Vec<(String, Vec<String>, Arc<str>, u32)> {
    let mut out = Vec::new();
    for package in workspace.deployment.packages.iter().filter(|one| is_of(project, &one.document.text)) {
        let text = &package.document.text;
        for requirement in package.requirements.iter().filter(|one| !one.alternatives.is_empty()) {
            let each = requirement.alternatives.iter();
            let shown: Vec<String> = each
                .clone()
                .map(|need| format!("{}{}{}", need.component, need.operator, need.version))
                .collect();
            let names = each.map(|need| need.component.clone()).collect();
            let line = text.line_column(requirement.span.start).line;
            out.push((shown.join(" OR "), names, text.path.clone(), line));
        }
    }
    out
}
