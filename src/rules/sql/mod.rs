//! Rules on `.sql` files: what the server of the upgrade refuses, what a second run breaks, what destroys data.
//!
//! They judge tokens, by the functions of [`crate::mysql`] that also judge the statements of `RunSQL`; no rule needs a
//! parse of the whole statement, so nothing is ever reported because a grammar did not know it. What a server refuses it
//! refuses wherever the statement comes from, so those rules take the literals of `RunSQL` as well (`pieces`).

mod piece;
pub mod sql_account_syntax;
pub mod sql_auth_plugin;
pub mod sql_broken;
pub mod sql_definer;
pub mod sql_destructive;
pub mod sql_display_width;
pub mod sql_file_sequence;
pub mod sql_myisam;
pub mod sql_not_idempotent;
pub mod sql_removed_mode;
pub mod sql_removed_syntax;
pub mod sql_reserved_word;
pub mod sql_unlisted_database;
pub mod sql_utf8mb3;
pub mod sql_zero_date;

use crate::findings::Finding;
use crate::mysql::SqlFile;
use crate::project::Workspace;
use crate::rules::path_subject;

use piece::pieces;

/// The files that hold SQL of MySQL or MariaDB.
fn files(workspace: &Workspace) -> impl Iterator<Item = &SqlFile> {
    workspace.deployment.sql.iter().filter(|file| file.foreign.is_none())
}

/// Files that somebody may run on a database that counts, and that are no dump.
fn scripts(workspace: &Workspace) -> impl Iterator<Item = &SqlFile> {
    files(workspace).filter(|file| !file.is_dump && !file.is_of_tests())
}

/// Fills in what the finding speaks of.
fn describe(finding: &mut Finding, workspace: &Workspace, file: &SqlFile, what: impl Into<String>) {
    finding.subject = path_subject(workspace, &file.text.path);
    finding.discriminator = what.into();
}
