//! What could not be read, parsed or understood: nothing of it may pass for clean.

pub mod conflict_markers;
pub mod not_determined;
pub mod syntax_error;
pub mod undecodable_file;
pub mod unreadable_file;
