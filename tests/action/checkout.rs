//! A repository with a pull request, and checkouts of it as `actions/checkout` makes them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

/// A repository `o/r` with the pull request 7: `topic` is to be merged into `main`, which went on meanwhile.
pub(crate) struct Origin {
    folder: tempfile::TempDir,
    /// The tip of `main` when the branch was left.
    pub(crate) left: String,
    /// The tip of `main`.
    pub(crate) base: String,
    /// The tip of `topic`.
    pub(crate) head: String,
    /// The merge that GitHub tests.
    pub(crate) merge: String,
}

/// How much was checked out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Depth {
    Full,
    Commits(u32),
}

const MIGRATION: &str =
    "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n";

impl Origin {
    /// `main` holds an old fault in its pins; `topic` adds a migration with a fault, edits `extra`.
    pub(crate) fn new(extra: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("work");
        std::fs::create_dir(&top).unwrap();
        put(&top, "manage.py", "from django.core.management import execute_from_command_line\n");
        put(&top, "requirements.txt", "Django==4.2.30\nrequests\nredis==4.4.4\n");
        put(
            &top,
            "bklog-lint.toml",
            "select = [\"graph\", \"unpinned-requirement\", \"suppression\"]\nfail-on = \"warning\"\n",
        );
        put(&top, "shop/migrations/__init__.py", "");
        let first = format!(
            "{MIGRATION}    operations = [migrations.CreateModel(\"Box\", [(\"id\", models.AutoField(primary_key=True))])]\n"
        );
        put(&top, "shop/migrations/0001_initial.py", &first);
        git(&top, &["init", "-q", "-b", "main"]);
        commit(&top, "first");
        let left = git(&top, &["rev-parse", "HEAD"]);
        git(&top, &["checkout", "-qb", "topic"]);
        let second = format!(
            "{MIGRATION}    dependencies = [(\"shop\", \"0000_gone\")]\n    operations = [migrations.AddField(\"box\", \"note\", models.CharField(max_length=9, null=True))]\n"
        );
        put(&top, "shop/migrations/0002_box_note.py", &second);
        for (path, text) in extra {
            put(&top, path, text);
        }
        commit(&top, "second");
        let head = git(&top, &["rev-parse", "HEAD"]);
        git(&top, &["checkout", "-q", "main"]);
        put(&top, "README.md", "main went on\n");
        commit(&top, "third");
        let base = git(&top, &["rev-parse", "HEAD"]);
        git(&top, &["checkout", "-q", "--detach"]);
        git(&top, &["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
        let merge = git(&top, &["rev-parse", "HEAD"]);
        git(&top, &["update-ref", "refs/pull/7/merge", &merge]);
        git(&top, &["checkout", "-q", "main"]);
        // As GitHub serves them.
        git(&top, &["config", "uploadpack.allowAnySHA1InWant", "true"]);
        Self { folder, left, base, head, merge }
    }

    /// Where it is served.
    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.folder.path().join("work").display())
    }

    /// A checkout of `commit`.
    pub(crate) fn checkout(&self, commit: &str, depth: Depth) -> PathBuf {
        let top = tempfile::Builder::new().prefix("checkout-").tempdir_in(self.folder.path()).unwrap().keep();
        git(&top, &["init", "-q"]);
        git(&top, &["remote", "add", "origin", &self.url()]);
        let mut fetch = vec!["fetch", "-q", "--no-tags"];
        let depth = match depth {
            Depth::Full => None,
            Depth::Commits(n) => Some(format!("--depth={n}")),
        };
        let wanted = format!("+{commit}:refs/remotes/pull/7/merge");
        match &depth {
            Some(depth) => fetch.extend([depth.as_str(), "origin", &wanted]),
            None => fetch.extend(["origin", "+refs/heads/*:refs/remotes/origin/*", &wanted]),
        }
        git(&top, &fetch);
        git(&top, &["checkout", "-q", "--force", "refs/remotes/pull/7/merge"]);
        top
    }

    /// The body of the event on the pull request.
    pub(crate) fn pull_request(&self, from: &str) -> Json {
        json!({
            "action": "synchronize", "number": 7,
            "pull_request": {
                "number": 7,
                "base": {"ref": "main", "sha": self.base, "repo": {"full_name": "o/r"}},
                "head": {"ref": "topic", "sha": self.head, "repo": {"full_name": from}},
            },
            "repository": {"full_name": "o/r", "default_branch": "main"},
        })
    }
}

/// Makes a later fetch impossible, as a checkout without kept credentials does.
pub(crate) fn cut_off(checkout: &Path) {
    git(checkout, &["remote", "set-url", "origin", "file:///nowhere"]);
}

fn put(top: &Path, path: &str, text: &str) {
    let path = top.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn commit(top: &Path, message: &str) {
    git(top, &["add", "-A"]);
    git(top, &["commit", "-qm", message]);
}

/// Runs git, with an identity and without the tester's configuration; gives back what it prints.
pub(crate) fn git(top: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(top).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@example.com");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
