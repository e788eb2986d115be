//! Names and packages as Django's loader looks at them.

use crate::tree::{ANSWER, ONE_WRONG_NAME, Tree, add, module, one_wrong_name};

const FIRST: &str = "[(\"box\", \"0001_initial\")]";

#[test]
fn n01_django_never_sees_a_name_with_a_dot() {
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .migration("box/0002_v1.2", FIRST, &format!("[{}]", add("mtime")))
        .check();
    assert_eq!(said.rules().iter().filter(|rule| **rule == "GRA005").count(), 1, "{}", said.text());
    assert_eq!(said.names()[0], "ctime");
}

#[test]
fn n02_the_class_has_another_name() {
    let text = one_wrong_name().replace("class Migration(", "class Change(");
    Tree::new().module("0001_initial", text).check().is(&["GRA004 0001_initial.py"]);
}

#[test]
fn n03_files_that_the_loader_passes_over() {
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .module("_helpers", "OPERATIONS = []\n")
        .module("~0002_draft", one_wrong_name())
        .check();
    said.is(&[ANSWER]);
}

#[test]
fn n04_a_folder_without_init_is_said_once() {
    let tree = Tree::new().module("0001_initial", one_wrong_name()).migration(
        "box/0002_next",
        FIRST,
        &format!("[{}]", add("mtime")),
    );
    std::fs::remove_file(tree.path("box/migrations/__init__.py")).unwrap();
    let said = tree.check();
    assert_eq!(said.rules().iter().filter(|rule| **rule == "GRA006").count(), 1, "{}", said.text());
    // The names are looked at all the same.
    assert_eq!(said.names(), ["ctime", "mtime"]);
}

#[test]
fn n05_migrations_of_another_framework() {
    let own = "from ours import Step\n\n\ndef go():\n    pass\n\n\nclass Migration(Step):\n    \
               dependencies = []\n    operations = [go]\n";
    let said = Tree::new().module("0001_initial", own).check();
    said.is(&[]);
    assert_eq!((said.not_django(), said.migrations()), (1, 0));
}

#[test]
fn n06_a_module_instead_of_a_package() {
    let said = Tree::new()
        .module("0001_initial", one_wrong_name())
        .file("crate/migrations.py", one_wrong_name())
        .check();
    said.is(&[ANSWER]);
    // Alone, it is nothing to check, and that is not green.
    let tree = Tree::new().file("crate/migrations.py", module("[]", ONE_WRONG_NAME));
    std::fs::remove_dir_all(tree.path("box")).unwrap();
    std::fs::remove_file(tree.path("field_library.csv")).unwrap();
    let said = tree.check();
    said.is(&[]);
    assert!(said.nothing_to_check());
}

#[test]
fn n07_a_class_that_python_makes_elsewhere() {
    let said = Tree::new().module("0001_initial", "from .base import Migration  # noqa\n").check();
    assert!(!said.rules().contains(&"GRA004"), "{}", said.text());
}
