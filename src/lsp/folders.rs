//! The folders that are judged, and how far each is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lsp_types::Url;

use super::judged::Judged;

/// How long nobody may have typed before a folder is judged.
const QUIET: Duration = Duration::from_millis(250);

/// One folder, or one file that stands in none.
pub(super) struct Folder {
    /// Its number, which is never used again.
    pub(super) id: u64,
    /// What is judged.
    pub(super) path: PathBuf,
    /// True for a folder of the editor's, false for one that is there for a single open file.
    pub(super) named: bool,
    /// Counts the changes.
    pub(super) generation: u64,
    /// When it is to be judged.
    pub(super) due: Option<Instant>,
    /// The generation that is being judged.
    pub(super) running: Option<u64>,
    /// What it was found to be, and in which generation.
    pub(super) judged: Option<(u64, Arc<Judged>)>,
    /// The files of which the editor lists something.
    pub(super) published: BTreeSet<Url>,
    /// What was said last of why it cannot be judged.
    pub(super) told: Option<String>,
}

impl Folder {
    pub(super) fn new(id: u64, path: PathBuf, named: bool) -> Self {
        Self {
            id,
            path,
            named,
            generation: 0,
            due: Some(Instant::now()),
            running: None,
            judged: None,
            published: BTreeSet::new(),
            told: None,
        }
    }

    /// Whether a change of the file at `path` can matter here.
    pub(super) fn holds(&self, path: &Path) -> bool {
        // What is scanned may begin above the folder: a part of a project is judged within it.
        let scanned = self.judged.as_ref().map(|(_, judged)| judged.run.folder.as_path());
        path.starts_with(&self.path) || scanned.is_some_and(|scanned| path.starts_with(scanned))
    }

    /// Something changed: it is judged again once nobody types any more, or at once.
    pub(super) fn changed(&mut self, at_once: bool) {
        self.generation += 1;
        let now = Instant::now();
        self.due = Some(if at_once { now } else { now + QUIET });
    }

    /// What it was found to be, if nothing has changed since.
    pub(super) fn current(&self) -> Option<&Arc<Judged>> {
        self.judged
            .as_ref()
            .filter(|(generation, _)| *generation == self.generation)
            .map(|(_, judged)| judged)
    }
}
