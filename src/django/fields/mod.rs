//! Field classes: Django's own, those of the repository resolved to Django's, and those of well-known packages.

pub mod builtin;

pub use builtin::BuiltIn;
