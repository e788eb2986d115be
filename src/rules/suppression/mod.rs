//! Suppressions that do nothing, or no longer what they say. Triage gives these findings, since it alone knows.

pub mod bad_ignore;
pub mod configuration_changed;
pub mod expired_ignore;
pub mod stale_baseline_entry;
pub mod unused_ignore;
