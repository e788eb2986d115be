//! What to show: inline ignores, configured ignores, baseline and scope. What is hidden is kept and counted.
//!
//! Each step marks findings and never removes one. A suppression that suppresses nothing, has expired or cannot be read
//! is a finding itself (family `suppression`), as far as the run saw enough to say so.

pub mod baseline;
pub mod change_list;
mod comments;
pub mod configured;
pub mod diff;
pub(crate) mod directive;
pub mod history;
mod inline;
pub mod insert;
pub mod paths;
pub mod scope;

use crate::config::{Config, Date, selector};
use crate::findings::fingerprint::Context;
use crate::findings::{Finding, RuleId};
use crate::project::Workspace;
use crate::rules::{Check, Emit, Rule};

pub use baseline::Baseline;
pub use change_list::ChangeList;
pub use configured::Ignores;
pub use diff::DiffFilter;
pub use paths::Paths;
pub use scope::{Base, Scope, Shown};

/// The family of the rules on suppressions, which no comment can silence.
const FAMILY: &str = "suppression";

/// What the user accepted.
pub struct Accepted<'a> {
    /// `[[ignore]]` entries.
    pub ignores: &'a Ignores,
    /// The baseline, when there is one.
    pub baseline: Option<&'a Baseline>,
    /// The day of the run.
    pub today: Date,
}

/// The rules as a run sees them.
pub struct Judge<'a> {
    /// Which rules run, and with which severity.
    pub config: &'a Config,
    /// Every rule that a suppression may name.
    pub catalogue: &'a [&'static RuleId],
    /// Whether there was a base to compare with; without one the rules of the family `history` say nothing.
    pub has_base: bool,
}

impl Judge<'_> {
    /// Whether the rule ran.
    fn runs(&self, rule: &RuleId) -> bool {
        selector::selected(rule, &self.config.select, &self.config.ignore_rules)
            && (self.has_base || rule.family != "history")
    }

    /// Whether all rules that a selector names ran, so that "nothing found" means something.
    fn could_tell(&self, selector: &str) -> bool {
        let mut named = self.catalogue.iter().filter(|rule| selector::matches(selector, rule)).peekable();
        named.peek().is_some() && named.all(|rule| self.runs(rule))
    }

    /// Whether a selector names nothing but rules on suppressions.
    fn is_on_suppressions(&self, selector: &str) -> bool {
        let mut named = self.catalogue.iter().filter(|rule| selector::matches(selector, rule));
        named.all(|rule| rule.family == FAMILY)
    }

    /// As [`Self::could_tell`], for the code in a baseline; a rule that is no more can find nothing.
    fn could_tell_code(&self, code: &str) -> bool {
        self.catalogue.iter().find(|rule| rule.code == code).is_none_or(|rule| self.runs(rule))
    }

    /// Lets `report` emit findings of `rule`, when the rule runs.
    pub(crate) fn emit(
        &self,
        rule: &'static Rule,
        out: &mut Vec<Finding>,
        report: impl FnOnce(&mut Emit<'_>),
    ) {
        debug_assert!(matches!(rule.check, Check::Triage));
        if self.runs(&rule.id) {
            report(&mut Emit::new(rule, self.config, out));
        }
    }
}

/// Gives the findings of one state of the tree their fingerprints, hides what was accepted, and adds what there is to
/// say on the suppressions themselves. `findings` come in the order of the report.
pub fn suppress(
    judge: &Judge<'_>,
    accepted: &Accepted<'_>,
    workspace: &Workspace,
    context: &Context<'_>,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    context.assign(&mut findings);
    let mut own = inline::apply(judge, workspace, &mut findings);
    context.assign(&mut own);
    findings.append(&mut own);
    own = accepted.ignores.apply(judge, workspace, &mut findings, accepted.today);
    context.assign(&mut own);
    accepted.ignores.hide(&mut own, accepted.today);
    findings.append(&mut own);
    if let Some(baseline) = accepted.baseline {
        let mut stale = baseline.apply(judge, &mut findings);
        context.assign(&mut stale);
        accepted.ignores.hide(&mut stale, accepted.today);
        findings.append(&mut stale);
    }
    findings
}
