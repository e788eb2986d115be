//! Judgement: one file per rule below a folder per family, and one ordered list of all of them.
//!
//! A rule is a `static Rule` and a pure function from the project to findings: no input or output, no environment,
//! no clock. Its page, `rules/<family>/<name>.md`, is compiled in and is what `explain` prints and what the tests run
//! ([`page`] says how a page is written).
//!
//! A new rule is two new files, `src/rules/<family>/<name>.rs` with a `pub static RULE: Rule` and
//! `rules/<family>/<name>.md`, a `pub mod` line in the family's `mod.rs`, and one line in [`ALL`].

pub mod analysis;
pub mod atomicity;
pub mod config_files;
pub mod data_migration;
pub mod graph;
pub mod history;
pub mod naming;
pub mod page;
pub mod sql;
mod subject;
pub mod suppression;

#[cfg(test)]
mod page_tests;

use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{Config, selector};
use crate::django::Migration;
use crate::findings::{Bilingual, Finding, Place, RuleId, Severity, Subject};
use crate::project::{Project, Workspace};
use crate::source::{SourceText, Span};

pub use subject::{migration_subject, operation_subject, other_file_subject, path_subject};

/// A rule.
pub struct Rule {
    /// Code, name, family, default severity.
    pub id: RuleId,
    /// The text of `rules/<family>/<name>.md`: `include_str!("../../../rules/<family>/<name>.md")`.
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
    Migration(fn(&Project, &Migration, &Config, &mut Emit<'_>)),
    /// Given by triage itself (unused suppressions, edited history), never called.
    Triage,
}

/// Takes the findings of one rule; it knows the rule, so a finding cannot carry another's name.
pub struct Emit<'a> {
    rule: &'static Rule,
    config: &'a Config,
    out: &'a mut Vec<Finding>,
    grade: Option<Severity>,
}

impl<'a> Emit<'a> {
    /// An emitter for `rule` that appends to `out`.
    pub fn new(rule: &'static Rule, config: &'a Config, out: &'a mut Vec<Finding>) -> Self {
        Self { rule, config, out, grade: None }
    }

    /// Gives the next finding this severity instead of the rule's own, unless the configuration sets one.
    pub fn graded(&mut self, severity: Severity) -> &mut Self {
        self.grade = Some(severity);
        self
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

    /// Reports `message` on a whole file whose text is known.
    pub fn on_file(&mut self, text: &SourceText, message: Bilingual) -> &mut Finding {
        self.push(Place::whole_file(text.path.clone()), message)
    }

    fn push(&mut self, place: Place, message: Bilingual) -> &mut Finding {
        let rule = self.rule;
        let id = &rule.id;
        let own = self.grade.take().unwrap_or(id.severity);
        let configured = self.config.severity.get(id.code).or_else(|| self.config.severity.get(id.name));
        self.out.push(Finding {
            rule: id,
            severity: configured.copied().unwrap_or(own),
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
pub static ALL: &[&Rule] = &[
    &analysis::syntax_error::RULE,
    &analysis::conflict_markers::RULE,
    &analysis::unreadable_file::RULE,
    &analysis::undecodable_file::RULE,
    &analysis::not_determined::RULE,
    &atomicity::several_schema_operations::RULE,
    &atomicity::schema_and_data::RULE,
    &config_files::config_syntax::RULE,
    &config_files::duplicate_key::RULE,
    &config_files::undefined_variable::RULE,
    &config_files::environment_lacks_key::RULE,
    &config_files::component_requirement::RULE,
    &config_files::iam_rollback_gap::RULE,
    &config_files::template_placeholder::RULE,
    &data_migration::live_model::RULE,
    &data_migration::own_code::RULE,
    &data_migration::undeclared_app::RULE,
    &data_migration::unknown_model::RULE,
    &data_migration::run_python_signature::RULE,
    &data_migration::historic_model_member::RULE,
    &data_migration::row_by_row::RULE,
    &data_migration::whole_table_write::RULE,
    &data_migration::outside_call::RULE,
    &data_migration::ddl_in_run_python::RULE,
    &data_migration::default_connection::RULE,
    &data_migration::not_repeatable::RULE,
    &data_migration::code_elsewhere::RULE,
    &graph::missing_dependency::RULE,
    &graph::dependency_cycle::RULE,
    &graph::multiple_leaf_nodes::RULE,
    &graph::no_migration_class::RULE,
    &graph::ignored_file_name::RULE,
    &graph::missing_init_file::RULE,
    &graph::wrong_replaces::RULE,
    &graph::squash_without_originals::RULE,
    &graph::merge_with_operations::RULE,
    &graph::conflicting_branches::RULE,
    &graph::floating_dependency::RULE,
    &graph::initial_on_non_root::RULE,
    &graph::number_order::RULE,
    &history::edited_after_merge::RULE,
    &history::deleted_after_merge::RULE,
    &history::iam_removed::RULE,
    &naming::field_name::RULE,
    &naming::field_library_contradiction::RULE,
    &naming::unknown_field_name::RULE,
    &naming::invalid_field_library::RULE,
    &sql::sql_broken::RULE,
    &sql::sql_utf8mb3::RULE,
    &sql::sql_myisam::RULE,
    &sql::sql_zero_date::RULE,
    &sql::sql_display_width::RULE,
    &sql::sql_removed_mode::RULE,
    &sql::sql_account_syntax::RULE,
    &sql::sql_reserved_word::RULE,
    &sql::sql_removed_syntax::RULE,
    &sql::sql_not_idempotent::RULE,
    &sql::sql_destructive::RULE,
    &sql::sql_definer::RULE,
    &sql::sql_unlisted_database::RULE,
    &sql::sql_file_sequence::RULE,
    &sql::sql_auth_plugin::RULE,
    &suppression::unused_ignore::RULE,
    &suppression::stale_baseline_entry::RULE,
    &suppression::expired_ignore::RULE,
    &suppression::bad_ignore::RULE,
];

impl Rule {
    /// Its page, read.
    ///
    /// # Errors
    /// Never for a released rule: the tests read every page.
    pub fn read_page(&self) -> Result<page::Page, page::PageError> {
        page::Page::parse(self.page)
    }

    /// Whether the configuration wants this rule to run.
    pub fn is_enabled(&self, config: &Config) -> bool {
        selector::selected(&self.id, &config.select, &config.ignore_rules)
    }
}

/// The rule with this code or name, in any case.
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    let means = |key: &str| key.eq_ignore_ascii_case(code_or_name);
    ALL.iter().copied().find(|rule| means(rule.id.code) || means(rule.id.name))
}

/// The families, in the order of [`ALL`], each once.
pub fn families() -> Vec<&'static str> {
    let mut families: Vec<&'static str> = Vec::new();
    for rule in ALL {
        if !families.contains(&rule.id.family) {
            families.push(rule.id.family);
        }
    }
    families
}

/// What identifies each rule, in the order of [`ALL`]: what the configuration's selectors are checked against.
pub fn catalogue() -> Vec<&'static RuleId> {
    ALL.iter().map(|rule| &rule.id).collect()
}

/// Runs every rule that the configuration wants over `workspace`, in parallel; the order of the findings depends on
/// the input alone: path, position, code, then what the rule itself said first.
pub fn check(workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let rules: Vec<&'static Rule> = ALL.iter().copied().filter(|rule| rule.is_enabled(config)).collect();
    check_with(&rules, workspace, config)
}

/// As [`check`], with the rules given.
fn check_with(rules: &[&'static Rule], workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let whole: Vec<Job<'_>> = rules.iter().flat_map(|rule| Job::of_rule(rule, workspace)).collect();
    let migrations: Vec<(&Project, &Migration)> = workspace
        .projects
        .iter()
        .flat_map(|project| project.migrations.iter().map(move |migration| (project, migration)))
        .collect();
    let mut findings: Vec<Finding> = whole.into_par_iter().flat_map_iter(|job| job.run(config)).collect();
    findings.par_extend(migrations.into_par_iter().flat_map_iter(|(project, migration)| {
        let mut out = Vec::new();
        for &rule in rules {
            if let Check::Migration(check) = rule.check {
                check(project, migration, config, &mut Emit::new(rule, config, &mut out));
            }
        }
        out
    }));
    sort(&mut findings);
    findings
}

/// Brings findings into the order of the report; the sort is stable, so equal keys keep the order in which the rule
/// gave them.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
}

/// What findings are sorted by.
fn sort_key(finding: &Finding) -> (&str, Span, &str, &str) {
    (&finding.place.path, finding.place.span, finding.rule.code, &finding.discriminator)
}

/// A rule with one thing to look at, other than a migration.
enum Job<'a> {
    Workspace(&'static Rule, fn(&Workspace, &Config, &mut Emit<'_>), &'a Workspace),
    Project(&'static Rule, fn(&Project, &Config, &mut Emit<'_>), &'a Project),
}

impl<'a> Job<'a> {
    fn of_rule(rule: &'static Rule, workspace: &'a Workspace) -> Vec<Self> {
        match rule.check {
            Check::Workspace(check) => vec![Self::Workspace(rule, check, workspace)],
            Check::Project(check) => {
                workspace.projects.iter().map(|project| Self::Project(rule, check, project)).collect()
            }
            Check::Migration(_) | Check::Triage => Vec::new(),
        }
    }

    fn run(self, config: &Config) -> Vec<Finding> {
        let mut out = Vec::new();
        match self {
            Self::Workspace(rule, check, workspace) => {
                check(workspace, config, &mut Emit::new(rule, config, &mut out))
            }
            Self::Project(rule, check, project) => {
                check(project, config, &mut Emit::new(rule, config, &mut out))
            }
        }
        out
    }
}
