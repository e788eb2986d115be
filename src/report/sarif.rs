//! SARIF 2.1.0 for code scanning.
//!
//! Shaped by what GitHub reads: all rules always listed in the same order, four numbers in every region, paths
//! relative to the repository and percent-encoded, GitHub's own line hash beside the fingerprint of this program.
//! Hidden findings are left out and counted in a notification; so is everything that was not analysed.

mod fixes;
mod line_hash;
mod uri;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::sync::Arc;

use serde_sarif::sarif;

use super::summary::Topic;
use super::words::Words;
use super::{Options, Report, json_text, links, page_text, summary, visible};
use crate::findings::{Finding, Lang, Place, RuleId, Severity};
use crate::rules;

/// GitHub keeps this many results of an upload and drops the rest.
const MAX_RESULTS: usize = 5_000;

/// GitHub refuses longer descriptions.
const MAX_TEXT: usize = 1_024;

/// Related places that are listed; GitHub shows no more.
const MAX_RELATED: usize = 9;

/// Where the schema of the format lives, as GitHub's documentation names it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    json_text::write(&log(report, options), out)
}

fn log(report: &Report, options: &Options) -> sarif::Sarif {
    let rules = Rules::of(report);
    let (results, left_out) = results(report, &rules);
    let invocation = sarif::Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(notifications(report, options, left_out))
        .build();
    let run = sarif::Run::builder()
        .tool(sarif::Tool::builder().driver(driver(report, &rules)).build())
        // The part before the last slash is the category.
        .automation_details(
            sarif::RunAutomationDetails::builder().id(format!("{}/", options.category)).build(),
        )
        .column_kind("unicodeCodePoints")
        .invocations([invocation])
        .results(results)
        .build();
    sarif::Sarif::builder().schema(SCHEMA).version("2.1.0").runs([run]).build()
}

/// The rules in the order in which they are listed.
struct Rules {
    ids: Vec<&'static RuleId>,
    index: HashMap<&'static str, i64>,
}

impl Rules {
    /// All rules of the program, then whatever else an embedding program reports.
    fn of(report: &Report) -> Self {
        let mut ids: Vec<&'static RuleId> = rules::ALL.iter().map(|rule| &rule.id).collect();
        let others: BTreeMap<&str, &'static RuleId> =
            report.findings.iter().map(|finding| (finding.rule.code, finding.rule)).collect();
        let own: Vec<&str> = ids.iter().map(|id| id.code).collect();
        ids.extend(others.values().filter(|rule| !own.contains(&rule.code)));
        let index = ids.iter().zip(0..).map(|(id, at)| (id.code, at)).collect();
        Self { ids, index }
    }
}

fn driver(report: &Report, rules: &Rules) -> sarif::ToolComponent {
    let version = env!("CARGO_PKG_VERSION");
    sarif::ToolComponent::builder()
        .name("bklog-lint")
        .version(version)
        .semantic_version(version)
        .information_uri(links::HOME)
        .rules(rules.ids.iter().map(|id| descriptor(id, report.lang)).collect::<Vec<_>>())
        .notifications(Told::ALL.map(|told| {
            sarif::ReportingDescriptor::builder()
                .id(told.id())
                .short_description(text(told.description()))
                .build()
        }))
        .build()
}

fn descriptor(rule: &RuleId, lang: Lang) -> sarif::ReportingDescriptor {
    let page = page_text::PageText::of(rule, lang);
    let problem = match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    let properties = sarif::PropertyBag::builder()
        .tags(["django", "mysql", "upgrade", rule.family].map(str::to_owned))
        .additional_properties([("problem.severity".to_owned(), problem.into())])
        .build();
    let configuration = sarif::ReportingConfiguration::builder().level(level_key(rule.severity)).build();
    sarif::ReportingDescriptor::builder()
        .id(rule.code)
        .name(rule.name)
        .short_description(text(&page.title))
        .full_description(text(&page.summary))
        .help(sarif::MultiformatMessageString::builder().text(page.plain).markdown(page.markdown).build())
        .help_uri(links::rule_page(rule))
        .default_configuration(configuration)
        .properties(properties)
        .build()
}

fn text(text: &str) -> sarif::MultiformatMessageString {
    sarif::MultiformatMessageString::builder().text(visible::cut(text, MAX_TEXT)).build()
}

/// The results in the order of the report, and how many were left out. Of too many the worst are kept.
fn results(report: &Report, rules: &Rules) -> (Vec<sarif::Result>, usize) {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    let left_out = findings.len().saturating_sub(MAX_RESULTS);
    if left_out > 0 {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.truncate(MAX_RESULTS);
    }
    let mut hashes: HashMap<Arc<str>, Vec<String>> = HashMap::new();
    let results = findings.into_iter().map(|finding| result(report, rules, finding, &mut hashes)).collect();
    (results, left_out)
}

fn result(
    report: &Report,
    rules: &Rules,
    finding: &Finding,
    hashes: &mut HashMap<Arc<str>, Vec<String>>,
) -> sarif::Result {
    let place = &finding.place;
    let lines = hashes.entry(place.path.clone()).or_insert_with(|| {
        report.texts.get(&place.path).map(|text| line_hash::line_hashes(text)).unwrap_or_default()
    });
    // A file of which there is no text has no line to hash; the fingerprint keeps uploads from piling up.
    let line_hash = lines
        .get(place.start.line as usize - 1)
        .cloned()
        .unwrap_or_else(|| format!("{}:1", finding.fingerprint.get(..16).unwrap_or(&finding.fingerprint)));
    let fingerprints = BTreeMap::from([
        ("primaryLocationLineHash".to_owned(), line_hash),
        ("bklogLint/v1".to_owned(), finding.fingerprint.clone()),
    ]);
    let related: Vec<sarif::Location> = finding
        .related
        .iter()
        .take(MAX_RELATED)
        .zip(1i64..)
        .map(|((place, label), id)| {
            sarif::Location::builder()
                .id(id)
                .message(message(&plain(label.get(report.lang))))
                .physical_location(physical_location(report, place))
                .build()
        })
        .collect();
    let location = sarif::Location::builder().physical_location(physical_location(report, place)).build();
    let mut result = sarif::Result::builder()
        .rule_id(finding.rule.code)
        .level(match finding.severity {
            Severity::Error => sarif::ResultLevel::Error,
            Severity::Warning => sarif::ResultLevel::Warning,
            Severity::Info => sarif::ResultLevel::Note,
        })
        .message(message(&message_text(report, finding)))
        .locations([location])
        .partial_fingerprints(fingerprints)
        .build();
    result.rule_index = rules.index.get(finding.rule.code).copied();
    result.fixes = finding.fix.as_ref().and_then(|fix| fixes::of(report, fix));
    result.related_locations = (!related.is_empty()).then_some(related);
    result
}

/// What is wrong, what to do, and the related places as links, which GitHub shows in no other way.
fn message_text(report: &Report, finding: &Finding) -> String {
    let words = Words(report.lang);
    let mut text = plain(finding.message.get(report.lang));
    let help = finding.help.get(report.lang);
    if !help.is_empty() {
        text = format!("{text}\n{}{}{}", words.help(), words.colon(), plain_lines(help));
    }
    text = visible::cut(&text, MAX_TEXT).into_owned();
    for ((_, label), id) in finding.related.iter().take(MAX_RELATED).zip(1..) {
        // Brackets would end the link's text.
        let label = plain(label.get(report.lang)).replace(['[', ']'], "|");
        text = format!("{text}\n[{}]({id})", visible::cut(&label, 100));
    }
    text
}

/// Text of which nothing is taken for a link: in SARIF messages `[text](target)` is one.
fn plain(text: &str) -> String {
    visible::line(text).replace("](", "] (")
}

fn plain_lines(text: &str) -> String {
    visible::lines(text).replace("](", "] (")
}

fn message(text: &str) -> sarif::Message {
    sarif::Message::builder().text(text).build()
}

fn physical_location(report: &Report, place: &Place) -> sarif::PhysicalLocation {
    sarif::PhysicalLocation::builder()
        .artifact_location(artifact(report, &place.path))
        .region(region(place))
        .build()
}

fn region(place: &Place) -> sarif::Region {
    sarif::Region::builder()
        .start_line(place.start.line)
        .start_column(place.start.column)
        .end_line(place.end.line)
        .end_column(place.end.column)
        .build()
}

fn artifact(report: &Report, path: &str) -> sarif::ArtifactLocation {
    sarif::ArtifactLocation::builder().uri(uri::relative(&report.root.repository_path(path))).build()
}

/// What notifications speak of.
#[derive(Clone, Copy)]
enum Told {
    NotAnalysed,
    LeftOut,
    Summary,
}

impl Told {
    const ALL: [Self; 3] = [Self::NotAnalysed, Self::LeftOut, Self::Summary];

    fn id(self) -> &'static str {
        match self {
            Self::NotAnalysed => "not-analysed",
            Self::LeftOut => "results-left-out",
            Self::Summary => "summary",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::NotAnalysed => "A file or folder was not analysed; nothing is known of it.",
            Self::LeftOut => "There are more results than code scanning accepts.",
            Self::Summary => "What was analysed, what was hidden, what is not known.",
        }
    }

    fn notification(self, level: &str, told: &str) -> sarif::Notification {
        sarif::Notification::builder()
            .descriptor(sarif::ReportingDescriptorReference::builder().id(self.id()).build())
            .level(level)
            .message(message(told))
            .build()
    }
}

fn notifications(report: &Report, options: &Options, left_out: usize) -> Vec<sarif::Notification> {
    let words = Words(report.lang);
    let mut out = Vec::new();
    if left_out > 0 {
        out.push(Told::LeftOut.notification("warning", &words.more_findings(left_out)));
    }
    for (path, why) in &report.summary.not_analysed {
        let mut told = Told::NotAnalysed.notification("warning", &plain(why.get(report.lang)));
        let location = sarif::PhysicalLocation::builder().artifact_location(artifact(report, path)).build();
        told.locations = Some(vec![sarif::Location::builder().physical_location(location).build()]);
        out.push(told);
    }
    for block in summary::blocks(report, options).iter().filter(|block| block.topic != Topic::Notices) {
        out.push(Told::Summary.notification("note", &plain(&block.heading)));
    }
    for notice in &report.summary.notices {
        out.push(Told::Summary.notification("note", &plain(notice.get(report.lang))));
    }
    out
}

fn level_key(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
