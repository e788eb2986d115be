//! Migration graphs.

use crate::tree::{ANSWER, Tree, add, module, one_wrong_name, within};

const FIRST: &str = "[(\"box\", \"0001_initial\")]";

#[test]
fn g01_run_before_is_an_edge_of_the_other_side() {
    let first = module("[]", "[]")
        .replace("    operations", "    run_before = [(\"shelf\", \"0001_initial\")]\n    operations");
    let said = Tree::new()
        .app("shelf")
        .module("0001_initial", first)
        .migration("shelf/0001_initial", "[]", "[]")
        .check();
    said.is(&[]);
}

#[test]
fn g02_a_swappable_dependency_is_never_missing() {
    let dependencies = "[migrations.swappable_dependency(settings.AUTH_USER_MODEL)]";
    let text = format!("from django.conf import settings\n{}", module(dependencies, "[]"));
    Tree::new().module("0001_initial", &text).check().is(&[]);
    let own = Tree::new()
        .module("0001_initial", &text)
        .app("people")
        .migration("people/0001_initial", "[]", "[]")
        .file("settings.py", "AUTH_USER_MODEL = \"people.Person\"\n");
    own.check().is(&[]);
}

#[test]
fn g03_first_and_latest() {
    let dependencies =
        "[(\"shelf\", \"__first__\"), (\"auth\", \"__latest__\"), (\"elsewhere\", \"__first__\")]";
    let said = Tree::new()
        .app("shelf")
        .migration("shelf/0001_initial", "[]", "[]")
        .migration("box/0001_initial", dependencies, "[]")
        .check();
    // Only that the order floats is worth a note; nothing is missing.
    assert_eq!(said.rules(), ["GRA011"], "{}", said.text());
    assert!(!said.fails());
}

#[test]
fn g05_a_squash_beside_what_it_replaces() {
    let squash = one_wrong_name().replace(
        "    operations",
        "    replaces = [(\"box\", \"0001_initial\"), (\"box\", \"0002_next\")]\n    operations",
    );
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .migration("box/0002_next", FIRST, &format!("[{}]", add("mtime")))
        .module("0001_squashed_0002_next", squash)
        .migration("box/0003_more", "[(\"box\", \"0002_next\")]", "[]")
        .check();
    // One line of history, and each name once.
    assert_eq!(said.names(), ["ctime", "mtime"], "{}", said.text());
    assert_eq!(said.rules(), ["NAM001", "NAM001"], "{}", said.text());
}

#[test]
fn g07_two_leaves() {
    let said = Tree::new()
        .migration("box/0001_initial", "[]", "[]")
        .migration("box/0002_left", FIRST, "[]")
        .migration("box/0002_right", FIRST, "[]")
        .check();
    assert_eq!(said.rules(), ["GRA003"], "{}", said.text());
    let message = said.message("GRA003");
    assert!(message.contains("`0002_left`") && message.contains("`0002_right`"), "{message}");
}

#[test]
fn g08_one_number_twice_in_one_line_is_no_conflict() {
    let said = Tree::new()
        .migration("box/0001_initial", "[]", "[]")
        .migration("box/0002_left", FIRST, "[]")
        .migration("box/0002_right", "[(\"box\", \"0002_left\")]", "[]")
        .check();
    said.is(&[]);
}

#[test]
fn g09_a_conflict_that_was_merged() {
    let said = Tree::new()
        .migration("box/0001_initial", "[]", "[]")
        .migration("box/0002_left", FIRST, "[]")
        .migration("box/0002_right", FIRST, "[]")
        .migration("box/0003_merge", "[(\"box\", \"0002_left\"), (\"box\", \"0002_right\")]", "[]")
        .check();
    said.is(&[]);
}

#[test]
fn g10_a_cycle_is_one_finding_with_all_its_files() {
    let said = Tree::new()
        .app("shelf")
        .migration("box/0001_initial", "[(\"shelf\", \"0001_initial\")]", "[]")
        .migration("shelf/0001_initial", "[(\"box\", \"0001_initial\")]", "[]")
        .check();
    assert_eq!(said.rules(), ["GRA002"], "{}", said.text());
    let message = said.message("GRA002");
    assert!(message.contains("box.0001_initial") && message.contains("shelf.0001_initial"), "{message}");
}

#[test]
fn g11_only_ones_own_can_be_missing() {
    let dependencies = "[(\"box\", \"0001_gone\"), (\"auth\", \"0012_alter_user_first_name_max_length\"), (\"vendor\", \"0007_x\")]";
    let said = Tree::new()
        .migration("box/0001_initial", "[]", "[]")
        .migration("box/0002_next", dependencies, "[]")
        .check();
    assert_eq!(said.rules(), ["GRA001"], "{}", said.text());
    assert!(said.message("GRA001").contains("box.0001_gone"));
}

#[test]
fn g14_a_chain_of_ten_thousand() {
    let mut tree = Tree::new().migration("box/00001", "[]", "[]");
    for number in 2..=10_000 {
        let before = format!("[(\"box\", \"{:05}\")]", number - 1);
        tree = tree.migration(&format!("box/{number:05}"), &before, "[]");
    }
    let said = within(120, || tree.check());
    said.is(&[]);
    assert_eq!(said.migrations(), 10_000);
}

#[test]
fn g15_a_cycle_of_a_thousand() {
    let mut tree = Tree::new();
    for number in 0..1_000 {
        let next = format!("[(\"box\", \"{:05}\")]", (number + 1) % 1_000);
        tree = tree.migration(&format!("box/{number:05}"), &next, "[]");
    }
    let said = within(120, || tree.check());
    assert_eq!(said.rules().iter().filter(|rule| **rule == "GRA002").count(), 1);
}

#[test]
fn g16_a_fan_of_a_thousand_leaves() {
    let mut tree = Tree::new().module("0001_initial", one_wrong_name());
    for number in 2..1_002 {
        tree = tree.migration(&format!("box/{number:04}_leaf"), FIRST, "[]");
    }
    let said = within(120, || tree.check());
    assert_eq!(said.lines()[0], ANSWER);
    assert_eq!(said.rules().iter().filter(|rule| **rule == "GRA003").count(), 1, "{}", said.text());
}
