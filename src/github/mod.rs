//! What is told to GitHub, and asked of it. Nothing is analysed here: it takes the reports that `check` wrote.
//!
//! GitHub may refuse: a pull request from a fork has a token that can only read, code scanning may be off, a rate limit
//! may be used up. None of that fails a run. What could not be told in one way is told in another (annotations in the
//! log, the job summary), and the reader is told why.
//!
//! The client is octocrab; asynchronous code stays inside [`api`].

pub mod api;
pub mod base;
pub mod check_run;
pub mod clone;
pub mod code_scanning;
pub mod comment;
pub mod compare;
mod connect;
pub mod environment;
pub mod event;
pub mod publish;
pub mod repositories;
pub mod scan;

pub use api::{Api, ApiError, Patience};
pub use environment::Environment;
pub use event::Event;

use crate::report::visible;

/// Text that came from elsewhere on one line of a message, short and harmless.
fn quoted(text: &str) -> String {
    visible::cut(&visible::line(text.trim()), 300).into_owned()
}

/// Whether `text` is the id of a commit.
fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `text` as one part of the path of a URL.
fn url_part(text: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, ENCODED).to_string()
}
