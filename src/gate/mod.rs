//! The deploy gate: asks the live environment and says go or no-go, with the evidence and the remedy of every check.
//!
//! Asking and judging are apart. A [`probe::Probe`] asks one service and gives [`Facts`] that can be saved
//! and read again; what they mean is decided from them alone, so that a bastion can collect and any machine judge.
//! This is the only floor that opens a socket, and it only reads: see [`probe::statements`]. The two exceptions are asked
//! for by their own commands and confined to a scratch database: [`drill`], [`calibrate`].

pub mod backup;
pub mod calibrate;
mod certificate;
pub mod check;
pub mod components;
pub mod context;
pub mod database;
pub mod drill;
pub mod facts;
pub mod flavour;
pub mod init;
pub mod judge;
pub mod people;
pub mod probe;
pub mod readiness;
pub mod report;
pub mod run;
pub mod secret;
pub mod trouble;

pub use check::{Check, Section, Status};
pub use facts::Facts;
pub use readiness::{Readiness, Verdict};
pub use secret::Vault;
pub use trouble::{Kind, Trouble};
