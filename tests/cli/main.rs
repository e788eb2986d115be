//! The program as its users run it: arguments in, exit code and streams out.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod accepting;
mod bad_input;
mod change;
mod commands;
mod fixing;
mod help;
mod history;
#[cfg(feature = "index")]
mod index;
mod plan;
mod reports;
mod running;
mod sandbox;
