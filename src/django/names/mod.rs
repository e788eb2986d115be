//! Names that a release of Django or Python took away, and where a repository uses them.
//!
//! Most files mention no such name; [`mentions`] says so from the bytes alone, and only the others are parsed.

mod facts;
mod lines;
mod scopes;
#[cfg(test)]
mod tests;
mod uses;
mod when;

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use rustc_hash::{FxHashMap, FxHasher};

pub use facts::{Facts, Fate, Form, Owner, Release, Usage, facts};
pub use uses::{NameUse, What, uses_in};
pub use when::When;

/// What a first look at a file gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstLook {
    /// The file may use a name that some release took away.
    pub is_of_interest: bool,
    /// Hashes ([`name_hash`]) of the dotted names that it imports.
    pub imports: Vec<u64>,
}

/// Looks at the text of a Python file. `package` is the dotted name of the package that its relative imports start from.
pub fn first_look(text: &str, package: &str) -> FirstLook {
    let mut look = FirstLook { is_of_interest: has_trigger(text), imports: Vec::new() };
    let mut judged: FxHashMap<String, bool> = FxHashMap::default();
    for line in lines::imports(text) {
        let Some(module) = absolute(line.module, package) else { continue };
        let names: Vec<&str> = line.names.map(|list| lines::names(list).collect()).unwrap_or_default();
        look.is_of_interest =
            look.is_of_interest || may_lose(&module, &names, line.names.is_none(), text, &mut judged);
        look.imports.push(name_hash(&module));
        look.imports.extend(names.iter().map(|name| name_hash(&format!("{module}.{name}"))));
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

/// Whether an import may bring, directly or as an attribute, a name that is gone.
///
/// `judged` remembers for which modules the text was searched, since that costs its whole length.
fn may_lose(
    module: &str,
    names: &[&str],
    whole_module: bool,
    text: &str,
    judged: &mut FxHashMap<String, bool>,
) -> bool {
    let top = module.split('.').next().unwrap_or(module);
    if !facts::top_names().contains(top) {
        return false;
    }
    let facts = facts();
    if facts.gone(module).is_some() || names.iter().any(|name| facts.fate(module, name).is_some()) {
        return true;
    }
    if whole_module && module == "django" {
        // `django.utils.timezone.utc` by its full path: rare, and seen by what it must hold.
        return text.contains("django.utils.")
            || text.contains("django.conf.")
            || text.contains("django.core.");
    }
    let mut loses = |module: &str| {
        let Some(known) = facts.module(module) else { return false };
        if let Some(judged) = judged.get(module) {
            return *judged;
        }
        let held = known.names.values().filter(|fate| fate.documented).any(|fate| {
            let name = fate.symbol.rsplit('.').next().unwrap_or_default();
            memchr::memmem::find(text.as_bytes(), format!(".{name}").as_bytes()).is_some()
        });
        judged.insert(module.to_owned(), held);
        held
    };
    if whole_module { loses(module) } else { names.iter().any(|name| loses(&format!("{module}.{name}"))) }
}

/// Whether the text holds a word that a use which is no import is recognised by.
fn has_trigger(text: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let mut triggers: Vec<String> = facts().usages().iter().map(Usage::trigger).collect();
        // Every file of models holds these; whether an argument is missing is counted below.
        triggers.retain(|trigger| trigger != "ForeignKey(" && trigger != "OneToOneField(");
        AhoCorasick::new(triggers).ok()
    });
    let hit = words.as_ref().is_none_or(|words| words.is_match(text));
    hit || {
        let count = |word: &str| memchr::memmem::find_iter(text.as_bytes(), word.as_bytes()).count();
        let relations = count("ForeignKey(") + count("OneToOneField(");
        relations > 0 && relations > count("on_delete")
    }
}
