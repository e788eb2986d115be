//! What `inspect sql` shows of a small project.

use super::*;
use crate::project::{Options, assemble};

const FILES: &[(&str, &str)] = &[
    ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"),
    ("settings.py", "AUTH_USER_MODEL = 'auth.User'\n"),
    ("shop/__init__.py", ""),
    ("shop/migrations/__init__.py", ""),
    (
        "shop/migrations/0001_initial.py",
        r#"
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True)),
                ("owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)),
                ("code", models.CharField(max_length=30, unique=True)),
                ("state", models.CharField(max_length=10, db_index=True)),
            ],
        ),
    ]
"#,
    ),
    (
        "shop/migrations/0002_more.py",
        r#"
import django.utils.timezone
from django.db import migrations, models
import elsewhere


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("order", "note", models.TextField(default="it's")),
        migrations.AddField("order", "paid", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AlterField("order", "state", models.CharField(max_length=20)),
        migrations.AlterField("order", "code", models.CharField(max_length=90, unique=True)),
        migrations.AddField("order", "shape", elsewhere.ShapeField()),
        migrations.RunSQL(open("x.sql").read()),
        migrations.RunSQL("ALTER TABLE shop_order ENGINE=InnoDB; -- slow\nCALL tidy()"),
        migrations.RunPython(migrations.RunPython.noop),
        migrations.RemoveField("order", "owner"),
    ]
"#,
    ),
];

fn with<T>(server: &str, only: Only, show: impl FnOnce(&[Project], &Asked<'_>) -> T) -> T {
    let snapshot = Snapshot::from_memory(FILES.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    let workspace = assemble(snapshot, &Options { name: "site".into(), ..Options::default() });
    let asked = Asked {
        snapshot: &workspace.snapshot,
        server: server.parse().unwrap(),
        django: DjangoVersion::new(4, 2),
        only,
    };
    show(&workspace.projects, &asked)
}

#[test]
fn json_holds_what_the_contract_says() {
    let shown = with("mysql-8.0.36", Only::default(), sql_json);
    insta::assert_json_snapshot!(shown);
}

#[test]
fn text_is_a_script_with_remarks() {
    let shown = with("mariadb-10.11", Only::default(), |projects, asked| sql_text(projects, asked, Lang::En));
    insta::assert_snapshot!(shown);
}

#[test]
fn text_speaks_chinese() {
    let only = Only::parse("shop.0002");
    let shown = with("mysql-5.7", only, |projects, asked| sql_text(projects, asked, Lang::Zh));
    insta::assert_snapshot!(shown);
}
