//! Migrations in every shape, each as the smallest file that shows it.

use super::super::migration::{Dependency, Target};
use super::super::operation::Operation;
use super::*;

fn read_source(source: &str) -> MigrationFile {
    read(Arc::new(SourceText::decode("app/migrations/0001_x.py".into(), source.as_bytes()).unwrap()))
}

/// A migration with this body.
fn with_body(body: &str) -> MigrationFile {
    let indented: String = body.lines().map(|line| format!("    {line}\n")).collect();
    read_source(&format!(
        "from django.db import migrations, models\nclass Migration(migrations.Migration):\n{indented}"
    ))
}

fn text_of(expr: &Expr) -> String {
    match &expr.value {
        Value::Str(text) => text.to_string(),
        Value::None => "None".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Imported(path) => path.rsplit('.').next().unwrap_or_default().to_owned(),
        Value::Function(function) => function.name.to_string(),
        Value::Call(call) => format!("{}()", text_of(&call.callee)),
        Value::Unknown(_) => "?".to_owned(),
        Value::List(items) | Value::Tuple(items) => {
            format!("[{}]", items.iter().map(text_of).collect::<Vec<_>>().join(" "))
        }
        _ => "…".to_owned(),
    }
}

/// `0 AddField(model_name=task, name=x)`; `?` before a conditional one, `*` behind one that is not Django's.
fn line(operation: &Operation) -> String {
    let args: Vec<_> =
        operation.args.iter().map(|(name, value)| format!("{name}={}", text_of(value))).collect();
    let mut out = format!(
        "{}{} {}{}({}{})",
        if operation.conditional { "?" } else { "" },
        operation.index,
        operation.class,
        if operation.builtin { String::new() } else { format!("*{:?}", operation.kind) },
        args.join(", "),
        if operation.open_arguments { ", …" } else { "" },
    );
    for (name, nested) in [("db", &operation.database_operations), ("state", &operation.state_operations)] {
        if !nested.is_empty() {
            out += &format!(" {name}[{}]", nested.iter().map(line).collect::<Vec<_>>().join("; "));
        }
    }
    out
}

fn lines(file: &MigrationFile) -> Vec<String> {
    file.operations.iter().map(line).collect()
}

#[track_caller]
fn check(body: &str, expected: &[&str]) {
    let file = with_body(body);
    assert_eq!(file.outcome, Outcome::Django);
    assert_eq!(lines(&file), expected);
    assert_eq!(file.unknown, []);
}

fn targets(dependencies: &[Dependency]) -> Vec<Target> {
    dependencies.iter().map(|dependency| dependency.target.clone()).collect()
}

fn migration(app: &str, name: &str) -> Target {
    Target::Migration { app: app.into(), name: name.into() }
}

#[test]
fn arguments_are_bound_whatever_their_order() {
    check(
        "operations = [\n  migrations.AddField(name='x', field=models.TextField(), model_name='task'),\n  migrations.RenameField('task', 'x', new_name='y'),\n  migrations.CreateModel('Log', [('t', models.TextField())], {'db_table': 'l'}),\n]",
        &[
            "0 AddField(model_name=task, name=x, field=TextField())",
            "1 RenameField(model_name=task, old_name=x, new_name=y)",
            "2 CreateModel(name=Log, fields=[[t TextField()]], options=…)",
        ],
    );
}

#[test]
fn every_class_of_django_is_known() {
    let facts: toml::Table = toml::from_str(include_str!("../../../rules/facts/operations.toml")).unwrap();
    for (section, module) in
        [("operation", "django.db.migrations"), ("postgres", "django.contrib.postgres.operations")]
    {
        for row in facts[section].as_array().unwrap() {
            let class = row["class"].as_str().unwrap();
            let file = read_source(&format!(
                "from django.db import migrations\nfrom {module} import {class} as C\nclass Migration(migrations.Migration):\n    operations = [C()]\n"
            ));
            assert_eq!(lines(&file), [format!("0 {class}()")]);
        }
    }
}

#[test]
fn edges_and_flags() {
    let file = read_source(
        "from django.conf import settings\nfrom django.db import migrations\n\
         from django.db.migrations import swappable_dependency as swap\n\
         class Migration(migrations.Migration):\n    initial = True\n    atomic = False\n\
         \x20   dependencies = [('a', '0001_i'), ('b', '__first__'), swap(settings.AUTH_USER_MODEL), \
         migrations.swappable_dependency('a.M'), (APP, '0001'), swap(getattr(settings, 'X', 'a.B'))]\n\
         \x20   run_before = (('c', '0002'),)\n    replaces = [['a', '0002']]\n",
    );
    assert_eq!(
        targets(&file.dependencies),
        [
            migration("a", "0001_i"),
            migration("b", "__first__"),
            Target::SwappableSetting("AUTH_USER_MODEL".into()),
            Target::SwappableModel("a.M".into()),
            Target::Unknown(Reason::UndefinedName("APP".into())),
            Target::SwappableSetting("X".into()),
        ]
    );
    assert_eq!(targets(&file.run_before), [migration("c", "0002")]);
    assert_eq!(targets(&file.replaces), [migration("a", "0002")]);
    assert_eq!((file.initial, file.atomic), (Some(true), false));
    assert_eq!(file.unknown.len(), 1);
    assert_eq!(file.unknown[0].what, "dependencies");
}

#[test]
fn operations_are_built_in_many_ways() {
    check(
        "base = [migrations.DeleteModel('a')]\noperations = base + [*base, migrations.DeleteModel('b')]\noperations += (migrations.DeleteModel('c'),)\noperations.append(migrations.DeleteModel('d'))",
        &[
            "0 DeleteModel(name=a)",
            "1 DeleteModel(name=a)",
            "2 DeleteModel(name=b)",
            "3 DeleteModel(name=c)",
            "4 DeleteModel(name=d)",
        ],
    );
    check(
        "operations = [migrations.RemoveField(m, 'x') for m in ('a', 'b')]",
        &["0 RemoveField(model_name=a, name=x)", "1 RemoveField(model_name=b, name=x)"],
    );
    check(
        "Delete = migrations.DeleteModel\noperations = []\nfor m in ['a', 'b']:\n    operations.append(Delete(name=m + '1'))",
        &["0 DeleteModel(name=a1)", "1 DeleteModel(name=b1)"],
    );
    check(
        "common = dict(model_name='task')\noperations = [migrations.RemoveField(name='x', **common), migrations.RemoveField(*('a', 'b'))]",
        &["0 RemoveField(model_name=task, name=x)", "1 RemoveField(model_name=a, name=b)"],
    );
}

#[test]
fn branches_are_a_union() {
    check(
        "if flag:\n    operations = [migrations.DeleteModel('a')]\nelif other:\n    operations = [migrations.DeleteModel('b')]\nelse:\n    operations = []\noperations += [migrations.DeleteModel('c')]\noperations += [migrations.DeleteModel('d')] if flag else []",
        &[
            "?0 DeleteModel(name=a)",
            "?1 DeleteModel(name=b)",
            "2 DeleteModel(name=c)",
            "?3 DeleteModel(name=d)",
        ],
    );
    check(
        "operations = [migrations.DeleteModel('a') if flag else migrations.DeleteModel('b'), migrations.DeleteModel('c')]",
        &["?0 DeleteModel(name=a)", "?1 DeleteModel(name=b)", "2 DeleteModel(name=c)"],
    );
}

#[test]
fn nested_operations() {
    check(
        "operations = [migrations.SeparateDatabaseAndState([migrations.RunSQL('x', state_operations=[migrations.DeleteModel('b')])], [migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel('a')])])]",
        &[
            "0 SeparateDatabaseAndState(database_operations=[RunSQL()], state_operations=[SeparateDatabaseAndState()]) \
           db[0 RunSQL(sql=x, state_operations=[DeleteModel()]) state[0 DeleteModel(name=b)]] \
           state[0 SeparateDatabaseAndState(state_operations=[DeleteModel()]) state[0 DeleteModel(name=a)]]",
        ],
    );
}

#[test]
fn classes_that_are_not_djangos() {
    let file = read_source(
        "from django.db import migrations\nfrom apps.ops import Vacuum\n\
         class Add(migrations.AddField):\n    pass\nclass Add2(Add):\n    pass\n\
         class Own(migrations.AddField):\n    def __init__(self, name):\n        pass\n\
         class Odd(Base):\n    pass\n\
         class Migration(migrations.Migration):\n    operations = [Vacuum('t', full=True), Add2('m', 'x'), Own('y', name='z'), Odd(1)]\n",
    );
    assert_eq!(
        lines(&file),
        [
            "0 Vacuum*Custom(full=true, …)",
            "1 Add2*AddField(model_name=m, name=x)",
            "2 Own*AddField(name=z, …)",
            "3 Odd*Custom(, …)",
        ]
    );
}

#[test]
fn unknown_parts_are_named() {
    let file = with_body(
        "operations = [migrations.AddField('t', f'{q}_ptr', models.IntegerField(default=zz)), make(), *more, migrations.RemoveField(**kw)]",
    );
    assert_eq!(
        lines(&file),
        ["0 AddField(model_name=t, name=?, field=IntegerField())", "1 RemoveField(, …)"]
    );
    let why: Vec<_> = file.unknown.iter().map(|part| format!("{:?}", part.reason)).collect();
    assert_eq!(
        why,
        [
            "Computed(\"f'{q}_ptr'\")",
            "UndefinedName(\"zz\")",
            "Computed(\"make()\")",
            "UndefinedName(\"more\")",
            "UndefinedName(\"kw\")",
        ]
    );
    let file = with_body("operations = get_operations()");
    assert_eq!(file.unknown.len(), 1);
    assert_eq!(file.unknown[0].what, "operations");
}

#[test]
fn what_a_file_is() {
    let outcome = |source: &str| read_source(source).outcome;
    assert_eq!(outcome(""), Outcome::NoMigrationClass);
    assert_eq!(outcome("# class Migration(migrations.Migration):\n"), Outcome::NoMigrationClass);
    assert_eq!(
        outcome("from django.db import migrations\nclass TaskMigration(migrations.Migration):\n    pass\n"),
        Outcome::NoMigrationClass
    );
    assert_eq!(
        outcome("from django.db.migrations import *\nclass Migration(Migration):\n    pass\n"),
        Outcome::Django
    );
    assert_eq!(outcome("from django.db.migrations import Migration\n"), Outcome::Django);
    assert_eq!(
        outcome("from django.db import migrations as m\nclass A(m.Migration):\n    pass\nMigration = A\n"),
        Outcome::Django
    );
    assert_eq!(
        outcome("import django.db.migrations\nclass Migration(django.db.migrations.Migration): pass\n"),
        Outcome::Django
    );
    let why = |text: &str| match outcome(text) {
        Outcome::NotDjango(what) => what.en,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        why("from iam.base import BaseMigration\nclass Migration(BaseMigration):\n    operations = [go]\n"),
        "derives from iam.base.BaseMigration"
    );
    assert_eq!(why("class Migration:\n    pass\n"), "derives from no class");
    assert_eq!(why("from .base import Migration\n"), "is imported from .base.Migration");
    assert_eq!(why("from .base import *\n"), "Migration may come from `from .base import *`");
}

#[test]
fn inherited_attributes_count() {
    let file = read_source(
        "from django.db import migrations\nclass Base(migrations.Migration):\n    atomic = False\n    dependencies = [('a', '0001')]\n\
         class Migration(Base):\n    operations = [migrations.DeleteModel('a')]\nBase.dependencies.append(('b', '0002'))\nMigration.operations.extend([migrations.DeleteModel('b')])\n",
    );
    assert_eq!(targets(&file.dependencies), [migration("a", "0001"), migration("b", "0002")]);
    assert!(!file.atomic);
    assert_eq!(lines(&file), ["0 DeleteModel(name=a)", "1 DeleteModel(name=b)"]);
}

#[test]
fn what_python_refuses_keeps_what_was_understood() {
    let message = |source: &str| match read_source(source).outcome {
        Outcome::SyntaxError(problem) => (problem.message.en, problem.span),
        other => panic!("{other:?}"),
    };
    let (text, span) = message("x = [1,\ny = (\n");
    assert_eq!((text.as_str(), span.start), ("'(' is never closed", 12));
    assert_eq!(message("x = (1]\n").0, "'(' is not closed: line 1 has ']' instead");
    assert_eq!(message("x = 'a\n").0, "unterminated string");
    assert_eq!(message("x = '''a\n").0, "unterminated triple-quoted string");
    assert_eq!(message("print 'x'\n").0, "the print statement of Python 2");
    assert_eq!(message("try:\n    pass\nexcept A, e:\n    pass\n").0, "`except Class, name` of Python 2");
    assert_eq!(
        message(&format!("x = {}1{}\n", "(".repeat(201), ")".repeat(201))).0,
        "too many nested parentheses (Python allows 200)"
    );
    assert!(message("class class:\n    pass\n").0.starts_with("invalid syntax at"));
    let file = read_source(
        "from django.db import migrations\n<<<<<<< HEAD\n=======\n>>>>>>> b\nclass Migration(migrations.Migration):\n    operations = [migrations.DeleteModel('a')]\n",
    );
    assert_eq!(file.outcome, Outcome::ConflictMarkers(Span { start: 33, end: 45 }));
    assert_eq!(lines(&file), ["0 DeleteModel(name=a)"]);
}
