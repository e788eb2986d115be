//! Rules on configuration files that go with a deployment.

pub mod component_requirement;
pub mod config_syntax;
pub mod duplicate_key;
pub mod environment_lacks_key;
pub mod iam_rollback_gap;
pub mod template_placeholder;
pub mod undefined_variable;
