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
pub(crate) mod basis;
pub(crate) mod change;
pub mod config_files;
pub mod data_loss;
pub mod data_migration;
pub mod existing_data;
pub mod graph;
pub mod history;
pub mod limits;
pub mod locking;
pub mod names;
pub mod naming;
pub mod page;
pub mod pins;
pub mod raw_sql;
pub mod reversibility;
pub mod rolling_deploy;
pub mod servers;
pub mod settings;
pub mod sql;
mod statements;
mod subject;
pub mod suppression;
pub mod urls;

#[cfg(test)]
mod page_tests;

use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{Config, selector};
use crate::django::Migration;
use crate::django::editor::Run;
use crate::findings::{Bilingual, Finding, Place, RuleId, Severity, Standing};
use crate::mysql::{Features, Server};
use crate::project::{Parts, Project, Workspace};
use crate::source::{SourceText, Span};

pub use basis::Basis;
pub use change::{Change, FieldChange};
pub use statements::OldTableStatement;
use subject::field_subject;
pub use subject::{migration_subject, operation_subject, other_file_subject, path_subject};

/// The server that the project runs on, as far as the configuration or the command line names one.
fn server(project: &Project, config: &Config) -> Option<Server> {
    let basis = Basis::of(project, config);
    basis.is_named.then_some(basis.server)
}

/// What decides how Django writes column types for the project; where nothing names a version, what holds for most.
fn features(project: &Project, config: &Config) -> Features {
    let basis = Basis::of(project, config);
    Features::new(basis.django, &basis.server)
}

use statements::Statements;

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
    /// Once per migration that Django would run (those that a squash replaces are left out), with the model states
    /// around its operations, in parallel.
    Change(fn(&Change<'_>, &Config, &mut Emit<'_>)),
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
        self.out.push(Finding::new(id, configured.copied().unwrap_or(own), message, place));
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
    &names::removed_name::RULE,
    &names::removed_use::RULE,
    &names::deprecated_name::RULE,
    &names::removed_from_python::RULE,
    &names::removed_template_name::RULE,
    &atomicity::several_schema_operations::RULE,
    &atomicity::schema_and_data::RULE,
    &atomicity::risky_step_last::RULE,
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
    &existing_data::null_to_not_null::RULE,
    &existing_data::unique_on_existing_rows::RULE,
    &existing_data::unique_with_one_default::RULE,
    &existing_data::narrowed_column::RULE,
    &existing_data::foreign_key_on_existing_rows::RULE,
    &existing_data::check_on_existing_rows::RULE,
    &existing_data::one_time_for_all_rows::RULE,
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
    &graph::impossible_operation::RULE,
    &graph::relation_without_dependency::RULE,
    &history::edited_after_merge::RULE,
    &history::deleted_after_merge::RULE,
    &history::iam_removed::RULE,
    &locking::writes_blocked::RULE,
    &locking::table_rebuilt::RULE,
    &locking::long_index_build::RULE,
    &locking::several_rebuilds::RULE,
    &locking::refused_by_server::RULE,
    &limits::index_on_text::RULE,
    &limits::key_too_long::RULE,
    &limits::row_too_large::RULE,
    &limits::ignored_constraint::RULE,
    &limits::name_too_long::RULE,
    &limits::postgres_only::RULE,
    &limits::char_field_too_long::RULE,
    &limits::duplicate_index::RULE,
    &limits::relation_without_index::RULE,
    &limits::index_needed_by_foreign_key::RULE,
    &limits::other_character_set::RULE,
    &data_loss::remove_and_add_field::RULE,
    &data_loss::delete_and_create_model::RULE,
    &data_loss::destructive_sql::RULE,
    &data_loss::dropped_column_in_key::RULE,
    &data_loss::dropped_constraint::RULE,
    &naming::field_name::RULE,
    &naming::field_library_contradiction::RULE,
    &naming::unknown_field_name::RULE,
    &naming::invalid_field_library::RULE,
    &pins::unreadable_requirement::RULE,
    &pins::unpinned_requirement::RULE,
    &pins::contradicting_pins::RULE,
    &pins::repeated_requirement::RULE,
    &pins::prerelease_pin::RULE,
    &pins::shadows_standard_library::RULE,
    &pins::superseded_package::RULE,
    &pins::old_django_release::RULE,
    &pins::python_not_supported::RULE,
    &pins::django_not_supported::RULE,
    &pins::django_not_tested::RULE,
    &pins::excluding_needs::RULE,
    &pins::extra_range::RULE,
    &pins::breaking_combination::RULE,
    &pins::development_against_runtime::RULE,
    &pins::include_cycle::RULE,
    &pins::missing_include::RULE,
    &pins::include_outside_repository::RULE,
    &pins::credentials_in_url::RULE,
    &pins::contradicting_python::RULE,
    &pins::unknown_needs::RULE,
    &reversibility::run_python_without_reverse::RULE,
    &reversibility::run_sql_without_reverse::RULE,
    &reversibility::noop_reverse::RULE,
    &reversibility::wrong_reverse_sql::RULE,
    &rolling_deploy::not_null_without_database_default::RULE,
    &rolling_deploy::drop_column::RULE,
    &rolling_deploy::drop_table::RULE,
    &rolling_deploy::rename_column::RULE,
    &rolling_deploy::rename_table::RULE,
    &rolling_deploy::hidden_not_null_column::RULE,
    &rolling_deploy::null_allowed::RULE,
    &raw_sql::not_mysql::RULE,
    &raw_sql::computed_sql::RULE,
    &raw_sql::transaction_control::RULE,
    &raw_sql::unsafe_split::RULE,
    &raw_sql::percent_sign::RULE,
    &raw_sql::mariadb_only::RULE,
    &raw_sql::definer::RULE,
    &raw_sql::sql_from_file::RULE,
    &raw_sql::schema_without_state::RULE,
    &raw_sql::unknown_table::RULE,
    &settings::removed_setting::RULE,
    &settings::deprecated_setting::RULE,
    &settings::changed_default::RULE,
    &settings::removed_entry::RULE,
    &settings::missing_module::RULE,
    &settings::middleware_order::RULE,
    &settings::deployment_check::RULE,
    &settings::database_charset::RULE,
    &settings::database_sql_mode::RULE,
    &settings::pooled_connections::RULE,
    &settings::literal_secret::RULE,
    &settings::default_credentials::RULE,
    &settings::missing_in_environment::RULE,
    &settings::required_variable::RULE,
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
    &servers::database_server_not_supported::RULE,
    &servers::patched_database_floor::RULE,
    &servers::django_against_python::RULE,
    &servers::database_driver::RULE,
    &servers::client_against_server::RULE,
    &servers::client_needs::RULE,
    &suppression::unused_ignore::RULE,
    &suppression::stale_baseline_entry::RULE,
    &suppression::expired_ignore::RULE,
    &suppression::bad_ignore::RULE,
    &suppression::configuration_changed::RULE,
    &urls::text_view::RULE,
    &urls::removed_include::RULE,
    &urls::namespace_without_app_name::RULE,
    &urls::old_middleware::RULE,
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

/// What of a repository the rules look at that the configuration wants.
pub fn parts(config: &Config) -> Parts {
    let enabled = ALL.iter().filter(|rule| rule.is_enabled(config));
    enabled.fold(Parts::NONE, |parts, rule| parts.or(parts_of(rule)))
}

/// What of a repository a rule looks at beside migrations; the examples of its page are judged with no more than this.
fn parts_of(rule: &Rule) -> Parts {
    match rule.id.family {
        "analysis" | "graph" | "naming" | "suppression" => Parts::NONE,
        "history" | "config-files" => Parts { deployment: true, ..Parts::PINS },
        "sql" => Parts { deployment: true, settings: true, ..Parts::PINS },
        "names" => Parts { code: true, ..Parts::PINS },
        "settings" | "urls" => Parts::ALL,
        // The release of Django and the server decide what a migration does.
        _ => Parts::PINS,
    }
}

/// Runs every rule that the configuration wants over `workspace`, in parallel; the order of the findings depends on
/// the input alone: path, position, code, then what the rule itself said first.
pub fn check(workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let rules: Vec<&'static Rule> = ALL.iter().copied().filter(|rule| rule.is_enabled(config)).collect();
    check_with(&rules, workspace, config)
}

/// Which rules that [judge changes](judges_changes) run over the base that a change is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// All: what they say of migrations that the base has is compared.
    All,
    /// Those whose findings matter as long as the migration is there.
    Lasting,
    /// None.
    None,
}

/// As [`check`], with only some of the rules that judge changes.
pub fn check_base(workspace: &Workspace, config: &Config, changes: Changes) -> Vec<Finding> {
    let wanted = |rule: &&Rule| {
        rule.is_enabled(config)
            && match (changes, &rule.check) {
                (Changes::All, _) => true,
                (Changes::Lasting, Check::Change(_)) => rule.id.standing == Standing::Always,
                (Changes::None, Check::Change(_)) => false,
                _ => true,
            }
    };
    let rules: Vec<&'static Rule> = ALL.iter().copied().filter(wanted).collect();
    check_with(&rules, workspace, config)
}

/// Whether the rule judges what a migration does to the state before it: what it says of a migration that is applied
/// already is history.
pub fn judges_changes(id: &RuleId) -> bool {
    ALL.iter().any(|rule| rule.id.code == id.code && matches!(rule.check, Check::Change(_)))
}

/// As [`check`], with the rules given.
fn check_with(rules: &[&'static Rule], workspace: &Workspace, config: &Config) -> Vec<Finding> {
    let whole: Vec<Job<'_>> = rules.iter().flat_map(|rule| Job::of_rule(rule, workspace)).collect();
    let migrations: Vec<(&Project, &Migration)> = workspace
        .projects
        .iter()
        .flat_map(|project| project.migrations.iter().map(move |migration| (project, migration)))
        .collect();
    let of_migrations = |(project, migration): (&Project, &Migration)| {
        let mut out = Vec::new();
        for &rule in rules {
            if let Check::Migration(check) = rule.check {
                check(project, migration, config, &mut Emit::new(rule, config, &mut out));
            }
        }
        out
    };
    let on_changes: Vec<(&'static Rule, ChangeCheck)> = rules
        .iter()
        .filter_map(|rule| match rule.check {
            Check::Change(check) => Some((*rule, check)),
            _ => None,
        })
        .collect();
    // States and statements of a project come one after the other; the rest of the work fills the other cores meanwhile.
    let (changes, mut findings) = rayon::join(
        || -> Vec<Finding> {
            if on_changes.is_empty() {
                return Vec::new();
            }
            let projects = workspace.projects.par_iter();
            projects.flat_map_iter(|project| check_changes(&on_changes, project, workspace, config)).collect()
        },
        || -> Vec<Finding> {
            let mut findings: Vec<Finding> =
                whole.into_par_iter().flat_map_iter(|job| job.run(config)).collect();
            findings.par_extend(migrations.into_par_iter().flat_map_iter(of_migrations));
            findings
        },
    );
    findings.extend(changes);
    sort(&mut findings);
    findings
}

/// The function of a [`Check::Change`].
type ChangeCheck = fn(&Change<'_>, &Config, &mut Emit<'_>);

/// Runs the rules on model states over the migrations of one project.
fn check_changes(
    rules: &[(&'static Rule, ChangeCheck)],
    project: &Project,
    workspace: &Workspace,
    config: &Config,
) -> Vec<Finding> {
    let classes = project.field_classes(&workspace.snapshot);
    let context = project.state_context(&classes);
    let states = project.states(&context);
    let basis = Basis::of(project, config);
    let run = Run::new(&states, &context, basis.django, &basis.server);
    let statements = Statements::new(project, run);
    let steps: Vec<_> = states.iter().collect();
    let first_new =
        steps.iter().find(|step| change::is_pending(project, step.migration)).map(|step| &step.before);
    let of_step = |step| {
        let change = Change::new(project, step, first_new, &context, (&statements, &basis));
        let mut out = Vec::new();
        for (rule, check) in rules {
            check(&change, config, &mut Emit::new(rule, config, &mut out));
        }
        out
    };
    steps.par_iter().copied().flat_map_iter(of_step).collect()
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
            Check::Migration(_) | Check::Change(_) | Check::Triage => Vec::new(),
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
