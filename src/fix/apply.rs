//! Writes the edits into the files, byte for byte: what is not edited keeps its encoding, its mark and its line ends.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{FileEdits, Plan};
use crate::findings::{Bilingual, Lang};
use crate::source::snapshot::Locator;
use crate::source::{FileKind, Snapshot, SourceText, replace};

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// Paths of the files, as the snapshot has them, sorted.
    pub files: Vec<Arc<str>>,
    /// Findings of the plan, by their position in `fixed`, that were left after all, each with the reason.
    pub left: Vec<(usize, Bilingual)>,
}

/// A file could not be written; everything that had been written before it was put back.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; nothing was changed", path.display())]
pub struct FixError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl FixError {
    /// The error in one language.
    pub fn text(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Zh => format!("无法写入 {}：{}；未作任何改动", self.path.display(), self.source),
        }
    }
}

/// A file that is ready to be written.
struct Ready {
    disk: PathBuf,
    old: Vec<u8>,
    new: Vec<u8>,
}

/// Makes the edits of `plan` in the files of `snapshot`.
///
/// A file that is not as it was read, or that nobody may write, is left alone, and with it every fix that touches it.
///
/// # Errors
/// When a file could not be written; those before it are as they were.
pub fn apply(plan: &Plan<'_>, snapshot: &Snapshot) -> Result<Written, FixError> {
    let mut refused: BTreeMap<Arc<str>, Bilingual> = BTreeMap::new();
    let mut left: BTreeMap<usize, Bilingual> = BTreeMap::new();
    // A fix that is left takes its edits out of other files, which never makes another one impossible.
    let fixes = loop {
        for (at, finding) in plan.fixed.iter().enumerate() {
            let edits = finding.fix.iter().filter_map(|fix| fix.edits()).flatten();
            let why = edits.into_iter().find_map(|edit| refused.get(&edit.text.path));
            if let Some(why) = why {
                left.entry(at).or_insert_with(|| why.clone());
            }
        }
        let kept = plan.fixed.iter().enumerate().filter(|(at, _)| !left.contains_key(at)).map(|(_, it)| *it);
        let rest = Plan::of(kept);
        let (mut ready, mut failed) = (Vec::new(), false);
        for (path, file) in &rest.files {
            match prepare(path, file, snapshot) {
                Ok(one) => ready.push((path.clone(), one)),
                Err(why) => {
                    refused.insert(path.clone(), why);
                    failed = true;
                }
            }
        }
        if !failed {
            break ready;
        }
    };
    for (at, (_, file)) in fixes.iter().enumerate() {
        if let Err(source) = write(&file.disk, &file.new) {
            for (_, before) in fixes.iter().take(at) {
                // The disk took these bytes a moment ago; if it does not now, there is nothing left to do.
                let _ = write(&before.disk, &before.old);
            }
            return Err(FixError { path: file.disk.clone(), source });
        }
    }
    Ok(Written { files: fixes.into_iter().map(|(path, _)| path).collect(), left: left.into_iter().collect() })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, |out: &mut dyn Write| out.write_all(bytes))
}

fn prepare(path: &Arc<str>, file: &FileEdits<'_>, snapshot: &Snapshot) -> Result<Ready, Bilingual> {
    let disk = match snapshot.get(path).map(|entry| &entry.locator) {
        Some(Locator::Disk(disk)) => disk.clone(),
        _ => {
            return Err(Bilingual::new(
                format!("{path} is no file on disk"),
                format!("{path} 不是磁盘上的文件"),
            ));
        }
    };
    let unreadable = |error: io::Error| {
        Bilingual::new(format!("{path} cannot be read: {error}"), format!("无法读取 {path}：{error}"))
    };
    if disk.metadata().map_err(unreadable)?.permissions().readonly() {
        return Err(Bilingual::new(format!("{path} may not be written"), format!("{path} 不可写")));
    }
    let old = std::fs::read(&disk).map_err(unreadable)?;
    let changed = || {
        Bilingual::new(
            format!("{path} has changed since it was read"),
            format!("{path} 在读取之后发生了变化"),
        )
    };
    let is_python = FileKind::of_path(path).is_some_and(FileKind::is_python);
    let decode = if is_python { SourceText::decode } else { SourceText::decode_plain };
    let now = decode(path.clone(), &old).map_err(|_| changed())?;
    if !is_same(&file.text.text, &now.text) {
        return Err(changed());
    }
    let mut new = Vec::with_capacity(old.len());
    let mut from = 0;
    for edit in &file.edits {
        // Every encoding that Python takes for source writes ASCII as itself; anything else would have to be encoded.
        if !edit.replacement.is_ascii() {
            return Err(Bilingual::new(
                format!("the replacement in {path} is not plain ASCII"),
                format!("{path} 的替换内容不是纯 ASCII"),
            ));
        }
        let (start, end) =
            (now.file_offset(edit.span.start) as usize, now.file_offset(edit.span.end) as usize);
        new.extend_from_slice(old.get(from..start).unwrap_or_default());
        new.extend_from_slice(edit.replacement.as_bytes());
        from = end;
    }
    new.extend_from_slice(old.get(from..).unwrap_or_default());
    Ok(Ready { disk, old, new })
}

/// Whether a file is as it was read; asterisks stand for credentials that are kept nowhere.
fn is_same(read: &str, now: &str) -> bool {
    let mut pairs = read.bytes().zip(now.bytes());
    read.len() == now.len() && pairs.all(|(read, now)| read == now || read == b'*')
}
