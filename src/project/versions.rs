//! The versions that a project runs on now, and those that it is to run on.

use crate::django::DjangoVersion;
use crate::django::names::Owner;
use crate::pins::series::Series;

use super::pins::{Aim, Pins};

/// Versions of Django and Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Versions {
    /// Django.
    pub django: Change,
    /// Python.
    pub python: Change,
}

/// From one release to another; where the user names none, the project stays on what it pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    /// What the project pins.
    pub from: Option<DjangoVersion>,
    /// What it is to run on: what the user named, else what it pins.
    pub to: Option<DjangoVersion>,
}

impl Versions {
    /// What the files of a project pin, and what the user named.
    pub(super) fn of_pins(pins: &Pins) -> Self {
        Self { django: change(&pins.aims.django), python: change(&pins.aims.python) }
    }

    /// Those of one of the two.
    pub fn of(&self, owner: Owner) -> Change {
        match owner {
            Owner::Django => self.django,
            Owner::Python => self.python,
        }
    }
}

impl Change {
    /// True when `release` lies between the two: later than what is pinned, and not later than the target.
    pub fn passes(&self, release: DjangoVersion) -> bool {
        self.from.is_some_and(|from| from < release) && self.to.is_some_and(|to| release <= to)
    }

    /// True when the target has everything that came with `release`.
    pub fn reaches(&self, release: DjangoVersion) -> bool {
        self.to.is_some_and(|to| release <= to)
    }
}

fn change(aim: &Aim) -> Change {
    Change { from: aim.pinned.as_ref().and_then(release), to: aim.version.as_ref().and_then(release) }
}

/// The feature release that a version belongs to.
fn release(series: &Series) -> Option<DjangoVersion> {
    let numbers = series.version().release();
    Some(DjangoVersion::new(*numbers.first()?, numbers.get(1).copied().unwrap_or(0)))
}
