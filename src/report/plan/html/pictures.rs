//! The pictures of a plan: what is pending as a graph, and the phases as a timeline.

use std::collections::BTreeMap;
use std::sync::Arc;

use maud::{Markup, html};

use super::super::outline;
use super::{pending, takes, tone};
use crate::django::Key;
use crate::findings::Bilingual;
use crate::plan::components::Placed;
use crate::plan::cost::Estimate;
use crate::plan::{Pending, Plan, ProjectPlan};
use crate::report::html::sql::yes_no;
use crate::report::html::{
    Bar, Edge, Lane, Node, Plain, Timeline, Tone, badge, both, edges, figure, graph, say,
};

/// Migrations of which the graph shows each; of more it shows their apps.
const NODES: usize = 45;

/// Lanes of migrations that make writes wait; the table of statements has all.
const LANES: usize = 12;

/// What is pending and what it stands on.
pub(super) fn pending_graph(at: usize, project: &ProjectPlan) -> Markup {
    let id = format!("graph-{at}");
    let legend = html! {
        ul.legend {
            li { i.k-bad {} (say("writes wait", "写入等待")) } li { i.k-warn {} (say("cannot be taken back", "不可回滚")) }
            li { i.k-unk {} (say("not known", "未知")) } li { i.k-good {} (say("neither", "均不涉及")) } li { i.k-off {} (say("applied before", "已执行")) }
        }
    };
    if project.pending.len() > NODES {
        return html! { (apps_graph(&id, project)) (legend) };
    }
    let mut nodes = Vec::new();
    let mut places: BTreeMap<Key, usize> = BTreeMap::new();
    for pending in &project.pending {
        places.insert((pending.app.clone(), pending.name.clone()), nodes.len());
        let state = html! { (say("writes wait: ", "写入等待：")) (yes_no(pending.blocks_writes)) (say("; Django takes it back: ", "；Django 可回滚：")) (turned(pending.reversible)) };
        nodes.push(Node {
            name: pending.name.to_string(),
            sub: pending.app.to_string(),
            tone: tone(pending),
            state,
        });
    }
    let mut edges: Vec<Edge> = Vec::new();
    for (to, pending) in project.pending.iter().enumerate() {
        let parents = project.history.graph.parents.get(&(pending.app.clone(), pending.name.clone()));
        for parent in parents.into_iter().flatten() {
            let from = *places.entry(parent.clone()).or_insert_with(|| {
                let state = say("applied before", "已执行");
                nodes.push(Node {
                    name: parent.1.to_string(),
                    sub: parent.0.to_string(),
                    tone: Tone::Off,
                    state,
                });
                nodes.len() - 1
            });
            edges.push((from, to));
        }
    }
    let caption = say("The pending migrations and what they stand on", "待执行的迁移及其依赖");
    html! { (graph(&id, &caption, &nodes, &edges, false)) (legend) }
}

/// The components around the project in the order of their upgrade, with what the packages need of each; `None` where none is
/// known.
pub(super) fn components_graph(plan: &Plan) -> Option<Markup> {
    let components = &plan.sequence.components;
    if components.is_empty() {
        return None;
    }
    let names: Vec<&str> = components.iter().map(|one| one.name.as_str()).collect();
    let pairs = components
        .iter()
        .flat_map(|one| one.after.iter().map(move |first| (first.as_str(), one.name.as_str())));
    let node = |one: &Placed| {
        let needs: Vec<&str> = one.needs.iter().map(|(need, ..)| need.as_str()).collect();
        let state = html! {
            (both(&one.title))
            @for need in &needs { br; (say("needed: ", "要求：")) (Plain(need)) }
        };
        // What the box has no room for stands in the table.
        let sub = needs.first().map(|need| (*need).to_owned()).unwrap_or_default();
        Node {
            name: one.name.clone(),
            sub,
            tone: if needs.is_empty() { Tone::Off } else { Tone::Info },
            state,
        }
    };
    let nodes: Vec<Node> = components.iter().map(node).collect();
    let edges = edges(&names, pairs);
    let caption = html! {
        (say("Components in the order of their upgrade: ", "组件升级顺序：")) (figure("/order/components", nodes.len()))
        (say(", with what must come first: ", "，先后关系：")) (figure("/order/components/*/after", edges.len()))
    };
    let legend = html! {
        ul.legend {
            li { i.k-info {} (say("the packages need something of it", "软件包对其有要求")) }
            li { i.k-off {} (say("they need nothing of it", "无要求")) }
        }
    };
    Some(html! { (graph("components-graph", &caption, &nodes, &edges, true)) (legend) })
}

fn turned(reversible: Option<bool>) -> Markup {
    match reversible {
        Some(true) => say("yes", "是"),
        Some(false) => badge(Tone::Warn, "no", "否"),
        None => badge(Tone::Unknown, "not known", "未知"),
    }
}

/// Of many migrations, the apps: how many each has, and which wait for which.
fn apps_graph(id: &str, project: &ProjectPlan) -> Markup {
    let mut apps: BTreeMap<&Arc<str>, Vec<&Pending>> = BTreeMap::new();
    for pending in &project.pending {
        apps.entry(&pending.app).or_default().push(pending);
    }
    let places: BTreeMap<&Arc<str>, usize> = apps.keys().enumerate().map(|(at, app)| (*app, at)).collect();
    let order = [Tone::Bad, Tone::Warn, Tone::Unknown, Tone::Good];
    let nodes: Vec<Node> = apps
        .iter()
        .map(|(app, list)| {
            let worst = order.into_iter().find(|wanted| list.iter().any(|one| tone(one) == *wanted));
            let n = list.len();
            let waits = list.iter().filter(|one| one.blocks_writes == Some(true)).count();
            let state = html! { (n) " " (say("pending, of which make writes wait: ", "个待执行，其中写入等待：")) (waits) };
            Node { name: app.to_string(), sub: format!("{n}"), tone: worst.unwrap_or(Tone::Good), state }
        })
        .collect();
    let mut edges: Vec<Edge> = Vec::new();
    for pending in &project.pending {
        let parents = project.history.graph.parents.get(&(pending.app.clone(), pending.name.clone()));
        for (app, _) in parents.into_iter().flatten().filter(|(app, _)| *app != pending.app) {
            if let (Some(from), Some(to)) = (places.get(app), places.get(&pending.app)) {
                edges.push((*from, *to));
            }
        }
    }
    edges.sort_unstable();
    edges.dedup();
    let caption = say(
        "Apps with pending migrations (how many), and which wait for which",
        "有待执行迁移的应用（数量）及其依赖关系",
    );
    graph(id, &caption, &nodes, &edges, false)
}

/// A length of time, as a range where it is one.
pub(crate) fn minutes(low: u64, high: u64) -> Markup {
    html! { (low) @if low != high { "–" (high) } " " (say("min", "分钟")) }
}

/// The phases one after the other, each at its latest; below the upgrade what makes writes wait, where it can happen.
pub(super) fn lanes(plan: &Plan) -> Timeline {
    let mut lanes = Vec::new();
    let mut begin = 0.0;
    for phase in &plan.window.phases {
        let (en, zh) = outline::phase_name(phase.key);
        let (low, high) = (phase.low as f64, phase.high as f64);
        let words = minutes(phase.low, phase.high);
        lanes.push(Lane {
            name: Bilingual::new(en, zh),
            bar: Some(Bar { start: begin, low, high, waits: false }),
            words,
        });
        if phase.key == "upgrade" {
            lanes.extend(waiting(plan, begin, high));
        }
        begin += high;
    }
    let (low, high) = plan.window.total();
    let edges = vec![
        (low as f64, Bilingual::new(format!("at least {low} min"), format!("至少 {low} 分钟"))),
        (high as f64, Bilingual::new(format!("at most {high} min"), format!("至多 {high} 分钟"))),
    ];
    Timeline { lanes, edges }
}

/// Migrations that make writes wait. When one begins is known where the lengths of all before it are; else it is some
/// time in the phase.
fn waiting(plan: &Plan, begin: f64, phase: f64) -> Vec<Lane> {
    let mut before: Option<Estimate> = Some(Estimate::default());
    let mut lanes = Vec::new();
    let mut more = 0;
    for pending in pending(plan) {
        if pending.blocks_writes == Some(true) {
            if lanes.len() == LANES {
                more += 1;
            } else {
                lanes.push(waits(pending, before, begin, phase));
            }
        }
        before = before.zip(pending.estimate.as_ref().ok()).map(|(sum, one)| [sum, *one].into_iter().sum());
    }
    if more > 0 {
        let name =
            Bilingual::new(format!("{more} more: see the statements"), format!("另有 {more} 个，见语句表"));
        lanes.push(Lane { name, bar: None, words: html! {} });
    }
    lanes
}

fn waits(pending: &Pending, before: Option<Estimate>, begin: f64, phase: f64) -> Lane {
    let name = format!("{}.{}", pending.app, pending.name);
    let of_seconds = |seconds: u64| seconds as f64 / 60.0;
    let (bar, words) = match (before, &pending.blocked) {
        (Some(before), Ok(blocked)) => {
            let start = begin + of_seconds(before.low);
            let high = of_seconds(before.high.saturating_add(blocked.high).saturating_sub(before.low));
            (Bar { start, low: of_seconds(blocked.low), high, waits: true }, takes(&pending.blocked))
        }
        (None, Ok(_)) => (
            Bar { start: begin, low: 0.0, high: phase, waits: true },
            html! {
                (takes(&pending.blocked)) (say(", some time in the phase", "，在该阶段的某一时刻"))
            },
        ),
        (_, Err(_)) => (Bar { start: begin, low: 0.0, high: phase, waits: true }, takes(&pending.blocked)),
    };
    Lane { name: Bilingual::new(name.clone(), name), bar: Some(bar), words }
}
