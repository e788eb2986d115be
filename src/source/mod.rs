//! Bytes: what files there are, in a directory or in a git revision, and what their text is.
//!
//! A [`Snapshot`] is one state of the scanned tree. The working directory and a git revision give the same type, so
//! everything above reads both in the same way.

mod encoding;
pub mod git;
pub mod given;
pub mod kind;
mod links;
pub mod overlay;
mod replace;
pub mod skip;
pub mod snapshot;
pub mod text;
pub mod walk;

pub use given::{read_given, read_given_text};
pub use kind::FileKind;
pub use overlay::Overlay;
pub use replace::replace;
pub use skip::{SkipReason, Skipped};
pub use snapshot::{FileEntry, NotRead, ReadError, Snapshot};
pub use text::{DecodeError, LineColumn, SourceText, Span};
