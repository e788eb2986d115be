//! Repositories that are hard to show.

use std::collections::BTreeMap;

use bklog_lint::gate::facts::{Answer, Asking, ComponentFacts, Facts, MysqlFacts, Table};

use crate::sandbox::Sandbox;

const CREATE: &str = "    operations = [migrations.CreateModel(\"Box\", [(\"id\", models.AutoField(primary_key=True)), \
    (\"size\", models.IntegerField()), (\"label\", models.CharField(max_length=20))])]";

fn keep(sandbox: &Sandbox, tag: &str) {
    sandbox.git("add --all");
    sandbox.git("commit --quiet --allow-empty --message=kept");
    sandbox.git(&format!("tag {tag}"));
}

fn after(name: &str, operations: &str) -> String {
    format!("    dependencies = [(\"shop\", \"{name}\")]\n    operations = [{operations}]")
}

/// Names and texts that would be markup, scripts, commands of terminals or another direction of the line.
pub(crate) fn hostile() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", CREATE)]);
    sandbox.write("requirements.txt", "Django==4.2.9\n");
    sandbox.git("init --quiet --initial-branch=main");
    keep(&sandbox, "v1");
    let names = [
        "<img src=x onerror=alert(1)>",
        "</script><script>alert(1)</script>",
        "</noscript><img src=x onerror=alert(1)>",
        "\\u202egnp.exe",
        "\\x1b[31mred",
        "&lt;b&gt;",
        "'\\\"><svg onload=alert(1)>",
        "create_time",
        "日志",
    ];
    let mut last = "0001_initial".to_owned();
    for (at, name) in names.iter().enumerate() {
        let field = format!("migrations.AddField(\"box\", \"{name}\", models.CharField(max_length=5))");
        let sql = format!(
            "migrations.RunSQL(\"\"\"UPDATE shop_box SET label = '</noscript><script>alert({at})</script>'\"\"\")"
        );
        let new = format!("{:04}_x", at + 2);
        sandbox.migration(&new, &after(&last, &format!("{field}, {sql}")));
        last = new;
    }
    sandbox.migration("0090_<b>&", &after("9999_<script>alert(2)</script>", ""));
    sandbox.write("shop/migrations/0091_broken.py", "class Migration(\n<script>alert(3)</script>");
    sandbox.migration(
        "0092_accepted",
        &after(
            &last,
            "migrations.RemoveField(\"box\", \"size\"),  # bklog-lint: ignore[ROL002] <b>agreed</b>\n",
        ),
    );
    sandbox
}

/// A repository with the tags `v1` and `v2`, of which the second has what the working tree has.
pub(crate) fn upgraded() -> Sandbox {
    let sandbox = Sandbox::project(&[("0001_initial", CREATE)]);
    sandbox.write("requirements.txt", "Django==4.2.9\ncelery==5.2.7\n");
    sandbox.write("settings.py", "DEBUG = False\nUSE_TZ = True\n");
    sandbox.git("init --quiet --initial-branch=main");
    keep(&sandbox, "v1");
    for (name, before, operations) in [
        ("0002_wider", "0001_initial", "migrations.AlterField(\"box\", \"size\", models.BigIntegerField())"),
        (
            "0003_index",
            "0002_wider",
            "migrations.AddIndex(\"box\", models.Index(fields=[\"size\"], name=\"box_size\"))",
        ),
        ("0004_fill", "0003_index", "migrations.RunPython(lambda apps, editor: None)"),
        ("0005_drop", "0004_fill", "migrations.RemoveField(\"box\", \"label\")"),
        ("0006_raw", "0005_drop", "migrations.RunSQL(\"</noscript><script>alert(1)</script>\")"),
    ] {
        sandbox.migration(name, &after(before, operations));
    }
    sandbox.write("stock/__init__.py", "");
    sandbox.write("stock/migrations/__init__.py", "");
    sandbox.write(
        "stock/migrations/0001_initial.py",
        "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    dependencies = [(\"shop\", \"0003_index\")]\n    \
         operations = [migrations.CreateModel(\"Shelf\", [(\"id\", models.AutoField(primary_key=True)), (\"box\", models.ForeignKey(\"shop.Box\", on_delete=models.CASCADE))])]\n",
    );
    sandbox.write("requirements.txt", "Django==4.2.16\ncelery==5.4.0\nredis==4.4.4\n");
    sandbox.write(
        "settings.py",
        "import os\n\nDEBUG = False\nUSE_TZ = False\nLEVEL = os.environ.get(\"LEVEL\")\n",
    );
    keep(&sandbox, "v2");
    sandbox
}

/// `apps` apps with `migrations` migrations each, all pending since `v0` and none without findings.
pub(crate) fn many(apps: usize, migrations: usize) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("README.md", "");
    sandbox.git("init --quiet --initial-branch=main");
    sandbox.write("requirements.txt", "Django==4.2.9\n");
    sandbox.write("manage.py", "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\nfrom django.core.management import execute_from_command_line\n");
    keep(&sandbox, "v0");
    for app in 0..apps {
        let app = format!("app_{app:02}");
        sandbox.write(&format!("{app}/__init__.py"), "");
        sandbox.write(&format!("{app}/migrations/__init__.py"), "");
        let mut last = None;
        for at in 0..migrations {
            let name = format!("{:04}_step", at + 1);
            let body = match &last {
                None => CREATE.to_owned(),
                Some(last) => format!(
                    "    dependencies = [(\"{app}\", \"{last}\")]\n    operations = [migrations.AddField(\"box\", \"create_time_{at}\", models.IntegerField(default=0)), \
                     migrations.AddField(\"box\", \"create_time\", models.DateTimeField()), migrations.RemoveField(\"box\", \"create_time\")]"
                ),
            };
            let text = format!(
                "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n{body}\n"
            );
            sandbox.write(&format!("{app}/migrations/{name}.py"), text);
            last = Some(name);
        }
    }
    sandbox
}

/// A repository with a gate, and the file of what its environment said.
pub(crate) fn deployed() -> (Sandbox, &'static str) {
    let sandbox = upgraded();
    let now = jiff::Timestamp::now();
    let hours = |n: i64| now.checked_add(jiff::SignedDuration::from_hours(n)).unwrap();
    sandbox.write(
        "bklog-lint.toml",
        format!(
            "[gate.mysql.default]\nhost = \"db\"\ndatabase = \"bklog\"\n\
             [gate.mysql.grafana]\nhost = \"db\"\ndatabase = \"bklog_grafana\"\n\
             [gate.components]\nprofile = \"bklog\"\n\
             [gate.component.paas]\nhealth = \"http://paas/\"\n[gate.component.iam]\nhealth = \"http://iam/\"\n\
             [gate.component.cmdb]\nhealth = \"http://cmdb/\"\nminimum = \"3.14\"\n\
             [gate.window]\nstart = \"{}\"\nend = \"{}\"\n\
             [gate.attestations]\nfile = \"said.toml\"\nrequired = [\"rollback-plan\", \"notice.business\"]\n",
            hours(100),
            hours(103),
        ),
    );
    sandbox.write(
        "said.toml",
        format!(
            "[[attestation]]\nname = \"rollback-plan\"\nwho = \"<b>operations</b>\"\nwhat = \"rehearsed\"\nat = \"{}\"\nexpires = \"{}\"\n",
            hours(-2),
            hours(200)
        ),
    );
    let variables = [("sql_mode", "STRICT_TRANS_TABLES"), ("lock_wait_timeout", "60"), ("read_only", "ON")];
    let mysql = MysqlFacts {
        version: "8.0.36".into(),
        comment: "MySQL Community Server - GPL <script>alert(1)</script>".into(),
        database: "bklog".into(),
        user: "bklog@%".into(),
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        charset: Some(Ok(Some(("utf8mb4".into(), "utf8mb4_general_ci".into())))),
        tables: Some(Ok(BTreeMap::from([("shop_box".to_owned(), Table { rows: 10, bytes: 1_000_000 })]))),
        migrations: Some(Ok(Some(vec![("shop".to_owned(), "0001_initial".to_owned())]))),
        ..MysqlFacts::default()
    };
    let component = |status: u16, body: &str, version: &str| {
        Answer::Component(ComponentFacts {
            health: Some(Ok((status, body.to_owned()))),
            version: Some(Ok((200, format!("{{\"version\": \"{version}\"}}")))),
        })
    };
    let asked = [
        ("mysql", Answer::Mysql(Box::new(mysql))),
        ("component.paas", component(200, "", "1.12.3")),
        ("component.iam", component(200, "ok", "1.12.11")),
        ("component.cmdb", component(200, "{\"ok\": true, \"result\": true}", "3.10.1")),
    ];
    let asked =
        asked.map(|(id, answer)| Asking { id: id.into(), elapsed_ms: 12, attempts: 1, answer: Ok(answer) });
    sandbox.write("facts.json", serde_json::to_string(&Facts::new(asked.into())).unwrap());
    (sandbox, "facts.json")
}
