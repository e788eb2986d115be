//! Names of fields, held against the team's library.

pub mod field_library_contradiction;
pub mod field_name;
mod introduced;
pub mod invalid_field_library;
mod rename;
pub mod unknown_field_name;

pub(crate) use introduced::unknown_names;
