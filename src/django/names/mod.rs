//! Names that a release of Django or Python took away, and where a repository uses them.
//!
//! Most files mention no such name; [`first_look`] says so from the bytes alone, and only the others are parsed.

mod facts;
mod horizon;
mod lines;
mod receiver;
pub(super) mod scopes;
#[cfg(test)]
mod tests;
mod triggers;
mod uses;
mod when;

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use lines::Imported;

pub use facts::{Facts, Fate, Form, Owner, Release, Usage, facts};
pub use horizon::Horizon;
pub use receiver::Receiver;
pub use uses::{NameUse, What, uses_in};
pub use when::When;

/// What a first look at a file gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstLook {
    /// How much of the file may use a name that some release took away.
    pub interest: Interest,
    /// Hashes ([`name_hash`]) of the dotted names that it imports.
    pub imports: Vec<u64>,
}

/// How much of a file is worth a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Interest {
    /// Nothing.
    #[default]
    Nothing,
    /// Import statements outside of every block, the last of which ends at this byte. Whether such an import fails depends on
    /// nothing behind it.
    ImportsUpTo(usize),
    /// All of it.
    Everything,
}

/// Looks at the text of a Python file for names that are gone by `horizon`. `package` is the dotted name of the package that
/// its relative imports start from; some uses mean nothing `in_migration`.
pub fn first_look(text: &str, package: &str, in_migration: bool, horizon: Horizon) -> FirstLook {
    let whole = |is_of_interest: bool| if is_of_interest { Interest::Everything } else { Interest::Nothing };
    let interest = whole(triggers::has_any(text, in_migration, horizon));
    let mut look = FirstLook { interest, imports: Vec::new() };
    for line in lines::imports(text) {
        let Some(module) = absolute(line.module, package) else { continue };
        look.imports.push(name_hash(&module));
        match line.what {
            Imported::Module(bound) => {
                look.interest = look.interest.max(whole(may_lose_of_module(&module, bound, text, horizon)));
            }
            Imported::Names(list) => {
                for (name, bound) in lines::names(list) {
                    let full = format!("{module}.{name}");
                    let part = match interest_in_name((&module, name), &full, bound, text, horizon) {
                        Interest::ImportsUpTo(_) if line.is_at_margin => Interest::ImportsUpTo(line.end),
                        Interest::ImportsUpTo(_) => Interest::Everything,
                        other => other,
                    };
                    look.interest = look.interest.max(part);
                    look.imports.push(name_hash(&full));
                }
            }
        }
    }
    look
}

/// What identifies a dotted name in [`FirstLook::imports`].
pub fn name_hash(name: &str) -> u64 {
    let mut hasher = FxHasher::default();
    name.hash(&mut hasher);
    hasher.finish()
}

/// The absolute name of a module as a file of `package` writes it.
fn absolute(module: &str, package: &str) -> Option<String> {
    let rest = module.trim_start_matches('.');
    let dots = module.len() - rest.len();
    if dots == 0 {
        return Some(module.to_owned());
    }
    let mut above = package;
    for _ in 1..dots {
        above = above.rsplit_once('.').map_or("", |(above, _)| above);
    }
    Some(match (above.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => above.to_owned(),
        _ => format!("{above}.{rest}"),
    })
}

/// Whether the tables know anything of the package that a module stands in.
fn is_of_known_package(module: &str) -> bool {
    facts::top_names().contains(module.split('.').next().unwrap_or(module))
}

/// Whether `import module as bound` may bring, itself or as an attribute, a name that is gone.
fn may_lose_of_module(module: &str, bound: &str, text: &str, horizon: Horizon) -> bool {
    if !is_of_known_package(module) {
        return false;
    }
    if is_gone(facts().gone(module), horizon) || reads_lost_name(module, bound, text, horizon) {
        return true;
    }
    // `django.utils.timezone.utc` by its full path: rare, and seen by what it must hold.
    module == "django"
        && ["django.utils.", "django.conf.", "django.core."].iter().any(|start| text.contains(start))
}

/// Whether `from module import name as bound` may bring, itself or as an attribute, a name that is gone; `full` is the
/// dotted name of what is imported. Where only the import itself can be at fault, it is all that is of interest.
fn interest_in_name(
    (module, name): (&str, &str),
    full: &str,
    bound: &str,
    text: &str,
    horizon: Horizon,
) -> Interest {
    if !is_of_known_package(module) {
        return Interest::Nothing;
    }
    let fate = facts().fate(module, name).filter(|fate| horizon.reaches(fate));
    // A stub can still be imported; what is at fault is its use.
    if fate.is_some_and(|fate| fate.stub)
        || reads_lost_name(full, bound, text, horizon)
        || may_call_by_other_name(full, name, bound, text)
    {
        return Interest::Everything;
    }
    if fate.is_some() || is_gone(facts().gone(module), horizon) {
        return Interest::ImportsUpTo(0);
    }
    Interest::Nothing
}

fn is_gone(fate: Option<&Fate>, horizon: Horizon) -> bool {
    fate.is_some_and(|fate| horizon.reaches(fate))
}

/// Whether the text reads, of a module that it writes as `bound`, a documented name which the module lost.
fn reads_lost_name(module: &str, bound: &str, text: &str, horizon: Horizon) -> bool {
    let Some(known) = facts().module(module) else { return false };
    let lost =
        |word: &str| known.names.get(word).is_some_and(|fate| fate.documented && horizon.reaches(fate));
    if known.names.is_empty() {
        return false;
    }
    let prefix = format!("{bound}.");
    let is_read = memchr::memmem::find_iter(text.as_bytes(), prefix.as_bytes()).any(|at| {
        let rest = text.get(at + prefix.len()..).unwrap_or_default();
        lost(triggers::word_at_start(rest))
    });
    // Another name for it (`tz = timezone`): what is read of that, only the tree tells.
    is_read || (has_alias(bound, text) && known.names.keys().any(|name| lost(name) && text.contains(&**name)))
}

/// Whether the text may give another name to what it writes as `bound`: `re = url`.
fn has_alias(bound: &str, text: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), bound.as_bytes()).any(|at| {
        let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '\t']);
        let assigned = before.strip_suffix('=').is_some_and(|rest| !rest.ends_with(['=', '!', '<', '>']));
        let after = text.get(at + bound.len()..).unwrap_or_default().trim_start_matches([' ', '\t']);
        assigned && (after.is_empty() || after.starts_with(['\r', '\n', '#', ';']))
    })
}

/// Whether the text may call what a table knows by another name than that.
fn may_call_by_other_name(full: &str, name: &str, bound: &str, text: &str) -> bool {
    let mut callees = facts().usages().iter().filter_map(|usage| usage.callee.as_deref());
    // The table first: the text is long.
    callees.any(|known| uses::is_same_callee(known, full)) && (bound != name || has_alias(bound, text))
}
