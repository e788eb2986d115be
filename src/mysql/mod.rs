//! MySQL and MariaDB: their language as a client and a server read it (tokens, statements, what a statement says),
//! servers, and what the storage engine does with statements. No judgement here.
//!
//! Nothing here depends on a full parse: real MySQL files hold many statements that no general SQL grammar accepts.

pub mod catalogue;
pub mod change;
pub mod charset;
pub mod classify;
pub mod columns;
mod cursor;
pub mod effects;
pub mod features;
#[cfg(test)]
mod history_tests;
pub mod identifiers;
pub mod lexer;
pub mod names;
pub mod objects;
pub mod online_ddl;
pub mod removed;
pub mod script_file;
pub mod server;
pub mod session;
pub mod splitter;
pub mod statement_change;
pub mod widen;
pub mod words;

pub use effects::{Effect, Verb};
pub use features::Features;
pub use lexer::{Token, TokenKind};
pub use script_file::SqlFile;
pub use server::{Flavour, Server};
pub use splitter::{Fault, FaultKind, Script, Statement};
pub use words::Words;
