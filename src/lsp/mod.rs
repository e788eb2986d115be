//! The language server: the analyser behind an editor, over any connection that speaks the Language Server Protocol.
//!
//! One loop answers the editor at once and never analyses; a worker judges whole workspace folders with the unsaved
//! buffers laid over the files, a moment after the last key, and another one answers what takes longer. Nothing is written
//! and no socket is opened: edits are handed to the editor.

mod actions;
mod diagnostics;
mod documents;
mod folders;
mod hover;
mod judged;
mod positions;
mod server;
mod work;

use lsp_server::Connection;

use crate::analysis::Request;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `shutdown`, then `exit`, as the protocol wants it.
    Orderly,
    /// `exit` without `shutdown`, or the editor went away.
    Abrupt,
}

/// The session could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum LspError {
    /// What came first was no `initialize`, or nothing came.
    #[error("{0}")]
    Protocol(String),
}

/// Serves one editor until it says good-bye. `request` says how folders are judged; its paths are not looked at.
///
/// # Errors
/// When the editor does not begin a session.
pub fn serve(connection: Connection, request: Request) -> Result<Ending, LspError> {
    let (id, params) =
        connection.initialize_start().map_err(|error| LspError::Protocol(error.to_string()))?;
    let server = server::Server::begin(connection, id, params, request)?;
    Ok(server.run())
}
