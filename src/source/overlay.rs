//! Buffers of an editor over the files on disk: what is judged is what the person sees, saved or not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kind::FileKind;
use super::snapshot::{FileEntry, Locator, Snapshot};
use super::text;
use super::walk::Exclude;

/// Texts in the place of files, by absolute path, links resolved.
#[derive(Debug, Clone, Default)]
pub struct Overlay {
    files: BTreeMap<PathBuf, Arc<str>>,
}

impl Overlay {
    /// Puts `text` in the place of the file at `path`.
    pub fn insert(&mut self, path: PathBuf, text: Arc<str>) {
        self.files.insert(path, text);
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text in the place of a file.
    pub fn get(&self, path: &Path) -> Option<&Arc<str>> {
        self.files.get(path)
    }
}

impl Snapshot {
    /// Puts the texts of `overlay` over the files of this snapshot of `root`; a file that is not on disk yet is added
    /// unless it is excluded. Texts outside `root` change nothing.
    pub fn lay_over(&mut self, root: &Path, overlay: &Overlay, exclude: &Exclude) {
        let mut left = overlay.files.clone();
        for entry in &mut self.files {
            if let Locator::Disk(disk) = &entry.locator
                && let Some(text) = left.remove(disk)
            {
                entry.locator = memory(&text);
            }
        }
        for (disk, text) in left {
            let Ok(below) = disk.strip_prefix(root) else { continue };
            let Some(path) = below.to_str().map(|path| path.replace(std::path::MAIN_SEPARATOR, "/")) else {
                continue;
            };
            // What is on disk and was not met is left out on purpose.
            let Some(kind) = FileKind::of_path(&path).filter(|_| !disk.exists()) else { continue };
            if !exclude.excludes_file(root, &path) {
                self.files.push(FileEntry { path: path.into(), kind, locator: memory(&text) });
            }
        }
        self.finish();
    }
}

/// The bytes that the text has when it is saved.
fn memory(text: &str) -> Locator {
    Locator::Memory(text::encode(text).into())
}

#[cfg(test)]
mod tests {
    use super::super::text::SourceText;
    use super::super::walk::{self, WalkOptions};
    use super::*;

    #[test]
    fn buffers_stand_in_for_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("a.py"), "x = 1\n").unwrap();
        std::fs::write(root.join("ignored.py"), "x = 1\n").unwrap();
        std::fs::write(root.join(".gitignore"), "ignored.py\n").unwrap();
        let mut overlay = Overlay::default();
        let chinese = "# coding: gbk\nx = '中文'\n";
        for (path, text) in
            [("a.py", "x = 2\n"), ("new.py", chinese), ("ignored.py", "x = 2\n"), ("b.md", "b\n")]
        {
            overlay.insert(root.join(path), text.into());
        }
        overlay.insert("/elsewhere/c.py".into(), "x = 2\n".into());
        let mut snapshot = walk::snapshot(&root, &WalkOptions::default());
        snapshot.lay_over(&root, &overlay, &Exclude::default());
        let files: Vec<(String, String)> = snapshot
            .files
            .iter()
            .map(|entry| {
                let bytes = snapshot.read(entry).unwrap();
                (entry.path.to_string(), SourceText::decode(entry.path.clone(), &bytes).unwrap().text)
            })
            .collect();
        let expected = [("a.py", "x = 2\n"), ("new.py", chinese)];
        assert_eq!(files, expected.map(|(path, text)| (path.to_owned(), text.to_owned())));
    }

    #[test]
    fn a_text_that_its_encoding_lacks_is_no_valid_file() {
        let text = "# coding: latin-1\nx = '中'\n";
        assert!(SourceText::decode("a.py".into(), &text::encode("# coding: ascii\nx = 'é'\n")).is_err());
        assert_eq!(text::encode(text), text.as_bytes());
        assert_eq!(text::encode("# coding: latin-1\nx = 'é'\n"), b"# coding: latin-1\nx = '\xe9'\n");
    }
}
