//! Judgement: one file per rule below a folder per family, and one ordered list of all of them.
//!
//! A rule is a `static Rule` and a pure function from the project to findings: no input or output, no environment,
//! no clock. Its page, `rules/<family>/<name>.md`, is compiled in and is what `explain` prints and what the tests run.

pub mod page;

use std::sync::Arc;

use crate::config::Config;
use crate::findings::{Bilingual, Finding, Place, RuleId, Subject};
use crate::project::{Project, Workspace};
use crate::source::{SourceText, Span};

/// A rule.
pub struct Rule {
    /// Code, name, family, default severity.
    pub id: RuleId,
    /// The text of `rules/<family>/<name>.md`.
    pub page: &'static str,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at; the variants are called in this order.
pub enum Check {
    /// Once per run: unread files, the field library, suppressions.
    Workspace(fn(&Workspace, &Config, &mut Emit<'_>)),
    /// Once per Django project.
    Project(fn(&Project, &Config, &mut Emit<'_>)),
    /// Once per migration file that is Django's, in parallel.
    Migration(fn(&Project, &crate::django::Migration, &Config, &mut Emit<'_>)),
    /// Given by triage itself (unused suppressions, edited history), never called.
    Triage,
}

/// Takes the findings of one rule; it knows the rule, so a finding cannot carry another's name.
pub struct Emit<'a> {
    rule: &'static Rule,
    config: &'a Config,
    out: &'a mut Vec<Finding>,
}

impl<'a> Emit<'a> {
    /// An emitter for `rule` that appends to `out`.
    pub fn new(rule: &'static Rule, config: &'a Config, out: &'a mut Vec<Finding>) -> Self {
        Self { rule, config, out }
    }

    /// Reports `message` at `span` of `text`; the finding is returned for its subject, help and related places to be
    /// filled in.
    pub fn at(&mut self, text: &SourceText, span: Span, message: Bilingual) -> &mut Finding {
        self.push(Place::new(text, span), message)
    }

    /// Reports `message` on a whole file or folder of which there is no text.
    pub fn at_path(&mut self, path: &Arc<str>, message: Bilingual) -> &mut Finding {
        self.push(Place::whole_file(path.clone()), message)
    }

    fn push(&mut self, place: Place, message: Bilingual) -> &mut Finding {
        let rule = self.rule;
        let id = &rule.id;
        let configured = self.config.severity.get(id.code).or_else(|| self.config.severity.get(id.name));
        self.out.push(Finding {
            rule: id,
            severity: configured.copied().unwrap_or(id.severity),
            message,
            help: Bilingual::default(),
            place,
            related: Vec::new(),
            subject: Subject::default(),
            suggestion: None,
            discriminator: String::new(),
            fingerprint: String::new(),
            suppressed: None,
        });
        let last = self.out.len() - 1;
        &mut self.out[last]
    }
}

/// All rules, in the order in which they run and are listed: by code.
pub static ALL: &[&Rule] = &[];
