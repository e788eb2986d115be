//! The page of `plan`.

mod pictures;

use std::io::{self, Write};

use maud::{Markup, html};

use super::emergency;
use super::outline::{self, Block};
use crate::django::Key;
use crate::findings::{Bilingual, Lang};
use crate::plan::cost::Estimate;
use crate::plan::difference::Difference;
use crate::plan::{Outlook, Pending, Plan, ProjectPlan};
use crate::report::html::sql::{Migration, statements};
use crate::report::html::{
    Cell, Grid, Page, Plain, Section, Tile, Tone, Verdict, badge, both, elsewhere, figure, guide, say,
    timeline,
};
use crate::report::visible;
#[cfg(feature = "gate")]
pub(crate) use pictures::minutes;
use pictures::{components_graph, lanes, pending_graph};

/// Characters of a value that changes; the JSON has all.
const VALUE: usize = 160;

/// Points of a list that are shown at once; the rest unfolds.
const POINTS: usize = 12;

/// Writes the plan as a page that opens in `lang`.
///
/// # Errors
/// Those of `out`.
pub fn plan_html(plan: &Plan, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        lang,
        kind: ("upgrade plan", "升级计划"),
        title: title(&plan.from, &plan.to),
        verdict: verdict(plan),
        tiles: tiles(plan),
        facts: facts(plan),
        sections: sections(plan),
    };
    page.write(out)
}

fn title(from: &str, to: &Bilingual) -> Bilingual {
    // The whole name of a commit is among the facts.
    let short = |name: &str| match name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => name.chars().take(12).collect(),
        false => name.to_owned(),
    };
    let (from, en, zh) = (short(from), short(&to.en), short(&to.zh));
    Bilingual::new(format!("Upgrade from {from} to {en}"), format!("从 {from} 升级到 {zh}"))
}

fn pending(plan: &Plan) -> impl Iterator<Item = &Pending> + Clone {
    plan.projects.iter().flat_map(|project| &project.pending)
}

fn verdict(plan: &Plan) -> Verdict {
    let blockers = plan.blockers();
    let waits = pending(plan).filter(|one| one.blocks_writes == Some(true)).count();
    let doubts = pending(plan).filter(|one| one.blocks_writes.is_none()).count();
    let lost = plan.rollback.destroys.iter().filter(|one| one.forwards).count();
    let points = [
        (waits, "Migrations that make writes wait", "执行期间写入等待的迁移"),
        (doubts, "Migrations of which it is not known whether writes wait", "不确定写入是否等待的迁移"),
        (
            plan.rollback.irreversible.len(),
            "Operations that Django cannot take back, or it is not known",
            "不可由 Django 回滚或无法确定的操作",
        ),
        (plan.findings.len(), "What the check finds in this upgrade", "检查在本次升级中发现的问题"),
        (
            lost,
            "Tables or columns that are destroyed; only the backup brings them back",
            "会被删除、只能从备份恢复的表或列",
        ),
    ];
    let not_known = plan.not_known();
    let has_points = points.iter().any(|(n, ..)| *n > 0);
    let (tone, word) = match plan.outlook() {
        Outlook::Errors(n) => (
            Tone::Bad,
            html! { (say("The check finds errors in this upgrade: ", "检查在本次升级中发现错误：")) (n) },
        ),
        Outlook::NotKnown => (
            Tone::Unknown,
            say("Whether something stands in the way is not known altogether", "是否存在阻碍尚不能完全确定"),
        ),
        Outlook::Open if has_points => (
            Tone::Warn,
            say(
                "Nothing stands in the way; there is something to decide",
                "没有阻碍升级的问题；有事项需要决定",
            ),
        ),
        Outlook::Open => (Tone::Good, say("Nothing stands in the way", "没有阻碍升级的问题")),
        Outlook::Blocked => (
            Tone::Bad,
            html! { (say("Must be mended first: ", "升级前必须处理：")) (figure("/blockers", blockers.len())) },
        ),
    };
    let why = html! {
        @if !blockers.is_empty() { ul { @for blocker in &blockers { li { (both(blocker)) } } } }
        @if !not_known.is_empty() { ul { @for why in &not_known { li { (both(why)) } } } }
        @if has_points {
            ul { @for (n, en, zh) in points.iter().filter(|(n, ..)| *n > 0) { li { (say(en, zh)) ": " b { (n) } } } }
        }
    };
    Verdict { tone, word, why }
}

fn tiles(plan: &Plan) -> Vec<Tile> {
    let count = |wanted: fn(&Pending) -> bool| pending(plan).filter(|one| wanted(one)).count();
    let of = |tone: Tone, n: usize, en, zh, query: &str| Tile {
        tone: if n > 0 { tone } else { Tone::Off },
        label: say(en, zh),
        value: figure(query, n),
    };
    let (low, high) = plan.window.total();
    let base = "/projects/*/pending";
    vec![
        of(Tone::Off, count(|_| true), "pending migrations", "待执行的迁移", base),
        of(
            Tone::Bad,
            count(|one| one.blocks_writes == Some(true)),
            "make writes wait",
            "写入等待",
            &format!("{base}[blocks_writes=true]"),
        ),
        of(
            Tone::Bad,
            count(|one| one.reversible == Some(false)),
            "cannot be taken back",
            "不可回滚",
            &format!("{base}[reversible=false]"),
        ),
        of(
            Tone::Unknown,
            count(|one| one.estimate.is_err()),
            "of unknown length",
            "耗时未知",
            &format!("{base}[estimate_seconds=null]"),
        ),
        Tile {
            tone: Tone::Off,
            label: say("minutes in all", "总分钟数"),
            value: html! { (figure("/window/minutes/low", low)) "–" (figure("/window/minutes/high", high)) },
        },
    ]
}

fn facts(plan: &Plan) -> Vec<(Markup, Markup)> {
    let server = html! {
        (figure("/server", &plan.server))
        @if !plan.server_is_named { " " span.muted { (say("(nobody named one: --server, or [database] server)", "（未指定：可用 --server 或 [database] server）")) } }
    };
    let mut facts = vec![
        (say("From", "当前版本"), html! { code { (Plain(&plan.from)) } }),
        (say("To", "目标版本"), both(&plan.to)),
        (say("Server", "数据库服务器"), server),
    ];
    for project in &plan.projects {
        let django = match project.django {
            Some(django) => html! { "Django " (django) },
            None => say(
                "no single release of Django is pinned, so no statement is known",
                "没有锁定唯一的 Django 版本，因此不知道语句",
            ),
        };
        facts.push((html! { (Plain(&project.name)) }, django));
    }
    facts
}

fn sections(plan: &Plan) -> Vec<Section> {
    let changes = |which: fn(&ProjectPlan) -> &Vec<Difference>, key: &'static str, en, zh| {
        differences(plan, which, key, en, zh)
    };
    let environment = [
        changes(|one| &one.differences.settings, "settings", "Settings that change", "变化的配置项"),
        changes(
            |one| &one.differences.environment,
            "environment",
            "Environment variables that change",
            "变化的环境变量",
        ),
        changes(
            |one| &one.differences.iam,
            "iam",
            "What changes in the access centre (IAM)",
            "权限中心（IAM）的变化",
        ),
    ];
    let pins = changes(|one| &one.differences.pins, "pins", "Pins that change", "变化的依赖版本");
    let components = changes(
        |one| &one.differences.components,
        "components",
        "What the package needs of components",
        "对组件版本要求的变化",
    );
    let order = (!plan.sequence.is_empty()).then(|| outlined_if(|lang| emergency::order(plan, lang)));
    let nothing = || {
        elsewhere(
            "Nothing changes here, or the start is a database, which does not tell.",
            "没有变化，或起点为数据库而无从得知。",
        )
    };
    let joined = |parts: &[Option<Markup>]| match parts.iter().any(Option::is_some) {
        true => html! { @for part in parts.iter().flatten() { (part) } },
        false => nothing(),
    };
    [
        guide("environment", Some(joined(&environment))),
        guide("dependencies", Some(joined(&[pins]))),
        guide("backup", Some(backup(plan))),
        guide("migrations", Some(html! { @for (at, project) in plan.projects.iter().enumerate() { (migrations(at, project)) } })),
        guide("risk", Some(risk(plan))),
        guide("window", Some(window(plan))),
        guide("components", Some(joined(&[components_graph(plan), components, order]))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn differences(
    plan: &Plan,
    which: fn(&ProjectPlan) -> &Vec<Difference>,
    key: &str,
    en: &str,
    zh: &str,
) -> Option<Markup> {
    let several = plan.projects.len() > 1;
    let all: Vec<(&ProjectPlan, &Difference)> = plan
        .projects
        .iter()
        .flat_map(|project| which(project).iter().map(move |one| (project, one)))
        .collect();
    let value = |text: &Option<String>| match text {
        Some(text) => html! { code { (Plain(&visible::cut(text, VALUE))) } },
        None => html! { span.muted { "—" } },
    };
    (!all.is_empty()).then(|| html! {
        h3 { (say(en, zh)) " (" (figure(&format!("/projects/*/{key}"), all.len())) ")" }
        table.stack.diff {
            thead { tr { th scope="col" { (say("Name", "名称")) } th scope="col" { (say("Is", "当前")) } th scope="col" { (say("Becomes", "变为")) } th scope="col" { (say("Place", "位置")) } } }
            tbody { @for (project, one) in &all {
                tr {
                    th scope="row" { code { (Plain(&one.name)) } @if several { " " span.muted { (Plain(&project.name)) } } }
                    td { (value(&one.from)) }
                    td { (value(&one.to)) }
                    td { code.muted { (Plain(&one.path)) ":" (one.line) } }
                }
            } }
        }
    })
}

/// What only the backup brings back.
fn backup(plan: &Plan) -> Markup {
    let rollback = &plan.rollback;
    let lost: Vec<_> = rollback.destroys.iter().filter(|one| one.forwards).collect();
    html! {
        @if lost.is_empty() {
            p { (say("No statement that is known destroys a table or a column.", "已知语句不会删除表或列。")) }
        } @else {
            p { (say("Tables or columns that are destroyed; only the backup brings them back: ", "会被删除、只能从备份恢复的表或列：")) (figure("/rollback/destroys[when=upgrade]", lost.len())) }
            ul.points { @for one in lost { li { (both(&one.what)) " " (key(&one.migration)) } } }
        }
        @if !rollback.not_known.is_empty() {
            p { (badge(Tone::Unknown, "not known", "未知")) " " (figure("/rollback/not_known", rollback.not_known.len())) " " (say("operations of which it is not known what they destroy", "个操作不知道会删除什么")) }
        }
        (elsewhere("The gate (bklog-lint gate) holds the backups themselves to the databases.", "升级门禁（bklog-lint gate）会对照数据库检查备份本身。"))
    }
}

fn key((app, name): &Key) -> Markup {
    html! { code { (Plain(app)) "." (Plain(name)) } }
}

fn migrations(at: usize, project: &ProjectPlan) -> Markup {
    let query = format!("/projects/{at}/pending");
    let n = project.pending.len();
    let list: Vec<Migration<'_>> = project
        .pending
        .iter()
        .enumerate()
        .map(|(at, pending)| Migration {
            heading: heading(at, pending),
            open: wants_a_look(pending),
            entries: &pending.entries,
        })
        .collect();
    html! {
        h3 { (Plain(&project.name)) ": " (figure(&query, n)) " " (say("pending migrations", "个待执行的迁移")) }
        @if n == 0 { p { (say("No migration is run.", "没有要执行的迁移。")) } }
        @else {
            (pending_graph(at, project))
            (way_and_writes(&query, at, project))
            (statements(&format!("statements-{at}"), &format!("{query}/*/sql"), &list))
        }
    }
}

/// Whether it makes others wait, cannot be taken back, or is not known in some way.
fn wants_a_look(pending: &Pending) -> bool {
    pending.blocks_writes != Some(false) || pending.reversible != Some(true)
}

/// What is said of a migration above its statements.
fn heading(at: usize, pending: &Pending) -> Markup {
    html! {
        (at + 1) ". " code { (Plain(&pending.app)) "." (Plain(&pending.name)) } " "
        @match pending.blocks_writes {
            Some(true) => { (badge(Tone::Bad, "writes wait", "写入等待")) " " }
            Some(false) => {}
            None => { (badge(Tone::Unknown, "writes: not known", "写入：未知")) " " }
        }
        @match pending.reversible {
            Some(true) => {}
            Some(false) => { (badge(Tone::Warn, "cannot be taken back", "不可回滚")) " " }
            None => { (badge(Tone::Unknown, "way back: not known", "能否回滚：未知")) " " }
        }
        span.muted { (takes(&pending.estimate)) }
    }
}

fn takes(estimate: &Result<Estimate, Bilingual>) -> Markup {
    match estimate {
        Ok(estimate) => say(&outline::seconds(estimate, Lang::En), &outline::seconds(estimate, Lang::Zh)),
        Err(why) => html! { (say("no estimate: ", "无法估时：")) (both(why)) },
    }
}

fn tone(pending: &Pending) -> Tone {
    match (pending.blocks_writes, pending.reversible) {
        (Some(true), _) => Tone::Bad,
        (_, Some(false)) => Tone::Warn,
        (None, _) | (_, None) => Tone::Unknown,
        _ => Tone::Good,
    }
}

/// The matrix: what a migration does to the service, and whether Django can take it back.
fn way_and_writes(query: &str, at: usize, project: &ProjectPlan) -> Markup {
    let writes = [Some(false), None, Some(true)];
    let ways = [Some(true), None, Some(false)];
    let word = |value: Option<bool>| value.map_or("null".to_owned(), |value| value.to_string());
    let rows = ways.into_iter().map(|way| {
        let cells = writes.into_iter().map(|waits| {
            let n = project
                .pending
                .iter()
                .filter(|one| one.reversible == way && one.blocks_writes == waits)
                .count();
            let query = format!("{query}[reversible={}][blocks_writes={}]", word(way), word(waits));
            let tone = match (way, waits) {
                (Some(true), Some(false)) => Tone::Good,
                (Some(false), Some(true)) => Tone::Bad,
                (None, None) => Tone::Unknown,
                _ => Tone::Warn,
            };
            Cell::count(n, figure(&query, n), tone)
        });
        let name = match way {
            Some(true) => say("Django takes it back", "可由 Django 回滚"),
            Some(false) => say("only the backup takes it back", "只能用备份恢复"),
            None => say("way back not known", "能否回滚未知"),
        };
        (name, cells.collect())
    });
    let columns =
        vec![say("writes go on", "写入不受影响"), say("not known", "未知"), say("writes wait", "写入等待")];
    Grid {
        id: if at == 0 { "matrix" } else { "matrix-more" },
        caption: say(
            "Risk matrix: migrations by their effect on the service and their way back",
            "风险矩阵：按对服务的影响和回滚方式统计迁移",
        ),
        corner: say("Way back", "回滚方式"),
        columns,
        rows: rows.collect(),
    }
    .markup()
}

/// Sections of the outline in both languages: what they say is said once for text, Markdown and this page.
fn outlined(titled: bool, section: impl Fn(Lang) -> outline::Section) -> Markup {
    let blocks = |lang| {
        let section = section(lang);
        let mut out = html! {};
        let mut points: Vec<String> = Vec::new();
        let flush = |points: &mut Vec<String>| {
            let list = std::mem::take(points);
            let (first, rest) = list.split_at(list.len().min(POINTS));
            html! {
                @if !first.is_empty() { ul.points { @for point in first { li { (Plain(point)) } } } }
                @if !rest.is_empty() {
                    details.alt.list { summary { (say(&format!("{} more", rest.len()), &format!("另有 {} 项", rest.len()))) } ul.points { @for point in rest { li { (Plain(point)) } } } }
                }
            }
        };
        for block in section.blocks {
            match block {
                Block::Point(text) => points.push(text),
                Block::Line(text) => out = html! { (out) (flush(&mut points)) p { (Plain(&text)) } },
                Block::Code(lines) => {
                    out = html! { (out) (flush(&mut points)) pre { code { @for line in &lines { (Plain(line)) "\n" } } } };
                }
            }
        }
        html! { @if titled { h3 { (Plain(&section.title)) } } (out) (flush(&mut points)) }
    };
    html! { div lang="en" { (blocks(Lang::En)) } div lang="zh" { (blocks(Lang::Zh)) } }
}

fn risk(plan: &Plan) -> Markup {
    let row = |risk: &crate::plan::risk::Risk| {
        let n = risk.raised_by.len();
        let query = format!("/risks[risk={}]/*/raised_by", risk.key);
        html! {
            tr {
                th scope="row" { (both(&risk.title)) }
                td { @if n > 0 { (badge(Tone::Warn, "raised", "增加")) } @else { (badge(Tone::Good, "not raised", "未增加")) } }
                td {
                    @if n == 0 { (figure(&query, n)) }
                    @else { details.alt.list { summary { (figure(&query, n)) " " (say(if n == 1 { "reason" } else { "reasons" }, "项原因")) } ul.points { @for one in &risk.raised_by { li { (both(one)) } } } } }
                }
            }
        }
    };
    html! {
        table.stack {
            caption { (say("The risks of the guide, and what in this change raises them", "指南所列风险及本次变更的影响")) }
            thead { tr { th scope="col" { (say("Risk", "风险")) } th scope="col" { (say("In this change", "本次变更")) } th scope="col" { (say("What raises it", "原因")) } } }
            tbody { @for one in &plan.risks { (row(one)) } }
        }
        @if !plan.findings.is_empty() { (outlined_if(|lang| outline::found(plan, lang))) }
        (outlined(true, |lang| outline::rollback(plan, lang)))
        (outlined(true, |lang| emergency::emergency(plan, lang)))
    }
}

/// As [`outlined`], for a section that may have nothing to say.
fn outlined_if(section: impl Fn(Lang) -> Option<outline::Section>) -> Markup {
    let empty = || outline::Section { title: String::new(), blocks: Vec::new() };
    outlined(true, |lang| section(lang).unwrap_or_else(empty))
}

fn window(plan: &Plan) -> Markup {
    let caption = say("The upgrade: its phases, and what makes writes wait", "升级时间线：各阶段及写入等待");
    html! {
        (timeline("timeline", &caption, &lanes(plan)))
        (outlined(false, |lang| outline::window(plan, lang)))
    }
}
