//! A look at the templates of the projects: names of the template language that Django took away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::django::templates::{self, Gone};
use crate::source::{FileEntry, FileKind, Snapshot, SourceText, Span};

use super::discover;
use super::read::Reader;

/// The uses in one template.
#[derive(Debug, Clone)]
pub struct TemplateUses {
    /// The template.
    pub text: Arc<SourceText>,
    /// The uses, in order of their places.
    pub uses: Vec<(Span, &'static Gone)>,
}

/// Templates that use what Django took away, by the root of their project. Templates of which no byte speaks of such a
/// name are read and not looked at; names that the project's own tag libraries register are there.
pub(super) fn find<'a>(
    reader: &mut Reader<'a>,
    snapshot: &'a Snapshot,
    roots: &BTreeSet<Arc<str>>,
) -> BTreeMap<Arc<str>, Vec<TemplateUses>> {
    let owned = |entry: &&FileEntry| discover::owner(&entry.path, roots).is_some();
    let entries: Vec<&FileEntry> =
        snapshot.files.iter().filter(|entry| entry.kind == FileKind::DjangoTemplate).filter(owned).collect();
    let read = reader.each_plain_if(&entries, templates::may_use, |text| {
        let uses = templates::uses_in(&text.text);
        TemplateUses { text, uses }
    });
    let mut out: BTreeMap<Arc<str>, Vec<TemplateUses>> = BTreeMap::new();
    for (entry, template) in read {
        if template.uses.is_empty() {
            continue;
        }
        let Some(root) = discover::owner(&entry.path, roots) else { continue };
        out.entry(root.clone()).or_default().push(template);
    }
    if !out.is_empty() {
        forget_own(snapshot, roots, &mut out);
    }
    out
}

/// Leaves out the names that a module of `templatetags` of the same project speaks of or is called by.
fn forget_own(
    snapshot: &Snapshot,
    roots: &BTreeSet<Arc<str>>,
    found: &mut BTreeMap<Arc<str>, Vec<TemplateUses>>,
) {
    for entry in snapshot.files.iter().filter(|entry| entry.path.contains("templatetags/")) {
        let Some(root) = discover::owner(&entry.path, roots) else { continue };
        let Some(templates) = found.get_mut(root) else { continue };
        let Ok(bytes) = snapshot.read(entry) else { continue };
        let stem =
            entry.path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or_default();
        for template in templates {
            template.uses.retain(|(_, gone)| {
                stem != gone.name && memchr::memmem::find(&bytes, gone.name.as_bytes()).is_none()
            });
        }
    }
}
