//! Field classes: Django's own, those of the repository resolved to Django's, and those of well-known packages.

pub mod builtin;
pub mod class;
mod constructor;
mod hierarchy;
mod methods;
mod packages;
pub mod resolver;
#[cfg(test)]
mod tests;

pub use builtin::BuiltIn;
pub use class::{DbTypeMethod, FieldClass, Passed, ResolvedClass};
pub use resolver::FieldClasses;
