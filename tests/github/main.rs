//! What the program says to GitHub, against a server in GitHub's place. There is no GitHub to be had in a test; the server
//! answers as GitHub's documentation says it does, and keeps what was sent.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod check_run;
mod code_scanning;
mod comment;
mod organization;
mod proxy;
mod publish;
mod refusals;
mod server;
