//! Rules on what MySQL does not have, or not so much of.

pub mod char_field_too_long;
pub mod duplicate_index;
pub mod ignored_constraint;
pub mod index_needed_by_foreign_key;
pub mod index_on_text;
pub mod key_too_long;
mod keys;
pub mod name_too_long;
pub mod other_character_set;
pub mod postgres_only;
pub mod relation_without_index;
pub mod row_too_large;
mod sizes;
