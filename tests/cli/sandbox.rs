//! A folder of its own for every test, and the program run in it with an environment of its own.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder that lasts as long as the test. `top` is free of links, so that paths compare.
pub(crate) struct Sandbox {
    top: PathBuf,
    _folder: TempDir,
}

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { top: folder.path().canonicalize().unwrap(), _folder: folder }
    }

    /// A copy of `fixtures/NAME` at `NAME`, away from the repository that holds it.
    pub(crate) fn with(fixture: &str) -> Self {
        let sandbox = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
        copy(&from, &sandbox.path(fixture));
        sandbox
    }

    /// A Django project at the top with one app whose migrations are these, name and body of the class.
    pub(crate) fn project(migrations: &[(&str, &str)]) -> Self {
        let sandbox = Self::empty();
        sandbox.write("manage.py", MANAGE);
        sandbox.write("shop/__init__.py", "");
        sandbox.write("shop/migrations/__init__.py", "");
        for (name, body) in migrations {
            sandbox.migration(name, body);
        }
        sandbox
    }

    /// Writes a migration of the app `shop`.
    pub(crate) fn migration(&self, name: &str, body: &str) {
        let text = format!(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n{body}\n"
        );
        self.write(&format!("shop/migrations/{name}.py"), &text);
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.top.join(below)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    /// The program, to be run at the top, with nothing of the tester's environment but what processes need.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bklog-lint"));
        command.env_clear().current_dir(&self.top).env("HOME", &self.top).env("GIT_CONFIG_NOSYSTEM", "1");
        for name in [
            "PATH",
            "SYSTEMROOT",
            "TMPDIR",
            "LLVM_PROFILE_FILE",
            "BKLOG_LINT_MUTANT",
            "BKLOG_LINT_MUTANTS_SEEN",
        ] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs a command line; its words are those between blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        Ran::of(self.command().args(line.split_whitespace()))
    }

    /// As [`Self::run`], in another working directory.
    pub(crate) fn run_in(&self, folder: &str, line: &str) -> Ran {
        Ran::of(self.command().current_dir(self.path(folder)).args(line.split_whitespace()))
    }

    /// As [`Self::run`], with a variable of the environment.
    pub(crate) fn run_with(&self, variable: (&str, &str), line: &str) -> Ran {
        Ran::of(self.command().env(variable.0, variable.1).args(line.split_whitespace()))
    }

    /// Runs git at the top, with an identity and without the tester's configuration.
    pub(crate) fn git(&self, line: &str) {
        let mut command = std::process::Command::new("git");
        command
            .current_dir(&self.top)
            .args(line.split_whitespace())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "t").env(format!("GIT_{who}_EMAIL"), "t@example.com");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A text with the folder of the test taken out.
    pub(crate) fn scrub(&self, text: &str) -> String {
        text.replace(&*self.top.to_string_lossy(), "[TOP]")
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().expect("the program was killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The exit code was this one; nothing panicked.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        assert!(!self.stderr.contains("panicked"), "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "{part:?} is not printed:\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn complains(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "{part:?} is not said on standard error:\n{self}");
        self
    }

    #[track_caller]
    pub(crate) fn keeps_stderr_empty(self) -> Self {
        assert_eq!(self.stderr, "", "{self}");
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The codes of all rules in a JSON report, in order.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap_or_else(|| panic!("{self}"));
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }

    /// The codes of the rules in a JSON report, in order; only of those families that these tests are about.
    pub(crate) fn rules(&self) -> Vec<String> {
        let json = self.json();
        let findings = json["findings"].as_array().unwrap_or_else(|| panic!("{self}"));
        let ours = ["analysis", "graph", "history", "naming", "suppression"];
        let findings = findings.iter().filter(|it| ours.contains(&it["family"].as_str().unwrap()));
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "exit code: {}\n----- stdout -----\n{}\n----- stderr -----\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

const MANAGE: &str = "\
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")
execute_from_command_line(sys.argv)
";
