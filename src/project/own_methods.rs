//! Methods that Django took away and that the project's own classes have under the same name: calls of these are no use of
//! Django's.

use std::sync::Arc;

use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::django::fields::{FieldClasses, MethodOwner};
use crate::django::names::{NameUse, Receiver, Usage, What};
use crate::source::Snapshot;

use super::names::{FileUses, PythonFile};

/// Takes the calls of the projects' own methods out of `with_uses`, which stands by the root of each project.
pub(super) fn leave_out(
    snapshot: &Snapshot,
    files: &[PythonFile<'_>],
    with_uses: &mut Vec<(Arc<str>, FileUses)>,
) {
    let calls = with_uses.iter().flat_map(|(_, file)| &file.uses).filter_map(call);
    let wanted: FxHashMap<&'static str, &'static Usage> =
        calls.map(|(usage, _)| (usage.name.as_str(), usage)).collect();
    if wanted.is_empty() {
        return;
    }
    let wanted: Vec<&'static Usage> = wanted.into_values().collect();
    let defined = defined(snapshot, files, &wanted);
    if defined.is_empty() {
        return;
    }
    let roots: FxHashSet<&Arc<str>> = defined.iter().map(|(root, _)| root).collect();
    let classes: FxHashMap<&Arc<str>, FieldClasses<'_>> =
        roots.into_iter().map(|root| (root, FieldClasses::new(snapshot, root))).collect();
    with_uses.par_iter_mut().for_each(|(root, file)| {
        let Some(classes) = classes.get(root) else { return };
        let is_defined = |usage: &Usage| defined.contains(&(Arc::clone(root), usage.name.as_str()));
        let calls = file.uses.iter().filter_map(call).filter(|(usage, _)| is_defined(usage));
        let mut calls: Vec<(&Receiver, &str)> =
            calls.map(|(usage, receiver)| (receiver, usage.name.as_str())).collect();
        if calls.is_empty() {
            return;
        }
        calls.sort_by_key(|(receiver, name)| (format!("{receiver:?}"), *name));
        calls.dedup();
        let owners = classes.owners(&file.text, &calls);
        let own: Vec<(Receiver, String)> = calls
            .into_iter()
            .zip(owners)
            // Of a receiver that nobody can tell, the class that has the method may be the one.
            .filter(|(_, owner)| *owner != MethodOwner::Elsewhere)
            .map(|((receiver, name), _)| (receiver.clone(), name.to_owned()))
            .collect();
        file.uses.retain(|each| {
            let found = call(each).is_some_and(|(usage, receiver)| {
                own.iter().any(|(known, name)| known == receiver && *name == usage.name)
            });
            !found
        });
    });
    with_uses.retain(|(_, file)| !file.uses.is_empty());
}

/// The usage and the receiver, where the use is a method's.
fn call(each: &NameUse) -> Option<(&'static Usage, &Receiver)> {
    match (each.what, &each.receiver) {
        (What::Usage(usage), Some(receiver)) => Some((usage, receiver)),
        _ => None,
    }
}

/// Which of the methods a class of each project has, by a look at the texts alone.
fn defined(
    snapshot: &Snapshot,
    files: &[PythonFile<'_>],
    wanted: &[&'static Usage],
) -> FxHashSet<(Arc<str>, &'static str)> {
    let Ok(words) = AhoCorasick::new(wanted.iter().map(|usage| usage.name.as_str())) else {
        return FxHashSet::default();
    };
    files
        .par_iter()
        .filter_map(|file| Some((file.root, file.bytes(snapshot)?)))
        .flat_map_iter(|(root, bytes)| {
            // Few files hold one of the words; the others are not even decoded.
            let text = match words.is_match(&bytes) {
                true => String::from_utf8_lossy(&bytes),
                false => String::new().into(),
            };
            let hits = words.find_overlapping_iter(text.as_ref());
            let usages = hits.filter_map(|hit| {
                let usage = *wanted.get(hit.pattern().as_usize())?;
                let counts = is_member(&text, hit.start(), hit.end(), usage);
                counts.then(|| (Arc::clone(root), usage.name.as_str()))
            });
            usages.collect::<Vec<_>>()
        })
        .collect()
}

/// Whether the word at `start` is what a class defines: `def word(` or `word = …`, indented; and the class one that the
/// receiver of the usage may have.
fn is_member(text: &str, start: usize, end: usize, usage: &Usage) -> bool {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..start];
    let indent = before.len() - before.trim_start().len();
    let after = text[end..].trim_start_matches([' ', '\t']);
    let defines = match before.trim() {
        "def" | "async def" => after.starts_with('('),
        "" => after.starts_with('=') && !after.starts_with("=="),
        _ => false,
    };
    if indent == 0 || !defines {
        return false;
    }
    let Some(class) = usage.class.as_deref() else { return true };
    let head = text[..line_start].lines().rev().find(|line| {
        let outer = line.len() - line.trim_start().len();
        !line.trim().is_empty() && outer < indent
    });
    head.is_some_and(|head| head.trim_start().starts_with("class ") && head.contains(class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::names::facts;

    #[test]
    fn members_of_classes_are_told_from_other_words() {
        let usage = |name: &str| facts().usages().iter().find(|usage| usage.name == name).unwrap();
        let is = |text: &str, name: &str| {
            let start = text.find(name).unwrap();
            is_member(text, start, start + name.len(), usage(name))
        };
        assert!(is("class A:\n    def make_random_password(self): pass\n", "make_random_password"));
        assert!(is("class A:\n    make_random_password = other\n", "make_random_password"));
        assert!(!is("def make_random_password(self): pass\n", "make_random_password"));
        assert!(!is("class A:\n    x = objects.make_random_password()\n", "make_random_password"));
        assert!(!is("class A:\n    def make_random_passwords(self): pass\n", "make_random_password"));
        assert!(is("class OwnRequest(Base):\n    x = 1\n\n    def is_ajax(self): pass\n", "is_ajax"));
        assert!(!is("class Widget:\n    def is_ajax(self): pass\n", "is_ajax"));
    }
}
