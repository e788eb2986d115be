//! What a rule has to say: a finding, its severity, its place and its fingerprint.

pub mod finding;
pub mod fingerprint;
pub mod fix;

pub use finding::{Bilingual, Family, Finding, Lang, Place, RuleId, Severity, Standing, Subject, Suppressed};
pub use fix::{Edit, Fix};
