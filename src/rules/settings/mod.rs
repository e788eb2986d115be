//! Rules on settings: what the target Django no longer reads, what a deployment should not have, what stands there in
//! the open.

pub mod changed_default;
pub mod database_charset;
pub mod database_sql_mode;
pub mod default_credentials;
pub mod deployment_check;
pub mod deprecated_setting;
pub mod literal_secret;
pub mod middleware_order;
pub mod missing_in_environment;
pub mod missing_module;
pub mod pooled_connections;
pub mod removed_entry;
pub mod removed_setting;
pub mod required_variable;
mod wanted;

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxHashSet;

use crate::django::settings::Environment;
use crate::findings::{Bilingual, Subject};
use crate::project::Project;
use crate::source::{SourceText, Span};
use crate::syntax::{Expr, Value};

/// File, place in it, and what tells faults at one place apart.
type Fault = (Arc<str>, Span, String);
/// The file, and the environments that have the fault.
type Where<'p> = (&'p Arc<SourceText>, Vec<&'p Environment>);

/// Faults by their place, so that environments that share a file share a finding.
struct Places<'p> {
    project: &'p Project,
    found: IndexMap<Fault, Where<'p>>,
}

impl<'p> Places<'p> {
    fn new(project: &'p Project) -> Self {
        Self { project, found: IndexMap::new() }
    }

    /// Notes a fault of `environment` at `at`; `what` tells faults at one place apart. Nothing is noted on what an
    /// installed package writes.
    fn add(&mut self, environment: &'p Environment, at: Span, what: String) {
        let Some((text, span)) = self.project.configuration.place(at) else { return };
        let (_, environments) =
            self.found.entry((text.path.clone(), span, what)).or_insert((text, Vec::new()));
        if !environments.iter().any(|known| known.name == environment.name) {
            environments.push(environment);
        }
    }

    /// As [`Self::into_iter`], of each place the first fault alone.
    fn once_each(self) -> impl Iterator<Item = (&'p SourceText, Span, String, Vec<&'p Environment>)> {
        let mut seen = FxHashSet::default();
        self.into_iter().filter(move |(text, span, ..)| seen.insert((text.path.clone(), *span)))
    }

    fn into_iter(self) -> impl Iterator<Item = (&'p SourceText, Span, String, Vec<&'p Environment>)> {
        self.found
            .into_iter()
            .map(|((_, span, what), (text, environments))| (text.as_ref(), span, what, environments))
    }
}

/// The environments of a project that serve users, or those of which nothing else is known.
fn deployed(project: &Project) -> impl Iterator<Item = &Environment> {
    project.configuration.environments.iter().filter(|environment| environment.is_deployed())
}

/// The names of environments, as the end of a clause; empty where the project has none.
fn in_environments(environments: &[&Environment]) -> Bilingual {
    let names: Vec<&str> = environments
        .iter()
        .map(|environment| environment.name.as_ref())
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() {
        return Bilingual::default();
    }
    Bilingual::new(format!(" ({})", names.join(", ")), format!("（{}）", names.join("、")))
}

fn subject(project: &Project) -> Subject {
    Subject { project: Some(project.name.clone()), ..Subject::default() }
}

/// Whether a list certainly holds, or certainly lacks, a text in all its alternatives; `None` when neither is certain.
fn holds(value: &Expr, wanted: &str) -> Option<bool> {
    let mut answers = value.alternatives().into_iter().map(|each| {
        let items = each.elements()?;
        if items.iter().any(|item| item.as_str() == Some(wanted)) {
            return Some(true);
        }
        items.iter().all(|item| item.as_str().is_some()).then_some(false)
    });
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

/// A database of an environment.
pub(super) struct Database<'p> {
    pub(super) alias: &'p str,
    /// The place of the alias.
    pub(super) span: Span,
    pub(super) entries: &'p [(Expr, Expr)],
}

/// The databases of an environment that run on MySQL or MariaDB.
pub(super) fn mysql_databases(environment: &Environment) -> Vec<Database<'_>> {
    let Some(value) = environment.value("DATABASES") else { return Vec::new() };
    let mut out: Vec<Database<'_>> = Vec::new();
    for each in value.alternatives() {
        let Value::Dict(aliases) = &each.value else { continue };
        for (alias, database) in aliases.iter() {
            let Some(name) = alias.as_str() else { continue };
            for database in database.alternatives() {
                let Value::Dict(entries) = &database.value else { continue };
                let engine = entry(entries, "ENGINE").and_then(Expr::as_str).unwrap_or_default();
                let known = out.iter().any(|known| known.span == alias.span);
                if engine.to_ascii_lowercase().contains("mysql") && !known {
                    out.push(Database { alias: name, span: alias.span, entries });
                }
            }
        }
    }
    out
}

/// The value under a key.
pub(super) fn entry<'v>(entries: &'v [(Expr, Expr)], key: &str) -> Option<&'v Expr> {
    entries.iter().rev().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
}

/// True when every key of a dictionary is known, so that a key that is not there is certainly missing.
fn is_closed(entries: &[(Expr, Expr)]) -> bool {
    entries.iter().all(|(key, _)| key.as_str().is_some())
}
