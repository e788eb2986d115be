//! What `inspect operations` shows of one project that holds every shape.

use std::sync::Arc;

use super::*;
use crate::django::reader;
use crate::findings::Lang;

const SOURCE: &str = r#"from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion
from apps.fields import JsonField


def forwards(apps, schema_editor):
    pass


class Vacuum(migrations.RunSQL):
    pass


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.AutoField(primary_key=True)),
                ("slug", models.SlugField()),
                ("owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)),
            ],
        ),
        migrations.AddField("Task", "tag", models.CharField("标签", max_length=64, default="")),
        migrations.AddField("task", "extra", JsonField(default=dict, null=True)),
        migrations.AlterField(model_name="task", name="n", field=models.IntegerField(choices=[(1, "一")], default=limit)),
        migrations.RenameField("task", "a", "b"),
        migrations.AlterModelOptions("task", options={}),
        migrations.RunPython(forwards),
        migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL("DROP TABLE t")],
            state_operations=[migrations.DeleteModel("t")],
        ),
        Vacuum("OPTIMIZE TABLE t", reverse_sql=""),
        migrations.RemoveField("task", name) if flag else migrations.RemoveField("task", "x"),
    ]
"#;

fn projects() -> Vec<Project> {
    let text = SourceText::decode("site/app/migrations/0001_x.py".into(), SOURCE.as_bytes()).unwrap();
    let file = Arc::new(reader::read(Arc::new(text)));
    let migrations = vec![Migration { app: "app".into(), name: "0001_x".into(), file }];
    vec![Project { root: "site".into(), name: "site".into(), migrations, ..Project::default() }]
}

#[test]
fn json_holds_what_the_contract_says() {
    insta::assert_json_snapshot!(operations_json(&projects(), &Only::default()));
}

#[test]
fn text_is_for_people() {
    insta::assert_snapshot!(operations_text(&projects(), &Only::default(), Lang::En));
    insta::assert_snapshot!(operations_text(&projects(), &Only::default(), Lang::Zh));
}

#[test]
fn only_takes_a_part() {
    let json = operations_json(&projects(), &Only::parse("other"));
    assert_eq!(json["projects"][0]["migrations"], serde_json::json!({}));
}
