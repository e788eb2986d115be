//! `--scope` and `--diff`: of everything that was found, what the change at hand brought about.

use std::collections::HashMap;

use crate::findings::fingerprint::{Context, Identity};
use crate::findings::{Finding, Standing, Suppressed};

use super::change_list::ChangeList;
use super::diff::{Changes, DiffFilter};

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

/// What is asked for.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// `--scope`.
    pub scope: Scope,
    /// `--diff`.
    pub diff: DiffFilter,
    /// The lines of the change.
    pub changes: &'a Changes<'a>,
}

/// What the run is compared with.
pub enum Base<'a> {
    /// Nothing: there is no repository or no base, so everything counts as new.
    Absent,
    /// What is scanned is the base itself, so nothing is new.
    Same,
    /// A state that this clone does not hold, of which the files that differ are known; `prefix` leads from the top of
    /// the repository to the scanned root, ending in `/` unless it is empty.
    Listed {
        /// The files that differ.
        list: &'a ChangeList,
        /// From the top of the repository to the scanned root.
        prefix: &'a str,
    },
    /// Another state of the same tree.
    Other {
        /// Findings of the base, those that the base suppresses included.
        findings: &'a [Finding],
        /// How identities of the base are made.
        context: &'a Context<'a>,
        /// Whether the file at this path differs from the base's file of the same path.
        changed: &'a (dyn Fn(&str) -> bool + Sync),
        /// Whether a finding is about a migration that the base has as it is, by a rule that only says what the
        /// migration does: it is old, whether `findings` has it or not.
        is_history: &'a (dyn Fn(&Finding) -> bool + Sync),
    },
}

/// Hides what is not asked for. Findings that are hidden already stay as they are.
pub fn apply(shown: Shown<'_>, base: &Base<'_>, context: &Context<'_>, findings: &mut [Finding]) {
    let new = match (shown.scope, base) {
        (_, Base::Absent) => return,
        (Scope::All, _) if shown.diff == DiffFilter::NoFilter => return,
        (_, Base::Same) => vec![false; findings.len()],
        (_, Base::Listed { list, prefix }) => return apply_list(shown, list, prefix, findings),
        (_, Base::Other { findings: base, context: base_context, changed, is_history }) => {
            newcomers(findings, context, (base, base_context), *changed, *is_history)
        }
    };
    for (finding, new) in findings.iter_mut().zip(new) {
        let reason = match (shown.scope, finding.standing()) {
            _ if new || finding.suppressed.is_some() => continue,
            (Scope::Auto, Standing::NewMigrations) => Suppressed::History,
            (Scope::Changed, _) => Suppressed::NotChanged,
            _ if !shown.changes.touch(shown.diff, &finding.place) => Suppressed::NotChanged,
            (Scope::Auto | Scope::All, _) => continue,
        };
        finding.suppressed = Some(reason);
    }
}

/// As [`apply`], where only the list of files is known. Which findings the change brought about elsewhere cannot be
/// told, so those that always matter are shown wherever they are.
fn apply_list(shown: Shown<'_>, list: &ChangeList, prefix: &str, findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| finding.suppressed.is_none()) {
        let listed = list.files.contains_key(&format!("{prefix}{}", finding.place.path));
        finding.suppressed = match (shown.scope, finding.standing()) {
            (Scope::Auto, Standing::NewMigrations) if !listed => Some(Suppressed::History),
            (_, Standing::Always) => None,
            (Scope::Changed, _) if !listed => Some(Suppressed::NotChanged),
            _ if !shown.changes.touch(shown.diff, &finding.place) => Some(Suppressed::NotChanged),
            _ => None,
        };
    }
}

/// For every finding whether the base lacks it. Of equal findings as many are old as the base has; those in files that
/// changed are taken for the new ones first, then the later ones.
fn newcomers(
    findings: &[Finding],
    context: &Context<'_>,
    (base, base_context): (&[Finding], &Context<'_>),
    changed: &(dyn Fn(&str) -> bool + Sync),
    is_history: &(dyn Fn(&Finding) -> bool + Sync),
) -> Vec<bool> {
    let mut had: HashMap<Identity, usize> = HashMap::new();
    for finding in base.iter().filter(|finding| finding.suppressed.is_none()) {
        *had.entry(base_context.identity(finding)).or_default() += 1;
    }
    let mut groups: HashMap<Identity, Vec<usize>> = HashMap::new();
    let open = |finding: &Finding| finding.suppressed.is_none() && !is_history(finding);
    for (at, finding) in findings.iter().enumerate().filter(|(_, finding)| open(finding)) {
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
