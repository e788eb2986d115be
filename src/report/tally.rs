//! Counts that several formats show.

use std::collections::BTreeMap;

use super::Report;
use crate::findings::{Finding, RuleId, Severity, Suppressed};

/// Why findings are hidden, without the particulars of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    Inline,
    Configuration,
    Baseline,
    History,
    NotChanged,
}

impl Hidden {
    pub(super) const ALL: [Self; 5] =
        [Self::Inline, Self::Configuration, Self::Baseline, Self::History, Self::NotChanged];

    /// The key in machine formats.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Configuration => "configuration",
            Self::Baseline => "baseline",
            Self::History => "history",
            Self::NotChanged => "not_changed",
        }
    }

    /// True for what a person accepted, false for what the scope leaves out.
    pub(super) fn is_accepted(self) -> bool {
        matches!(self, Self::Inline | Self::Configuration | Self::Baseline)
    }
}

impl From<&Suppressed> for Hidden {
    fn from(suppressed: &Suppressed) -> Self {
        match suppressed {
            Suppressed::Inline { .. } => Self::Inline,
            Suppressed::Configuration { .. } => Self::Configuration,
            Suppressed::Baseline => Self::Baseline,
            Suppressed::History => Self::History,
            Suppressed::NotChanged => Self::NotChanged,
        }
    }
}

/// The counts of a report.
pub(super) struct Tally {
    /// Shown findings by severity, worst first; all three.
    pub(super) by_severity: [(Severity, usize); 3],
    /// Shown findings by rule, by code.
    pub(super) by_rule: Vec<(&'static RuleId, usize)>,
    /// Hidden findings by reason and rule; all reasons, also those with none.
    pub(super) hidden: Vec<(Hidden, Vec<(&'static RuleId, usize)>)>,
}

impl Tally {
    pub(super) fn of(report: &Report) -> Self {
        let count = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count();
        Self {
            by_severity: Severity::ALL.map(|severity| (severity, count(severity))),
            by_rule: by_rule(report.findings.iter()),
            hidden: Hidden::ALL
                .into_iter()
                .map(|why| {
                    (why, by_rule(report.hidden.iter().filter(|finding| hidden_by(finding) == Some(why))))
                })
                .collect(),
        }
    }

    /// Number of findings hidden for this reason.
    pub(super) fn hidden_total(rules: &[(&'static RuleId, usize)]) -> usize {
        rules.iter().map(|(_, count)| count).sum()
    }
}

/// The findings that a list of all shows, in the order of the report: those to show, and with `verbose` those that a
/// person accepted.
pub(super) fn listed(report: &Report, verbose: bool) -> Vec<&Finding> {
    let accepted = |finding: &&Finding| verbose && hidden_by(finding).is_some_and(Hidden::is_accepted);
    let mut findings: Vec<&Finding> =
        report.findings.iter().chain(report.hidden.iter().filter(accepted)).collect();
    findings.sort_by_key(|finding| (&finding.place.path, finding.place.span, finding.rule.code));
    findings
}

/// Why a finding is hidden.
pub(super) fn hidden_by(finding: &Finding) -> Option<Hidden> {
    finding.suppressed.as_ref().map(Hidden::from)
}

fn by_rule<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(&'static RuleId, usize)> {
    let mut counts: BTreeMap<&'static str, (&'static RuleId, usize)> = BTreeMap::new();
    for finding in findings {
        counts.entry(finding.rule.code).or_insert((finding.rule, 0)).1 += 1;
    }
    counts.into_values().collect()
}
