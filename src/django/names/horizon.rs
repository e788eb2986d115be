//! The releases that a project runs on or is to run on: what a later one takes away concerns nobody yet.

use super::facts::{Fate, Owner, Release, Usage};

/// Up to which release of Django and of Python it matters what became of names; `None` where no release is known, so that
/// nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Horizon {
    /// Django.
    pub django: Option<Release>,
    /// Python.
    pub python: Option<Release>,
}

impl Horizon {
    fn of(&self, owner: Owner) -> Option<Release> {
        match owner {
            Owner::Django => self.django,
            Owner::Python => self.python,
        }
    }

    /// Whether a name is deprecated or gone by then.
    pub(super) fn reaches(&self, fate: &Fate) -> bool {
        let first = fate.deprecated.map_or(fate.removed, |deprecated| deprecated.min(fate.removed));
        self.of(fate.owner).is_some_and(|to| first <= to)
    }

    /// Whether a use warns or fails by then.
    pub(super) fn reaches_use(&self, usage: &Usage) -> bool {
        let first = usage.deprecated().into_iter().chain(usage.removed()).min();
        self.of(usage.owner).is_some_and(|to| first.is_none_or(|first| first <= to))
    }
}
