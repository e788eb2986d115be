//! The deploy gate as its users run it, against servers that misbehave and against stand-ins for servers that no
//! distribution ships. What real servers say is in `tests/against_services`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "../services/mysql_server.rs"]
mod mysql_server;
#[path = "../services/project.rs"]
mod project;
#[path = "../services/servers.rs"]
mod servers;

mod command;
mod faults;
mod load;
mod mangled;
mod outputs;
mod secrets;
mod stand_ins;
