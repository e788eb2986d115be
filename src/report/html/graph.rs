//! A graph as a picture: `dugong` (a port of dagre) places nodes and edges, the page draws boxes there.

use std::fmt::Write as _;

use dugong::graphlib::{Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel, Point, RankDir};
use maud::{Markup, html};
use unicode_width::UnicodeWidthStr;

use super::text::Plain;
use super::{Tone, alternative, say, scroll};
use crate::report::visible;

/// Width of a column of text and height of a line, in the picture's units; a box is a little larger than its text.
const COLUMN: f64 = 7.4;
const LINE: f64 = 17.0;
const PAD: f64 = 10.0;

/// Characters of a label that are shown in a box; the table has all.
const LABEL: usize = 40;

/// A box.
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: String,
    /// A second line, may be empty.
    pub(crate) sub: String,
    /// How it stands.
    pub(crate) tone: Tone,
    /// The same in words, for the table.
    pub(crate) state: Markup,
}

/// What comes before what: positions of nodes.
pub(crate) type Edge = (usize, usize);

/// The edges between nodes of these names, from pairs of a name and one that comes after it; what is no node is left out.
pub(crate) fn edges<'a>(names: &[&str], pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Edge> {
    let place = |wanted: &str| names.iter().position(|name| *name == wanted);
    pairs.filter_map(|(first, then)| place(first).zip(place(then))).collect()
}

/// The picture with its table. `id` is its address in the page; `down` lets it run from top to bottom.
pub(crate) fn graph(id: &str, caption: &Markup, nodes: &[Node], edges: &[Edge], down: bool) -> Markup {
    let heading = format!("{id}-caption");
    html! {
        figure {
            figcaption id=(heading) { (caption) }
            (scroll(&heading, &picture(id, &heading, nodes, edges, down)))
            (alternative(&table(nodes, edges)))
        }
    }
}

fn picture(id: &str, heading: &str, nodes: &[Node], edges: &[Edge], down: bool) -> Markup {
    let placed = place(nodes, edges, down);
    let GraphLabel { width, height, .. } = *placed.graph();
    // Room for the width of strokes.
    let (width, height) = ((width + 4.0).ceil(), (height + 4.0).ceil());
    let tip = format!("{id}-tip");
    html! {
        svg width=(width) height=(height) viewBox={ "-2 -2 " (width) " " (height) } role="img" aria-labelledby=(heading) {
            defs {
                marker id=(tip) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse" {
                    path.tip d="M0 0 8 4 0 8z" {}
                }
            }
            @for key in placed.edges() {
                @if let Some(edge) = placed.edge_by_key(key) {
                    path.edge d=(path(&edge.points)) marker-end={ "url(#" (tip) ")" } {}
                }
            }
            @for (at, node) in nodes.iter().enumerate() {
                @if let Some(NodeLabel { width, height, x: Some(x), y: Some(y), .. }) = placed.node(&at.to_string()) {
                    @let two = !node.sub.is_empty();
                    g class={ "node " (node.tone.class()) } {
                        rect x=(round(x - width / 2.0)) y=(round(y - height / 2.0)) width=(width) height=(height) rx="6" {}
                        text x=(round(*x)) y=(round(if two { y - 3.0 } else { y + 4.5 })) text-anchor="middle" { (label(&node.name)) }
                        @if two { text.sub x=(round(*x)) y=(round(y + 13.0)) text-anchor="middle" { (label(&node.sub)) } }
                    }
                }
            }
        }
    }
}

fn label(text: &str) -> String {
    visible::cut(&visible::line(text), LABEL).into_owned()
}

fn place(nodes: &[Node], edges: &[Edge], down: bool) -> Graph<NodeLabel, EdgeLabel, GraphLabel> {
    let mut graph: Graph<NodeLabel, EdgeLabel, GraphLabel> =
        Graph::new(GraphOptions { multigraph: false, compound: true, ..GraphOptions::default() });
    let rankdir = if down { RankDir::TB } else { RankDir::LR };
    graph.set_graph(GraphLabel {
        rankdir,
        nodesep: 18.0,
        ranksep: 34.0,
        edgesep: 10.0,
        ..GraphLabel::default()
    });
    graph.set_default_edge_label(EdgeLabel::default);
    for (at, node) in nodes.iter().enumerate() {
        let columns = label(&node.name).width().max(label(&node.sub).width());
        let lines = if node.sub.is_empty() { 1.0 } else { 2.0 };
        let (width, height) = ((columns as f64 * COLUMN + 2.0 * PAD).ceil(), lines * LINE + PAD);
        graph.set_node(at.to_string(), NodeLabel { width, height, ..NodeLabel::default() });
    }
    for (from, to) in edges.iter().filter(|(from, to)| from != to && from.max(to) < &nodes.len()) {
        let edge = EdgeLabel { minlen: 1, weight: 1.0, ..EdgeLabel::default() };
        graph.set_edge_with_label(from.to_string(), to.to_string(), edge);
    }
    if !nodes.is_empty() {
        dugong::layout_dagreish(&mut graph);
    }
    graph
}

fn path(points: &[Point]) -> String {
    let mut out = String::new();
    for (at, point) in points.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(out, "{}{} {}", if at == 0 { 'M' } else { 'L' }, round(point.x), round(point.y));
    }
    out
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn table(nodes: &[Node], edges: &[Edge]) -> Markup {
    html! {
        table.stack {
            thead { tr { th scope="col" { (say("Name", "名称")) } th scope="col" { (say("State", "状态")) } th scope="col" { (say("Comes after", "前置")) } } }
            tbody {
                @for (at, node) in nodes.iter().enumerate() {
                    tr {
                        th scope="row" { code { (Plain(&node.name)) } @if !node.sub.is_empty() { " " (Plain(&node.sub)) } }
                        td { (node.state) }
                        td {
                            @for (n, (from, _)) in edges.iter().filter(|(_, to)| *to == at).enumerate() {
                                @if n > 0 { ", " }
                                @if let Some(before) = nodes.get(*from) { code { (Plain(&before.name)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> Node {
        Node { name: name.to_owned(), sub: "1.2".to_owned(), tone: Tone::Good, state: html! { "ok" } }
    }

    #[test]
    fn what_comes_first_stands_first() {
        let nodes = [node("a"), node("b"), node("c")];
        let placed = place(&nodes, &[(0, 1), (1, 2)], true);
        let y = |name: &str| placed.node(name).unwrap().y.unwrap();
        assert!(y("0") < y("1") && y("1") < y("2"));
    }

    #[test]
    fn only_what_is_shown_is_joined() {
        let pairs = [("a", "b"), ("b", "c"), ("a", "c")];
        assert_eq!(edges(&["c", "a"], pairs.into_iter()), [(1, 0)]);
    }

    #[test]
    fn circles_selves_and_strangers_do_not_break_it() {
        let nodes = [node("a"), node("b"), node("<script>\u{202e}")];
        let shown = graph("g", &html! { "G" }, &nodes, &[(0, 1), (1, 0), (2, 2), (2, 9), (0, 1)], false)
            .into_string();
        assert!(shown.contains("&lt;script&gt;\\u{202e}") && !shown.contains("<script"));
        assert!(graph("g", &html! {}, &[], &[], false).into_string().contains("<svg"));
    }

    #[test]
    fn a_wide_graph_is_placed_in_time() {
        let nodes: Vec<Node> = (0..60).map(|n| node(&format!("app_{n}.0001_initial"))).collect();
        let edges: Vec<Edge> = (0..60).flat_map(|a| (a + 1..60.min(a + 8)).map(move |b| (a, b))).collect();
        let started = std::time::Instant::now();
        place(&nodes, &edges, true);
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
