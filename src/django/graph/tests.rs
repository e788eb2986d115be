use super::*;
use crate::django::migration::Target;

/// A migration in a short notation: key, then what it depends on, runs before and replaces, parted by blanks.
/// `@NAME` is a swappable setting.
#[derive(Clone)]
struct Node {
    key: Key,
    dependencies: Vec<Dependency>,
    run_before: Vec<Dependency>,
    replaces: Vec<Dependency>,
}

fn key(text: &str) -> Key {
    let (app, name) = text.split_once('.').unwrap();
    (app.into(), name.into())
}

fn list(text: &str) -> Vec<Dependency> {
    text.split_whitespace()
        .enumerate()
        .map(|(at, word)| {
            let target = match word.strip_prefix('@') {
                Some(setting) => Target::SwappableSetting(setting.into()),
                None => {
                    let (app, name) = key(word);
                    Target::Migration { app, name }
                }
            };
            Dependency { span: Span { start: at as u32, end: at as u32 + 1 }, target }
        })
        .collect()
}

fn node(name: &str, dependencies: &str) -> Node {
    Node { key: key(name), dependencies: list(dependencies), run_before: vec![], replaces: vec![] }
}

fn squash(name: &str, dependencies: &str, replaces: &str) -> Node {
    Node { replaces: list(replaces), ..node(name, dependencies) }
}

fn graph_with(nodes: &[Node], labels: &str, swappable: &[(&str, &str)]) -> Graph {
    let declarations: Vec<Declaration<'_>> = nodes
        .iter()
        .map(|node| Declaration {
            key: node.key.clone(),
            dependencies: &node.dependencies,
            run_before: &node.run_before,
            replaces: &node.replaces,
        })
        .collect();
    let labels = labels.split_whitespace().map(Arc::from).collect();
    let swappable = swappable.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Graph::from_declarations(&declarations, &labels, &swappable)
}

fn graph(nodes: &[Node]) -> Graph {
    let labels: Vec<&str> = nodes.iter().map(|node| node.key.0.as_ref()).collect();
    graph_with(nodes, &labels.join(" "), &[])
}

fn dotted(key: &Key) -> String {
    format!("{}.{}", key.0, key.1)
}

/// `child>parent` for every edge.
fn edges(graph: &Graph) -> String {
    let all: Vec<String> = graph
        .parents
        .iter()
        .flat_map(|(child, parents)| {
            parents.iter().map(move |parent| format!("{}>{}", dotted(child), dotted(parent)))
        })
        .collect();
    all.join(" ")
}

fn unresolved(graph: &Graph) -> String {
    let all: Vec<String> = graph
        .unresolved
        .iter()
        .map(|entry| format!("{}:{}.{} {}", dotted(&entry.child), entry.app, entry.name, entry.attribute))
        .collect();
    all.join(" ")
}

fn cycles(graph: &Graph) -> Vec<String> {
    graph.cycles.iter().map(|cycle| cycle.iter().map(dotted).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_line_of_history() {
    let graph = graph(&[node("a.1", ""), node("a.3", "a.2"), node("a.2", "a.1")]);
    assert_eq!(edges(&graph), "a.2>a.1 a.3>a.2");
    assert_eq!(graph.roots["a"], [Arc::<str>::from("1")]);
    assert_eq!(graph.leaves["a"], [Arc::<str>::from("3")]);
    assert_eq!(graph.edge_count(), 2);
}

#[test]
fn the_number_in_the_name_means_nothing() {
    let graph = graph(&[node("a.0001", ""), node("a.0002_b", "a.0002_a"), node("a.0002_a", "a.0001")]);
    assert_eq!(graph.leaves["a"], [Arc::<str>::from("0002_b")]);
}

#[test]
fn run_before_adds_an_edge_from_the_other_side() {
    let mut first = node("b.1", "");
    first.run_before = list("a.1 third_party.1 b.__first__");
    let graph = graph(&[node("a.1", ""), first]);
    assert_eq!(edges(&graph), "a.1>b.1");
    assert_eq!(graph.external, [Arc::<str>::from("third_party")]);
}

#[test]
fn run_before_that_names_nothing_is_unresolved() {
    let mut first = node("b.1", "");
    first.run_before = list("a.2");
    assert_eq!(unresolved(&graph(&[node("a.1", ""), first])), "b.1:a.2 run_before");
}

#[test]
fn first_and_latest_are_the_ends_of_the_other_app() {
    let graph = graph(&[
        node("a.1", ""),
        node("a.2", "a.1"),
        node("b.1", "a.__first__"),
        node("c.1", "a.__latest__"),
        node("c.2", "c.__first__ c.1"),
    ]);
    assert_eq!(edges(&graph), "a.2>a.1 b.1>a.1 c.1>a.2 c.2>c.1");
    assert_eq!(graph.unresolved, []);
}

#[test]
fn latest_of_the_own_app_and_an_app_without_migrations_lead_nowhere() {
    let nodes =
        [node("a.1", ""), node("a.2", "a.1 a.__latest__ empty.__first__ outside.__first__ outside.3")];
    let graph = graph_with(&nodes, "a empty", &[]);
    assert_eq!(unresolved(&graph), "a.2:a.__latest__ dependencies a.2:empty.__first__ dependencies");
    assert_eq!(graph.external, [Arc::<str>::from("outside")]);
}

#[test]
fn a_swappable_dependency_is_the_first_of_the_app_that_the_setting_names_or_left_out() {
    let nodes = [node("accounts.1", ""), node("a.1", "@AUTH_USER_MODEL")];
    let known = graph_with(&nodes, "a accounts", &[("AUTH_USER_MODEL", "accounts.User")]);
    assert_eq!(edges(&known), "a.1>accounts.1");
    let unknown = graph_with(&nodes, "a accounts", &[]);
    assert_eq!(edges(&unknown), "");
    assert_eq!(unknown.unresolved, []);
}

#[test]
fn migrations_of_an_app_that_is_not_migrated_are_no_nodes() {
    let graph = graph_with(&[node("a.1", "b.1"), node("b.1", "")], "a", &[]);
    assert_eq!(graph.parents.len(), 1);
    assert_eq!(graph.external, [Arc::<str>::from("b")]);
}

#[test]
fn a_squash_takes_the_place_of_what_it_replaces() {
    let graph = graph(&[
        node("a.1", "b.1"),
        node("a.2", "a.1"),
        squash("a.1_squashed_2", "b.1", "a.1 a.2"),
        node("a.3", "a.2"),
        node("b.1", ""),
        node("c.1", "a.1"),
    ]);
    assert_eq!(edges(&graph), "a.1_squashed_2>b.1 a.3>a.1_squashed_2 c.1>a.1_squashed_2");
    assert_eq!(graph.replaced[&key("a.2")], key("a.1_squashed_2"));
    assert_eq!(graph.node(&key("a.1")), Some(&key("a.1_squashed_2")));
    assert_eq!(graph.node(&key("a.9")), None);
    assert_eq!(graph.leaves["a"], [Arc::<str>::from("3")]);
}

#[test]
fn a_squash_stands_for_files_that_are_deleted_already() {
    let graph = graph(&[squash("a.1_squashed_2", "", "a.1 a.2"), node("a.3", "a.2"), node("b.1", "a.1")]);
    assert_eq!(edges(&graph), "a.3>a.1_squashed_2 b.1>a.1_squashed_2");
    assert_eq!(graph.unresolved, []);
}

#[test]
fn a_squash_of_a_squash_stands_for_all() {
    let graph = graph(&[
        node("a.1", ""),
        node("a.2", "a.1"),
        squash("a.1_squashed_2", "", "a.1 a.2"),
        node("a.3", "a.2"),
        squash("a.0_all", "", "a.1_squashed_2 a.3"),
        node("a.4", "a.3"),
        node("b.1", "a.2"),
    ]);
    assert_eq!(edges(&graph), "a.4>a.0_all b.1>a.0_all");
    assert_eq!(graph.replaced[&key("a.1")], key("a.0_all"));
    assert_eq!(graph.cycles, Vec::<Vec<Key>>::new());
}

#[test]
fn squashes_that_replace_each_other_or_themselves_end() {
    let each_other = graph(&[squash("a.1", "", "a.2"), squash("a.2", "", "a.1")]);
    assert_eq!(each_other.parents.len(), 1);
    let itself = graph(&[squash("a.1", "", "a.1 a.0"), node("a.2", "a.0")]);
    assert_eq!(edges(&itself), "a.2>a.1");
}

#[test]
fn a_squash_that_depends_on_what_it_replaces_is_a_cycle_as_in_django() {
    let graph = graph(&[node("a.1", ""), node("a.2", "a.1"), squash("a.s", "a.2", "a.1 a.2")]);
    assert_eq!(cycles(&graph), ["a.s"]);
}

#[test]
fn what_a_replaced_migration_misses_is_still_missing() {
    let graph = graph(&[node("a.1", "b.9"), squash("a.s", "", "a.1"), node("b.1", "")]);
    assert_eq!(unresolved(&graph), "a.1:b.9 dependencies");
}

#[test]
fn cycles_come_once_each_with_their_places() {
    let graph = graph(&[
        node("a.1", "b.1"),
        node("b.1", "a.1 c.1"),
        node("c.1", "b.1"),
        node("d.1", "d.1"),
        node("e.1", "a.1"),
    ]);
    assert_eq!(cycles(&graph), ["a.1 b.1", "b.1 c.1", "d.1"]);
    let places: Vec<String> = graph.cycle_edges[1]
        .iter()
        .map(|edge| format!("{}>{}@{}", dotted(&edge.child), dotted(&edge.parent), edge.span.start))
        .collect();
    assert_eq!(places, ["b.1>c.1@1", "c.1>b.1@0"]);
    assert!(!graph.cycles_cut);
}

#[test]
fn a_chain_of_100_000_takes_no_recursion_and_closes_to_one_cycle() {
    let mut nodes: Vec<Node> = (0..100_000)
        .map(|at| {
            node(&format!("a.{at:06}"), &if at == 0 { String::new() } else { format!("a.{:06}", at - 1) })
        })
        .collect();
    let chain = graph(&nodes);
    assert_eq!(chain.edge_count(), 99_999);
    assert_eq!(chain.cycles.len(), 0);
    nodes[0] = node("a.000000", "a.099999");
    let ring = graph(&nodes);
    assert_eq!(ring.cycles.len(), 1);
    assert_eq!(ring.cycles[0].len(), 100_000);
    assert_eq!(ring.cycle_edges[0].len(), 100_000);
}

#[test]
fn nested_squashes_10_000_deep_end() {
    let mut nodes = vec![node("a.000000", "")];
    nodes.extend((1..10_000).map(|at| squash(&format!("a.{at:06}"), "", &format!("a.{:06}", at - 1))));
    nodes.push(node("b.1", "a.000000"));
    assert_eq!(edges(&graph(&nodes)), "b.1>a.009999");
}

#[test]
fn a_tangle_of_cycles_is_cut_and_says_so() {
    // A ring with a short cut from every node over the next one: as many long cycles as nodes.
    let name = |at: usize| format!("a.{:06}", at % 4_000);
    let nodes: Vec<Node> =
        (0..4_000).map(|at| node(&name(at), &format!("{} {}", name(at + 1), name(at + 2)))).collect();
    let graph = graph(&nodes);
    assert!(graph.cycles_cut);
    assert!(!graph.cycles.is_empty());
    assert_eq!(graph.cycles.len(), graph.cycle_edges.len());
}
