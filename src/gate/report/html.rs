//! The page of `gate`.

use std::io::{self, Write};

use maud::{Markup, html};

use super::super::check::{Check, Section, Status};
use super::super::readiness::{Readiness, Verdict};
use super::Options;
use crate::findings::Bilingual;
use crate::report::html::{
    self as page, Bar, Cell, Grid, Lane, Node, Page, Plain, Tile, Timeline, Tone, badge, both, by_app, edges,
    elsewhere, figure, graph, guide, say, timeline,
};
use crate::report::plan::{minutes as minutes_of, phase_name};
use crate::report::{self as findings_report, Report};

pub(super) fn write(
    readiness: &Readiness,
    report: Option<&Report>,
    options: Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        lang: options.lang,
        kind: ("deploy gate", "升级门禁"),
        title: Bilingual::new("Deploy gate: may the upgrade begin?", "升级门禁：可以开始升级吗？"),
        verdict: verdict(readiness),
        tiles: tiles(readiness),
        facts: facts(readiness),
        sections: sections(readiness, report, options),
    };
    page.write(out)
}

/// The word and colour of a status.
fn status(status: Status) -> (Tone, &'static str, &'static str) {
    match status {
        Status::Pass => (Tone::Good, "pass", "通过"),
        Status::Warn => (Tone::Warn, "warn", "警告"),
        Status::Fail => (Tone::Bad, "fail", "失败"),
        Status::Skip => (Tone::Off, "skip", "跳过"),
        Status::Error => (Tone::Unknown, "could not ask", "无法得知"),
    }
}

fn verdict(readiness: &Readiness) -> page::Verdict {
    let (tone, en, zh) = match readiness.verdict {
        Verdict::Go => (Tone::Good, "Go", "可以升级"),
        Verdict::NoGo => (Tone::Bad, "No-go", "不可升级"),
        Verdict::Unknown => (
            Tone::Unknown,
            "Unknown: a question that decides could not be asked",
            "未知：有决定性的问题无法得到答复",
        ),
    };
    let word = html! { (say(en, zh)) span hidden { (figure("/verdict", readiness.verdict.key())) } };
    let blocking: Vec<&Check> = readiness.checks.iter().filter(|check| check.blocks()).collect();
    let why = html! {
        @if !blocking.is_empty() {
            ul { @for check in &blocking {
                li {
                    (mark(check)) " " code { (Plain(&check.id)) } " " (both(&check.message))
                    @if !check.remedy.en.is_empty() { br; span.muted { (say("Remedy: ", "处理：")) (both(&check.remedy)) } }
                }
            } }
        }
    };
    page::Verdict { tone, word, why }
}

fn mark(check: &Check) -> Markup {
    let (tone, en, zh) = status(check.status);
    html! {
        (badge(tone, en, zh))
        @if check.optional { " " (badge(Tone::Off, "optional", "可选")) }
        @if check.waived.is_some() { " " (badge(Tone::Off, "waived", "已豁免")) }
    }
}

fn tiles(readiness: &Readiness) -> Vec<Tile> {
    let tile = |of: Status| {
        let (tone, en, zh) = status(of);
        let n = readiness.count(of);
        Tile {
            tone: if n > 0 { tone } else { Tone::Off },
            label: say(en, zh),
            value: figure(&format!("/checks[status={}]", of.key()), n),
        }
    };
    Status::ALL.into_iter().map(tile).collect()
}

fn facts(readiness: &Readiness) -> Vec<(Markup, Markup)> {
    vec![
        (say("Asked", "采集于"), html! { (format!("{:.0}", readiness.collected_at)) }),
        (say("Judged", "判定于"), html! { (format!("{:.0}", readiness.judged_at)) }),
        (say("Checks", "检查项"), figure("/checks", readiness.checks.len())),
    ]
}

fn sections(readiness: &Readiness, report: Option<&Report>, options: Options) -> Vec<page::Section> {
    let of = |section: Section| table(readiness, section);
    let or_none = |body: Option<Markup>| {
        Some(body.unwrap_or_else(|| {
            elsewhere(
                "Nothing was asked here; [gate] in the configuration names what is.",
                "此处没有检查项；由配置中的 [gate] 指定。",
            )
        }))
    };
    let risk = html! {
        (matrix(readiness))
        @for section in [Section::Risk, Section::Rollback] {
            @if let Some(table) = of(section) { @let title = section.title(); h3 { (both(&title)) } (table) }
        }
        (elsewhere("The way back is in the plan of the upgrade (bklog-lint plan).", "回滚方案见升级计划（bklog-lint plan）。"))
    };
    let window = html! {
        @if let Some(picture) = window(readiness) { (picture) }
        (or_none(of(Section::Window)).unwrap_or_default())
    };
    let components = of(Section::Components).map(|table| {
        html! {
            @if let Some(picture) = components(readiness) { (picture) }
            (table)
        }
    });
    let mut sections: Vec<page::Section> = [
        guide("environment", or_none(of(Section::Environment))),
        guide("dependencies", or_none(of(Section::Dependencies))),
        guide("backup", or_none(of(Section::Backup))),
        guide("migrations", or_none(of(Section::Migrations))),
        guide("risk", Some(risk)),
        guide("window", Some(window)),
        guide("components", or_none(components)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(report) = report {
        let options =
            findings_report::Options { verbose: options.verbose, ..findings_report::Options::default() };
        sections.push(page::Section {
            id: "findings",
            title: ("Findings of the static check", "静态检查的问题清单"),
            body: html! { @if let Some(heat) = by_app(report, None) { (heat) } (page::register(report, &options, None)) },
        });
    }
    sections
}

/// The checks of a section; none when it has none.
fn table(readiness: &Readiness, section: Section) -> Option<Markup> {
    let mut checks: Vec<&Check> = readiness.checks.iter().filter(|check| check.section == section).collect();
    if checks.is_empty() {
        return None;
    }
    // What stands in the way first.
    checks.sort_by_key(|check| (!check.blocks(), std::cmp::Reverse(check.status)));
    Some(html! {
        table.stack.checks {
            thead { tr {
                th scope="col" { (say("Status", "状态")) }
                th scope="col" { (say("Check", "检查项")) }
                th scope="col" { (say("What it means", "说明")) }
                th scope="col" { (say("Seen", "实际")) }
                th scope="col" { (say("Wanted", "期望")) }
            } }
            tbody { @for check in checks {
                tr {
                    td.fix { (mark(check)) }
                    th scope="row" { code { (Plain(&check.id)) } }
                    td {
                        (both(&check.message))
                        @if !check.remedy.en.is_empty() { br; span.muted { (both(&check.remedy)) } }
                        @if let Some(waived) = &check.waived { br; (say("Waived by ", "豁免：")) (Plain(waived)) }
                    }
                    td { (Plain(&check.observed)) }
                    td { (Plain(&check.expected)) }
                }
            } }
        }
    })
}

/// The matrix: where in the preparation which answers were.
fn matrix(readiness: &Readiness) -> Markup {
    let rows = Section::ALL
        .into_iter()
        .filter(|section| readiness.checks.iter().any(|check| check.section == *section));
    let row = |section: Section| {
        let cells = Status::ALL.into_iter().map(|of| {
            let n = readiness
                .checks
                .iter()
                .filter(|check| check.section == section && check.status == of)
                .count();
            let (tone, ..) = status(of);
            Cell::count(
                n,
                figure(&format!("/checks[section={}][status={}]", section.key(), of.key()), n),
                tone,
            )
        });
        (both(&section.title()), cells.collect())
    };
    let columns = Status::ALL.map(|of| {
        let (_, en, zh) = status(of);
        say(en, zh)
    });
    Grid {
        id: "matrix",
        caption: say("Risk matrix: answers by part of the preparation", "风险矩阵：各准备环节的检查结果"),
        corner: say("Part", "环节"),
        columns: columns.into(),
        rows: rows.map(row).collect(),
    }
    .markup()
}

/// The window with the phases in it, each at its latest.
fn window(readiness: &Readiness) -> Option<Markup> {
    let minutes = readiness.setting.window? as f64;
    let mut begin = 0.0;
    let mut lanes = Vec::new();
    for (key, low, high) in &readiness.setting.phases {
        let (en, zh) = phase_name(key);
        let words = minutes_of((*low).into(), (*high).into());
        let bar = Bar { start: begin, low: f64::from(*low), high: f64::from(*high), waits: false };
        lanes.push(Lane { name: Bilingual::new(en, zh), bar: Some(bar), words });
        begin += f64::from(*high);
    }
    let edges = vec![
        (0.0, Bilingual::new("the window opens", "窗口开始")),
        (minutes, Bilingual::new(format!("it closes: {minutes} min"), format!("窗口结束：{minutes} 分钟"))),
    ];
    let caption = say("The window, and the phases in it", "升级窗口与各阶段");
    (minutes > 0.0).then(|| timeline("timeline", &caption, &Timeline { lanes, edges }))
}

/// Components with what was seen of each, in their order.
fn components(readiness: &Readiness) -> Option<Markup> {
    let order = &readiness.setting.order;
    let names: Vec<&str> = order.before.keys().map(String::as_str).collect();
    if names.is_empty() {
        return None;
    }
    let node = |name: &&str| {
        let check = readiness.checks.iter().find(|check| check.id == format!("component.{name}"));
        let (tone, state) = match check {
            Some(check) => (status(check.status).0, html! { (mark(check)) " " (both(&check.message)) }),
            None => (Tone::Info, say("what is deployed", "本次部署")),
        };
        // The version, or what its health says; the table has both.
        let seen = check.and_then(|check| check.observed.split("; ").next());
        let sub = seen.unwrap_or_default().to_owned();
        Node { name: (*name).to_owned(), sub, tone, state }
    };
    let pairs = order
        .before
        .iter()
        .flat_map(|(name, before)| before.iter().map(move |first| (first.as_str(), name.as_str())));
    let caption = say(
        "Components in the order of their upgrade, with what was seen of each",
        "组件升级顺序及其状态和版本",
    );
    let nodes: Vec<Node> = names.iter().map(node).collect();
    Some(graph("components-graph", &caption, &nodes, &edges(&names, pairs), true))
}
