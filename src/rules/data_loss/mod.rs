//! Rules on what takes data away for good.

pub mod delete_and_create_model;
pub mod destructive_sql;
pub mod dropped_column_in_key;
pub mod dropped_constraint;
pub mod remove_and_add_field;
