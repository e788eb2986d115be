//! `plan` for programs and for people.

mod emergency;
mod html;
mod json;
mod outline;

pub use html::plan_html;
pub use json::plan_json;
pub use outline::{plan_markdown, plan_text};
#[cfg(feature = "gate")]
pub(crate) use {html::minutes, outline::phase_name};
