//! What bodies do, in small pieces.

use std::sync::Arc;

use super::*;
use crate::django::reader;
use crate::source::SourceText;

fn read(source: &str) -> MigrationFile {
    reader::read(Arc::new(SourceText::decode("shop/migrations/0002_x.py".into(), source.as_bytes()).unwrap()))
}

/// The uses of the first function, one a line: the function, the act, and the loop around it.
fn uses(body: &str) -> String {
    let source = format!(
        "from django.db import migrations\n{body}\n\nclass Migration(migrations.Migration):\n    operations = [migrations.RunPython(forward)]\n"
    );
    let file = read(&source);
    let entry = &file.run_python().entries[0];
    entry.uses.iter().map(|one| format!("{}: {}\n", one.function, show(one))).collect()
}

fn show(one: &Use) -> String {
    let act = match &one.act {
        Act::Name { path, taken } => match taken {
            Taken::Read => path.to_string(),
            Taken::Called => format!("{path} called"),
            Taken::CalledWithKeywords => format!("{path} called with keywords"),
        },
        Act::GetModel { app, model } => {
            format!("get_model {}.{}", app.as_deref().unwrap_or("?"), model.as_deref().unwrap_or("?"))
        }
        Act::Loop(rows) => format!("loop {}", show_rows(rows)),
        Act::Write { verb, rows, one } => {
            format!("{verb}{} {}", if *one { " one" } else { "" }, show_rows(rows))
        }
        Act::Member { model, on, name, .. } => format!("{on:?} {}.{name}", show_model(model)),
        Act::EditSchema(method) => format!("schema {method}"),
        Act::Execute(sql) => format!("execute {sql:?}"),
    };
    match &one.in_loop {
        Some(row_loop) => format!("{act} in loop {}", show_rows(&row_loop.rows)),
        None => act,
    }
}

fn show_model(model: &ModelRef) -> String {
    match model {
        ModelRef::Historic { app, name } => {
            format!("{}.{}", app.as_deref().unwrap_or("?"), name.as_deref().unwrap_or("?"))
        }
        ModelRef::Live(path) => format!("live {path}"),
    }
}

fn show_rows(rows: &Rows) -> String {
    let mut out = show_model(&rows.model);
    let marks = [
        (rows.filtered, " filtered"),
        (rows.streamed, " streamed"),
        (rows.sliced, " sliced"),
        (rows.using, " using"),
        (rows.plain, " plain"),
    ];
    marks.iter().filter(|(holds, _)| *holds).for_each(|(_, mark)| out.push_str(mark));
    out
}

#[test]
fn historic_models_are_known_through_helpers_tuples_and_loops() {
    let found = uses(
        r#"
def get(apps):
    return apps.get_model("shop", "Order"), apps.get_model("shop.Line")

def fill(model, alias):
    for row in model.objects.using(alias).filter(a=1).iterator():
        row.save()

def forward(apps, schema_editor):
    Order, Line = get(apps)
    fill(Order, schema_editor.connection.alias)
    for model in (Order, Line):
        model.objects.all().update(a=1)
    for name in ["Tag", "Item"]:
        tag = apps.get_model("shop", name)
        tag(a=1).save()
"#,
    );
    insta::assert_snapshot!(found, @r"
    get: get_model shop.Order
    get: get_model shop.Line
    fill: loop shop.Order filtered streamed using
    fill: save one shop.Order filtered in loop shop.Order filtered streamed using
    forward: update shop.?
    forward: get_model shop.?
    forward: save one shop.? filtered
    ");
}

#[test]
fn live_models_are_seen_however_they_come() {
    let found = uses(
        r#"
from django.apps import apps as registry
from django.contrib.auth import get_user_model
from shop.models import Order as O, Status
import shop.models
User = get_user_model()

def helper():
    shop.models.Line(a=1).save()
    return O

def forward(apps, schema_editor):
    from accounts.models import Person
    helper().objects.create(state=Status.OPEN)
    Person._default_manager.filter(pk=1)
    for user in User.objects.all():
        user.save()
    registry.get_model("shop", "Order").objects.update(a=1)
    apply = lambda row: O.objects.get(pk=row)
    list(map(apply, [1]))
    User(name="x")
    Mover().run()

class Mover:
    def run(self):
        self.user = User.objects.get(pk=1)
"#,
    );
    insta::assert_snapshot!(found, @r"
    helper: shop.models.Line called with keywords
    helper: shop.models.Line().save called
    helper: shop.models.Order
    forward: shop.models.Order.objects
    forward: shop.models.Status.OPEN
    forward: create live shop.models.Order
    forward: accounts.models.Person._default_manager
    forward: django.contrib.auth.get_user_model().objects
    forward: loop live django.contrib.auth.get_user_model()
    forward: save one live django.contrib.auth.get_user_model() filtered in loop live django.contrib.auth.get_user_model()
    forward: django.apps.apps.get_model called
    forward: django.apps.apps.get_model().objects
    forward: update live django.apps.apps.get_model()
    <lambda>: shop.models.Order.objects
    forward: django.contrib.auth.get_user_model() called with keywords
    run: django.contrib.auth.get_user_model().objects
    ");
}

#[test]
fn comments_strings_and_shadowed_names_are_no_use() {
    let found = uses(
        r#"
from shop.models import Order

def unused():
    Order.objects.all()

def forward(apps, schema_editor):
    """Order.objects.create()"""
    # Order.objects.delete()
    Order = apps.get_model("shop", "Order")
    Order.objects.get(name="Order.objects")
    print("Order.save()")

def reverse(apps, schema_editor, Order=None):
    pass
"#,
    );
    insta::assert_snapshot!(found, @r"
    forward: get_model shop.Order
    ");
}

#[test]
fn a_dictionary_of_models_that_a_loop_fills() {
    let found = uses(
        r#"
from shop.helpers import models
tables = {"Order": None, "Line": None}

def forward(apps, *args, **kwargs):
    for name in list(tables.keys()):
        tables[name] = apps.get_model("shop", name)
        models[name] = apps.get_model("shop", name)
    tables["Order"].objects.filter(a=1).delete()
    models["Line"].objects.all().delete()
"#,
    );
    insta::assert_snapshot!(found, @r"
    forward: get_model shop.?
    forward: get_model shop.?
    forward: shop.helpers.models
    forward: delete shop.? filtered
    forward: delete shop.?
    ");
}

#[test]
fn members_that_historic_models_lack() {
    let found = uses(
        r#"
def forward(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    Order.objects.active().filter(state=Order.OPEN)
    names = set(Order.objects.values_list("name", flat=True))
    names.add("x")
    for number, order in enumerate(Order.objects.all()):
        order.get_state_display()
        order.close()
        order.lines.all()
    Order.tags.through.objects.all()
"#,
    );
    insta::assert_snapshot!(found, @r"
    forward: get_model shop.Order
    forward: Rows shop.Order.active
    forward: Class shop.Order.OPEN
    forward: loop shop.Order
    forward: Instance shop.Order.close in loop shop.Order
    forward: Class shop.Order.tags
    ");
}

#[test]
fn outside_calls_and_statements() {
    let found = uses(
        r#"
import requests, time
from django.db import connection, connections, transaction

def forward(apps, schema_editor):
    with transaction.atomic():
        requests.post("http://x", json={})
        time.sleep(1)
    schema_editor.execute("ALTER TABLE a ADD b int")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE %s SET b = 1" % "a")
    with connections["log"].cursor() as cursor:
        cursor.execute(f"DROP TABLE {a}")
    with schema_editor.connection.cursor() as c, open("x.json") as f:
        c.execute(f.read())
    schema_editor.add_field(apps.get_model("a", "B"), None)
"#,
    );
    insta::assert_snapshot!(found, @r#"
    forward: django.db.transaction.atomic called
    forward: requests.post called with keywords
    forward: time.sleep called
    forward: schema execute
    forward: django.db.connection.cursor called
    forward: execute Some("UPDATE %s SET b = 1")
    forward: django.db.connections
    forward: execute Some("DROP TABLE …")
    forward: builtins.open called
    forward: execute None
    forward: get_model a.B
    forward: schema add_field
    "#);
}

#[test]
fn recursion_and_nesting_end() {
    let found = uses(
        "def a(x):\n    return b(x)\n\ndef b(x):\n    return a(x)\n\ndef forward(apps, schema_editor):\n    a(apps)\n    forward(apps, schema_editor)\n",
    );
    assert_eq!(found, "");
    let deep = format!("x = {}1{}", "(".repeat(5000), ")".repeat(5000));
    let source = format!(
        "from django.db import migrations\ndef forward(apps, schema_editor):\n    {deep}\nclass Migration(migrations.Migration):\n    operations = [migrations.RunPython(forward)]\n"
    );
    assert!(read(&source).run_python().incomplete.is_some());
    let many: String =
        (0..60).map(|at| format!("def f{at}(x):\n    f{0}(x + 1)\n    f{0}(x + 2)\n", at + 1)).collect();
    uses(&format!("{many}def f60(x):\n    pass\ndef forward(apps, schema_editor):\n    f0(apps)\n"));
}

#[test]
fn arguments_of_run_python() {
    let file = read(
        r#"
from functools import partial
from django.db import migrations
from shop.steps import fill

def a(apps, schema_editor, *, force): pass
def b(*args, **kwargs): pass

class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(a, migrations.RunPython.noop),
        migrations.RunPython(b, lambda apps, s=None: None),
        migrations.RunPython(fill, reverse_code=partial(a, force=True)),
    ]
"#,
    );
    let shown: Vec<String> = file
        .run_python()
        .entries
        .iter()
        .map(|entry| match &entry.code {
            Code::Function(s) => format!(
                "{} {:?} {} rest={} keywords={}",
                s.name, s.parameters, s.required, s.rest, s.required_keywords
            ),
            other => format!("{other:?}"),
        })
        .collect();
    insta::assert_debug_snapshot!(shown, @r#"
    [
        "a [\"apps\", \"schema_editor\"] 2 rest=false keywords=1",
        "Noop",
        "b [] 0 rest=true keywords=0",
        "<lambda> [\"apps\", \"s\"] 1 rest=false keywords=0",
        "Imported(\"shop.steps.fill\")",
        "Other",
    ]
    "#);
}
