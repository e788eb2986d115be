//! Field classes: Django's own, those of the repository resolved to Django's, and those of well-known packages.

pub mod builtin;
pub mod class;
mod constructor;
mod hierarchy;
mod methods;
mod migration_base;
mod owner;
mod packages;
mod prepared;
pub mod resolver;
#[cfg(test)]
mod tests;

pub use builtin::BuiltIn;
pub use class::{DbTypeMethod, FieldClass, Passed, ResolvedClass};
pub use owner::MethodOwner;
pub use prepared::Prepared;
pub use resolver::FieldClasses;
