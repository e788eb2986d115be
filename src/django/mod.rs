//! What Django's own words mean: migration, operation, dependency, graph. No judgement here.

pub mod app_config;
pub mod database_floor;
pub mod editor;
pub mod essence;
pub mod field_library;
pub mod fields;
pub mod graph;
pub mod middleware;
pub mod migration;
pub mod names;
pub mod operation;
pub mod reader;
pub mod run_python;
pub mod settings;
pub mod signature;
pub mod state;
pub mod templates;
pub mod unknown;
pub mod urlconf;
pub mod version;

pub use field_library::FieldLibrary;
pub use graph::{Graph, Key};
pub use migration::{Dependency, Migration, MigrationFile, Target};
pub use operation::{Operation, OperationKind};
pub use unknown::{Maybe, Unknown};
pub use version::DjangoVersion;
