//! What Django's own words mean: migration, operation, dependency, graph. No judgement here.

pub mod app_config;
pub mod field_library;
pub mod graph;
pub mod migration;
pub mod operation;
pub mod reader;

pub use field_library::FieldLibrary;
pub use graph::{Graph, Key};
pub use migration::{Dependency, Migration, MigrationFile, Target};
pub use operation::{Operation, OperationKind};
