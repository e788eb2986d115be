//! The maintenance window: the phases of an upgrade and how long they take.

use super::ProjectPlan;
use super::cost::Estimate;
use crate::config::gate::PhasesConfig;

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
    /// The window for what is pending; `usual` are the configured lengths (`[gate.window.phases]`). The statements' time is added to the usual length of the upgrade phase only where
    /// it goes beyond it: roll-out and checks take their time as well.
    pub(super) fn new(projects: &[ProjectPlan], usual: &PhasesConfig) -> Self {
        let all = projects.iter().flat_map(|project| &project.pending);
        let total = all.map(|pending| pending.estimate.as_ref().ok().copied()).sum::<Option<Estimate>>();
        let phases = usual.all().into_iter().map(|(key, minutes)| {
            let of = |minutes: Option<&u32>| minutes.copied().unwrap_or_default().into();
            let (low, high): (u64, u64) = (of(minutes.first()), of(minutes.last()));
            match (key, total) {
                ("upgrade", Some(total)) => {
                    let longer = |usual: u64, seconds: u64| usual.max(seconds.div_ceil(60));
                    Phase { key, low: longer(low, total.low), high: longer(high, total.high) }
                }
                _ => Phase { key, low, high },
            }
        });
        Self { phases: phases.collect(), is_estimated: total.is_some() }
    }

    /// Minutes in all, at least and at most.
    pub fn total(&self) -> (u64, u64) {
        self.phases.iter().fold((0, 0), |(low, high), phase| (low + phase.low, high + phase.high))
    }
}
