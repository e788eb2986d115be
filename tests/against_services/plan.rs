//! The plan against the truth: real Django migrates a real MariaDB, and the server's general log tells what it ran.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::{general_log, shell, sql, variable};

/// A repository with a project in it, and its state in a database.
struct Upgrade {
    folder: TempDir,
    settings: &'static str,
    /// Its name, and that of the user who alone reaches it: the general log tells users apart.
    database: String,
}

/// Migrations of a project that has one of everything: two apps that need one another, keys, indexes, constraints, renames,
/// a type that widens, a column that stops taking NULL, SQL of its own.
const DEPOT: &[(&str, &str, &str)] = &[
    (
        "stock",
        "0001_initial",
        "    initial = True\n    operations = [\n        migrations.CreateModel('Item', [('id', models.BigAutoField(primary_key=True)), ('code', models.CharField(max_length=20)), ('size', models.IntegerField(null=True)), ('note', models.TextField(default=''))]),\n        migrations.CreateModel('Tag', [('id', models.AutoField(primary_key=True)), ('name', models.CharField(max_length=30, unique=True))]),\n    ]",
    ),
    (
        "moves",
        "0001_initial",
        "    initial = True\n    dependencies = [('stock', '0001_initial')]\n    operations = [migrations.CreateModel('Move', [('id', models.BigAutoField(primary_key=True)), ('item', models.ForeignKey('stock.Item', models.CASCADE)), ('count', models.IntegerField(default=0)), ('old', models.CharField(max_length=5, null=True))])]",
    ),
    (
        "stock",
        "0002_more",
        "    dependencies = [('stock', '0001_initial'), ('moves', '0001_initial')]\n    operations = [\n        migrations.AddField('item', 'weight', models.IntegerField(default=3)),\n        migrations.AddField('item', 'tags', models.ManyToManyField('stock.Tag')),\n        migrations.AlterField('item', 'code', models.CharField(max_length=200, db_index=True)),\n        migrations.AlterField('item', 'size', models.IntegerField(default=1)),\n        migrations.AddIndex('item', models.Index(fields=['size', 'weight'], name='by_size')),\n    ]",
    ),
    (
        "moves",
        "0002_more",
        "    dependencies = [('moves', '0001_initial'), ('stock', '0002_more')]\n    operations = [\n        migrations.RenameField('move', 'count', 'amount'),\n        migrations.AddField('move', 'parent', models.ForeignKey('self', models.SET_NULL, null=True)),\n        migrations.RemoveField('move', 'old'),\n        migrations.AlterField('move', 'amount', models.BigIntegerField(default=0)),\n        migrations.AlterUniqueTogether('move', {('item', 'amount')}),\n    ]",
    ),
    (
        "stock",
        "0003_names",
        "    dependencies = [('stock', '0002_more')]\n    operations = [\n        migrations.RenameModel('Tag', 'Label'),\n        migrations.RunSQL('UPDATE stock_item SET weight = 4 WHERE weight = 3', 'SELECT 1'),\n        migrations.CreateModel('Gone', [('id', models.AutoField(primary_key=True))]),\n    ]",
    ),
    (
        "stock",
        "0004_less",
        "    dependencies = [('stock', '0003_names')]\n    operations = [\n        migrations.DeleteModel('Gone'),\n        migrations.AddField('item', 'serial', models.CharField(default='', max_length=30)),\n        migrations.AddConstraint('item', models.UniqueConstraint(fields=['code', 'serial'], name='one_serial')),\n    ]",
    ),
];

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

impl Upgrade {
    /// A repository without a commit, and an empty database.
    fn new(name: &str, settings: &'static str) -> Self {
        let database = format!("plan_{name}");
        sql(&format!(
            "CREATE OR REPLACE DATABASE {database} CHARACTER SET utf8mb4; CREATE OR REPLACE USER {database}@localhost; \
             GRANT ALL ON {database}.* TO {database}@localhost; GRANT PROCESS, SLAVE MONITOR ON *.* TO {database}@localhost; \
             GRANT SELECT ON performance_schema.* TO {database}@localhost"
        ));
        let upgrade = Self { folder: tempfile::tempdir().unwrap(), settings, database };
        upgrade.git("init --quiet --initial-branch=main");
        upgrade
    }

    fn depot(name: &str) -> Self {
        let upgrade = Self::new(name, "settings");
        write(
            &upgrade.path("manage.py"),
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line([])\n",
        );
        write(
            &upgrade.path("settings.py"),
            "INSTALLED_APPS = ['stock', 'moves']\nDATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': 'depot'}}\nDEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\nUSE_TZ = True\n",
        );
        write(&upgrade.path("requirements.txt"), "Django==4.2.22\n");
        for app in ["stock", "moves"] {
            write(&upgrade.path(&format!("{app}/__init__.py")), "");
            write(&upgrade.path(&format!("{app}/migrations/__init__.py")), "");
        }
        upgrade.configure("");
        upgrade
    }

    fn migrations(&self, count: usize) {
        for (app, name, body) in &DEPOT[..count] {
            let head =
                "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n";
            write(&self.path(&format!("{app}/migrations/{name}.py")), &format!("{head}{body}\n"));
        }
    }

    /// The configuration of the gate that the plan asks the database by.
    fn configure(&self, more: &str) {
        let socket = variable("BKLOG_LINT_TEST_MARIADB_SOCKET");
        let text = format!(
            "[gate]\n{more}[gate.mysql.default]\nsocket = \"{socket}\"\nuser = \"{0}\"\ndatabase = \"{0}\"\n",
            self.database
        );
        write(&self.path("bklog-lint.toml"), &text);
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn git(&self, words: &str) {
        let folder = self.folder.path().display();
        shell(&format!(
            "git -C {folder} -c user.name=t -c user.email=t@example.com -c commit.gpgsign=false {words}"
        ));
    }

    fn commit(&self, tag: &str) {
        self.git("add --all");
        self.git(&format!("commit --quiet --message={tag}"));
        self.git(&format!("tag {tag}"));
    }

    /// Lets Django migrate the files as they are; returns whether it went well, and what it said.
    fn migrate(&self) -> (bool, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/truth/migrate.py");
        let output = Command::new(variable("BKLOG_LINT_TEST_PYTHON"))
            .arg(script)
            .arg(self.folder.path())
            .args([
                self.settings,
                &variable("BKLOG_LINT_TEST_MARIADB_SOCKET"),
                &self.database,
                &self.database,
            ])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    /// As [`Self::migrate`], with what the server was told to change: statements, and which migration was recorded.
    fn migrate_logged(&self) -> (bool, Vec<String>) {
        let (went, log) = general_log(&self.database, || self.migrate().0);
        (went, log.into_iter().filter(|line| changes(line)).collect())
    }

    fn run(&self, words: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
            .current_dir(self.folder.path())
            .args(words)
            .env("BKLOG_LINT_LANG", "en")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
    }

    /// The plan as JSON, with the exit code.
    fn plan(&self, words: &[&str]) -> (i32, Json) {
        let output = Command::new(env!("CARGO_BIN_EXE_bklog-lint"))
            .current_dir(self.folder.path())
            .args([&["plan", "--format", "json", "--fail-on", "error"], words].concat())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
        (output.status.code().unwrap(), json)
    }
}

/// What changes the schema or the rows of the project, or says which migration is through.
fn changes(statement: &str) -> bool {
    ["CREATE ", "ALTER ", "DROP ", "RENAME ", "UPDATE "].iter().any(|verb| statement.starts_with(verb))
        || statement.starts_with("INSERT INTO `django_migrations`")
}

/// The plan in the form of the log: the statements of every migration, then its row.
fn expected(plan: &Json) -> Vec<String> {
    let mut out = Vec::new();
    for pending in plan["projects"][0]["pending"].as_array().unwrap() {
        assert_eq!(pending["unknown"].as_array().unwrap().len(), 0, "{pending:#}");
        let sql = pending["sql"].as_array().unwrap().iter();
        out.extend(sql.map(|one| folded(one["sql"].as_str().unwrap())));
        out.push(format!("{}.{}", pending["app"].as_str().unwrap(), pending["migration"].as_str().unwrap()));
    }
    out
}

fn folded(text: &str) -> String {
    text.trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The log in the form of the plan.
fn seen(log: &[String]) -> Vec<String> {
    let recorded = |line: &str| {
        let values = line.split_once("VALUES (")?.1;
        let mut quoted = values.split('\'').skip(1).step_by(2);
        Some(format!("{}.{}", quoted.next()?, quoted.next()?))
    };
    log.iter()
        .map(|line| match line.starts_with("INSERT INTO `django_migrations`") {
            true => recorded(line).unwrap(),
            false => folded(line),
        })
        .collect()
}

fn server() -> String {
    let version = sql("SELECT VERSION()");
    format!("mariadb-{}", version.trim().split('-').next().unwrap())
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn django_runs_what_was_planned_in_that_order() {
    for start in [2, 3, 5] {
        let upgrade = Upgrade::depot(&format!("depot{start}"));
        upgrade.migrations(start);
        upgrade.commit("a");
        let (went, said) = upgrade.migrate();
        assert!(went, "{said}");
        upgrade.migrations(DEPOT.len());
        upgrade.commit("b");
        // Offline: two revisions and the name of the server.
        let (_, plan) = upgrade.plan(&["--from", "a", "--to", "b", "--server", &server()]);
        // Asked: the database tells what is applied.
        let (_, live) = upgrade.plan(&["--live", "--to", "b"]);
        assert_eq!(expected(&plan), expected(&live), "from {start}");
        assert_eq!(live["server"], server().as_str());
        assert_eq!(live["projects"][0]["half_applied"], Json::Array(Vec::new()), "from {start}");
        let (went, log) = upgrade.migrate_logged();
        assert!(went);
        assert_eq!(seen(&log), expected(&plan), "from {start}");
        let (code, done) = upgrade.plan(&["--live"]);
        assert_eq!((code, done["projects"][0]["pending"].as_array().unwrap().len()), (0, 0), "{done:#}");
    }
}

#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_shop_is_migrated_as_planned() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/shop");
    let upgrade = Upgrade::new("shop", "shop.settings");
    let later = [
        "catalog/migrations/0003_product_slug.py",
        "catalog/migrations/0001_squashed_0003_product_slug.py",
        "orders/migrations/0002_order_status.py",
        "orders/migrations/0003_order_remark.py",
        "orders/migrations/0004_order_lines.py",
    ];
    shell(&format!("cp --recursive {}/. {}", fixture.display(), upgrade.folder.path().display()));
    for path in later {
        std::fs::remove_file(upgrade.path(path)).unwrap();
    }
    upgrade.commit("a");
    let (went, said) = upgrade.migrate();
    assert!(went, "{said}");
    for path in later {
        std::fs::copy(fixture.join(path), upgrade.path(path)).unwrap();
    }
    upgrade.commit("b");
    let (_, plan) = upgrade.plan(&["--from", "a", "--to", "b", "--server", &server(), "--django", "4.2"]);
    let (went, log) = upgrade.migrate_logged();
    assert!(went, "{log:#?}");
    let own = ["accounts.", "catalog.", "orders."];
    // A squash is recorded when the last of what it stands for has run, and never run itself.
    let mut seen = seen(&log);
    seen.retain(|line| line != "catalog.0001_squashed_0003_product_slug");
    let expected = migrations_of(&plan);
    let recorded: Vec<&String> =
        seen.iter().filter(|line| own.iter().any(|app| line.starts_with(app))).collect();
    assert_eq!(recorded, expected.iter().collect::<Vec<_>>(), "the same migrations in the same order");
    // Code of the project runs statements of its own beside those that are planned.
    let planned = statements_of(&plan);
    let ran: Vec<&String> = seen.iter().filter(|line| planned.contains(line)).collect();
    assert_eq!(ran, planned.iter().collect::<Vec<_>>(), "the same statements in the same order");
    let schema = seen.iter().filter(|line| line.starts_with("ALTER ") || line.starts_with("CREATE "));
    for line in schema {
        assert!(planned.contains(line), "not planned: {line}\n{planned:#?}");
    }
}

fn migrations_of(plan: &Json) -> Vec<String> {
    let pending = plan["projects"][0]["pending"].as_array().unwrap().iter();
    pending
        .map(|one| format!("{}.{}", one["app"].as_str().unwrap(), one["migration"].as_str().unwrap()))
        .collect()
}

fn statements_of(plan: &Json) -> Vec<String> {
    let pending = plan["projects"][0]["pending"].as_array().unwrap().iter();
    let sql = pending.flat_map(|one| one["sql"].as_array().unwrap());
    sql.map(|one| folded(one["sql"].as_str().unwrap())).collect()
}

/// A migration that fails in the middle leaves its first statements, since MariaDB commits each by itself.
#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn a_half_applied_migration_is_recognised_and_named() {
    let upgrade = Upgrade::depot("half");
    let database = &upgrade.database;
    upgrade.migrations(5);
    upgrade.commit("a");
    let (went, said) = upgrade.migrate();
    assert!(went, "{said}");
    // Two rows that the new constraint refuses.
    sql(&format!(
        "INSERT INTO {database}.stock_item (code, note, size, weight) VALUES ('x', '', 1, 1), ('x', '', 1, 1)"
    ));
    upgrade.migrations(6);
    upgrade.commit("b");
    let (went, said) = upgrade.migrate();
    assert!(!went && said.contains("1062"), "{said}");
    let (code, said) = upgrade.run(&["gate", "--collect", "facts.json"]);
    assert_eq!(code, 0, "{said}");
    let (code, plan) = upgrade.plan(&["--facts", "facts.json"]);
    assert_eq!(code, 1, "a half-applied migration must be mended first");
    let half = &plan["projects"][0]["half_applied"][0];
    assert_eq!((&half["migration"], &half["recorded"]), (&"0004_less".into(), &false.into()), "{half:#}");
    let text = |key: &str| {
        half[key].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(text("done"), ["the table `stock_gone` taken out", "the column `stock_item`.`serial`"]);
    assert_eq!(text("open"), ["the index `one_serial` of `stock_item`"]);
    assert!(plan["blockers"][0].as_str().unwrap().contains("stock.0004_less has run in part"), "{plan:#}");
    // The gate says the same, and no-go.
    let (code, said) = upgrade.run(&[
        "gate",
        "--facts",
        "facts.json",
        "--no-static-check",
        "--include",
        "mysql.half-applied",
    ]);
    assert!(code == 1 && said.contains("stock.0004_less"), "{code} {said}");
    // The rest by hand: now only the row is missing.
    sql(&format!(
        "DELETE FROM {database}.stock_item; ALTER TABLE {database}.stock_item ADD CONSTRAINT one_serial UNIQUE (code, serial)"
    ));
    let (_, plan) = upgrade.plan(&["--live"]);
    let blocker = plan["blockers"][0].as_str().unwrap();
    assert!(blocker.contains("has run (") && blocker.contains("migrate --fake stock 0004_less"), "{blocker}");
    // Recorded by hand, with a column that somebody took out again.
    sql(&format!(
        "INSERT INTO {database}.django_migrations (app, name, applied) VALUES ('stock', '0004_less', NOW())"
    ));
    let (code, plan) = upgrade.plan(&["--live"]);
    assert_eq!((code, plan["blockers"].as_array().unwrap().len()), (0, 0), "{plan:#}");
    sql(&format!("ALTER TABLE {database}.stock_item DROP INDEX one_serial, DROP COLUMN serial"));
    let (code, plan) = upgrade.plan(&["--live"]);
    let half = &plan["projects"][0]["half_applied"][0];
    assert_eq!(
        (code, &half["recorded"], &half["open"][0]),
        (1, &true.into(), &"the column `stock_item`.`serial`".into())
    );
}

/// A gate that asks a database holds the window to what the migrations take there.
#[test]
#[ignore = "needs the servers of scripts/test.d/70-gate"]
fn the_window_is_held_to_the_plan() {
    let upgrade = Upgrade::depot("window");
    upgrade.migrations(5);
    assert!(upgrade.migrate().0);
    upgrade.migrations(6);
    let window = "[gate.window]\nstart = \"2999-01-01T00:00Z\"\nend = \"2999-01-01T01:15Z\"\n";
    let judged = |more: &str| {
        upgrade.configure("");
        let text = std::fs::read_to_string(upgrade.path("bklog-lint.toml")).unwrap();
        write(&upgrade.path("bklog-lint.toml"), &format!("{text}{window}{more}"));
        let (_, said) =
            upgrade.run(&["gate", "--no-static-check", "--include", "window.length", "--format", "json"]);
        let json: Json = serde_json::from_str(&said).unwrap();
        let check = &json["checks"][0];
        (check["status"].as_str().unwrap().to_owned(), check["expected"].as_str().unwrap().to_owned())
    };
    // 75 minutes are too few for the usual phases, and enough where the roll-out takes ten.
    let (status, expected) = judged("");
    assert!(status == "fail" && expected.contains("upgrade 60-90"), "{status} {expected}");
    let (status, expected) =
        judged("rollout = [5, 10]\nphases = { prepare = [10], backup = [10], verify = [10] }\n");
    assert!(status == "pass" && expected.contains("by the plan's estimate"), "{status} {expected}");
}
