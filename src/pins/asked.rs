//! What the requirements ask for: which packages are installed, and with which extras.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

use pep508_rs::ExtraName;

use super::inventory::{Inventory, Pin};
use super::role::Role;
use super::{Group, normalised};

/// The packages that somebody asks for, each with the extras that are asked of it.
///
/// A constraint file asks for nothing, and neither does an extra that no requirement names. What a package needs is
/// followed where that is known.
#[derive(Debug, Default)]
pub struct Asked(BTreeMap<Arc<str>, BTreeSet<ExtraName>>);

impl Asked {
    /// By the requirements of the program.
    pub fn of(inventory: &Inventory) -> Self {
        let mut asked = Self::default();
        let mut open: Vec<Arc<str>> = Vec::new();
        for pin in inventory.installing() {
            asked.ask(&pin.entry.name, pin.entry.extras.iter().map(AsRef::as_ref), &mut open);
        }
        while let Some(name) = open.pop() {
            let Some(version) = inventory.version(&name) else { continue };
            let Some((package, _)) = inventory.known(&name, version) else { continue };
            let extras: Vec<ExtraName> = asked.extras(&name).cloned().collect();
            for need in &package.requires {
                if inventory.markers.holds_with(&need.marker, &extras) == Some(true) {
                    let name: Arc<str> = normalised(&need.name).into();
                    asked.ask(&name, need.extras.iter().map(AsRef::as_ref), &mut open);
                }
            }
        }
        asked
    }

    fn ask<'a>(&mut self, name: &Arc<str>, extras: impl Iterator<Item = &'a str>, open: &mut Vec<Arc<str>>) {
        let is_new = !self.0.contains_key(name);
        let known = self.0.entry(name.clone()).or_default();
        let before = known.len();
        known.extend(extras.filter_map(|extra| ExtraName::from_str(extra).ok()));
        if is_new || known.len() > before {
            open.push(name.clone());
        }
    }

    /// Whether the package is installed.
    pub fn installs(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The extras that are asked of a package.
    pub fn extras(&self, name: &str) -> impl Iterator<Item = &ExtraName> {
        self.0.get(name).into_iter().flatten()
    }
}

impl Inventory {
    /// The requirements that install something of the program: no constraints, no groups that somebody has to choose.
    fn installing(&self) -> impl Iterator<Item = Pin<'_>> {
        self.entries(&[Role::Runtime]).filter(|pin| self.installs(pin))
    }

    fn installs(&self, pin: &Pin<'_>) -> bool {
        let installs = match pin.entry.group {
            Group::Main => !self.is_constraint_only(pin.at),
            Group::Locked => !pin.file.declared.by_choice.contains(&pin.entry.name),
            _ => false,
        };
        installs && !pin.entry.name.is_empty() && self.markers.holds(&pin.entry.marker) == Some(true)
    }

    /// The extras that the requirements themselves ask of a package, whichever of them the version comes from.
    pub fn extras_of(&self, name: &str) -> Vec<ExtraName> {
        // By the name first: this is asked for every package of a lock file.
        let pins = self.entries(&[Role::Runtime]).filter(|pin| *pin.entry.name == *name);
        let extras: BTreeSet<ExtraName> = pins
            .filter(|pin| !pin.entry.extras.is_empty() && self.installs(pin))
            .flat_map(|pin| pin.entry.extras.iter().filter_map(|extra| ExtraName::from_str(extra).ok()))
            .collect();
        extras.into_iter().collect()
    }
}
