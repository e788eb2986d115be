//! `--diff`: of what the scope shows, what lies in the lines or the files of the change.
//!
//! A finding that the base does not have is shown wherever it stands: a deleted migration breaks another file.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use imara_diff::{Algorithm, Diff, InternedInput, sources};

use super::change_list::{ChangeList, Status};
use crate::findings::Place;

/// Which part of a changed file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffFilter {
    /// Lines that are new or changed.
    Added,
    /// All lines of a file that differs.
    File,
    /// No filter: unchanged files count too.
    NoFilter,
}

/// The lines of a file that a change touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// None: the file is as it was.
    None,
    /// All: the file is new, or nothing is known of its lines.
    All,
    /// These, first and last, 1-based; empty when lines were only taken out.
    Some(Vec<(u32, u32)>),
}

/// The lines of a change, by path relative to the scanned root.
pub struct Changes<'a> {
    lines: &'a dyn Fn(&str) -> Lines,
    known: RefCell<HashMap<Arc<str>, Lines>>,
}

impl<'a> Changes<'a> {
    /// From a function that tells the lines of a file; it is asked once for each.
    pub fn new(lines: &'a dyn Fn(&str) -> Lines) -> Self {
        Self { lines, known: RefCell::default() }
    }

    /// Whether `filter` takes a finding at this place.
    pub fn touch(&self, filter: DiffFilter, place: &Place) -> bool {
        if filter == DiffFilter::NoFilter {
            return true;
        }
        let mut known = self.known.borrow_mut();
        let lines = known.entry(place.path.clone()).or_insert_with(|| (self.lines)(&place.path));
        match lines {
            Lines::None => false,
            Lines::All => true,
            Lines::Some(_) if filter == DiffFilter::File || place.is_whole_file() => true,
            Lines::Some(ranges) => {
                ranges.iter().any(|(first, last)| place.start.line <= *last && *first <= place.end.line)
            }
        }
    }
}

/// The lines of `new` that are not in `old`, as first and last line, 1-based.
pub fn changed_lines(old: &str, new: &str) -> Lines {
    if old == new {
        return Lines::None;
    }
    let input = InternedInput::new(sources::lines(old), sources::lines(new));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let added = diff.hunks().map(|hunk| hunk.after).filter(|range| !range.is_empty());
    Lines::Some(added.map(|range| (range.start + 1, range.end)).collect())
}

impl ChangeList {
    /// The lines of the file at `path`, from the top of the repository.
    pub fn lines(&self, path: &str) -> Lines {
        match self.files.get(path) {
            None => Lines::None,
            Some(file) if file.status == Status::Added => Lines::All,
            Some(file) => file.lines.clone().map_or(Lines::All, Lines::Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceText, Span};

    #[test]
    fn lines_that_are_new() {
        assert_eq!(changed_lines("a\nb\n", "a\nb\n"), Lines::None);
        assert_eq!(changed_lines("", "a\nb\n"), Lines::Some(vec![(1, 2)]));
        assert_eq!(changed_lines("a\nb\nc\n", "a\nx\nc\ny"), Lines::Some(vec![(2, 2), (4, 4)]));
        assert_eq!(changed_lines("a\nb\n", "a\n"), Lines::Some(vec![]));
        assert_eq!(changed_lines("a\r\nb\r\n", "a\r\nc\r\n"), Lines::Some(vec![(2, 2)]));
        // The end of a file without a line break is a line that differs from the one with it.
        assert_eq!(changed_lines("a\nb", "a\nb\n"), Lines::Some(vec![(2, 2)]));
    }

    #[test]
    fn a_finding_counts_when_one_of_its_lines_does() {
        let text = SourceText::decode("a.py".into(), b"a\nbb\nc\nd\n").unwrap();
        let at = |start, end| Place::new(&text, Span { start, end });
        let asked = std::cell::Cell::new(0);
        let lines = |_: &str| {
            asked.set(asked.get() + 1);
            Lines::Some(vec![(2, 2)])
        };
        let changes = Changes::new(&lines);
        assert!(changes.touch(DiffFilter::Added, &at(2, 4)));
        assert!(changes.touch(DiffFilter::Added, &at(0, 8)), "over several lines");
        assert!(!changes.touch(DiffFilter::Added, &at(5, 6)));
        assert!(changes.touch(DiffFilter::File, &at(5, 6)));
        assert!(changes.touch(DiffFilter::Added, &Place::whole_file("a.py".into())));
        assert!(changes.touch(DiffFilter::NoFilter, &at(5, 6)));
        assert_eq!(asked.get(), 1);
    }
}
