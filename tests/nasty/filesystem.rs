//! Files and folders that are not what their names say.
#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::tree::{ANSWER, Tree, add, one_wrong_name};

const FIRST: &str = "[(\"box\", \"0001_initial\")]";

#[test]
fn f01_links_that_lead_in_circles() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    symlink("..", tree.path("box/migrations/round")).unwrap();
    symlink("0003_b.py", tree.path("box/migrations/0002_a.py")).unwrap();
    symlink("0002_a.py", tree.path("box/migrations/0003_b.py")).unwrap();
    symlink("nowhere.py", tree.path("box/migrations/0004_lost.py")).unwrap();
    let said = tree.check();
    assert_eq!(said.names(), ["ctime"], "{}", said.text());
    assert_eq!(said.migrations(), 1);
    // Each dead link once, as something that is not known.
    assert_eq!(said.not_analysed().len(), 3, "{}", said.text());
}

#[test]
fn f02_a_file_that_may_not_be_read() {
    let tree = Tree::new().module("0001_initial", one_wrong_name()).migration(
        "box/0002_next",
        FIRST,
        &format!("[{}]", add("mtime")),
    );
    let locked = tree.path("box/migrations/0002_next.py");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    fs::create_dir_all(tree.path("crate/migrations")).unwrap();
    fs::set_permissions(tree.path("crate"), fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bklog-lint"));
    if fs::File::open(&locked).is_ok() {
        // Root reads everything; another user runs a copy that it can reach.
        fs::set_permissions(tree.path(""), fs::Permissions::from_mode(0o755)).unwrap();
        let copy = tree.path("program");
        fs::copy(env!("CARGO_BIN_EXE_bklog-lint"), &copy).unwrap();
        command = Command::new(copy);
        command.uid(65534).gid(65534);
    }
    let output =
        command.current_dir(tree.path("")).env("LC_ALL", "C").args(["--all", "--format", "json"]).output();
    let output = output.unwrap();
    fs::set_permissions(tree.path("crate"), fs::Permissions::from_mode(0o755)).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for path in ["box/migrations/0002_next.py", "crate"] {
        assert!(said.contains(&format!("warning: {path}: Permission denied")), "{said}");
    }
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["NAM001", "ANA003", "ANA003"], "{json:#}");
}

#[test]
fn f03_folders_that_are_called_like_files() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    for folder in ["box/migrations/0002_folder.py", "requirements.txt", "settings.py"] {
        fs::create_dir(tree.path(folder)).unwrap();
    }
    tree.write("box/migrations/0003_package/__init__.py", "");
    tree.check().is(&[ANSWER]);
}

#[test]
fn f05_what_editors_and_python_leave_behind() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    for name in [
        "0002_x.py.bak",
        "0002_x.py~",
        ".0002_x.py.swp",
        "0002_x.pyc",
        "0002_x.PY",
        "#0002_x.py#",
        "0002_x.py.orig",
    ] {
        tree.write(
            &format!("box/migrations/{name}"),
            crate::tree::module(FIRST, &format!("[{}]", add("mtime"))),
        );
    }
    tree.write("box/migrations/__pycache__/0002_x.cpython-311.pyc", b"\xa7\r\r\n");
    let said = tree.check();
    said.is(&[ANSWER]);
    assert_eq!(said.migrations(), 1);
}

#[test]
fn f06_names_that_are_not_utf8() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    let name = std::ffi::OsStr::from_bytes(b"0002_caf\xe9.py");
    if fs::write(tree.path("box/migrations").join(name), one_wrong_name()).is_err() {
        // Some file systems take no such name; there is nothing to read then.
        return;
    }
    let said = tree.check();
    assert!(said.names().contains(&"ctime"), "{}", said.text());
    assert!(said.fails());
}

#[test]
fn f07_a_pipe_is_not_waited_for() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    let made = Command::new("mkfifo").arg(tree.path("box/migrations/0002_pipe.py")).status();
    assert!(made.is_ok_and(|status| status.success()));
    let said = crate::tree::within(30, || tree.check());
    assert_eq!(said.names(), ["ctime"], "{}", said.text());
}

#[test]
fn f08_a_folder_two_hundred_deep() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    fs::create_dir_all(tree.path(&"deep/".repeat(200))).unwrap();
    tree.check().is(&[ANSWER]);
}

#[test]
fn f09_names_that_look_like_commands() {
    let tree = Tree::new().module("0001_initial", one_wrong_name());
    for name in ["0002_\n::error::x.py", "0002_\u{1b}[2J.py", "0002_`x`|<b>.py", "0002_\u{202e}yp.x.py"] {
        tree.write(
            &format!("box/migrations/{name}"),
            crate::tree::module(FIRST, &format!("[{}]", add("mtime"))),
        );
    }
    let said = tree.check();
    assert!(said.names().contains(&"ctime"), "{}", said.text());
    assert!(!said.text().contains(['\u{1b}', '\u{202e}']));
}
