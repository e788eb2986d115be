//! `--scope`: of everything that was found, what the change at hand brought about.

use std::collections::HashMap;

use crate::findings::fingerprint::{Context, Identity};
use crate::findings::{Finding, Standing, Suppressed};

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Findings on migrations only where they are new; everything else always.
    #[default]
    Auto,
    /// Only what the base has not.
    Changed,
    /// Everything.
    All,
}

/// What the run is compared with.
pub enum Base<'a> {
    /// Nothing: there is no repository or no base, so everything counts as new.
    Absent,
    /// What is scanned is the base itself, so nothing is new.
    Same,
    /// Another state of the same tree.
    Other {
        /// Findings of the base, those that the base suppresses included.
        findings: &'a [Finding],
        /// How identities of the base are made.
        context: &'a Context<'a>,
        /// Whether the file at this path differs from the base's file of the same path.
        changed: &'a (dyn Fn(&str) -> bool + Sync),
    },
}

/// Hides what `scope` leaves out. Findings that are hidden already stay as they are.
pub fn apply(scope: Scope, base: &Base<'_>, context: &Context<'_>, findings: &mut [Finding]) {
    let new = match (scope, base) {
        (Scope::All, _) | (_, Base::Absent) => return,
        (_, Base::Same) => vec![false; findings.len()],
        (_, Base::Other { findings: base, context: base_context, changed }) => {
            newcomers(findings, context, base, base_context, *changed)
        }
    };
    for (finding, new) in findings.iter_mut().zip(new) {
        let reason = match (scope, finding.standing()) {
            _ if new || finding.suppressed.is_some() => continue,
            (Scope::Auto, Standing::NewMigrations) => Suppressed::History,
            (Scope::Changed, _) => Suppressed::NotChanged,
            (Scope::Auto | Scope::All, _) => continue,
        };
        finding.suppressed = Some(reason);
    }
}

/// For every finding whether the base lacks it. Of equal findings as many are old as the base has; those in files that
/// changed are taken for the new ones first, then the later ones.
fn newcomers(
    findings: &[Finding],
    context: &Context<'_>,
    base: &[Finding],
    base_context: &Context<'_>,
    changed: &(dyn Fn(&str) -> bool + Sync),
) -> Vec<bool> {
    let mut had: HashMap<Identity, usize> = HashMap::new();
    for finding in base.iter().filter(|finding| finding.suppressed.is_none()) {
        *had.entry(base_context.identity(finding)).or_default() += 1;
    }
    let mut groups: HashMap<Identity, Vec<usize>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.suppressed.is_none()) {
        groups.entry(context.identity(finding)).or_default().push(at);
    }
    let mut new = vec![false; findings.len()];
    for (identity, mut group) in groups {
        let old = had.get(&identity).copied().unwrap_or(0).min(group.len());
        // Stable: unchanged files first, each part in the order of the report.
        group.sort_by_key(|at| changed(&findings[*at].place.path));
        for at in &group[old..] {
            new[*at] = true;
        }
    }
    new
}
