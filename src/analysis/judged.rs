//! What the check finds that an upgrade brings: of the target's findings those that the start does not have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::config::{Date, Loaded};
use crate::django::Key;
use crate::findings::Finding;
use crate::findings::fingerprint::Context;
use crate::project::Workspace;
use crate::report::ScanRoot;
use crate::rules;
use crate::triage::diff::{Changes, Lines};
use crate::triage::{self, Accepted, Base, DiffFilter, Judge, Scope, Shown, scope};

use super::{base, configured_ignores, context};

/// How a run judges.
pub(super) struct Judged<'a> {
    /// The configuration.
    pub(super) loaded: &'a Loaded,
    /// The scanned folder.
    pub(super) folder: &'a Path,
    /// How its paths are shown.
    pub(super) root: &'a ScanRoot,
    /// The day, for `until` dates.
    pub(super) today: Date,
}

impl Judged<'_> {
    /// The findings of `to` that `from` does not have. Where no revision is known at the start, those on `pending`
    /// migrations, by the name of the project. Accepted ones (inline, `[[ignore]]`) are left out.
    pub(super) fn findings(
        &self,
        to: &Workspace,
        from: Option<&Workspace>,
        pending: &BTreeMap<Arc<str>, BTreeSet<Key>>,
    ) -> Vec<Finding> {
        let config = &self.loaded.config;
        let catalogue = rules::catalogue();
        let judge = Judge { config, catalogue: &catalogue, has_base: from.is_some() };
        let (ignores, _) = configured_ignores(self.loaded, self.folder);
        let accepted = Accepted { ignores: &ignores, baseline: None, today: self.today };
        let own: Context<'_> = context(to, self.root);
        let mut all = rules::check(to, config);
        if let Some(from) = from {
            all.extend(triage::history::compare(&judge, from, to));
            rules::sort(&mut all);
        }
        let mut all = triage::suppress(&judge, &accepted, to, &own, all);
        match from {
            Some(from) => {
                let old_context = context(from, self.root);
                let old = triage::suppress(&judge, &accepted, from, &old_context, rules::check(from, config));
                let changed = |path: &str| base::changed(to, from, path);
                let lines = |_: &str| Lines::All;
                let changes = Changes::new(&lines);
                let shown = Shown { scope: Scope::Changed, diff: DiffFilter::NoFilter, changes: &changes };
                let base = Base::Other {
                    findings: &old,
                    context: &old_context,
                    changed: &changed,
                    is_history: &|_| false,
                };
                scope::apply(shown, &base, &own, &mut all);
            }
            None => all.retain(|finding| is_pending(finding, pending)),
        }
        // Entries that accept nothing are the business of `check`, which reads the baseline too.
        all.retain(|finding| finding.suppressed.is_none() && finding.rule.family != "suppression");
        all
    }
}

fn is_pending(finding: &Finding, pending: &BTreeMap<Arc<str>, BTreeSet<Key>>) -> bool {
    let subject = &finding.subject;
    let (Some(app), Some(migration)) = (&subject.app, &subject.migration) else { return false };
    let key = (app.clone(), migration.clone());
    pending.iter().any(|(project, of)| {
        subject.project.as_ref().is_none_or(|named| named == project) && of.contains(&key)
    })
}
