//! Addresses that outputs point at.

use crate::findings::RuleId;

/// Where the program lives; empty when `Cargo.toml` names no repository.
pub(super) const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The page of a rule, for people who read a report outside their terminal; the page of the version that reports.
pub(super) fn rule_page(rule: &RuleId) -> String {
    format!("{HOME}/blob/v{}/rules/{}/{}.md", env!("CARGO_PKG_VERSION"), rule.family, rule.name)
}
