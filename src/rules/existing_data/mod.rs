//! Rules on what works on an empty table and fails, or loses, on rows that are there.

pub mod check_on_existing_rows;
mod column_type;
pub mod foreign_key_on_existing_rows;
pub mod narrowed_column;
pub mod null_to_not_null;
pub mod one_time_for_all_rows;
pub mod unique_on_existing_rows;
pub mod unique_with_one_default;
