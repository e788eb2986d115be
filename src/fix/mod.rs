//! Makes the edits that findings carry: which of them go together, the files they give, and the difference as a patch.
//!
//! Rules decide what is safe ([`crate::findings::Fix`]); this room decides nothing about meaning. It never makes half of
//! a fix, never makes two edits of one place, and never touches a file that is not as it was read.

mod apply;
mod diff;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::findings::{Bilingual, Edit, Finding, Fix};
use crate::source::SourceText;

pub use apply::{FixError, Written, apply};
pub use diff::unified;

/// What can be made of the fixes of a report.
#[derive(Default)]
pub struct Plan<'a> {
    /// Findings whose fixes are to be made, in the order of the report.
    pub fixed: Vec<&'a Finding>,
    /// Findings whose rule knows a remedy that is not made here, each with the reason.
    pub left: Vec<(&'a Finding, Bilingual)>,
    /// The number of findings whose rule knows no mechanical remedy.
    pub without: usize,
    /// The edits by path, those of each file in order, none overlapping another.
    pub files: BTreeMap<Arc<str>, FileEdits<'a>>,
}

/// The edits of one file.
#[derive(Clone)]
pub struct FileEdits<'a> {
    /// The file as it was read; credentials are asterisks in it.
    pub text: Arc<SourceText>,
    /// The edits, sorted, none overlapping another.
    pub edits: Vec<&'a Edit>,
}

impl<'a> Plan<'a> {
    /// Chooses the fixes of `findings` that can be made together; the first of two that meet wins.
    pub fn of(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut plan = Self::default();
        for finding in findings {
            match &finding.fix {
                None => plan.without += 1,
                Some(Fix::Refused(why)) => plan.left.push((finding, why.clone())),
                Some(Fix::Safe { edits, .. }) => match plan.take(edits) {
                    Ok(()) => plan.fixed.push(finding),
                    Err(why) => plan.left.push((finding, why)),
                },
            }
        }
        for file in plan.files.values_mut() {
            file.edits.sort_by_key(|edit| edit.span);
        }
        plan
    }

    /// Whether there is anything to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn take(&mut self, edits: &'a [Edit]) -> Result<(), Bilingual> {
        let mut new: Vec<&Edit> = Vec::new();
        for edit in edits {
            let taken =
                self.files.get(&edit.text.path).into_iter().flat_map(|file| file.edits.iter().copied());
            let mut others = taken.chain(new.iter().copied());
            // Two findings may ask for one and the same edit.
            let mut known = false;
            if others.any(|other| {
                known |= other.is(edit);
                !other.is(edit) && other.overlaps(edit)
            }) {
                return Err(Bilingual::new(
                    "it meets another fix in the same place; run --fix once more",
                    "与同一位置的另一项修复相交；请再次运行 --fix",
                ));
            }
            if !known {
                new.push(edit);
            }
        }
        for edit in new {
            let file = self
                .files
                .entry(edit.text.path.clone())
                .or_insert_with(|| FileEdits { text: edit.text.clone(), edits: Vec::new() });
            file.edits.push(edit);
        }
        Ok(())
    }
}

impl FileEdits<'_> {
    /// The decoded text with the edits made.
    pub fn after(&self) -> String {
        let text = &self.text.text;
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for edit in &self.edits {
            let (start, end) = (edit.span.start as usize, edit.span.end as usize);
            out.push_str(text.get(from..start).unwrap_or_default());
            out.push_str(&edit.replacement);
            from = end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests;
