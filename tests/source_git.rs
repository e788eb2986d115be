//! Revisions of real repositories, made with the `git` program for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use bklog_lint::source::git::{GitError, Repository, ShallowGap};
use bklog_lint::source::walk::{self, WalkOptions};
use bklog_lint::source::{FileKind, Snapshot};
use tempfile::TempDir;

fn git(root: &Path, arguments: &[&str]) -> String {
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
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn commit(root: &Path, path: &str, text: &str) -> String {
    write(root, path, text);
    git(root, &["add", "-A"]);
    git(root, &["commit", "-qm", path]);
    git(root, &["rev-parse", "HEAD"])
}

/// A repository on `main` with three commits, and on `topic` a fourth that leaves `main` at the second.
fn repository() -> (TempDir, PathBuf, [String; 4]) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("origin");
    fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q", "-b", "main"]);
    let one = commit(&root, "app/migrations/0001_initial.py", "one\n");
    let two = commit(&root, "app/migrations/0002_next.py", "two\n");
    git(&root, &["branch", "topic"]);
    let three = commit(&root, "app/models.py", "three\n");
    git(&root, &["checkout", "-q", "topic"]);
    let four = commit(&root, "other/migrations/0001_initial.py", "four\n");
    (dir, root, [one, two, three, four])
}

fn open(path: &Path) -> Repository {
    Repository::discover(path).unwrap()
}

fn clone(from: &Path, to: &str, arguments: &[&str]) -> PathBuf {
    let url = format!("file://{}", from.display());
    let mut all = vec!["clone", "-q"];
    all.extend(arguments);
    all.extend([url.as_str(), to]);
    git(from.parent().unwrap(), &all);
    from.parent().unwrap().join(to)
}

fn paths(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.files.iter().map(|file| file.path.as_ref()).collect()
}

#[test]
fn a_revision_is_a_snapshot() {
    let (_dir, root, [_, two, three, four]) = repository();
    let repo = open(&root.join("app"));
    assert_eq!(repo.head().unwrap().unwrap().to_string(), four);
    let commit = repo.resolve("main").unwrap();
    assert_eq!(commit.to_string(), three);
    assert_eq!(repo.merge_base(commit, "main").unwrap().to_string(), two);
    let snapshot = repo.snapshot(commit, "").unwrap();
    assert_eq!(
        paths(&snapshot),
        ["app/migrations/0001_initial.py", "app/migrations/0002_next.py", "app/models.py"]
    );
    assert_eq!(snapshot.read(snapshot.get("app/models.py").unwrap()).unwrap(), b"three\n");
    let below = repo.snapshot(commit, "app/migrations").unwrap();
    assert_eq!(paths(&below), ["0001_initial.py", "0002_next.py"]);
    // The folder's own name is not part of the paths, so nothing says that these are migrations.
    assert_eq!(below.files[0].kind, FileKind::Python);
    assert!(repo.snapshot(commit, "other").unwrap().files.is_empty());
    assert_eq!(repo.prefix_of(&root.join("app/migrations")).as_deref(), Some("app/migrations"));
    assert_eq!(repo.prefix_of(&root).as_deref(), Some(""));
    assert_eq!(repo.prefix_of(root.parent().unwrap()), None);
    let id = git(&root, &["hash-object", "app/migrations/0001_initial.py"]);
    assert_eq!(repo.blob_id(b"one\n").unwrap().to_string(), id);
}

#[test]
fn the_snapshot_of_the_checked_out_revision_is_what_the_walk_finds() {
    let (_dir, root, _) = repository();
    symlink("../app/migrations", root.join("other/linked")).unwrap();
    symlink("0001_initial.py", root.join("app/migrations/0003_alias.py")).unwrap();
    symlink("0003_alias.py", root.join("app/migrations/0004_alias.py")).unwrap();
    symlink("nowhere.py", root.join("app/migrations/0005_gone.py")).unwrap();
    symlink("/etc", root.join("app/etc")).unwrap();
    symlink("..", root.join("app/up")).unwrap();
    commit(&root, "node_modules/a.py", "");
    let repo = open(&root);
    let head = repo.head().unwrap().unwrap();
    for folder in ["", "app", "other"] {
        let walked = walk::snapshot(&root.join(folder), &WalkOptions::default());
        let revision = repo.snapshot(head, folder).unwrap();
        assert_eq!(paths(&walked), paths(&revision), "{folder:?}");
        for (a, b) in walked.files.iter().zip(&revision.files) {
            assert_eq!(a.kind, b.kind);
            assert_eq!(walked.read(a).unwrap(), revision.read(b).unwrap(), "{}", a.path);
        }
    }
    assert!(paths(&repo.snapshot(head, "other").unwrap()).contains(&"linked/0004_alias.py"));
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let (_dir, root, [one, _, three, _]) = repository();
    let shallow = clone(&root, "shallow", &["--depth", "1", "--branch", "topic"]);
    let repo = open(&shallow);
    assert!(repo.is_shallow());
    assert!(repo.head().unwrap().is_some());
    for revision in ["main", "origin/main", one.as_str(), "HEAD~1"] {
        let error = repo.resolve(revision).unwrap_err();
        assert!(
            matches!(&error, GitError::Shallow { what: ShallowGap::Revision(_), .. }),
            "{revision}: {error:?}"
        );
    }
    let text = repo.resolve("main").unwrap_err();
    assert!(text.to_string().contains("`git fetch --depth=1000 origin main`"), "{text}");
    assert!(text.to_string().contains("fetch-depth: 0"), "{text}");
    assert!(text.chinese().contains("浅克隆"));
    // The base is there, and what the two have in common is not.
    git(&shallow, &["fetch", "-q", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    let base = repo.resolve("main").unwrap();
    assert_eq!(base.to_string(), three);
    let error = repo.merge_base(base, "main").unwrap_err();
    assert!(matches!(&error, GitError::Shallow { what: ShallowGap::MergeBase(_), .. }), "{error:?}");
    assert_eq!(repo.snapshot(base, "").unwrap().files.len(), 3);
    git(&shallow, &["fetch", "-q", "--unshallow"]);
    assert!(open(&shallow).merge_base(base, "main").is_ok());
}

#[test]
fn a_partial_clone_says_which_object_is_missing() {
    let (_dir, root, _) = repository();
    git(&root, &["config", "uploadpack.allowFilter", "true"]);
    let partial = clone(&root, "partial", &["--filter=blob:none", "--no-checkout", "--branch", "topic"]);
    let repo = open(&partial);
    let base = repo.resolve("main").unwrap();
    let snapshot = repo.snapshot(base, "").unwrap();
    let error = snapshot.read(&snapshot.files[0]).unwrap_err();
    assert!(error.to_string().contains("partial clone"), "{error}");
}

#[test]
fn the_default_branch_is_that_of_origin() {
    let (_dir, root, [.., three, four]) = repository();
    let name = |repo: &Repository| repo.default_branch().unwrap().map(|branch| branch.name);
    assert_eq!(name(&open(&root)).as_deref(), Some("main"));
    let cloned = clone(&root, "cloned", &[]);
    let branch = open(&cloned).default_branch().unwrap().unwrap();
    assert_eq!((branch.name.as_str(), branch.commit.to_string()), ("origin/topic", four));
    git(&cloned, &["remote", "set-head", "origin", "main"]);
    let branch = open(&cloned).default_branch().unwrap().unwrap();
    assert_eq!((branch.name.as_str(), branch.commit.to_string()), ("origin/main", three));
    git(&cloned, &["remote", "set-head", "origin", "--delete"]);
    assert_eq!(name(&open(&cloned)).as_deref(), Some("origin/main"));
    git(&cloned, &["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_eq!(name(&open(&cloned)), None);
    git(&cloned, &["config", "init.defaultBranch", "topic"]);
    assert_eq!(name(&open(&cloned)).as_deref(), Some("topic"));
}

#[test]
fn worktrees_submodules_and_detached_heads_are_repositories() {
    let (_dir, root, [one, two, ..]) = repository();
    let tree = root.parent().unwrap().join("tree");
    git(&root, &["worktree", "add", "-q", "--detach", tree.to_str().unwrap(), &two]);
    let repo = open(&tree.join("app"));
    assert_eq!(repo.work_tree().unwrap(), tree.canonicalize().unwrap());
    assert_eq!(repo.head().unwrap().unwrap().to_string(), two);
    assert_eq!(repo.resolve("HEAD~1").unwrap().to_string(), one);
    assert_eq!(repo.prefix_of(&tree.join("app")).as_deref(), Some("app"));

    let outer = root.parent().unwrap().join("outer");
    fs::create_dir(&outer).unwrap();
    git(&outer, &["init", "-q", "-b", "main"]);
    let url = format!("file://{}", root.display());
    git(&outer, &["-c", "protocol.file.allow=always", "submodule", "add", "-q", &url, "inner"]);
    commit(&outer, "a.py", "");
    let inner = open(&outer.join("inner/app"));
    assert_eq!(inner.work_tree().unwrap(), outer.join("inner").canonicalize().unwrap());
    let whole = open(&outer);
    let snapshot = whole.snapshot(whole.head().unwrap().unwrap(), "").unwrap();
    assert_eq!(paths(&snapshot), ["a.py"]);
    assert_eq!(snapshot.not_read[0].path.as_ref(), "inner");
}

#[test]
fn before_the_first_commit_there_is_nothing_to_compare_with() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    let repo = open(dir.path());
    assert_eq!(repo.head().unwrap(), None);
    assert_eq!(repo.default_branch().unwrap(), None);
    assert_eq!(repo.resolve("main").unwrap_err(), GitError::NoCommit);
    assert_eq!(repo.resolve("HEAD").unwrap_err(), GitError::NoCommit);
    write(dir.path(), "a.py", "");
    assert_eq!(walk::snapshot(dir.path(), &WalkOptions::default()).files.len(), 1);
}

#[test]
fn errors_name_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let error = Repository::discover(dir.path()).err().unwrap();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error:?}");
    assert!(matches!(
        Repository::discover(&dir.path().join("gone")).err(),
        Some(GitError::NotARepository { .. })
    ));

    let (_dir, root, _) = repository();
    let repo = open(&root);
    let unknown = |revision: &str| repo.resolve(revision).unwrap_err();
    assert_eq!(unknown("nosuch"), GitError::UnknownRevision { revision: "nosuch".into() });
    assert_eq!(unknown("HEAD~99"), GitError::UnknownRevision { revision: "HEAD~99".into() });
    let absent = "0123456789012345678901234567890123456789";
    assert_eq!(unknown(absent), GitError::UnknownRevision { revision: absent.into() });
    assert_eq!(unknown("HEAD:app"), GitError::NotACommit { revision: "HEAD:app".into() });
    git(&root, &["checkout", "-q", "--orphan", "alone"]);
    commit(&root, "a.py", "");
    let base = repo.resolve("main").unwrap();
    assert_eq!(repo.merge_base(base, "main").unwrap_err(), GitError::NoMergeBase { revision: "main".into() });
    git(&root, &["tag", "-a", "v1", "-m", "v1", "main"]);
    assert_eq!(repo.resolve("v1").unwrap(), base);
}

#[test]
fn a_bare_repository_has_revisions_and_no_checkout() {
    let (_dir, root, [.., three, _]) = repository();
    let bare = clone(&root, "bare.git", &["--bare"]);
    let repo = open(&bare);
    assert_eq!(repo.work_tree(), None);
    assert_eq!(repo.resolve("main").unwrap().to_string(), three);
    assert_eq!(repo.snapshot(repo.resolve("main").unwrap(), "").unwrap().files.len(), 3);
}
