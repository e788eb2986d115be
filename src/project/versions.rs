//! The versions that a project runs on now, and those that it is to run on.

use crate::django::DjangoVersion;
use crate::django::names::{Horizon, Owner};
use crate::pins::series::Series;

use super::pins::{Aim, Aims};

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
    /// Up to where it matters which names are gone.
    pub fn horizon(&self) -> Horizon {
        Horizon { django: self.django.to, python: self.python.to }
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

/// What the files of a project pin, and what the user named.
pub(super) fn of(aims: &Aims) -> Versions {
    Versions { django: change(&aims.django), python: change(&aims.python) }
}

fn change(aim: &Aim) -> Change {
    let release = |series: &Option<Series>| {
        let (major, minor) = series.as_ref()?.feature();
        Some(DjangoVersion::new(major, minor))
    };
    Change { from: release(&aim.pinned), to: release(&aim.version) }
}
