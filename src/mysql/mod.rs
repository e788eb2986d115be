//! MySQL and MariaDB: servers, statements and what the storage engine does with them. No judgement here.

pub mod online_ddl;
pub mod server;

pub use server::{Flavour, Server};
