//! The walk over the working directory, on trees made for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bklog_lint::source::walk::{self, Exclude, WalkOptions};
use bklog_lint::source::{FileKind, ReadError, SkipReason, Snapshot};
use tempfile::TempDir;

fn tree(files: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), files);
    dir
}

fn add(root: &Path, files: &[&str]) {
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("# {file}\n")).unwrap();
    }
}

fn git(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .current_dir(root)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@example.com");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn scan(root: &Path) -> Snapshot {
    walk::snapshot(root, &WalkOptions::default())
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.iter().map(|file| file.path.as_ref()).collect()
}

fn not_read(snapshot: &Snapshot) -> Vec<String> {
    snapshot.not_read.iter().map(|note| format!("{}: {}", note.path, note.error)).collect()
}

#[test]
fn files_of_known_kinds_are_listed_in_order_and_the_rest_is_counted() {
    let dir = tree(&[
        "b/migrations/0001_initial.py",
        "b/migrations/__init__.py",
        "a.py",
        "manage.py",
        "README",
        "b/migrations/0002_x.py.bak",
        "b/migrations/0002_x.py~",
        "b/migrations/0002_x.pyc",
        "b/migrations/0002_X.PY",
        ".hidden/apps.py",
        "b/migrations/0003_dir.py/inner.py",
    ]);
    let snapshot = scan(dir.path());
    assert_eq!(
        paths(&snapshot),
        [
            ".hidden/apps.py",
            "a.py",
            "b/migrations/0001_initial.py",
            "b/migrations/0003_dir.py/inner.py",
            "b/migrations/__init__.py",
            "manage.py",
        ]
    );
    assert_eq!(snapshot.get("b/migrations/0001_initial.py").unwrap().kind, FileKind::Migration);
    assert_eq!(snapshot.other_files, 5);
    assert_eq!(snapshot.read(snapshot.get("a.py").unwrap()).unwrap(), b"# a.py\n");
    assert!(snapshot.not_read.is_empty());
}

#[test]
fn gitignore_counts_with_and_without_a_repository() {
    let files = ["keep.py", "out/gone.py", "sub/local.py", "sub/deep/local.py"];
    let dir = tree(&files);
    fs::write(dir.path().join(".gitignore"), "/out/\n").unwrap();
    fs::write(dir.path().join("sub/.gitignore"), "local.py\n!deep/local.py\n").unwrap();
    assert_eq!(paths(&scan(dir.path())), ["keep.py", "sub/deep/local.py"]);
    git(dir.path(), &["init", "-q"]);
    fs::write(dir.path().join(".git/info/exclude"), "keep.py\n").unwrap();
    assert_eq!(paths(&scan(dir.path())), ["sub/deep/local.py"]);
    assert_eq!(paths(&scan(&dir.path().join("sub"))), ["deep/local.py"]);
    let all = WalkOptions { gitignore: false, ..WalkOptions::default() };
    assert_eq!(walk::snapshot(dir.path(), &all).files.len(), 4);
}

#[test]
fn a_gitignore_above_a_folder_without_repository_is_somebody_elses() {
    let dir = tree(&["project/a.py"]);
    fs::write(dir.path().join(".gitignore"), "*\n").unwrap();
    assert_eq!(paths(&scan(&dir.path().join("project"))), ["a.py"]);
}

#[test]
fn what_git_tracks_is_read_although_gitignore_names_it() {
    let dir = tree(&[
        "app/migrations/0001_initial.py",
        "app/migrations/0002_b.py",
        "app/node_modules/x.py",
        "lib/build/a.py",
    ]);
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "-f", "."]);
    fs::write(dir.path().join(".gitignore"), "migrations/\nlib/\n").unwrap();
    add(dir.path(), &["app/migrations/0003_untracked.py"]);
    fs::remove_file(dir.path().join("app/migrations/0002_b.py")).unwrap();
    let snapshot = scan(dir.path());
    assert_eq!(paths(&snapshot), ["app/migrations/0001_initial.py", "lib/build/a.py"]);
    assert!(snapshot.not_read.is_empty(), "{:?}", snapshot.not_read);
    let below = scan(&dir.path().join("app"));
    assert_eq!(paths(&below), ["migrations/0001_initial.py"]);
}

#[test]
fn environments_and_build_output_are_skipped_and_named() {
    let dir = tree(&[
        "venv/pyvenv.cfg",
        "venv/lib/python3.11/site-packages/django/contrib/auth/migrations/0001_initial.py",
        "old/bin/activate",
        "old/lib/python2.7/os.py",
        "app/migrations/0001_initial.py",
        "lib/util.py",
        "web/node_modules/gyp/a.py",
        "app/__pycache__/a.py",
        ".tox/py/a.py",
        "x.egg-info/a.py",
        "pkg/build/lib/app/migrations/0001_initial.py",
        "image/build/migrations/0001_initial.py",
        "dist/migrations/0001_initial.py",
    ]);
    let snapshot = scan(dir.path());
    let expected = [
        "app/migrations/0001_initial.py",
        "dist/migrations/0001_initial.py",
        "image/build/migrations/0001_initial.py",
        "lib/util.py",
    ];
    assert_eq!(paths(&snapshot), expected);
    let skipped: Vec<(&str, SkipReason)> =
        snapshot.skipped.iter().map(|skipped| (skipped.path.as_ref(), skipped.reason)).collect();
    let expected = [
        (".tox", SkipReason::InstalledPackages),
        ("old/bin", SkipReason::InstalledPackages),
        ("old/lib", SkipReason::InstalledPackages),
        ("pkg/build", SkipReason::BuildOutput),
        ("venv/lib", SkipReason::InstalledPackages),
        ("web/node_modules", SkipReason::InstalledPackages),
        ("x.egg-info", SkipReason::BuildOutput),
    ];
    assert_eq!(skipped, expected);
}

#[test]
fn an_environment_in_the_projects_own_folder_does_not_hide_the_project() {
    let dir =
        tree(&["pyvenv.cfg", "lib/python3/site-packages/a.py", "bin/activate", "manage.py", "app/models.py"]);
    assert_eq!(paths(&scan(dir.path())), ["app/models.py", "manage.py"]);
}

#[test]
fn excluded_paths_are_left_out_and_counted() {
    let dir = tree(&["old/migrations/0001_a.py", "app/tests/a.py", "app/a.py", "app/gen_b.py"]);
    let patterns = ["/old".to_owned(), "tests/".to_owned(), "app/gen_*.py".to_owned()];
    let exclude = Arc::new(Exclude::new(dir.path(), &patterns).unwrap());
    let options = WalkOptions { exclude, ..WalkOptions::default() };
    let snapshot = walk::snapshot(dir.path(), &options);
    assert_eq!(paths(&snapshot), ["app/a.py"]);
    assert!(snapshot.skipped.iter().all(|skipped| skipped.reason == SkipReason::Excluded));
    assert_eq!(snapshot.skipped.len(), 3);
    // Patterns are relative to the configuration, which may stand above the scanned folder.
    assert_eq!(paths(&walk::snapshot(&dir.path().join("app"), &options)), ["a.py"]);
    let broken = Exclude::new(dir.path(), &["{a".to_owned()]).unwrap_err();
    assert_eq!(broken.0, "{a");
}

#[test]
fn loops_and_dangling_links_end_in_notes() {
    let dir = tree(&["app/migrations/0001_initial.py", "app/migrations/__init__.py"]);
    let migrations = dir.path().join("app/migrations");
    symlink("..", migrations.join("loop")).unwrap();
    symlink(".", dir.path().join("again")).unwrap();
    symlink("b.py", migrations.join("a.py")).unwrap();
    symlink("a.py", migrations.join("b.py")).unwrap();
    symlink("nowhere.py", migrations.join("0002_gone.py")).unwrap();
    symlink("nowhere", migrations.join("notes.txt")).unwrap();
    let snapshot = scan(dir.path());
    assert_eq!(paths(&snapshot), ["app/migrations/0001_initial.py", "app/migrations/__init__.py"]);
    let notes = not_read(&snapshot);
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert_eq!(notes[0], "app/migrations/0002_gone.py: the symbolic link leads nowhere");
    assert!(notes[1].starts_with("app/migrations/a.py: Too many levels of symbolic links"), "{notes:?}");
}

#[test]
fn what_a_link_leads_to_is_read_once() {
    let dir =
        tree(&["shared/app/models.py", "shared/app/migrations/0001_initial.py", "one/manage.py", "dev.py"]);
    symlink("../shared/app", dir.path().join("one/app")).unwrap();
    symlink("0001_initial.py", dir.path().join("shared/app/migrations/0002_alias.py")).unwrap();
    symlink("../dev.py", dir.path().join("one/settings.py")).unwrap();
    symlink("../dev.py", dir.path().join("one/other.py")).unwrap();
    let expected = [
        "dev.py",
        "one/manage.py",
        "one/settings.py",
        "shared/app/migrations/0001_initial.py",
        "shared/app/migrations/0002_alias.py",
        "shared/app/models.py",
    ];
    assert_eq!(paths(&scan(dir.path())), expected);
}

#[test]
fn a_link_out_of_the_scanned_folder_is_followed_inside_the_repository_only() {
    let outside = tree(&["lib/__init__.py", "data/x.txt"]);
    let dir =
        tree(&["shared/app/migrations/0001_initial.py", "shared/app/sub/a.py", "util.py", "one/manage.py"]);
    git(dir.path(), &["init", "-q"]);
    let one = dir.path().join("one");
    symlink("../shared/app", one.join("app")).unwrap();
    symlink("../shared/app/sub", one.join("sub")).unwrap();
    symlink("../util.py", one.join("util.py")).unwrap();
    symlink("..", one.join("up")).unwrap();
    symlink("../../one", dir.path().join("shared/app/back")).unwrap();
    symlink(outside.path().join("lib"), one.join("lib")).unwrap();
    symlink(outside.path().join("data"), one.join("data")).unwrap();
    let snapshot = scan(&one);
    assert_eq!(paths(&snapshot), ["app/migrations/0001_initial.py", "app/sub/a.py", "manage.py", "util.py"]);
    assert_eq!(not_read(&snapshot), ["lib: the symbolic link leads out of the repository"]);
    let whole = scan(dir.path());
    assert_eq!(
        paths(&whole),
        ["one/manage.py", "shared/app/migrations/0001_initial.py", "shared/app/sub/a.py", "util.py"]
    );
}

#[test]
fn unreadable_folders_and_odd_files_are_noted() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&["app/migrations/0001_initial.py", "app/migrations/0002_next.py", "shut/a.py"]);
    let closed = dir.path().join("app/migrations/0002_next.py");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(dir.path().join("shut"), fs::Permissions::from_mode(0o000)).unwrap();
    let made = Command::new("mkfifo").arg(dir.path().join("pipe.py")).status().unwrap();
    assert!(made.success());
    let may_read_all = fs::read(&closed).is_ok();
    let snapshot = scan(dir.path());
    assert!(not_read(&snapshot).contains(&"pipe.py: not a regular file".to_owned()));
    assert!(snapshot.get("app/migrations/0002_next.py").is_some());
    if !may_read_all {
        assert!(not_read(&snapshot)[1].starts_with("shut: Permission denied"), "{:?}", not_read(&snapshot));
        let refused = snapshot.read(snapshot.get("app/migrations/0002_next.py").unwrap());
        assert!(matches!(refused, Err(ReadError::Io(_))));
    }
    fs::set_permissions(dir.path().join("shut"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn names_that_are_not_utf_8_are_shown_in_bytes_and_read() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tree(&["app/a.py"]);
    let name = OsStr::from_bytes(b"b\xff\xfe\xe4\xb8\xad.py");
    fs::write(dir.path().join("app").join(name), b"x = 1\n").unwrap();
    let snapshot = scan(dir.path());
    assert_eq!(paths(&snapshot), ["app/a.py", "app/b\\xff\\xfe中.py"]);
    assert_eq!(snapshot.read(&snapshot.files[1]).unwrap(), b"x = 1\n");
}

#[test]
fn a_path_that_is_no_folder_is_a_note() {
    let dir = tree(&["a.py"]);
    assert_eq!(not_read(&scan(&dir.path().join("a.py"))), [": not a folder"]);
    assert_eq!(scan(&dir.path().join("gone")).not_read.len(), 1);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let names: Vec<String> = (0..300).map(|at| format!("d{}/e{}/f{at}.py", at % 7, at % 31)).collect();
    let dir = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let run = |threads| {
        let snapshot = walk::snapshot(dir.path(), &WalkOptions { threads, ..WalkOptions::default() });
        paths(&snapshot).join("\n")
    };
    assert_eq!(run(1), run(8));
}
