//! Rules on what a change does to migrations that are merged already. Triage compares; they say what it means.

pub mod deleted_after_merge;
pub mod edited_after_merge;
pub mod iam_removed;
