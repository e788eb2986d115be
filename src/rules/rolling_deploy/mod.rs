//! Rules on what the release that is still running meets in the new schema.

pub mod drop_column;
pub mod drop_table;
pub mod hidden_not_null_column;
pub mod not_null_without_database_default;
pub mod null_allowed;
pub mod rename_column;
pub mod rename_table;
