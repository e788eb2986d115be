//! A small Django project with a configuration of the gate, and the program run on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// Answers of the secret variables; searched for in everything that comes out.
pub(crate) const PASSWORD: &str = "pL4nt3d-pa%55/word";

pub(crate) struct Project {
    top: PathBuf,
    _folder: TempDir,
}

pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    pub(crate) fn new(gate: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Self { top: folder.path().canonicalize().unwrap(), _folder: folder };
        project.write("manage.py", "import os\nfrom django.core.management import execute_from_command_line\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nexecute_from_command_line([])\n");
        project.write("settings.py", "import os\nDEBUG = False\nDATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': os.environ.get('DB_NAME'), 'HOST': os.environ.get('DB_HOST'), 'PASSWORD': os.environ.get('DB_PASSWORD')}}\nfrom django.db.backends.mysql.features import DatabaseFeatures\nDatabaseFeatures.minimum_database_version = property(lambda self: (10, 4) if self.connection.mysql_is_mariadb else (5, 7))\nUSE_TZ = True\n");
        project.write(
            "requirements.txt",
            "Django==4.2.22\nredis==4.4.4\nelasticsearch==7.17.9\nkafka-python==2.0.2\n",
        );
        project.write("runtime.txt", "python-3.11.10\n");
        project.write("shop/__init__.py", "");
        project.write("shop/migrations/__init__.py", "");
        project.write("shop/migrations/0001_initial.py", "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    initial = True\n    operations = [migrations.CreateModel('Box', [('id', models.AutoField(primary_key=True)), ('name', models.CharField(max_length=20))])]\n");
        project.write("shop/migrations/0002_box_size.py", "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [('shop', '0001_initial')]\n    operations = [migrations.AlterField('box', 'name', models.CharField(max_length=400))]\n");
        project.configure(gate);
        project
    }

    pub(crate) fn configure(&self, gate: &str) {
        self.write("bklog-lint.toml", gate);
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.top.join(below)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[allow(dead_code)] // of the two programs that share this, one needs it
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        self.program(&[&["gate"], words].concat())
    }

    /// The program with these words, ready to be started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bklog-lint"));
        command.env_clear().current_dir(&self.top).args(words).env("BKLOG_LINT_LANG", "en");
        command.env("GATE_PASSWORD", PASSWORD).env("TZ", "UTC");
        for name in ["PATH", "TMPDIR", "LLVM_PROFILE_FILE", "BKLOG_LINT_MUTANT", "BKLOG_LINT_MUTANTS_SEEN"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs the program with any words.
    pub(crate) fn program(&self, words: &[&str]) -> Ran {
        let output = self.command(words).output().unwrap();
        Ran {
            code: output.status.code().expect("the program was killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the gate with JSON; nothing of the secret may be in what it says.
    pub(crate) fn gate(&self, words: &[&str]) -> Judged {
        let ran = self.run(&[&["--format", "json"], words].concat());
        assert!(!ran.stdout.contains(PASSWORD) && !ran.stderr.contains(PASSWORD), "the secret came out");
        let json: Value = serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.stdout, ran.stderr));
        let checks = json["checks"].as_array().unwrap().iter();
        let checks = checks.map(|check| (check["id"].as_str().unwrap().to_owned(), check.clone())).collect();
        Judged { code: ran.code, verdict: json["verdict"].as_str().unwrap().to_owned(), checks }
    }
}

impl AsRef<Path> for Project {
    fn as_ref(&self) -> &Path {
        &self.top
    }
}

/// A result.
pub(crate) struct Judged {
    pub(crate) code: i32,
    pub(crate) verdict: String,
    pub(crate) checks: BTreeMap<String, Value>,
}

impl Judged {
    #[track_caller]
    pub(crate) fn status(&self, id: &str) -> &str {
        self.checks.get(id).unwrap_or_else(|| panic!("no check {id} in {}", self.shown()))["status"]
            .as_str()
            .unwrap()
    }

    #[track_caller]
    pub(crate) fn is(&self, id: &str, status: &str) -> &Self {
        assert_eq!(self.status(id), status, "{id}: {:#}", self.checks[id]);
        self
    }

    pub(crate) fn text(&self, id: &str, key: &str) -> &str {
        self.checks[id][key].as_str().unwrap()
    }

    pub(crate) fn shown(&self) -> String {
        self.checks
            .values()
            .map(|check| {
                format!("{} {} {} | {}\n", check["status"], check["id"], check["message"], check["observed"])
            })
            .collect()
    }
}
