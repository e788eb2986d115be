//! The maintenance window: the phases of an upgrade and how long they take.
//!
//! The upgrade phase of the guide holds the roll-out as well as the migrations. Where `[gate.window] rollout` says how long
//! the roll-out takes, the plan's own estimate replaces the usual length altogether: roll-out and statements. Where it does
//! not, nobody knows how long the roll-out takes, and the usual length counts unless the statements alone take longer.

use super::ProjectPlan;
use super::cost::Estimate;
use crate::config::gate::{PhasesConfig, WindowConfig};

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
    /// The window for what is pending; `config` has the usual lengths of the phases and that of the roll-out.
    pub(super) fn new(projects: &[ProjectPlan], config: &WindowConfig) -> Self {
        let all = projects.iter().flat_map(|project| &project.pending);
        let total = all.map(|pending| pending.estimate.as_ref().ok().copied()).sum::<Option<Estimate>>();
        let ends = |minutes: &[u32]| -> (u64, u64) {
            let of = |minutes: Option<&u32>| minutes.copied().unwrap_or_default().into();
            (of(minutes.first()), of(minutes.last()))
        };
        let phases = config.phases.all().into_iter().map(|(key, minutes)| {
            let (low, high) = ends(minutes);
            let Some(total) = total.filter(|_| key == "upgrade") else { return Phase { key, low, high } };
            let (least, most) = (total.low.div_ceil(60), total.high.div_ceil(60));
            if config.rollout.is_empty() {
                return Phase { key, low: low.max(least), high: high.max(most) };
            }
            let (rollout_low, rollout_high) = ends(&config.rollout);
            Phase { key, low: rollout_low.saturating_add(least), high: rollout_high.saturating_add(most) }
        });
        Self { phases: phases.collect(), is_estimated: total.is_some() }
    }

    /// The usual lengths, where nothing is known of the upgrade.
    pub fn usual(phases: &PhasesConfig) -> Self {
        let config = WindowConfig { phases: phases.clone(), ..WindowConfig::default() };
        Self { is_estimated: false, ..Self::new(&[], &config) }
    }

    /// Minutes in all, at least and at most.
    pub fn total(&self) -> (u64, u64) {
        self.phases.iter().fold((0, 0), |(low, high), phase| (low + phase.low, high + phase.high))
    }
}
