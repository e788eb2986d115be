//! The remedy that a rule carries along with a finding: edits, as data, or why there is none.
//!
//! A rule gives edits only where they are mechanical and change nothing but what it reports. Nothing here writes: the
//! room `fix` applies edits to files, and an editor applies them to its buffers.

use std::sync::Arc;

use super::{Bilingual, Place};
use crate::source::{SourceText, Span};

/// What can be done about a finding without a person's judgement.
#[derive(Debug, Clone)]
pub enum Fix {
    /// These edits together.
    Safe {
        /// What they do, in the imperative, without a full stop.
        title: Bilingual,
        /// The edits; none overlaps another.
        edits: Vec<Edit>,
    },
    /// The rule has a remedy for findings of this kind, and here it would not be safe; says why.
    Refused(Bilingual),
}

/// Puts `replacement` in the place of a range of a file.
#[derive(Debug, Clone)]
pub struct Edit {
    /// The file as it was read.
    pub text: Arc<SourceText>,
    /// The range, in bytes of the decoded text.
    pub span: Span,
    /// What is to stand there.
    pub replacement: Arc<str>,
}

impl Fix {
    /// The edits, where they are safe.
    pub fn edits(&self) -> Option<&[Edit]> {
        match self {
            Self::Safe { edits, .. } => Some(edits),
            Self::Refused(_) => None,
        }
    }
}

impl Edit {
    /// An edit of a file.
    pub fn new(text: &Arc<SourceText>, span: Span, replacement: impl Into<Arc<str>>) -> Self {
        Self { text: text.clone(), span, replacement: replacement.into() }
    }

    /// Where it takes place.
    pub fn place(&self) -> Place {
        Place::new(&self.text, self.span)
    }

    /// Whether two edits are one and the same.
    pub fn is(&self, other: &Self) -> bool {
        self.text.path == other.text.path && self.span == other.span && self.replacement == other.replacement
    }

    /// Whether two edits cannot both be made: they touch the same bytes, or put different texts in one place.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (self.span, other.span);
        let meet = a.start < b.end && b.start < a.end;
        let empty = a.start == a.end || b.start == b.end;
        self.text.path == other.text.path && (meet || (empty && a.start <= b.end && b.start <= a.end))
    }
}
