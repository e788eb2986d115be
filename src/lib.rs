//! `bklog-lint` tells a Django team on MySQL or MariaDB what would go wrong with an upgrade, before it starts.
//!
//! The library reads a repository with tree-sitter: no Django import, no database, and no network unless `index` is
//! asked for (`gate` alone asks live services). Data flows one way,
//! from bytes to a report, and a lower floor never imports a higher one:
//!
//! ```text
//! source -> syntax -> django -> project -> rules -> triage -> report -> gate
//! ```
//!
//! [`analysis::check`] is the entry for a program that embeds the analyser; the command line is one caller of it.

pub mod analysis;
pub mod config;
pub mod config_files;
pub mod django;
pub mod findings;
pub mod fix;
#[cfg(feature = "gate")]
pub mod gate;
#[cfg(feature = "index")]
pub mod index;
#[cfg(feature = "lsp")]
pub mod lsp;
pub mod mysql;
pub mod pins;
pub mod plan;
pub mod project;
#[cfg(any(feature = "github", feature = "index"))]
pub mod proxy;
pub mod report;
pub mod rules;
pub mod source;
pub mod syntax;
pub mod triage;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "github")]
pub mod github;
pub mod organization;
