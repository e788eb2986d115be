//! Rules on the migration graph: what keeps Django from loading it, and what it loads other than the team thinks.

mod branches;
pub mod conflicting_branches;
pub mod dependency_cycle;
pub mod floating_dependency;
pub mod ignored_file_name;
pub mod impossible_operation;
pub mod initial_on_non_root;
pub mod merge_with_operations;
pub mod missing_dependency;
pub mod missing_init_file;
pub mod multiple_leaf_nodes;
pub mod no_migration_class;
pub mod number_order;
pub mod relation_without_dependency;
mod same_effect;
pub mod squash_without_originals;
pub mod wrong_replaces;

use crate::django::migration::{Outcome, Target};
use crate::django::{Dependency, Key, Migration};
use crate::project::Project;

/// The migration with this key, when a file holds it.
fn migration<'a>(project: &'a Project, key: &Key) -> Option<&'a Migration> {
    let at = project
        .migrations
        .binary_search_by(|migration| (&migration.app, &migration.name).cmp(&(&key.0, &key.1)));
    at.ok().and_then(|at| project.migrations.get(at))
}

fn dotted(key: &Key) -> String {
    format!("{}.{}", key.0, key.1)
}

/// The app and name of an entry that is written out.
fn named(entry: &Dependency) -> Option<Key> {
    match &entry.target {
        Target::Migration { app, name } => Some((app.clone(), name.clone())),
        _ => None,
    }
}

/// The number at the beginning of a migration's name.
fn number(name: &str) -> Option<u64> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name.get(..digits)?.parse().ok()
}

/// Whether the lines of history inside `app` are known completely: every file was understood, and every dependency
/// inside the app leads somewhere. Where they are not, leaves and branches may be other than they seem.
fn is_history_known(project: &Project, app: &str) -> bool {
    let graph_attribute = |what: &str| matches!(what, "dependencies" | "run_before" | "replaces");
    let mut of_app = project.migrations.iter().filter(|migration| *migration.app == *app);
    let lost_file = project.other_files.iter().any(|other| {
        *other.app == *app && !other.ignored_name && !matches!(other.file.outcome, Outcome::NotDjango(_))
    });
    let dangling = project.graph.unresolved.iter().any(|entry| *entry.child.0 == *app && *entry.app == *app);
    !lost_file
        && !dangling
        && !of_app.any(|migration| {
            let file = &migration.file;
            let lists = [&file.dependencies, &file.run_before, &file.replaces];
            file.unknown.iter().any(|part| graph_attribute(part.what))
                || lists
                    .iter()
                    .any(|list| list.iter().any(|entry| matches!(entry.target, Target::Unknown(_))))
        })
}

/// Names in backquotes with commas, `and` (`和`) before the last.
fn listed(names: &[String], last: &str, comma: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, rest)) => format!("{}{last}{end}", rest.join(comma)),
        None => String::new(),
    }
}

/// `listed` in both languages.
fn listed_both(names: &[String]) -> (String, String) {
    (listed(names, " and ", ", "), listed(names, " 和 ", "、"))
}

/// Whether a file stands for this key, one that Django could not load included.
fn exists(project: &Project, key: &Key) -> bool {
    migration(project, key).is_some()
        || project.other_files.iter().any(|other| (&other.app, &other.name) == (&key.0, &key.1))
}
