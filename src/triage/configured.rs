//! `[[ignore]]` entries of the configuration.

use std::sync::Arc;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::Judge;
use super::paths::Paths;
use crate::config::{Config, Date, IgnoreConfig, selector};
use crate::findings::{Finding, Suppressed};
use crate::project::Workspace;
use crate::rules::suppression::{expired_ignore, unused_ignore};
use crate::source::{SourceText, Span};

/// The entries, ready to be matched.
#[derive(Default)]
pub struct Ignores {
    entries: Vec<Entry>,
    /// Leads from paths of findings to paths as the entries mean them.
    paths: Paths,
}

struct Entry {
    config: IgnoreConfig,
    globs: GlobSet,
    /// Where it is written.
    place: Option<(Arc<SourceText>, Span)>,
}

impl Ignores {
    /// The entries of `config`. `written` is the configuration file with the place of every entry, in order; without
    /// it nothing can be reported on the entries themselves.
    ///
    /// # Errors
    /// When a glob cannot be read; the strict reader of the configuration refuses such a file before.
    pub fn new(
        config: &Config,
        paths: Paths,
        written: Option<(&Arc<SourceText>, &[Span])>,
    ) -> Result<Self, globset::Error> {
        let mut entries = Vec::new();
        for (number, entry) in config.ignore.iter().enumerate() {
            let place = written.and_then(|(text, spans)| Some((text.clone(), spans.get(number).copied()?)));
            entries.push(Entry { config: entry.clone(), globs: glob_and_below(&entry.path)?, place });
        }
        Ok(Self { entries, paths })
    }

    /// Hides what the entries accept, and returns findings on entries that have expired or hide nothing.
    pub(super) fn apply(
        &self,
        judge: &Judge<'_>,
        workspace: &Workspace,
        findings: &mut [Finding],
        today: Date,
    ) -> Vec<Finding> {
        let hid = self.hide(findings, today);
        let mut out = Vec::new();
        for (entry, hid) in self.entries.iter().zip(hid) {
            let Some((text, span)) = &entry.place else { continue };
            let IgnoreConfig { path, rules, reason, until } = &entry.config;
            if let Some(until) = until.filter(|_| !entry.config.counts_on(today)) {
                judge.emit(&expired_ignore::RULE, &mut out, |emit| {
                    expired_ignore::report(emit, text, *span, path, reason, until, hid);
                });
            } else if hid == 0 && self.could_tell(judge, entry, workspace) {
                judge.emit(&unused_ignore::RULE, &mut out, |emit| {
                    unused_ignore::entry(emit, text, *span, path, rules, reason);
                });
            }
        }
        out
    }

    /// Hides what the entries accept. Gives for every entry the number of findings that it speaks of; an expired one
    /// hides none of them.
    pub(super) fn hide(&self, findings: &mut [Finding], today: Date) -> Vec<usize> {
        let mut counts = Vec::new();
        for (number, entry) in self.entries.iter().enumerate() {
            let mut count = 0;
            for finding in findings.iter_mut().filter(|finding| self.accepts(entry, finding)) {
                count += 1;
                if entry.config.counts_on(today) {
                    let reason = entry.config.reason.clone();
                    finding.suppressed.get_or_insert(Suppressed::Configuration { entry: number, reason });
                }
            }
            counts.push(count);
        }
        counts
    }

    fn accepts(&self, entry: &Entry, finding: &Finding) -> bool {
        let rules = &entry.config.rules;
        (rules.is_empty() || rules.iter().any(|rule| selector::matches(rule, finding.rule)))
            && self.paths.to_configuration(&finding.place.path).is_some_and(|path| entry.globs.is_match(path))
    }

    /// Whether the run saw enough to say that an entry hides nothing: its rules ran, and either the whole folder of
    /// the configuration was analysed or a file that it speaks of. Of entries for findings on suppressions it is not
    /// said, since some of those come later.
    fn could_tell(&self, judge: &Judge<'_>, entry: &Entry, workspace: &Workspace) -> bool {
        let rules = &entry.config.rules;
        let rules_ran = if rules.is_empty() {
            judge.catalogue.iter().all(|rule| judge.runs(rule))
        } else {
            rules.iter().all(|rule| judge.could_tell(rule) && !judge.is_on_suppressions(rule))
        };
        rules_ran
            && (self.paths.covers_configuration()
                || workspace.snapshot.files.iter().any(|file| {
                    self.paths.to_configuration(&file.path).is_some_and(|path| entry.globs.is_match(path))
                }))
    }
}

/// Matches what the glob names and, where that is a folder, everything below it. `*` stays within one folder.
pub(crate) fn glob_and_below(glob: &str) -> Result<GlobSet, globset::Error> {
    let build = |glob: &str| -> Result<Glob, globset::Error> {
        GlobBuilder::new(glob).literal_separator(true).build()
    };
    let glob = glob.strip_prefix("./").unwrap_or(glob).trim_end_matches('/');
    GlobSetBuilder::new().add(build(glob)?).add(build(&format!("{glob}/**"))?).build()
}
