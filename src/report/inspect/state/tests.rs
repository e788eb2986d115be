//! What `inspect state` shows of a small project that holds every shape.

use super::*;
use crate::findings::Lang;
use crate::project::{Options, assemble};
use crate::source::Snapshot;

const FILES: &[(&str, &str)] = &[
    ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"),
    ("settings.py", "AUTH_USER_MODEL = 'auth.User'\n"),
    ("shop/__init__.py", ""),
    ("shop/fields.py", "from django.db import models\nclass Json(models.TextField):\n    pass\n"),
    ("shop/migrations/__init__.py", ""),
    (
        "shop/migrations/0001_initial.py",
        r#"
from django.conf import settings
from django.db import migrations, models
import shop.fields
import elsewhere


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True)),
                ("owner", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)),
                ("extra", shop.fields.Json(default=dict)),
                ("shape", elsewhere.ShapeField()),
                ("tags", models.ManyToManyField("Tag")),
                ("long", models.CharField(max_length=LIMIT)),
            ],
        ),
        migrations.CreateModel(name="Tag", fields=[("name", models.SlugField(primary_key=True))], options={"db_table": "tags"}),
        migrations.CreateModel(name="Special", fields=[], options={"proxy": True}, bases=("shop.order",)),
        migrations.CreateModel(name="View", fields=[("id", models.BigIntegerField(primary_key=True))], options={"managed": False}),
    ]
"#,
    ),
    (
        "shop/migrations/0002_note.py",
        r#"
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("order", "note", models.TextField(db_column="remark")),
        unheard_of("order"),
    ]
"#,
    ),
];

fn with<T>(change: impl FnOnce(&mut Asked<'_>), show: impl FnOnce(&[Project], &Asked<'_>) -> T) -> T {
    let snapshot = Snapshot::from_memory(FILES.iter().map(|(path, text)| (*path, text.as_bytes().to_vec())));
    let workspace = assemble(snapshot, &Options { name: "site".into(), ..Options::default() });
    let features = Features::new("4.2".parse().unwrap(), &"mysql-8.0.36".parse().unwrap());
    let mut asked = Asked { snapshot: &workspace.snapshot, features, only: Only::default(), at: None };
    change(&mut asked);
    show(&workspace.projects, &asked)
}

#[test]
fn json_holds_what_the_contract_says() {
    insta::assert_json_snapshot!(with(|_| {}, state_json));
}

#[test]
fn text_is_for_people() {
    insta::assert_snapshot!(with(|_| {}, |projects, asked| state_text(projects, asked, Lang::En)));
    insta::assert_snapshot!(with(|_| {}, |projects, asked| state_text(projects, asked, Lang::Zh)));
}

#[test]
fn at_shows_an_earlier_state() {
    let at = |text: &'static str| move |asked: &mut Asked<'_>| asked.at = Some(Only::parse(text));
    let json = with(at("shop.0001"), state_json);
    assert!(json["projects"][0]["models"]["shop.order"]["fields"]["note"].is_null());
    assert_eq!(json["projects"][0]["unknown"], json!([]));
    let json = with(at("shop.0002_note"), state_json);
    assert_eq!(json["projects"][0]["models"]["shop.order"]["fields"]["note"]["column"], "remark");
    let problem = |text| with(at(text), |projects, asked| asked.problem(projects).map(|problem| problem.en));
    assert_eq!(problem("shop.0001"), None);
    assert_eq!(problem("shop").as_deref(), Some("--at names a migration: APP.MIGRATION"));
    assert_eq!(
        problem("shop.000").as_deref(),
        Some("--at: more than one migration begins so; write more of its name")
    );
    assert_eq!(
        problem("shop.0003").as_deref(),
        Some("app `shop` has no migration that starts with `0003`; the nearest is `0002_note`")
    );
}

#[test]
fn only_takes_one_app() {
    let json = with(|asked| asked.only = Only::parse("stock"), state_json);
    assert_eq!(json["projects"][0]["models"], json!({}));
}
