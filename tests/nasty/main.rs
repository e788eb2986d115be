//! Inputs that break readers: each a small repository, with what a correct linter says of it.
//!
//! The names of the cases: `f` file system, `g` graph, `m` text of a module, `n` names that Django's loader looks at,
//! `o` shapes of operations, `l` field library, `c` configuration, `z` sizes and depths.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod configuration;
mod filesystem;
mod graph;
mod library;
mod limits;
mod loader;
mod operations;
mod text;
mod tree;
