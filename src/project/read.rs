//! Reads files of a snapshot in parallel, each at most once, and keeps account of what could not be read.

use std::sync::Arc;

use gix::ObjectId;
use rayon::prelude::*;

use crate::source::git::Repository;
use crate::source::{DecodeError, FileEntry, Snapshot, SourceText};

use super::{NotAnalysed, NotAnalysedReason};

/// Reads files and remembers which could not be read, and the content of those that could.
pub(super) struct Reader<'a> {
    snapshot: &'a Snapshot,
    repository: Option<&'a Repository>,
    /// What could not be read or decoded.
    pub(super) failed: Vec<NotAnalysed>,
    /// The files that were read, with the ids of their contents where there is a repository.
    pub(super) ids: Vec<(Arc<str>, ObjectId)>,
}

/// What came of one file: what it means, or nothing when its bytes are of no interest.
type Outcome<T> = Result<Option<T>, NotAnalysed>;

impl<'a> Reader<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, repository: Option<&'a Repository>) -> Self {
        Self { snapshot, repository, failed: Vec::new(), ids: Vec::new() }
    }

    /// What `understand` makes of each of `entries` whose bytes `wanted` takes; in the order of the entries.
    pub(super) fn each<T: Send>(
        &mut self,
        entries: &[&'a FileEntry],
        wanted: impl Fn(&[u8]) -> bool + Sync,
        understand: impl Fn(Arc<SourceText>, Option<ObjectId>) -> T + Sync,
    ) -> Vec<(&'a FileEntry, T)> {
        self.each_as(SourceText::decode, entries, wanted, understand)
    }

    /// As [`Self::each`], for files that are no Python source: UTF-8, and a coding cookie means nothing.
    pub(super) fn each_plain<T: Send>(
        &mut self,
        entries: &[&'a FileEntry],
        understand: impl Fn(Arc<SourceText>) -> T + Sync,
    ) -> Vec<(&'a FileEntry, T)> {
        self.each_as(SourceText::decode_plain, entries, |_| true, |text, _| understand(text))
    }

    /// As [`Self::each_plain`], for those files whose bytes `wanted` takes.
    pub(super) fn each_plain_if<T: Send>(
        &mut self,
        entries: &[&'a FileEntry],
        wanted: impl Fn(&[u8]) -> bool + Sync,
        understand: impl Fn(Arc<SourceText>) -> T + Sync,
    ) -> Vec<(&'a FileEntry, T)> {
        self.each_as(SourceText::decode_plain, entries, wanted, |text, _| understand(text))
    }

    fn each_as<T: Send>(
        &mut self,
        decode: Decode,
        entries: &[&'a FileEntry],
        wanted: impl Fn(&[u8]) -> bool + Sync,
        understand: impl Fn(Arc<SourceText>, Option<ObjectId>) -> T + Sync,
    ) -> Vec<(&'a FileEntry, T)> {
        let all: Vec<(Option<ObjectId>, Outcome<T>)> = entries
            .par_iter()
            .map(|entry| match self.bytes(entry) {
                Ok((bytes, id)) if wanted(&bytes) => {
                    (id, decoded(decode, entry, &bytes).map(|text| Some(understand(text, id))))
                }
                Ok((_, id)) => (id, Ok(None)),
                Err(error) => (None, Err(error)),
            })
            .collect();
        let mut out = Vec::new();
        for (entry, (id, outcome)) in entries.iter().zip(all) {
            self.ids.extend(id.map(|id| (entry.path.clone(), id)));
            match outcome {
                Ok(value) => out.extend(value.map(|value| (*entry, value))),
                Err(error) => self.failed.push(error),
            }
        }
        out
    }

    fn bytes(&self, entry: &FileEntry) -> Result<(Vec<u8>, Option<ObjectId>), NotAnalysed> {
        let bytes = self
            .snapshot
            .read(entry)
            .map_err(|error| NotAnalysed { path: entry.path.clone(), why: NotAnalysedReason::Read(error) })?;
        let id = entry.blob().or_else(|| self.repository.and_then(|repository| repository.blob_id(&bytes)));
        Ok((bytes, id))
    }
}

/// How bytes become text.
type Decode = fn(Arc<str>, &[u8]) -> Result<SourceText, DecodeError>;

fn decoded(decode: Decode, entry: &FileEntry, bytes: &[u8]) -> Result<Arc<SourceText>, NotAnalysed> {
    decode(entry.path.clone(), bytes)
        .map(Arc::new)
        .map_err(|error| NotAnalysed { path: entry.path.clone(), why: NotAnalysedReason::Decode(error) })
}
