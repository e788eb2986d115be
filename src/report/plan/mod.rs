//! `plan` for programs and for people.

mod emergency;
mod json;
mod outline;

pub use json::plan_json;
pub use outline::{plan_markdown, plan_text};
