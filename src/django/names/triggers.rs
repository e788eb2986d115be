//! Words that a file must hold before a use which is no import is worth looking for: found in the bytes, without a tree.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::facts::{Form, Usage, facts};
use super::horizon::Horizon;

/// What must be around a word that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Around {
    /// `.word`, and no longer word.
    Attribute,
    /// `word =` or `word: type =`.
    Assigned { in_migration: bool },
    /// `word(`, and this somewhere in the file, which is the keyword.
    CalledWith(String),
    /// `word()`
    CalledWithNothing,
    /// `word(`
    Called,
}

struct Triggers {
    words: AhoCorasick,
    around: Vec<(Around, &'static Usage)>,
}

/// Whether the text may hold such a use. It may find too much (in a string), never too little.
pub(super) fn has_any(text: &str, in_migration: bool, horizon: Horizon) -> bool {
    static TRIGGERS: OnceLock<Option<Triggers>> = OnceLock::new();
    let hit = match TRIGGERS.get_or_init(Triggers::new) {
        Some(triggers) => triggers.hit(text, in_migration, horizon),
        None => true,
    };
    hit || lacks_on_delete(text)
}

impl Triggers {
    fn new() -> Option<Self> {
        let known = facts().usages().iter().filter_map(|usage| {
            let (word, around) = of_usage(usage)?;
            Some((word, (around, usage)))
        });
        let (words, around): (Vec<String>, Vec<_>) = known.unzip();
        // A table for every state: half the time of the default, for less than a megabyte.
        let words = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(words).ok()?;
        Some(Self { words, around })
    }

    fn hit(&self, text: &str, in_migration: bool, horizon: Horizon) -> bool {
        let Ok(mut hits) = self.words.try_find_overlapping_iter(text) else { return true };
        let mut keywords: BTreeSet<&str> = BTreeSet::new();
        let found = hits.any(|hit| {
            let after = text.get(hit.end()..).unwrap_or_default();
            let Some((around, usage)) = self.around.get(hit.pattern().as_usize()) else { return true };
            if !horizon.reaches_use(usage) {
                return false;
            }
            match around {
                Around::Attribute => word_at_start(after).is_empty(),
                Around::Assigned { in_migration: counts } => {
                    (*counts || !in_migration) && after.trim_start().starts_with(['=', ':'])
                }
                Around::CalledWith(keyword) => {
                    keywords.insert(keyword);
                    false
                }
                Around::CalledWithNothing => after.trim_start().starts_with(')'),
                Around::Called => true,
            }
        });
        found || keywords.into_iter().any(|keyword| text.contains(keyword))
    }
}

/// The word that the use is found by, with what must be around it.
fn of_usage(usage: &Usage) -> Option<(String, Around)> {
    let callee = usage.callee.as_deref().and_then(|callee| callee.rsplit('.').next()).unwrap_or_default();
    let name = &usage.name;
    Some(match usage.form {
        Form::MethodCall | Form::Attribute => (format!(".{name}"), Around::Attribute),
        Form::MetaOption => (name.clone(), Around::Assigned { in_migration: false }),
        Form::ClassAttribute | Form::ModuleAssignment => {
            (name.clone(), Around::Assigned { in_migration: true })
        }
        Form::Keyword => (format!("{callee}("), Around::CalledWith(name.clone())),
        // Every file of models holds these; whether an argument is missing is counted in `lacks_on_delete`.
        Form::FewArguments if usage.or_keyword.as_deref() == Some("on_delete") => return None,
        Form::FewArguments if usage.least == Some(1) && usage.or_keyword.is_none() => {
            (format!("{callee}("), Around::CalledWithNothing)
        }
        Form::FewArguments => (format!("{callee}("), Around::Called),
    })
}

/// Whether relations outnumber what they need.
fn lacks_on_delete(text: &str) -> bool {
    let count = |word: &str| memchr::memmem::find_iter(text.as_bytes(), word.as_bytes()).count();
    let relations = count("ForeignKey(") + count("OneToOneField(");
    relations > 0 && relations > count("on_delete")
}

/// The word that a text begins with; empty when it begins with something else.
pub(super) fn word_at_start(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
