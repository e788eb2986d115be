//! The action from its first step to its last: action.yml's own scripts, run as a runner runs them, on a checkout as
//! `actions/checkout` makes it, with a real event file, and with a server in GitHub's place.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod checkout;
mod injection;
mod install;
mod pull_request;
mod release;
mod runner;
#[allow(dead_code)]
#[path = "../github/server.rs"]
mod server;
