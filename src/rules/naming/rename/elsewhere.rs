//! The rest of the project: every file that may name a field.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::findings::Bilingual;
use crate::source::{FileEntry, FileKind, SourceText};

use super::mentions::{self, Mention};
use super::{Refusal, Rename};

/// What was found in one project: a change often gives several models a field of the same name, and every search reads all
/// files.
#[derive(Default)]
pub(in crate::rules::naming) struct Searches(Mutex<BTreeMap<Arc<str>, Arc<[Mention]>>>);

impl Searches {
    /// Where the name stands in files of the project beside the migrations and the file of the model, sorted.
    ///
    /// # Errors
    /// When a file or folder of the project could not be read: it may name the field.
    pub(super) fn mentions(&self, rename: &Rename<'_>, model_file: &str) -> Result<Vec<Mention>, Refusal> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(rename.old).cloned();
        // Searched without the lock: the threads of a search may do other work meanwhile.
        let all = match found {
            Some(found) => found,
            None => {
                let found: Arc<[Mention]> = search(rename)?.into();
                known().insert(rename.old.clone(), found.clone());
                found
            }
        };
        Ok(all.iter().filter(|mention| *mention.path != *model_file).cloned().collect())
    }
}

/// Where the name stands in files of the project beside the migrations, sorted.
fn search(rename: &Rename<'_>) -> Result<Vec<Mention>, Refusal> {
    let snapshot = &rename.workspace.snapshot;
    let root = &rename.project.root;
    let is_below =
        |path: &str| root.is_empty() || path.strip_prefix(&**root).is_some_and(|it| it.starts_with('/'));
    if let Some(not_read) = snapshot.not_read.iter().find(|it| is_below(&it.path)) {
        let path = &not_read.path;
        return Err(Bilingual::new(
            format!("{path} could not be read, and may use the field"),
            format!("{path} 无法读取，其中可能用到此字段"),
        ));
    }
    // Merged migrations cannot know the field; those of the change were renamed.
    let migrations: Vec<&str> =
        rename.project.migrations.iter().map(|migration| migration.file.text.path.as_ref()).collect();
    let files: Vec<&FileEntry> = snapshot
        .files
        .iter()
        .filter(|entry| may_name_fields(entry.kind))
        .filter(|entry| !migrations.contains(&entry.path.as_ref()))
        .filter(|entry| {
            rename.workspace.project_of(&entry.path).is_none_or(|project| project.root == rename.project.root)
        })
        .collect();
    let mut found: Vec<Mention> =
        files.into_par_iter().flat_map_iter(|entry| of_file(rename, entry)).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether files of this kind may name a field: requirements and the like do not.
fn may_name_fields(kind: FileKind) -> bool {
    kind.is_python() || kind.is_deployment() || kind == FileKind::DjangoTemplate
}

fn of_file(rename: &Rename<'_>, entry: &FileEntry) -> Vec<Mention> {
    let whole = || vec![Mention { path: entry.path.clone(), line: 1 }];
    let Ok(bytes) = rename.workspace.snapshot.read(entry) else { return whole() };
    if memchr::memmem::find(&bytes, rename.old.as_bytes()).is_none() {
        return Vec::new();
    }
    let is_python = entry.kind.is_python();
    let decode = if is_python { SourceText::decode } else { SourceText::decode_plain };
    let Ok(text) = decode(entry.path.clone(), &bytes) else { return whole() };
    let found = match is_python {
        true => mentions::in_python(&text.text, rename.old),
        false => mentions::all(&text.text, rename.old),
    };
    found.into_iter().map(|span| mentions::mention(&text, span)).collect()
}
