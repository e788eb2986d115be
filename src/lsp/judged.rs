//! What a folder was found to be, with the state of the buffers that it was judged in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::Url;

use crate::analysis::Run;
use crate::findings::Finding;
use crate::source::SourceText;
use crate::source::snapshot::Locator;

/// A judged folder.
pub(super) struct Judged {
    pub(super) run: Run,
}

impl Judged {
    /// The place on disk of a path of the report.
    pub(super) fn disk(&self, path: &str) -> PathBuf {
        match self.run.workspace.snapshot.get(path).map(|entry| &entry.locator) {
            Some(Locator::Disk(disk)) => disk.clone(),
            _ => {
                let full = self.run.folder.join(path);
                full.canonicalize().unwrap_or(full)
            }
        }
    }

    /// The address of a path of the report.
    pub(super) fn uri(&self, path: &str) -> Option<Url> {
        Url::from_file_path(self.disk(path)).ok()
    }

    /// The path of the report for a file on disk.
    pub(super) fn path(&self, disk: &Path) -> Option<Arc<str>> {
        let below = disk.strip_prefix(&self.run.folder).ok()?.to_str()?;
        let below = below.replace(std::path::MAIN_SEPARATOR, "/");
        if self.run.report.texts.contains_key(below.as_str()) {
            return Some(below.into());
        }
        // Reached by a link, or above the folder.
        let mut paths = self.run.report.texts.keys();
        paths.find(|path| self.disk(path) == disk).cloned().or_else(|| Some(below.into()))
    }

    /// The text of a file as it was judged.
    pub(super) fn text(&self, path: &str) -> Option<&Arc<SourceText>> {
        self.run.report.texts.get(path)
    }

    /// The findings on a file.
    pub(super) fn findings<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.run.report.findings.iter().filter(move |finding| *finding.place.path == *path)
    }
}
