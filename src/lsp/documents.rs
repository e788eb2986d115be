//! The buffers that the editor has open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_types::{TextDocumentContentChangeEvent, Url};

use super::positions::{self, Encoding};
use crate::source::{Overlay, SourceText};

/// An open buffer.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// As the editor names it.
    pub(super) uri: Url,
    /// The version of the text.
    pub(super) version: i32,
    /// What stands in it.
    pub(super) text: Arc<str>,
}

/// All open buffers, by absolute path, links resolved.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

/// The path of a file on disk, links resolved; of one that is not there yet, by its folder. `None` for what is no file.
pub(super) fn path_of(uri: &Url) -> Option<PathBuf> {
    let path = uri.to_file_path().ok()?;
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    let folder = path.parent()?.canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

impl Documents {
    pub(super) fn open(&mut self, path: PathBuf, document: Document) {
        self.open.insert(path, document);
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.open.remove(path);
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// Makes the changes of one notification, in their order.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(document) = self.open.get_mut(path) else { return };
        for change in changes {
            let Some(range) = change.range else {
                document.text = change.text.into();
                continue;
            };
            // A buffer holds what the editor shows, so its text is taken as it is.
            let Ok(text) = SourceText::decode_plain("".into(), document.text.as_bytes()) else { continue };
            let start = positions::offset(&text, range.start, encoding) as usize;
            let end = (positions::offset(&text, range.end, encoding) as usize).max(start);
            let (head, tail) = (document.text.get(..start), document.text.get(end..));
            if let (Some(head), Some(tail)) = (head, tail) {
                document.text = format!("{head}{}{tail}", change.text).into();
            }
        }
        document.version = version;
    }

    /// The buffers in the place of their files.
    pub(super) fn overlay(&self) -> Overlay {
        let mut overlay = Overlay::default();
        for (path, document) in &self.open {
            overlay.insert(path.clone(), document.text.clone());
        }
        overlay
    }
}

#[cfg(test)]
mod tests {
    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn changes_are_made_one_after_the_other() {
        let uri = Url::parse("file:///a.py").unwrap();
        let path = PathBuf::from("/a.py");
        let mut documents = Documents::default();
        documents.open(path.clone(), Document { uri, version: 1, text: "a = '😀'\r\nb = 2\r\n".into() });
        let at = |line, character| Position { line, character };
        let change = |range: Option<(Position, Position)>, text: &str| TextDocumentContentChangeEvent {
            range: range.map(|(start, end)| Range { start, end }),
            range_length: None,
            text: text.to_owned(),
        };
        let changes = vec![
            change(Some((at(0, 7), at(0, 7))), "中"),
            change(Some((at(0, 0), at(0, 1))), "name"),
            change(Some((at(1, 5), at(9, 0))), "\nc = 3\n"),
        ];
        documents.change(&path, 2, changes, Encoding::Utf16);
        let document = documents.get(&path).unwrap();
        assert_eq!((document.version, &*document.text), (2, "name = '😀中'\r\nb = 2\nc = 3\n"));
        documents.change(&path, 3, vec![change(None, "new")], Encoding::Utf16);
        assert_eq!(&**documents.overlay().get(&path).unwrap(), "new");
        documents.close(&path);
        assert!(documents.overlay().is_empty());
    }
}
