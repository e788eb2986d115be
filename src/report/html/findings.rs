//! The list of findings, and the tables that count them.
//!
//! The rows stand in `<noscript>`: without scripts they are simply there; with scripts the browser keeps them as text,
//! and the page's script builds those that are looked at. So the file holds each of them once.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::text::{Plain, both_lines};
use super::{Grid, Tone, badge, both, figure, heat, say};
use crate::findings::{Bilingual, Finding, Place, RuleId, Severity, Suppressed};
use crate::report::excerpt::excerpt;
use crate::report::tally;
use crate::report::{Options, Report, links};
use crate::rules;

/// Columns of a source line.
const WIDTH: usize = 110;

/// Source lines that all rows may take together, in bytes: a page of thousands of findings must still open at once.
const SOURCES: usize = 400_000;

/// Rows of the table by app; more are counted together.
const APPS: usize = 40;

/// The word and colour of a severity.
pub(super) fn severity(severity: Severity) -> (Tone, &'static str, &'static str) {
    match severity {
        Severity::Error => (Tone::Bad, "error", "错误"),
        Severity::Warning => (Tone::Warn, "warning", "警告"),
        Severity::Info => (Tone::Info, "info", "提示"),
    }
}

/// Title of a rule; its name where there is no page.
pub(super) fn title(rule: &RuleId) -> Bilingual {
    let page = rules::ALL.iter().find(|one| one.id.code == rule.code).and_then(|one| one.read_page().ok());
    page.map_or_else(|| Bilingual::new(rule.name, rule.name), |page| page.title())
}

/// What the rules of these families found: one row per rule; nothing when they found nothing. `prefix` is where the JSON
/// holds the report: empty for `check`, none where it does not hold it.
pub(super) fn table_of_rules(report: &Report, families: &[&str], prefix: Option<&str>) -> Option<Markup> {
    let mut rules: BTreeMap<&str, (&'static RuleId, BTreeMap<Severity, usize>)> = BTreeMap::new();
    for finding in report.findings.iter().filter(|one| families.contains(&one.rule.family)) {
        let of = rules.entry(finding.rule.code).or_insert((finding.rule, BTreeMap::new()));
        *of.1.entry(finding.severity).or_default() += 1;
    }
    if rules.is_empty() {
        return None;
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|(rule, counts)| (std::cmp::Reverse(counts.keys().max().copied()), rule.code));
    Some(html! {
        table.stack {
            thead { tr { th scope="col" { (say("Severity", "级别")) } th scope="col" { (say("Rule", "规则")) } th scope="col" { (say("What it says", "含义")) } th.n scope="col" { (say("Findings", "数量")) } } }
            tbody {
                @for (rule, counts) in &rules {
                    tr {
                        td.fix { @for one in counts.keys().rev() { @let (tone, en, zh) = severity(*one); (badge(tone, en, zh)) " " } }
                        th.fix scope="row" { a href="#findings" data-rule=(rule.code) { (rule.code) } " " (rule.name) }
                        td { (both(&title(rule))) }
                        td.n {
                            @let n = counts.values().sum::<usize>();
                            @match prefix {
                                Some(prefix) => (figure(&format!("{prefix}/summary/by_rule/{}", rule.code), n)),
                                None => (n),
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Findings by app and family, in colours that grow with the number.
pub(crate) fn by_app(report: &Report, prefix: Option<&str>) -> Option<Markup> {
    let mut apps: BTreeMap<Option<&str>, BTreeMap<&str, usize>> = BTreeMap::new();
    for finding in &report.findings {
        *apps.entry(finding.subject.app.as_deref()).or_default().entry(finding.rule.family).or_default() += 1;
    }
    let families: BTreeSet<&str> = apps.values().flat_map(BTreeMap::keys).copied().collect();
    if families.is_empty() {
        return None;
    }
    let mut rows: Vec<(Option<&str>, BTreeMap<&str, usize>, bool)> =
        apps.into_iter().map(|(app, counts)| (app, counts, false)).collect();
    rows.sort_by_key(|(app, counts, _)| (std::cmp::Reverse(counts.values().sum::<usize>()), *app));
    let rest = rows.split_off(rows.len().min(APPS));
    if !rest.is_empty() {
        let mut sum: BTreeMap<&str, usize> = BTreeMap::new();
        for (family, n) in rest.iter().flat_map(|(_, counts, _)| counts) {
            *sum.entry(family).or_default() += n;
        }
        rows.push((None, sum, true));
    }
    let most = rows.iter().filter(|row| !row.2).flat_map(|(_, counts, _)| counts.values()).max().copied();
    let most = most.unwrap_or_default();
    let cells = |(app, counts, is_rest): &(Option<&str>, BTreeMap<&str, usize>, bool)| {
        let mut cells: Vec<_> = families
            .iter()
            .map(|family| {
                let n = counts.get(family).copied().unwrap_or_default();
                heat(n, most, html! { @if n > 0 { (n) } @else { span.muted { "·" } } })
            })
            .collect();
        let total: usize = counts.values().sum();
        let counted = match (app, prefix) {
            (Some(app), Some(prefix)) if !app.contains(['/', '[', ']']) => {
                figure(&format!("{prefix}/findings[app={app}][suppressed=null]"), total)
            }
            _ => html! { (total) },
        };
        cells.push(super::Cell { text: html! { b { (counted) } }, class: None });
        let name = match (app, is_rest) {
            (Some(app), _) => html! { (Plain(app)) },
            (None, false) => say("outside of apps", "不属于任何应用"),
            (None, true) => say(&format!("{} more apps", rest.len()), &format!("其他 {} 个应用", rest.len())),
        };
        (name, cells)
    };
    let mut columns: Vec<Markup> = families.iter().map(|family| html! { (family) }).collect();
    columns.push(say("in all", "合计"));
    let grid = Grid {
        id: "by-app",
        caption: say("Findings by app and family of rules", "各应用的问题分布"),
        corner: say("App", "应用"),
        columns,
        rows: rows.iter().map(cells).collect(),
    };
    Some(grid.markup())
}

/// All findings, to search and filter. `prefix` as for [`table_of_rules`].
pub(crate) fn register(report: &Report, options: &Options, prefix: Option<&str>) -> Markup {
    let mut findings = tally::listed(report, options.verbose);
    // The worst first; within a severity in the order of the report.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if findings.is_empty() {
        return html! { p { (say("No findings in what was analysed.", "在已分析的内容中没有发现问题。")) } };
    }
    let shared = shared_help(&findings);
    let total = findings.len();
    let counted = match prefix {
        Some(prefix) => figure(&format!("{prefix}/findings"), total),
        None => html! { (total) },
    };
    let apps: BTreeSet<&str> = findings.iter().filter_map(|finding| finding.subject.app.as_deref()).collect();
    let rules: BTreeMap<&str, &str> = findings.iter().map(|one| (one.rule.code, one.rule.name)).collect();
    html! {
        p { (counted) " " (say("findings, the worst first.", "个问题，最严重的在前。")) }
        (filters(&apps, &rules))
        noscript.rows-text { "\n" ol.rows { "\n" (rows(report, &findings, &shared)) } }
        div.more {
            button type="button" hidden { (say("Show more", "显示更多")) }
            button type="button" hidden { (say("Show all", "显示全部")) }
        }
        (of_rules(&findings, &shared))
    }
}

/// What is said of rules, once: title, page, and the remedies that several of its findings name.
fn of_rules(findings: &[&Finding], shared: &[Help<'_>]) -> Markup {
    let rules: BTreeMap<&str, &'static RuleId> =
        findings.iter().map(|one| (one.rule.code, one.rule)).collect();
    html! {
        details.alt {
            summary { (say("The rules, with remedies that several findings share", "规则说明，以及多个问题共用的处理办法")) }
            @for rule in rules.values() {
                h3 id={ "r-" (rule.code) } { a href=(links::rule_page(rule)) rel="noreferrer noopener" { (rule.code) " " (rule.name) } }
                p { (both(&title(rule))) }
                @for (at, help) in shared.iter().enumerate().filter(|(_, help)| help.rule == *rule) {
                    div.help id={ "fix-" (at) } { p { (both_lines(help.text)) } }
                }
            }
        }
    }
}

/// A remedy that several findings name.
struct Help<'a> {
    rule: &'static RuleId,
    text: &'a Bilingual,
}

fn shared_help<'a>(findings: &[&'a Finding]) -> Vec<Help<'a>> {
    let mut times: BTreeMap<(&str, &str), (usize, &'a Finding)> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| !finding.help.en.is_empty()) {
        times.entry((finding.rule.code, &finding.help.en)).or_insert((0, finding)).0 += 1;
    }
    let several = times.into_values().filter(|(n, _)| *n > 1);
    several.map(|(_, finding)| Help { rule: finding.rule, text: &finding.help }).collect()
}

fn filters(apps: &BTreeSet<&str>, rules: &BTreeMap<&str, &str>) -> Markup {
    html! {
        form.filters role="search" aria-labelledby="findings" hidden {
            label.field.search { (say("Search in all texts", "全文搜索")) input type="search" name="search" autocomplete="off"; }
            fieldset {
                legend { (say("Severity", "级别")) }
                @for one in Severity::ALL {
                    @let (_, en, zh) = severity(one);
                    label.chip { input type="checkbox" name="severity" value=(one.key()) checked; (say(en, zh)) }
                }
            }
            label.field {
                (say("Rule", "规则"))
                select name="rule" { option value="" data-en="all" data-zh="全部" { "all" } @for (code, name) in rules { option value=(code) { (code) " " (name) } } }
            }
            label.field {
                (say("App", "应用"))
                select name="app" { option value="" data-en="all" data-zh="全部" { "all" } @for app in apps { option value=(app) { (Plain(app)) } } }
            }
            label.field { (say("Path contains", "路径包含")) input type="text" name="path" autocomplete="off" spellcheck="false"; }
            button type="reset" { (say("Clear", "清除")) }
            p.muted role="status" {
                span lang="en" { span.shown data-of="fitting" {} " of " span.shown data-of="all" {} " fit; " span.shown data-of="built" {} " are shown" }
                span lang="zh" { "共 " span.shown data-of="all" {} " 个，符合条件 " span.shown data-of="fitting" {} " 个，已显示 " span.shown data-of="built" {} " 个" }
            }
        }
    }
}

fn rows(report: &Report, findings: &[&Finding], shared: &[Help<'_>]) -> Markup {
    let mut room = SOURCES;
    let at: BTreeMap<(&str, &str), usize> =
        shared.iter().enumerate().map(|(at, help)| ((help.rule.code, &*help.text.en), at)).collect();
    html! {
        @for finding in findings {
            @let source = source(report, finding, &mut room);
            @let help = at.get(&(finding.rule.code, &finding.help.en)).copied();
            (row(report, finding, source.as_ref(), help)) "\n"
        }
    }
}

/// One row, on one line of the file. Its markup is short, since there may be thousands: the word of the severity comes
/// from the style sheet, and what is said of the rule stands once below the list.
fn row(report: &Report, finding: &Finding, source: Option<&Markup>, help: Option<usize>) -> Markup {
    let (rule, place, subject) = (finding.rule, &finding.place, &finding.subject);
    let (tone, ..) = severity(finding.severity);
    let path = report.root.repository_path(&place.path);
    let link = help.map_or_else(|| format!("#r-{}", rule.code), |at| format!("#fix-{at}"));
    html! {
        li data-s=(finding.severity.key()) data-r=(rule.code) data-a=(subject.app.as_deref().unwrap_or_default()) {
            details {
                summary {
                    b class={ "s " (tone.class()) } {}
                    div { (both(&finding.message)) @if let Some(why) = &finding.suppressed { " " (accepted(why)) } }
                    small { (rule.code) " " code { (Plain(&path)) @if !place.is_whole_file() { ":" (place.start.line) } } }
                }
                div.body {
                    @if let Some(source) = source { (source) }
                    @if help.is_none() && !finding.help.en.is_empty() { p { (both_lines(&finding.help)) } }
                    @if !finding.related.is_empty() { ul { @for (place, label) in &finding.related { (related(report, place, label)) } } }
                    p { a href=(link) { (rule.name) } (about(finding)) }
                }
            }
        }
    }
}

fn related(report: &Report, place: &Place, label: &Bilingual) -> Markup {
    let path = report.root.repository_path(&place.path);
    html! { li { (both(label)) " " code { (Plain(&path)) @if !place.is_whole_file() { ":" (place.start.line) } } } }
}

/// Project, app, migration, operation, model and field, as far as they apply.
fn about(finding: &Finding) -> Markup {
    let subject = &finding.subject;
    let dotted = |parts: &[&Option<std::sync::Arc<str>>]| {
        parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(".")
    };
    let app = dotted(&[&subject.app, &subject.migration]);
    let field = dotted(&[&subject.model, &subject.field]);
    html! {
        @if let Some(project) = &subject.project { " · " (Plain(project)) }
        @if !app.is_empty() { " · " (Plain(&app)) @if let Some(n) = subject.operation_index { "[" (n) "]" } }
        @if !field.is_empty() { " · " (Plain(&field)) }
        @if let Some(name) = &finding.suggestion { " → " (Plain(name)) }
    }
}

fn accepted(why: &Suppressed) -> Markup {
    let reason = match why {
        Suppressed::Inline { reason, .. } | Suppressed::Configuration { reason, .. } => reason.as_str(),
        _ => "",
    };
    let by = tally::Hidden::from(why).key();
    html! { (badge(Tone::Off, "accepted", "已接受")) " " (by) @if !reason.is_empty() { ": " (Plain(reason)) } }
}

/// Families whose files may hold secrets: a page is handed round, so their lines stay where they are.
const PRIVATE: [&str; 4] = ["settings", "config-files", "pins", "servers"];

/// The lines of a finding, while there is room for them.
fn source(report: &Report, finding: &Finding, room: &mut usize) -> Option<Markup> {
    let place = &finding.place;
    if PRIVATE.contains(&finding.rule.family) {
        return None;
    }
    let shown = excerpt(report.texts.get(&place.path)?, place, WIDTH)?;
    *room = room.checked_sub(shown.text.len())?;
    let (before, after) = (shown.text.get(..shown.marked.start)?, shown.text.get(shown.marked.end..)?);
    let marked = shown.text.get(shown.marked.clone())?;
    // As numbers: a row is one line of the file.
    let lines = |text: &str| {
        maud::PreEscaped(html! { (text) }.into_string().replace('\n', "&#10;").replace('\t', "&#9;"))
    };
    Some(html! { pre { code { (lines(before)) mark { (lines(marked)) } (lines(after)) } } })
}
