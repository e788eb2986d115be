//! Shapes in which operations are written.

use crate::tree::{Said, Tree, add, module};

fn said(text: &str) -> Said {
    Tree::new().module("0001_initial", text).check()
}

fn with(head: &str, body: &str) -> Said {
    said(&format!(
        "from django.db import migrations, models\n{head}\nclass Migration(migrations.Migration):\n{body}\n"
    ))
}

#[test]
fn o01_lists_put_together() {
    let said =
        with(&format!("BASE = [{}]", add("ctime")), &format!("    operations = BASE + [{}]", add("mtime")));
    assert_eq!(said.rules(), ["NAM001"; 2], "{}", said.text());
    assert_eq!(said.names(), ["ctime", "mtime"]);
}

#[test]
fn o02_lists_that_grow() {
    let body = format!(
        "    operations = []\n    operations += [{}]\n    operations.append({})\n\n\nMigration.operations.extend([{}])",
        add("ctime"),
        add("mtime"),
        add("holder")
    );
    let said = with("", &body);
    assert_eq!(said.rules(), ["NAM001"; 3], "{}", said.text());
    assert_eq!(said.names(), ["ctime", "mtime", "holder"]);
}

#[test]
fn o03_a_tuple_spread_into_a_list() {
    let said = with(
        &format!("BASE = ({},)", add("ctime")),
        "    operations = [*BASE, migrations.RunPython(migrations.RunPython.noop)]",
    );
    assert_eq!(said.rules(), ["NAM001"], "{}", said.text());
}

#[test]
fn o05_everything_imported_with_a_star() {
    let said = said(
        "from django.db.migrations import *\nfrom django.db.models import *\n\n\nclass Migration(Migration):\n    \
         operations = [AddField(\"parcel\", \"ctime\", IntegerField())]\n",
    );
    said.is(&["NAM001 0001_initial.py:6:38 ctime -> created_at"]);
}

#[test]
fn o07_every_branch_counts() {
    let body = format!(
        "    if connection.vendor == \"mysql\":\n        operations = [{}]\n    elif settings.OLD:\n        \
         operations = [{}]\n    else:\n        operations = []\n    \
         operations += [{}] if settings.NEW else []",
        add("ctime"),
        add("mtime"),
        add("holder")
    );
    let said = with("from django.conf import settings\nfrom django.db import connection", &body);
    assert_eq!(said.names(), ["ctime", "mtime", "holder"], "{}", said.text());
    assert_eq!(said.rules(), ["NAM001"; 3], "{}", said.text());
}

#[test]
fn o08_names_that_are_put_together() {
    let operations: Vec<String> =
        ["f\"{PART}time\"", "\"%s\" % \"mtime\"", "\"hol\" \"der\"", "f\"{load()}_x\""]
            .iter()
            .map(|name| format!("migrations.AddField(\"parcel\", {name}, models.IntegerField())"))
            .collect();
    let said = with(
        "from ours import load\nPART = \"c\"",
        &format!("    operations = [\n        {},\n    ]", operations.join(",\n        ")),
    );
    assert_eq!(said.names(), ["ctime", "mtime", "holder"], "{}", said.text());
    // The fourth is not guessed, and not passed over.
    assert_eq!(said.rules().iter().filter(|rule| **rule == "NAM003").count(), 1, "{}", said.text());
    assert_eq!(said.rules().len(), 4, "{}", said.text());
}

#[test]
fn o10_arguments_in_any_order() {
    let operations = "[
        migrations.AddField(
            field=models.IntegerField(),
            name=\"ctime\",
            model_name=\"parcel\",
        ),
        migrations.RenameField(\"parcel\", \"kept_by\", \"holder\"),
        migrations.CreateModel(\"Log\", [(\"mtime\", models.DateTimeField())]),
        migrations.AlterField(\"parcel\", field=models.IntegerField(), name=\"changed\"),
    ]";
    let said = said(&module("[]", operations));
    assert_eq!(said.names(), ["ctime", "holder", "mtime", "changed"], "{}", said.text());
    assert_eq!(said.rules(), ["NAM001"; 4], "{}", said.text());
}

/// What readers by line and by pattern trip over.
#[test]
fn o11_shapes_that_patterns_miss() {
    let operations = "[
        migrations.CreateModel(
            name=\"Parcel\",
            fields=[
                (\"id\", models.AutoField(primary_key=True)),
                (
                    \"ctime\",
                    models.DateTimeField(),
                ),
                (\"holder\", models.ForeignKey(\"auth.User\", models.CASCADE, help_text=\"name='mtime'\")),
                (\"size\", models.CharField(max_length=9, choices=[
                    (\"mtime\", \"CreateModel(\"),
                ])),
                (\"changed\", models.DateTimeField()),
            ],
            options={\"indexes\": [models.Index(fields=[\"mtime\"], name=\"mtime\")], \"db_table\": \"possessor\"},
        ),
        migrations.AddField(model_name=\"parcel\", name=\"possessor\", field=models.IntegerField()),
        migrations.AddIndex(\"parcel\", models.Index(fields=[\"size\"], name=\"holder\")),
    ]";
    let said = said(&module("[]", operations));
    assert_eq!(said.names(), ["ctime", "holder", "changed", "possessor"], "{}", said.text());
    assert_eq!(said.rules(), ["NAM001"; 4], "{}", said.text());
}

#[test]
fn o12_false_friends() {
    let text = "from django.db import migrations, models

\"\"\"
migrations.AddField(\"parcel\", \"ctime\", models.IntegerField())
\"\"\"


def forwards(apps, schema_editor):
    note = \"AddField('parcel', 'holder')\"
    Parcel = apps.get_model(\"box\", \"Parcel\")
    Parcel.objects.filter(ctime=None).update(mtime=note)


class Migration(migrations.Migration):
    operations = [
        # migrations.AddField(\"parcel\", \"ctime\", models.IntegerField()),
        migrations.RunPython(forwards),
        migrations.RemoveField(model_name=\"parcel\", name=\"ctime\"),
        migrations.RenameField(\"parcel\", \"holder\", \"owner\"),
        migrations.RunSQL(\"ALTER TABLE box_parcel ADD COLUMN ctime int\"),
        migrations.DeleteModel(\"ctime\"),
    ]
";
    said(text).is(&[]);
}

#[test]
fn o13_state_within_state() {
    let operations = format!(
        "[
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(\"SELECT 1\")],
            [migrations.SeparateDatabaseAndState(
                state_operations=[{}],
                database_operations=[migrations.CreateModel(\"Log\", [(\"mtime\", models.DateTimeField())])],
            )],
        ),
    ]",
        add("ctime")
    );
    let said = said(&module("[]", &operations));
    assert_eq!(said.names(), ["ctime", "mtime"], "{}", said.text());
}

#[test]
fn o14_state_deeper_than_anyone_writes() {
    let nested = |levels: usize| {
        let open = "migrations.SeparateDatabaseAndState(state_operations=[".repeat(levels);
        said(&module("[]", &format!("[{open}{}{}]", add("ctime"), "])".repeat(levels))))
    };
    assert_eq!(nested(10).names(), ["ctime"]);
    // What is not followed is said.
    assert_eq!(nested(90).rules(), ["ANA005"]);
}

#[test]
fn o15_loops_that_would_never_end() {
    let body = "    operations = [migrations.RunSQL(str(i)) for i in range(10 ** 12)]";
    let said = crate::tree::within(30, || with("", body));
    assert!(!said.rules().contains(&"NAM001"), "{}", said.text());
    let head = "X = \"a\" * 10 ** 10\nY = [0] * 10 ** 10\nZ = 2 ** 10 ** 10";
    let said = crate::tree::within(30, || with(head, &format!("    operations = [{}]", add("ctime"))));
    assert_eq!(said.names(), ["ctime"], "{}", said.text());
    // Every step doubles: what is put together must stay bounded.
    let doubling: String = (1..60).map(|n| format!("L{n} = L{0} + L{0}\n", n - 1)).collect();
    let said = crate::tree::within(30, || {
        with(&format!("L0 = [{}]\n{doubling}", add("ctime")), "    operations = L59")
    });
    assert_eq!(said.migrations(), 1, "{}", said.text());
}

#[test]
fn o16_names_that_lead_to_themselves() {
    let said = with("A = B\nB = A\nC = C", "    operations = A + C");
    assert_eq!(said.migrations(), 1, "{}", said.text());
    let said = with("A = []\nA.append(A)\nA += A", "    operations = A");
    assert_eq!(said.migrations(), 1, "{}", said.text());
}

#[test]
fn o17_more_than_is_followed_before_the_class() {
    let head = "A = [0] * 900000\nB = A + A\nC = B + B";
    let text = format!(
        "from django.db import migrations, models\n{head}\n\n\nclass Migration(migrations.Migration):\n    operations = [{}]\n",
        add("ctime")
    );
    let said = Tree::new()
        .module("0001_initial", text)
        .migration("box/0002_next", "[(\"box\", \"0001_initial\")]", "[]")
        .check();
    // The migration is there; what it does is unknown, which is said and not guessed at.
    assert_eq!(said.migrations(), 2, "{}", said.text());
    assert_eq!(said.rules(), ["ANA005"; 3], "{}", said.text());
}
