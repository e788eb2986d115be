//! The maintenance window: the phases of an upgrade and how long they take.

use super::ProjectPlan;
use super::cost::Estimate;

/// Minutes that a phase takes where the plan does not know better.
///
/// Source: the upgrade guide of the BlueKing log platform (preparation 30, backup 30, upgrade 60 to 90, verification 30
/// to 60; two to four hours in all).
const PHASES: [(&str, u64, u64); 4] =
    [("prepare", 30, 30), ("backup", 30, 30), ("upgrade", 60, 90), ("verify", 30, 60)];

/// The phases with their lengths, in minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// In order.
    pub phases: Vec<Phase>,
    /// Whether the upgrade phase was computed from the statements; else it is the usual length.
    pub is_estimated: bool,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// `prepare`, `backup`, `upgrade`, `verify`.
    pub key: &'static str,
    /// Minutes at least.
    pub low: u64,
    /// Minutes at most.
    pub high: u64,
}

impl Window {
    /// The window for what is pending. The statements' time is added to the usual length of the upgrade phase only where
    /// it goes beyond it: roll-out and checks take their time as well.
    pub(super) fn new(projects: &[ProjectPlan]) -> Self {
        let all = projects.iter().flat_map(|project| &project.pending);
        let total = all.map(|pending| pending.estimate.as_ref().ok().copied()).sum::<Option<Estimate>>();
        let phases = PHASES.into_iter().map(|(key, low, high)| match (key, total) {
            ("upgrade", Some(total)) => {
                let minutes = |seconds: u64| seconds.div_ceil(60);
                Phase { key, low: low.max(minutes(total.low)), high: high.max(minutes(total.high)) }
            }
            _ => Phase { key, low, high },
        });
        Self { phases: phases.collect(), is_estimated: total.is_some() }
    }

    /// Minutes in all, at least and at most.
    pub fn total(&self) -> (u64, u64) {
        self.phases.iter().fold((0, 0), |(low, high), phase| (low + phase.low, high + phase.high))
    }
}
